package backup_test

import (
	"bytes"
	"errors"
	"testing"

	"songtor/internal/backup"
)

// FuzzRead: whatever the frames are, reading them ends well or in ErrDamaged.
func FuzzRead(f *testing.F) {
	stream, _ := written(f)
	f.Add(unzip(f, stream))
	f.Add(unzip(f, stream)[:60])
	f.Add([]byte("M\x00\x00\x00\x06\x03NRM\xff\xff"))
	f.Add([]byte("H\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, plain []byte) {
		if _, _, err := backup.Read(bytes.NewReader(zip(plain)), backup.Visitor{}); err != nil && !errors.Is(err, backup.ErrDamaged) {
			t.Error(err)
		}
	})
}
