// Package transparency makes the log's history one that a stranger can check, without access to the service and without trusting it.
//
// # What is promised
//
// Every commit that was accepted is a leaf of a Merkle tree (RFC 6962), at the place that its position in the log gives it. The root
// of the tree is signed again and again (a checkpoint), and witnesses at other organisations cosign it, who sign only what
// continues what they signed before. A receipt is the service's signed promise that one commit is in the tree within MMD. Whoever
// changes, drops, adds or reorders a commit afterwards cannot make a tree that fits the checkpoints which others hold, and a receipt
// whose commit is missing from a later checkpoint proves the breach.
package transparency
