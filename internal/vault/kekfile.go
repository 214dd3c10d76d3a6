package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
	"golang.org/x/crypto/argon2"
)

// What the key file says and how its passphrase becomes a key. The parameters of argon2id are fixed by the format, so that an altered
// file cannot weaken them or ask for all memory.
const (
	fileFormat   = 2
	firstFormat  = 1        // of one version, still read
	fileLimit    = 64 << 10 // bytes; a file has about 500, and 300 for each further version
	argonName    = "argon2id t=3 m=65536 p=1"
	argonTime    = 3
	argonMemory  = 64 << 10 // KiB
	argonThreads = 1
	saltSize     = 16
)

// kekFile is a key file. A keyset in it is a binary Tink keyset: in clear for the types dev and keyfile, and for the type passphrase an
// encrypted one, under XAES-256-GCM with the key that argon2id makes of passphrase and salt.
type kekFile struct {
	Format   int              `json:"version"`
	Type     KEKType          `json:"type"`
	KDF      string           `json:"kdf,omitempty"`  // type passphrase only
	Salt     []byte           `json:"salt,omitempty"` // type passphrase only
	Versions []kekFileVersion `json:"versions,omitempty"`
	// The first format has one version and no date of it.
	ID     string `json:"id,omitempty"`
	Keyset []byte `json:"keyset,omitempty"`
}

// kekFileVersion is one version of the key. The last in the file wraps.
type kekFileVersion struct {
	ID     string    `json:"id"` // fingerprint, not secret
	Made   time.Time `json:"made"`
	Keyset []byte    `json:"keyset"`
}

// keyFile is a key file by name, with what opens it.
type keyFile struct {
	path       string
	passphrase []byte
}

// CreateKEK makes a key-encryption key and writes it to a new file that its owner alone may use: in clear (type keyfile) where the
// passphrase is empty, else encrypted under it (type passphrase). It returns when the file is on disk. A file that exists is never
// replaced: the error is fs.ErrExist.
func CreateKEK(path string, passphrase []byte) error {
	if len(passphrase) == 0 {
		return createKEK(keyFile{path: path}, KEKKeyFile)
	}
	return createKEK(keyFile{path, passphrase}, KEKPassphrase)
}

// PlaceKEK copies a key file to where a service works with it and replaces it when the key is turned over. A file that is there already stays: it
// may have newer versions than the copy. It returns when the file is on disk, and reports whether it made it.
func PlaceKEK(from, to string) (made bool, err error) {
	content, err := os.ReadFile(from)
	if err != nil {
		return false, fmt.Errorf("couldn't read the key file to copy: %w", err)
	}
	var file kekFile
	if json.Unmarshal(content, &file) != nil || file.Type == "" {
		return false, fmt.Errorf("couldn't copy %s: it is not a key file", from) // the decoder would quote from it
	}
	switch err := writeNew(to, content); {
	case errors.Is(err, fs.ErrExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("couldn't write the key file %s: %w", to, err)
	}
	return true, nil
}

// OpenKEK reads a key file that CreateKEK wrote. It fails with ErrWrongPassphrase where the passphrase is wrong or missing, with
// ErrExposed where others than the owner may use the file, and with ErrDevKEK for a key of the demonstration.
func OpenKEK(path string, passphrase []byte) (*KEK, error) {
	return keyFile{path, passphrase}.open(func(kind KEKType) bool { return kind != KEKDev })
}

// OpenDevKEK reads the key file of a demonstration and makes it where there is none. It fails with ErrDevKEK where the file holds a
// key of another type, and with ErrExposed as OpenKEK does.
func OpenDevKEK(path string) (*KEK, error) {
	dev := func(kind KEKType) bool { return kind == KEKDev }
	kek, err := keyFile{path: path}.open(dev)
	if !errors.Is(err, fs.ErrNotExist) {
		return kek, err
	}
	if err := createKEK(keyFile{path: path}, KEKDev); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return keyFile{path: path}.open(dev)
}

// open reads the file where it is of a type that is wanted, and finishes what a rotation left undone.
func (f keyFile) open(wanted func(KEKType) bool) (*KEK, error) {
	kind, versions, err := f.read(wanted)
	if err != nil {
		return nil, err
	}
	if err := f.wipeRetired(); err != nil {
		return nil, err
	}
	return &KEK{&kekState{kind: kind, file: f, versions: versions}}, nil
}

// read returns what the file holds.
func (f keyFile) read(wanted func(KEKType) bool) (KEKType, []*kekVersion, error) {
	file, err := readKEKFile(f.path)
	if err != nil {
		return "", nil, err
	}
	if !wanted(file.Type) {
		return "", nil, fmt.Errorf("couldn't use %s: %w", f.path, ErrDevKEK)
	}
	versions, err := file.open(f.passphrase)
	if err != nil {
		return "", nil, fmt.Errorf("couldn't use %s: %w", f.path, err)
	}
	return file.Type, versions, nil
}

func createKEK(f keyFile, kind KEKType) error {
	first, err := freshVersion(kind)
	if err != nil {
		return err
	}
	content, err := f.encode(kind, []*kekVersion{first})
	if err != nil {
		return err
	}
	if err := writeNew(f.path, content); err != nil {
		return fmt.Errorf("couldn't write the key file %s: %w", f.path, err)
	}
	return nil
}

// freshVersion makes a version of fresh randomness: one derived from anything that is kept could not be destroyed.
func freshVersion(kind KEKType) (*kekVersion, error) {
	handle, err := newKeyset()
	if err != nil {
		return nil, err
	}
	return newVersion(kind, handle, time.Now().UTC().Truncate(time.Second))
}

// encode makes the content of a file with some versions.
func (f keyFile) encode(kind KEKType, versions []*kekVersion) ([]byte, error) {
	file := kekFile{Format: fileFormat, Type: kind}
	var cipher tink.AEAD
	if kind == KEKPassphrase {
		file.KDF, file.Salt = argonName, make([]byte, saltSize)
		rand.Read(file.Salt)
		var err error
		if cipher, err = passphraseCipher(f.passphrase, file.Salt); err != nil {
			return nil, err
		}
	}
	for _, v := range versions {
		kept := kekFileVersion{ID: v.id, Made: v.made}
		var b bytes.Buffer
		var err error
		if cipher == nil {
			err = insecurecleartextkeyset.Write(v.handle, keyset.NewBinaryWriter(&b))
		} else {
			err = v.handle.WriteWithAssociatedData(keyset.NewBinaryWriter(&b), cipher, file.associated(kept))
		}
		if err != nil {
			return nil, fmt.Errorf("couldn't encode a key-encryption key: %w", err)
		}
		kept.Keyset = b.Bytes()
		file.Versions = append(file.Versions, kept)
	}
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("couldn't encode a key-encryption key: %w", err)
	}
	return append(text, '\n'), nil
}

