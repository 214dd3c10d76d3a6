package transparency

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Why a bundle is refused. Each is decided with errors.Is; the error's text says where the fault lies.
var (
	ErrFormat    = errors.New("the file is not a whole bundle")
	ErrOrigin    = errors.New("the bundle is of another log than those that the policy trusts")
	ErrUnsigned  = errors.New("the checkpoint is not signed by the log")
	ErrWitnesses = errors.New("not enough trusted witnesses cosigned the checkpoint")
	ErrStale     = errors.New("the checkpoint is too old for what is to be shown")
	ErrNotInTree = errors.New("a message is not in the tree: it, its place or its proof was altered")
	ErrOtherCase = errors.New("a message belongs to another case")
	ErrChain     = errors.New("the history is broken: messages are missing, out of order or do not follow from each other")
	ErrKeys      = errors.New("sealed values of one kind name more than one key")
	ErrTruncated = errors.New("the bundle was cut: it has fewer messages than it says")
	ErrNotServed = errors.New("the bundle is not as the service gave it out")
	ErrReceipt   = errors.New("the receipt was not honoured")
)

// Question is what is to be verified.
type Question struct {
	Bundle  []byte
	Policy  *Policy
	Receipt []byte    // as the service answered it; nil for none
	Since   time.Time // the witnesses' quorum has to have cosigned at this time or later; zero for any time
}

// Findings are what a bundle shows once it has been verified.
type Findings struct {
	Case      string
	Origin    string
	Size      int64 // of the tree
	Witnesses []Cosigned
	Events    []Event
	Messages  int
	Withheld  int // messages of which the bundle has no more than the digest
	Sealed    int // values that the case's keys open
	Erased    int // values whose keys were destroyed: nobody opens them
	Receipt   bool
}

// Event is what is clear of an event.
type Event struct {
	Position   uint64
	Type       string
	Agency     string
	HappenedAt time.Time
	AcceptedAt time.Time
}

// Verify checks a bundle against a policy, trusting nothing but the policy. It needs no network. Its error is one of those above, or
// ErrCheckpoint.
func Verify(q Question) (*Findings, error) { return verify(q, checks()) }

// check is one thing that must hold of a bundle. Each stands for itself: none rests on one before it having been made.
type check func(*examination) error

// checks lists all of them in the order in which a reader wants to hear of a fault: whom the tree is from, what is in it, whether that is
// all.
func checks() []check {
	return []check{
		signedByLog, // ErrOrigin and ErrUnsigned
		quorumCosigned,
		recentEnough,
		allInTree,
		allOfCase,
		chained,
		oneKeyEach,
		complete,
		signedAsWhole,
		receiptHonoured,
	}
}

// examination is a bundle under examination.
type examination struct {
	Question
	bundle     *Bundle
	checkpoint Checkpoint
	commits    []commit
}

func verify(q Question, checks []check) (*Findings, error) {
	bundle, err := decodeBundle(q.Bundle)
	if err != nil {
		return nil, err
	}
	e := &examination{Question: q, bundle: bundle}
	if e.checkpoint, err = ParseCheckpoint([]byte(bundle.Checkpoint)); err != nil {
		return nil, err
	}
	if len(bundle.Messages) == 0 {
		return nil, fmt.Errorf("%w: it has no message", ErrFormat)
	}
	for _, m := range bundle.Messages {
		if m.Withheld == "" {
			e.commits = append(e.commits, readCommit(m.Data))
			continue
		}
		if len(m.Data) > 0 {
			return nil, fmt.Errorf("%w: position %d is withheld and is not", ErrFormat, m.Position)
		}
		e.commits = append(e.commits, commit{Case: bundle.Case, digest: m.Withheld, withheld: true})
	}
	for _, c := range checks {
		if err := c(e); err != nil {
			return nil, err
		}
	}
	return e.findings(), nil
}

