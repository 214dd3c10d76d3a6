package accesslog

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"songtor/domain"
)

// Entry is one reading, or one that was denied.
type Entry struct {
	ID        string      `json:"id"` // UUID; two entries with one id are one
	At        time.Time   `json:"at"` // by the service's clock
	User      string      `json:"user"`
	Agency    string      `json:"agency,omitzero"`
	Role      domain.Role `json:"role,omitzero"`
	Session   string      `json:"session,omitzero"` // the session's id, which opens nothing
	Device    string      `json:"device,omitzero"`
	Assurance int         `json:"assurance,omitzero"`
	Purpose   string      `json:"purpose,omitzero"`
	Case      string      `json:"case,omitzero"`          // UUID; empty for a list
	Of        string      `json:"case_agency,omitzero"`   // responsible for the case
	Province  string      `json:"case_province,omitzero"` // of the case
	Action    string      `json:"action"`
	Object    string      `json:"object,omitzero"`  // the file, incident or stage, where the action is on one
	Classes   []string    `json:"classes,omitzero"` // the field classes that are opened
	Count     int         `json:"count,omitzero"`   // rows of a list
	Filters   []string    `json:"filters,omitzero"` // by what a list was narrowed, never to what
	Outcome   Outcome     `json:"outcome"`
	Policy    string      `json:"policy,omitzero"` // hash of the policies that decided
	Request   string      `json:"request,omitzero"`
}

// Outcome is what came of a request to read.
type Outcome string

// The outcomes.
const (
	Shown       Outcome = "shown"        // from here on it may be shown
	Denied      Outcome = "denied"       // the policies do not allow it
	BrokenGlass Outcome = "broken_glass" // shown by an emergency grant alone
	Stopped     Outcome = "stopped"      // allowed, but the account has opened too many cases
)

// Opened reports whether something was shown.
func (o Outcome) Opened() bool { return o == Shown || o == BrokenGlass }

// maxToken and maxList bound an entry. Its longest token is a hash in hex.
const (
	maxToken = 128
	maxList  = 32
)

func (e *Entry) check() error {
	if _, err := uuid.Parse(e.ID); err != nil || e.At.IsZero() || e.User == "" || e.Action == "" {
		return fmt.Errorf("%w: an entry needs an id, a time, an account and an action", ErrMalformed)
	}
	switch e.Outcome {
	case Shown, Denied, BrokenGlass, Stopped:
	default:
		return fmt.Errorf("%w: unknown outcome", ErrMalformed)
	}
	if _, err := uuid.Parse(e.Case); e.Case != "" && err != nil {
		return fmt.Errorf("%w: a case that has no id", ErrMalformed)
	}
	if len(e.Classes) > maxList || len(e.Filters) > maxList || e.Count < 0 {
		return fmt.Errorf("%w: a list is too long or a count negative", ErrMalformed)
	}
	for _, tokens := range [][]string{
		{e.ID, e.User, e.Agency, string(e.Role), e.Session, e.Device, e.Purpose, e.Case, e.Of, e.Province, e.Action, e.Object, e.Policy, e.Request},
		e.Classes, e.Filters,
	} {
		for _, t := range tokens {
			if len(t) > maxToken || strings.ContainsFunc(t, notOfAToken) {
				return fmt.Errorf("%w: a member is no token", ErrMalformed)
			}
		}
	}
	return nil
}

// notOfAToken keeps sentences and names out of the record: ids and codes need neither blanks nor letters beyond ASCII.
func notOfAToken(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.:/+=", r)
}

// version is that of the shape of a message.
const version = 1

// message is what lies in one position of the trail.
type message struct {
	Version int     `json:"v"`
	Entries []Entry `json:"entries"`
}

// encode returns an entry as it lies in a message.
func encode(e Entry) (jsontext.Value, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	e.At = e.At.UTC()
	b, err := json.Marshal(&e)
	if err != nil {
		return nil, fmt.Errorf("%w: it cannot be encoded", ErrMalformed)
	}
	return b, nil
}

// join makes a message of encoded entries.
func join(entries []jsontext.Value) ([]byte, error) {
	b, err := json.Marshal(struct {
		Version int              `json:"v"`
		Entries []jsontext.Value `json:"entries"`
	}{version, entries})
	if err != nil {
		return nil, fmt.Errorf("couldn't encode a message of the access record: %w", err)
	}
	return b, nil
}

// Decode returns the entries of a message. It fails with ErrMalformed for what this build does not know, unknown members too: what is
// not understood must not be stepped over. Its errors quote nothing.
func Decode(data []byte) ([]Entry, error) {
	var m message
	if err := json.Unmarshal(data, &m, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("%w: not a message of version %d", ErrMalformed, version)
	}
	if m.Version != version || len(m.Entries) == 0 {
		return nil, fmt.Errorf("%w: version %d with %d entries", ErrMalformed, m.Version, len(m.Entries))
	}
	for i := range m.Entries {
		if err := m.Entries[i].check(); err != nil {
			return nil, err
		}
	}
	return m.Entries, nil
}
