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
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
	"golang.org/x/crypto/argon2"
)

// What version 1 of the key file says and how its passphrase becomes a key. The parameters of argon2id are fixed by the version, so
// that an altered file cannot weaken them or ask for all memory.
const (
	fileVersion  = 1
	fileLimit    = 64 << 10 // bytes; a file has about 400
	argonName    = "argon2id t=3 m=65536 p=1"
	argonTime    = 3
	argonMemory  = 64 << 10 // KiB
	argonThreads = 1
	saltSize     = 16
)

// kekFile is a key file. Keyset is a binary Tink keyset: in clear for the types dev and keyfile, and for the type passphrase an
// encrypted one, under XAES-256-GCM with the key that argon2id makes of passphrase and salt; the fields before it are its
// associated data.
type kekFile struct {
	Version int     `json:"version"`
	Type    KEKType `json:"type"`
	ID      string  `json:"id"`             // fingerprint, not secret
	KDF     string  `json:"kdf,omitempty"`  // type passphrase only
	Salt    []byte  `json:"salt,omitempty"` // type passphrase only
	Keyset  []byte  `json:"keyset"`
}

// CreateKEK makes a key-encryption key and writes it to a new file that its owner alone may use: in clear (type keyfile) where the
// passphrase is empty, else encrypted under it (type passphrase). It returns when the file is on disk. A file that exists is never
// replaced: the error is fs.ErrExist.
func CreateKEK(path string, passphrase []byte) error {
	if len(passphrase) == 0 {
		return createKEK(path, KEKKeyFile, nil)
	}
	return createKEK(path, KEKPassphrase, passphrase)
}

// OpenKEK reads a key file that CreateKEK wrote. It fails with ErrWrongPassphrase where the passphrase is wrong or missing, with
// ErrExposed where others than the owner may use the file, and with ErrDevKEK for a key of the demonstration.
func OpenKEK(path string, passphrase []byte) (*KEK, error) {
	file, err := readKEKFile(path)
	if err != nil {
		return nil, err
	}
	if file.Type == KEKDev {
		return nil, fmt.Errorf("couldn't use %s: %w", path, ErrDevKEK)
	}
	kek, err := file.open(passphrase)
	if err != nil {
		return nil, fmt.Errorf("couldn't use %s: %w", path, err)
	}
	return kek, nil
}

// OpenDevKEK reads the key file of a demonstration and makes it where there is none. It fails with ErrDevKEK where the file holds a
// key of another type, and with ErrExposed as OpenKEK does.
func OpenDevKEK(path string) (*KEK, error) {
	file, err := readKEKFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createKEK(path, KEKDev, nil); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		file, err = readKEKFile(path)
	}
	if err != nil {
		return nil, err
	}
	if file.Type != KEKDev {
		return nil, fmt.Errorf("couldn't use %s: %w", path, ErrDevKEK)
	}
	kek, err := file.open(nil)
	if err != nil {
		return nil, fmt.Errorf("couldn't use %s: %w", path, err)
	}
	return kek, nil
}

func createKEK(path string, kind KEKType, passphrase []byte) error {
	handle, err := newKeyset()
	if err != nil {
		return err
	}
	kek, err := newKEK(kind, handle)
	if err != nil {
		return err
	}
	file := kekFile{Version: fileVersion, Type: kind, ID: kek.id}
	if err := file.fill(handle, passphrase); err != nil {
		return fmt.Errorf("couldn't encode a key-encryption key: %w", err)
	}
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return fmt.Errorf("couldn't encode a key-encryption key: %w", err)
	}
	if err := writeNew(path, append(text, '\n')); err != nil {
		return fmt.Errorf("couldn't write the key file %s: %w", path, err)
	}
	return nil
}

// fill puts the keyset into the file, encrypted where the type says so.
func (f *kekFile) fill(handle *keyset.Handle, passphrase []byte) error {
	var b bytes.Buffer
	if f.Type != KEKPassphrase {
		err := insecurecleartextkeyset.Write(handle, keyset.NewBinaryWriter(&b))
		f.Keyset = b.Bytes()
		return err
	}
	f.KDF, f.Salt = argonName, make([]byte, saltSize)
	rand.Read(f.Salt)
	cipher, err := passphraseCipher(passphrase, f.Salt)
	if err != nil {
		return err
	}
	err = handle.WriteWithAssociatedData(keyset.NewBinaryWriter(&b), cipher, f.associated())
	f.Keyset = b.Bytes()
	return err
}

// open makes the KEK of the file and checks that the file says the truth about it.
func (f *kekFile) open(passphrase []byte) (*KEK, error) {
	handle, err := f.handle(passphrase)
	if err != nil {
		return nil, err
	}
	kek, err := newKEK(f.Type, handle)
	if err != nil {
		return nil, err
	}
	if kek.id != f.ID {
		return nil, errors.New("the key is not the one that the file names")
	}
	return kek, nil
}

func (f *kekFile) handle(passphrase []byte) (*keyset.Handle, error) {
	reader := keyset.NewBinaryReader(bytes.NewReader(f.Keyset))
	switch f.Type {
	case KEKDev, KEKKeyFile:
		if len(passphrase) > 0 {
			return nil, fmt.Errorf("%w: the file holds the key in clear", ErrWrongPassphrase)
		}
		handle, err := insecurecleartextkeyset.Read(reader)
		if err != nil {
			return nil, errors.New("the key is damaged")
		}
		return handle, nil
	case KEKPassphrase:
		if f.KDF != argonName || len(f.Salt) != saltSize {
			return nil, errors.New("unknown derivation of the key from the passphrase")
		}
		cipher, err := passphraseCipher(passphrase, f.Salt)
		if err != nil {
			return nil, err
		}
		handle, err := keyset.ReadWithAssociatedData(reader, cipher, f.associated())
		if err != nil {
			return nil, ErrWrongPassphrase
		}
		return handle, nil
	}
	return nil, fmt.Errorf("unknown type %q of key", f.Type)
}

func (f *kekFile) associated() []byte {
	return joined("key file", string(f.Type), f.ID, f.KDF, string(f.Salt))
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
	if file.Version != fileVersion {
		return nil, fmt.Errorf("couldn't read %s: unknown version %d", path, file.Version)
	}
	return &file, nil
}

// writeNew writes a file that does not exist yet. The name appears with the whole content on disk or not at all.
func writeNew(path string, content []byte) error {
	folder := filepath.Dir(path)
	temporary, err := os.CreateTemp(folder, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.Write(content)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if err := os.Link(temporary.Name(), path); err != nil { // refuses a name that is taken
		return err
	}
	return syncFolder(folder)
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