// open makes the versions in the file and checks that the file says the truth about them.
func (f *kekFile) open(passphrase []byte) ([]*kekVersion, error) {
	cipher, err := f.cipher(passphrase)
	if err != nil {
		return nil, err
	}
	var versions []*kekVersion
	for _, kept := range f.Versions {
		handle, err := f.handle(cipher, kept)
		if err != nil {
			return nil, err
		}
		v, err := newVersion(f.Type, handle, kept.Made)
		if err != nil {
			return nil, err
		}
		if v.id != kept.ID {
			return nil, errors.New("a key is not the one that the file names")
		}
		versions = append(versions, v)
	}
	if len(versions) == 0 {
		return nil, errors.New("the file holds no key")
	}
	return versions, nil
}

// cipher is what the file's keysets are encrypted with, nil where they lie in clear.
func (f *kekFile) cipher(passphrase []byte) (tink.AEAD, error) {
	switch f.Type {
	case KEKDev, KEKKeyFile:
		if len(passphrase) > 0 {
			return nil, fmt.Errorf("%w: the file holds the key in clear", ErrWrongPassphrase)
		}
		return nil, nil
	case KEKPassphrase:
		if f.KDF != argonName || len(f.Salt) != saltSize {
			return nil, errors.New("unknown derivation of the key from the passphrase")
		}
		return passphraseCipher(passphrase, f.Salt)
	}
	return nil, fmt.Errorf("unknown type %q of key", f.Type)
}

func (f *kekFile) handle(cipher tink.AEAD, kept kekFileVersion) (*keyset.Handle, error) {
	reader := keyset.NewBinaryReader(bytes.NewReader(kept.Keyset))
	if cipher == nil {
		handle, err := insecurecleartextkeyset.Read(reader)
		if err != nil {
			return nil, errors.New("the key is damaged")
		}
		return handle, nil
	}
	handle, err := keyset.ReadWithAssociatedData(reader, cipher, f.associated(kept))
	if err != nil {
		return nil, ErrWrongPassphrase
	}
	return handle, nil
}

// associated is what an encrypted keyset is bound to.
func (f *kekFile) associated(kept kekFileVersion) []byte {
	if f.Format == firstFormat {
		return joined("key file", string(f.Type), kept.ID, f.KDF, string(f.Salt))
	}
	return joined("key file version", string(f.Type), kept.ID, kept.Made.UTC().Format(time.RFC3339), f.KDF, string(f.Salt))
}

// passphraseCipher makes an AEAD of a passphrase.
func passphraseCipher(passphrase, salt []byte) (tink.AEAD, error) {
	secret := argon2.IDKey(passphrase, salt, argonTime, argonMemory, argonThreads, keySize)
	defer clear(secret)
	return cipherOf(secret)
}

// readKEKFile reads a key file that only its owner may use. Looking at the open file leaves no time to exchange it.
func readKEKFile(path string) (*kekFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("couldn't open the key file: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("couldn't look at the key file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("couldn't use %s: %w: its mode is %#o, not 0600", path, ErrExposed, info.Mode().Perm())
	}
	var file kekFile
	decoder := json.NewDecoder(io.LimitReader(f, fileLimit))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return nil, fmt.Errorf("couldn't read %s: it is not a key file", path) // the decoder would quote from it
	}
	switch {
	case file.Format == firstFormat && file.Versions == nil:
		file.Versions = []kekFileVersion{{ID: file.ID, Made: info.ModTime(), Keyset: file.Keyset}}
	case file.Format == fileFormat && file.ID == "" && file.Keyset == nil:
	default:
		return nil, fmt.Errorf("couldn't read %s: unknown format", path)
	}
	return &file, nil
}
