// Package vault keeps the keys of the cases: it seals personal data, opens it again, and destroys the keys of a case so that what
// was sealed under them can never be opened.
//
// # Keys
//
// Three layers:
//
//   - The key-encryption key (KEK) lies in a file outside every database. It wraps keys and seals no data. Its type says where it
//     comes from; keys of type dev belong to the demonstration and open nothing else. It has versions: Rotate makes a random one,
//     wraps everything with it and destroys those before, so that copies of wrapped keys end with the version that wrapped them.
//   - Every case has a Tink keyset for each domain.Scope, with one XAES-256-GCM key (192-bit random nonces, so that there is no
//     practical limit to what one key may seal). The keysets lie, wrapped by the KEK, in one row of the table case_keys, a column a
//     scope, so that each scope is opened without the others. Associated data: the KEK's type and id, the case and the scope.
//   - A service key, wrapped in the same way in the table service_keys, from which the keys of pseudonyms, blind indexes, exclusions,
//     one-time codes and signatures are derived.
//
// The tables belong in a database of their own: no dump may hold both ciphertexts and the keys to them. Unwrapped keys of a case
// live as long as the CaseKeys that a call returned. Nothing caches them, so that a destroyed key is gone in every process with the
// next call.
//
// # Sealed values
//
// The clear bytes are padded with 0x80 and zeros up to a length of at least 64 bytes that Padmé allows (Nikitin et al., "Reducing
// Metadata Leakage from Encrypted Files and Communication with PURBs", PoPETs 2019(4)): a length of n bits keeps only the highest
// log n of them, so that a ciphertext tells O(log log) bits of the length of the text and grows by 12 % at most beyond the minimum.
// They are then sealed with the case, the scope and a context from the caller as associated data: a ciphertext moved to another
// case, another scope or another place in the log does not open.
//
// AES-GCM does not commit to its key: whoever holds keys can craft one ciphertext that opens to two texts. Therefore the key id
// that stands beside every ciphertext in the log is derived from the key itself (192 bits of HMAC-SHA-256) and is compared before
// opening. A key cannot be swapped without changing the log.
//
// # Who can open what
//
// Keys are given out for a Grant: to show something to a reader, against an access record that is on disk; or for one of the uses of
// the service itself, each of which opens some scopes and no others. A grant of a demonstration's session opens keys of type dev only.
//
// With a key service (Server, Client) the process that serves the web holds no KEK and reaches no wrapped key. What a compromise of
// each surrenders:
//
//   - The web process: what it is given while it lasts, which is what its live users open and what its own work opens; the keeper
//     cannot tell a grant that it made up from another, but counts them. Not the KEK, not the wrapped keys, not the keys of blind
//     indexes, pseudonyms and signatures. The key of exclusions it has.
//   - The database of the keys, or a dump of it: which cases there are and which were erased. Nothing opens without the KEK.
//   - The key file: nothing without the database of the keys.
//   - The key service: everything that is not erased.
//
// Both processes write no core dumps (HideMemory). Go does not promise to overwrite a key that is no longer used.
//
// # What destroying keeps and does not keep
//
// Destroy overwrites the wrapped keysets with NULL, leaves the row as a tombstone, so that no keys are ever made for the case again,
// and vacuums the table. From its commit on no process opens the case, and no restored copy of the log or of the read models does.
// PostgreSQL, however, keeps bytes that no query returns: the old version of the row in free space of its page until that is used
// again, in the write-ahead log until the segment is recycled, and in every backup taken before. There the keysets are still wrapped
// by the KEK. Rotate ends those copies too; until then they are as safe as the KEK. Turned over every 30 days (EpochLimit), with backups
// kept for 7, nothing opens 37 days after an erasure.
//
// A restored backup of this database is given the destructions since, from the ledger of erasures (Ledger), before Open returns: a file
// apart from the databases, whose lines are on disk before keys are destroyed. A ledger that lacks what the database knows stops the
// start.
package vault
