// Package backup writes everything that cannot be made again into one stream, reads it back and checks it.
//
// # What is in a backup
//
// The log and the trail, message by message, up to one position of each; the rows of PostgreSQL that follow from neither (accounts, sealed
// contents of files, what people have set for themselves, signed checkpoints); the file of checkpoints, and that of erasures where the
// process has it. Everything else is made from the log again. Tables says of every table which it is, and a test holds it to the
// database.
//
// The wrapped keys are a backup of their own (KindKeys), in another file, kept for days where the other is kept for years: one file never
// holds both what is sealed and what opens it. The key that wraps the keys is in neither.
//
// # Consistency
//
// A backup is taken while the service works. The positions are read first and everything else afterwards, so that whatever the log
// names is there: contents of files are stored before the event that names them, keys before the commit that is sealed under them.
// What is newer than the positions does no harm: a content that no event names is never shown, a key that seals nothing opens nothing.
// Checkpoints of trees that are larger than the positions are left out. The read models are not copied; a digest of all rows of each,
// with the position at which it stood, lets a restore show that it made the same ones.
//
// # The stream
//
// Frames, compressed by zstd and encrypted by age to recipients (Seal). A frame is a byte that says what it is, four bytes of length,
// and so many bytes; no frame is longer than frameLimit. The first says what kind of backup it is, the last is the manifest with its
// signature. The manifest has the digest of every frame before it, and of each part the count and the digest. The signature is by a
// key of the service's own, so that whoever knows the recipients cannot make a backup that a restore takes.
//
// Nothing of a person is in the manifest, and names of files have a time and a position only. What is about people in the rest is sealed
// under the keys that are not there.
package backup

import "errors"

// Errors that callers decide on with errors.Is.
var (
	// ErrDamaged says that a backup is not whole, or not as it was written.
	ErrDamaged = errors.New("the backup is damaged")
	// ErrForeign says that a backup is not one that this service signed.
	ErrForeign = errors.New("the backup is not this service's")
	// ErrIdentity says that no identity opens the backup.
	ErrIdentity = errors.New("no identity at hand opens the backup")
	// ErrNotEmpty says that a store to restore into has something in it.
	ErrNotEmpty = errors.New("a backup is restored into empty stores only")
	// ErrDiffers says that what was restored is not what was saved.
	ErrDiffers = errors.New("what was restored differs from what was saved")
)
