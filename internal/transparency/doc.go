// Package transparency makes the log's history one that a stranger can check, without access to the service and without trusting it.
//
// # Trees
//
// A log has two streams, and each has a Merkle tree (RFC 6962) in the stream's own order: leaf i is the message at position i+1, so
// that the tree can be built anew from the stream alone. A leaf is a short text (Leaf.Data) with the stream, the position, the case
// and the SHA-256 of the message: one may be shown that a message is in the tree without being shown any other.
//
// # Checkpoints and witnesses
//
// The service signs the root of each tree again and again, as a checkpoint of the C2SP tlog-checkpoint specification with the origin
// <name>/cases or <name>/access. Witnesses at other organisations cosign it (C2SP tlog-witness, tlog-cosignature). A witness signs
// only what continues what it signed before: two histories of one log cannot both have its signature. It sees sizes and roots only.
//
// # Receipts and bundles
//
// A receipt is the service's signed word that one commit is in the log, and in the tree within MMD. A bundle is one case's messages as
// they lie in the log, each with its way to the root of a cosigned checkpoint. Verify checks a bundle offline against a Policy that
// says which log and which witnesses the reader trusts. Sealed values stay sealed: a bundle shows what happened, when and by whose
// agency, and not what a person said. What a message says in clear that its reader may not know, such as the shelter in which the person is,
// is withheld: the bundle has the message's digest, of which the tree and the next message are made.
//
// # What follows from it
//
// Whoever changes, drops, adds or reorders a message cannot make a tree that fits the checkpoints which the witnesses signed. A receipt
// whose commit is missing from a checkpoint that was cosigned more than MMD later proves a breach. That a bundle ends with the
// case's last event is the service's signed word alone, until a receipt of a later event contradicts it: a tree cannot show what is
// not there.
package transparency