func signedByLog(e *examination) error {
	if !slices.ContainsFunc(e.Policy.logs, func(log verifier) bool { return log.name == e.checkpoint.Origin }) {
		return fmt.Errorf("%w: it is of %q", ErrOrigin, e.checkpoint.Origin)
	}
	if !e.Policy.logSigned([]byte(e.bundle.Checkpoint), e.checkpoint.Origin) {
		return fmt.Errorf("%w %q", ErrUnsigned, e.checkpoint.Origin)
	}
	return nil
}

func quorumCosigned(e *examination) error {
	found := e.Policy.cosignatures([]byte(e.bundle.Checkpoint))
	if !e.Policy.met(e.Policy.quorum, named(found)) {
		return fmt.Errorf("%w: good cosignatures are of %s", ErrWitnesses, listOf(found))
	}
	return nil
}

func recentEnough(e *examination) error {
	for _, m := range e.bundle.Messages {
		if m.Position > uint64(e.checkpoint.Size) {
			return fmt.Errorf("%w: it is of a tree of %d messages, and the bundle has position %d", ErrStale, e.checkpoint.Size, m.Position)
		}
	}
	if e.Since.IsZero() {
		return nil
	}
	recent := slices.DeleteFunc(e.Policy.cosignatures([]byte(e.bundle.Checkpoint)), func(c Cosigned) bool { return c.At.Before(e.Since) })
	if e.Policy.quorum == none || !e.Policy.met(e.Policy.quorum, named(recent)) {
		return fmt.Errorf("%w: no quorum of witnesses cosigned it at %s or later", ErrStale, e.Since.UTC().Format(time.RFC3339))
	}
	return nil
}

// allInTree recomputes the way from each message to the root. The case is the message's own: whether it is the bundle's is another check.
// That of a message that is withheld is the bundle's, and the leaf holds it to that.
func allInTree(e *examination) error {
	for i, m := range e.bundle.Messages {
		digest, err := hex.DecodeString(e.commits[i].digest)
		if err != nil || len(digest) != sha256.Size {
			return fmt.Errorf("%w: position %d", ErrNotInTree, m.Position)
		}
		leaf := leafOfDigest(Cases, m.Position, casePrefix+e.commits[i].Case, [sha256.Size]byte(digest))
		index := int64(m.Position) - 1
		if err := tlog.CheckRecord(m.Proof, e.checkpoint.Size, e.checkpoint.Root, index, leaf.Hash()); err != nil {
			return fmt.Errorf("%w: position %d", ErrNotInTree, m.Position)
		}
	}
	return nil
}

func allOfCase(e *examination) error {
	for i, m := range e.bundle.Messages {
		if e.commits[i].Case != e.bundle.Case {
			return fmt.Errorf("%w: position %d", ErrOtherCase, m.Position)
		}
	}
	return nil
}

// chained holds each message to the one before it, and to how many came before. Of one that is withheld the next that is shown tells, and
// where none is, the tree tells no more than that it came later.
func chained(e *examination) error {
	previous, last := "", uint64(0)
	for i, c := range e.commits {
		position := e.bundle.Messages[i].Position
		if position <= last || !c.withheld && (c.Number != i+1 || c.Previous != previous) {
			return fmt.Errorf("%w: at position %d the case's message %d was to come", ErrChain, position, i+1)
		}
		previous, last = c.digest, position
	}
	return nil
}

// oneKeyEach makes sure that no part was sealed anew under another key: a ciphertext of AES-GCM alone does not tell with which key it
// opens to what.
func oneKeyEach(e *examination) error {
	keys := map[string]string{}
	for i, c := range e.commits {
		for _, part := range c.sealed {
			if key, known := keys[part.scope]; known && key != part.key {
				return fmt.Errorf("%w: the scope %q at position %d", ErrKeys, part.scope, e.bundle.Messages[i].Position)
			}
			keys[part.scope] = part.key
		}
	}
	return nil
}

func complete(e *examination) error {
	if e.bundle.Events != len(e.bundle.Messages) {
		return fmt.Errorf("%w: %d of %d", ErrTruncated, len(e.bundle.Messages), e.bundle.Events)
	}
	return nil
}

