package transparency

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// ErrPolicy says that a policy file is not well-formed. The text says which line.
var ErrPolicy = errors.New("malformed policy")

// Policy says whom a reader trusts: which logs, whose receipts, and how many of which witnesses have to agree.
type Policy struct {
	logs      []verifier
	receipts  []verifier
	witnesses map[string]verifier // by the name that the policy gives them
	groups    map[string]group
	quorum    string // name of a witness or group, or none
}

// group is met where at least so many of its members are.
type group struct {
	least   int
	members []string
}

// none is the quorum that asks for no witness.
const none = "none"

// ParsePolicy reads a policy in the format of the C2SP tlog-policy specification, with one kind of line added:
//
//	log <verifier key> [<url>]
//	receipts <verifier key>
//	witness <name> <verifier key> [<url>]
//	group <name> all|any|<k> <name>...
//	quorum <name>|none
//
// It fails with ErrPolicy.
func ParsePolicy(text []byte) (*Policy, error) {
	p := &Policy{witnesses: map[string]verifier{}, groups: map[string]group{}}
	members := map[string]bool{}
	for i, line := range bytes.Split(text, []byte("\n")) {
		fields := strings.FieldsFunc(string(line), func(r rune) bool { return r == ' ' || r == '\t' })
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if err := p.read(fields, members); err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrPolicy, i+1, err)
		}
	}
	if p.quorum == "" {
		return nil, fmt.Errorf("%w: there is no quorum line", ErrPolicy)
	}
	return p, nil
}

func (p *Policy) read(fields []string, members map[string]bool) error {
	rest := fields[1:]
	switch {
	case fields[0] == "log" && (len(rest) == 1 || len(rest) == 2):
		return addKey(&p.logs, rest[0])
	case fields[0] == "receipts" && len(rest) == 1:
		return addKey(&p.receipts, rest[0])
	case fields[0] == "witness" && (len(rest) == 2 || len(rest) == 3):
		return p.addWitness(rest[0], rest[1])
	case fields[0] == "group" && len(rest) >= 3:
		return p.addGroup(rest[0], rest[1], rest[2:], members)
	case fields[0] == "quorum" && len(rest) == 1:
		if p.quorum != "" {
			return errors.New("there is a quorum already")
		}
		if rest[0] != none && !p.defined(rest[0]) {
			return errors.New("the quorum is not defined above")
		}
		p.quorum = rest[0]
		return nil
	}
	return errors.New("not a line of a policy")
}

func addKey(keys *[]verifier, encoded string) error {
	v, err := parseKey(encoded, algEd25519)
	if err != nil {
		return err
	}
	for _, other := range *keys {
		if bytes.Equal(other.public, v.public) {
			return errors.New("the key is there already")
		}
	}
	*keys = append(*keys, v)
	return nil
}

func (p *Policy) addWitness(name, encoded string) error {
	v, err := parseKey(encoded, algCosignature)
	switch {
	case err != nil:
		return err
	case name == none || p.defined(name):
		return errors.New("the name is taken")
	}
	for _, other := range p.witnesses {
		if bytes.Equal(other.public, v.public) {
			return errors.New("the key is there already")
		}
	}
	p.witnesses[name] = v
	return nil
}

func (p *Policy) addGroup(name, threshold string, members []string, used map[string]bool) error {
	if name == none || p.defined(name) {
		return errors.New("the name is taken")
	}
	for _, m := range members {
		if !p.defined(m) {
			return errors.New("a member is not defined above")
		}
		if used[m] {
			return errors.New("a member belongs to a group already")
		}
		used[m] = true
	}
	least, err := strconv.Atoi(threshold)
	switch threshold {
	case "all":
		least, err = len(members), nil
	case "any":
		least, err = 1, nil
	}
	if err != nil || least < 1 || least > len(members) {
		return errors.New("the number of members that have to agree makes no sense")
	}
	p.groups[name] = group{least, members}
	return nil
}

func (p *Policy) defined(name string) bool {
	_, witness := p.witnesses[name]
	_, group := p.groups[name]
	return witness || group
}

// met reports whether a quorum is among the witnesses for whom agreed says so.
func (p *Policy) met(name string, agreed func(witness string) bool) bool {
	if name == none {
		return true
	}
	g, ok := p.groups[name]
	if !ok {
		return agreed(name)
	}
	count := 0
	for _, m := range g.members {
		if p.met(m, agreed) {
			count++
		}
	}
	return count >= g.least
}

// logSigned reports whether a signed checkpoint bears a good signature of a trusted log under its own origin.
func (p *Policy) logSigned(signed []byte, origin string) bool {
	for _, log := range p.logs {
		if log.name != origin {
			continue
		}
		if n, err := note.Open(signed, note.VerifierList(log)); err == nil && len(n.Sigs) == 1 {
			return true
		}
	}
	return false
}

// Cosigned is a witness's word on a checkpoint.
type Cosigned struct {
	Witness string // by the policy's name for it
	At      time.Time
}

// cosignatures are those of trusted witnesses on a signed checkpoint. Others are not looked at, and one that is not good counts as none.
func (p *Policy) cosignatures(signed []byte) []Cosigned {
	var found []Cosigned
	for name, witness := range p.witnesses {
		n, err := note.Open(signed, note.VerifierList(witness))
		if err != nil || len(n.Sigs) != 1 {
			continue
		}
		if at, err := cosignedAt(n.Sigs[0]); err == nil {
			found = append(found, Cosigned{name, at})
		}
	}
	return found
}

// signedForReceipts reports whether a trusted key with the id signed a message.
func (p *Policy) signedForReceipts(id string, message, signature []byte) bool {
	for _, k := range p.receipts {
		if keyID(k.KeyHash()) == id && ed25519.Verify(k.public, message, signature) {
			return true
		}
	}
	return false
}
