// Package vault keeps the keys of the cases: it seals personal data, opens it again, and destroys the keys of a case so that what
// was sealed under them can never be opened.
//
// # Keys
//
// Three layers:
//
//   - The key-encryption key (KEK) lies in a file outside every database. It wraps keys and seals no data. Its type says where it
//     comes from; keys of type dev belong to the demonstration and open nothing else.
//   - Every case has a Tink keyset for each domain.Scope, with one XAES-256-GCM key (192-bit random nonces, so that there is no
//     practical limit to what one key may seal). The keysets lie, wrapped by the KEK, in one row of the table case_keys, a column a
//     scope, so that each scope is opened without the others. Associated data: the KEK's type and id, the case and the scope.
//   - Service keys, wrapped in the same way in the table service_keys. There is one, behind Pseudonym.
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
// # What destroying keeps and does not keep
//
// Destroy overwrites the wrapped keysets with NULL, leaves the row as a tombstone, so that no keys are ever made for the case again,
// and vacuums the table. From its commit on no process opens the case, and no restored copy of the log or of the read models does.
// PostgreSQL, however, keeps bytes that no query returns: the old version of the row in free space of its page until that is used
// again, in the write-ahead log until the segment is recycled, and in every backup taken before. There the keysets are still wrapped
// by the KEK. Retiring the KEK, after wrapping the living keysets anew, ends those copies too; until then they are as safe as the
// KEK. A restored backup of this database must be given the destructions since (Destroyed, Destroy) before it serves.
package vault
