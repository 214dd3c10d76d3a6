package backup

import (
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
)

// Recipient is for whom a backup is encrypted, Identity what opens it.
type (
	Recipient = age.Recipient
	Identity  = age.Identity
)

// Recipients reads a file of recipients, one a line, as age-keygen prints them.
func Recipients(file string) ([]Recipient, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the recipients: %w", err)
	}
	defer f.Close()
	recipients, err := age.ParseRecipients(f)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the recipients in %s: %w", file, err)
	}
	return recipients, nil
}

// Identities reads files of identities. It refuses one that others than its owner may read.
func Identities(files ...string) ([]Identity, error) {
	var all []Identity
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("couldn't read an identity: %w", err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return nil, fmt.Errorf("couldn't read an identity: %w", err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			return nil, fmt.Errorf("others than its owner may use the identity %s: chmod 600 it", file)
		}
		found, err := age.ParseIdentities(f)
		if err != nil {
			return nil, fmt.Errorf("couldn't read the identity %s", file) // the reason may quote the file
		}
		all = append(all, found...)
	}
	return all, nil
}

// Seal encrypts what is written to it, for the recipients. Close ends it and leaves out open.
func Seal(out io.Writer, recipients []Recipient) (io.WriteCloser, error) {
	sealed, err := age.Encrypt(out, recipients...)
	if err != nil {
		return nil, fmt.Errorf("couldn't encrypt the backup: %w", err)
	}
	return sealed, nil
}

// Open decrypts what Seal encrypted. It fails with ErrIdentity where no identity is a recipient's, and with ErrDamaged; a byte that was
// touched makes the reading fail.
func Open(in io.Reader, identities []Identity) (io.Reader, error) {
	plain, err := age.Decrypt(in, identities...)
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none):
		return nil, ErrIdentity
	case err != nil:
		return nil, fmt.Errorf("%w: it does not begin as an encrypted file", ErrDamaged)
	}
	return plain, nil
}

// passing makes an identity for the time of one backup, by which it is read back: whoever makes it cannot open it afterwards. Post-quantum
// recipients share a file with their like only.
func passing(recipients []Recipient) (Identity, Recipient, error) {
	for _, r := range recipients {
		if _, ok := r.(*age.HybridRecipient); ok {
			identity, err := age.GenerateHybridIdentity()
			if err != nil {
				return nil, nil, fmt.Errorf("couldn't make a key: %w", err)
			}
			return identity, identity.Recipient(), nil
		}
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, nil, fmt.Errorf("couldn't make a key: %w", err)
	}
	return identity, identity.Recipient(), nil
}

// NewIdentity makes a file with a new identity and returns its recipient. The file must not exist.
func NewIdentity(file string) (recipient string, err error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return "", fmt.Errorf("couldn't make a key: %w", err)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("couldn't make the identity: %w", err)
	}
	recipient = identity.Recipient().String()
	_, err = fmt.Fprintf(f, "# recipient: %s\n%s\n", recipient, identity)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fmt.Errorf("couldn't write the identity: %w", err)
	}
	return recipient, nil
}
