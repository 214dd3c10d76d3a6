package vault

import (
	"encoding/hex"
	"errors"
)

// errCaseID does not repeat the id: what is not a UUID may be anything.
var errCaseID = errors.New("the case id is not a lower-case UUID")

// uuid is a UUID as the database has it.
type uuid [16]byte

// parseUUID reads the one spelling of a UUID that names a case. Others would bind a ciphertext to another text.
func parseUUID(s string) (uuid, error) {
	var id uuid
	if len(s) != 36 {
		return id, errCaseID
	}
	digits := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil || id.String() != s {
		return id, errCaseID
	}
	return id, nil
}

// String spells the id as parseUUID reads it.
func (id uuid) String() string {
	digits := hex.EncodeToString(id[:])
	return digits[:8] + "-" + digits[8:12] + "-" + digits[12:16] + "-" + digits[16:20] + "-" + digits[20:]
}
