package identity

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// cost is what a guess at a password costs.
type cost struct {
	passes  uint32
	memory  uint32 // KiB
	threads uint8
}

// defaultCost is three passes over 64 MiB. OWASP ASVS 5.0, appendix on cryptography: three passes need at least 12 MiB.
func defaultCost() cost { return cost{passes: 3, memory: 64 * 1024, threads: 1} }

// bounded reports whether the cost is one that may be computed: a string from the database must not make us do without end.
func (c cost) bounded() bool {
	return c.passes >= 1 && c.passes <= 64 && c.memory >= 8 && c.memory <= 1024*1024 && c.threads >= 1 && c.threads <= 16
}

// weakerThan reports whether a hash of this cost should be replaced by one of the other.
func (c cost) weakerThan(other cost) bool {
	return c.passes < other.passes || c.memory < other.memory
}

const (
	saltBytes = 16
	keyBytes  = 32
)

// passwordHash is what is kept of a password.
type passwordHash struct {
	cost cost
	salt []byte
	key  []byte
}

// errHash says that a kept hash is not one of ours. It never carries the hash.
var errHash = errors.New("not an argon2id hash in PHC form")

func hashPassword(password string, c cost) passwordHash {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails since Go 1.24
	return passwordHash{cost: c, salt: salt, key: derive(password, salt, c, keyBytes)}
}

// nobodys is the hash of no password: to compare with it takes as long as with any other, and making it takes no time of every start.
func nobodys(c cost) passwordHash {
	h := passwordHash{cost: c, salt: make([]byte, saltBytes), key: make([]byte, keyBytes)}
	rand.Read(h.salt)
	rand.Read(h.key)
	return h
}

func derive(password string, salt []byte, c cost, length uint32) []byte {
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.threads, length)
}

// matches reports whether the password is the one that was hashed.
func (h passwordHash) matches(password string) bool {
	key := derive(password, h.salt, h.cost, uint32(len(h.key))) //nolint:gosec // parseHash bounds the length
	return subtle.ConstantTimeCompare(key, h.key) == 1
}

// String returns the hash in the PHC string format (C2SP, phc-strings).
func (h passwordHash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.cost.memory, h.cost.passes, h.cost.threads,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.key))
}

// parseHash reads what String wrote, and nothing else: another spelling of the same hash is refused.
func parseHash(s string) (passwordHash, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 {
		return passwordHash{}, errHash
	}
	var h passwordHash
	_, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.cost.memory, &h.cost.passes, &h.cost.threads)
	if err != nil || !h.cost.bounded() {
		return passwordHash{}, errHash
	}
	if h.salt, err = decodePart(parts[4], 8, 64); err != nil {
		return passwordHash{}, err
	}
	if h.key, err = decodePart(parts[5], 16, 64); err != nil {
		return passwordHash{}, err
	}
	if h.String() != s {
		return passwordHash{}, errHash
	}
	return h, nil
}

func decodePart(s string, least, most int) ([]byte, error) {
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil || len(b) < least || len(b) > most {
		return nil, errHash
	}
	return b, nil
}
