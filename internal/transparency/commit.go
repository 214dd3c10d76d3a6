package transparency

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// commit is what a reader without keys sees of a message of a case. It is read here without the service's own code for it: a message of
// an event that is not known yet can be checked too.
type commit struct {
	ID       string `json:"id"`
	Case     string `json:"case"`
	Number   int    `json:"n"`
	Previous string `json:"prev"`
	Command  string `json:"command"`
	Actor    struct {
		Agency string `json:"agency"`
		Role   string `json:"role"`
	} `json:"actor"`
	Events []struct {
		Type string    `json:"type"`
		At   time.Time `json:"at"`
	} `json:"events"`

	digest   string
	withheld bool // nothing but the digest is known
	sealed   []sealedPart
}

// sealedPart is a value that only the case's keys open.
type sealedPart struct{ scope, key string }

// keysDestroyed is the event after which no sealed part of the case can be opened by anybody.
const keysDestroyed = "case.keys_destroyed"

// readCommit reads a message. What cannot be read has no case and no number, so no check takes it for part of a history.
func readCommit(message []byte) commit {
	var c commit
	var whole any
	if json.Unmarshal(message, &c) != nil || json.Unmarshal(message, &whole) != nil {
		return commit{}
	}
	c.digest = digestOf(message)
	c.sealed = sealedParts(whole, nil)
	return c
}

func digestOf(message []byte) string {
	sum := sha256.Sum256(message)
	return hex.EncodeToString(sum[:])
}

// sealedParts finds the sealed values in a message, wherever they lie.
func sealedParts(v any, found []sealedPart) []sealedPart {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			found = sealedParts(item, found)
		}
	case map[string]any:
		scope, isScope := v["scope"].(string)
		key, isKey := v["key"].(string)
		if _, isText := v["ct"].(string); isText && isScope && isKey {
			return append(found, sealedPart{scope, key})
		}
		for _, item := range v {
			found = sealedParts(item, found)
		}
	}
	return found
}