func signedAsWhole(e *examination) error {
	text, err := e.bundle.text(e.checkpoint.Origin)
	if err != nil {
		return err
	}
	id, encoded, _ := strings.Cut(e.bundle.Signature, " ")
	signature, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || !e.Policy.signedForReceipts(id, text, signature) {
		return fmt.Errorf("%w: its signature is not that of a trusted key of receipts", ErrNotServed)
	}
	return nil
}

// receiptHonoured checks the service's word: what the receipt names is in the tree, and the bundle shows it.
func receiptHonoured(e *examination) error {
	if e.Receipt == nil {
		return nil
	}
	r, signature, err := readReceipt(e.Receipt)
	if err != nil {
		return err
	}
	decoded, err := base64.StdEncoding.DecodeString(signature.Value)
	switch {
	case err != nil || !e.Policy.signedForReceipts(signature.KeyID, r.text(e.checkpoint.Origin), decoded):
		return fmt.Errorf("%w: it is not signed by a trusted key, or was altered", ErrReceipt)
	case r.CaseID != e.bundle.Case:
		return fmt.Errorf("%w: it is of another case", ErrReceipt)
	case r.Position > uint64(e.checkpoint.Size):
		return fmt.Errorf("%w: position %d is not in the tree yet; ask for a bundle again %s after the receipt was given", ErrReceipt, r.Position, MMD)
	}
	for i, m := range e.bundle.Messages {
		c := e.commits[i]
		if m.Position == r.Position && c.digest == r.Digest && (c.withheld || c.ID == r.CommandID) {
			return nil
		}
	}
	return fmt.Errorf("%w: the tree reaches beyond position %d, and the case's history lacks what was accepted there; "+
		"keep the receipt and this file, together they prove it", ErrReceipt, r.Position)
}

// readReceipt reads a receipt as the service answers it.
func readReceipt(file []byte) (Receipt, Signature, error) {
	var r struct {
		CaseID    string `json:"case_id"`
		CommandID string `json:"command_id"`
		Position  uint64 `json:"position"`
		Digest    string `json:"digest"`
		KeyID     string `json:"key_id"`
		Signature string `json:"signature"`
	}
	if err := json.Unmarshal(file, &r); err != nil {
		return Receipt{}, Signature{}, fmt.Errorf("%w: the file is not a receipt", ErrReceipt)
	}
	return Receipt{r.CaseID, r.CommandID, r.Position, r.Digest}, Signature{r.KeyID, r.Signature}, nil
}

func (e *examination) findings() *Findings {
	f := &Findings{
		Case: e.bundle.Case, Origin: e.checkpoint.Origin, Size: e.checkpoint.Size, Messages: len(e.bundle.Messages), Receipt: e.Receipt != nil,
		Witnesses: e.Policy.cosignatures([]byte(e.bundle.Checkpoint)),
	}
	slices.SortFunc(f.Witnesses, func(a, b Cosigned) int { return strings.Compare(a.Witness, b.Witness) })
	erased := false
	for i, c := range e.commits {
		f.Sealed += len(c.sealed)
		if c.withheld {
			f.Withheld++
		}
		for _, event := range c.Events {
			m := e.bundle.Messages[i]
			f.Events = append(f.Events, Event{m.Position, event.Type, c.Actor.Agency, event.At, m.AcceptedAt})
			erased = erased || event.Type == keysDestroyed
		}
	}
	if erased {
		f.Sealed, f.Erased = 0, f.Sealed
	}
	return f
}

func named(found []Cosigned) func(string) bool {
	return func(witness string) bool {
		return slices.ContainsFunc(found, func(c Cosigned) bool { return c.Witness == witness })
	}
}

func listOf(found []Cosigned) string {
	if len(found) == 0 {
		return "none"
	}
	var names []string
	for _, c := range found {
		names = append(names, c.Witness)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
