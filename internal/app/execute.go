package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/eventlog"
	"songtor/internal/identity"
	"songtor/internal/telemetry"
	"songtor/internal/transparency"
	"songtor/internal/vault"
	"songtor/schemas"
)

// attempts bounds how often a command is decided anew because somebody else's commit came first.
const attempts = 5

// Receipt is the proof that a command was accepted: the log has it on disk.
type Receipt struct {
	ScreeningID   string `json:"screening_id,omitempty"`
	CommandID     string `json:"command_id"`
	CaseID        string `json:"case_id"`
	CaseReference string `json:"case_reference"`
	Position      uint64 `json:"position"`
	Digest        string `json:"digest"`
	MMDSeconds    int    `json:"mmd_seconds"` // within so many seconds the commit is in the signed tree
	KeyID         string `json:"key_id"`      // of the key that signed the receipt
	Signature     string `json:"signature"`   // transparency.Receipt says of what
}

// operation is a command on its way to the log.
type operation struct {
	by         identity.Principal
	action     access.Action
	caseID     string
	id         string         // the command's id
	opens      bool           // the command opens the case
	keys       <-chan newKeys // of a case to be opened, where they are being made already
	amends     bool           // it changes what a form says, and so rests on all that the form said
	ifMatch    uint64
	basedOn    uint64
	after      string // the command that must have come first
	happenedAt time.Time
	recordedAt time.Time
	body       []byte // canonical bytes of the request
	province   string // of a case that the command opens
	command    domain.Command
	// prepare makes the command from the case where it depends on what the case holds; nil where command says all.
	prepare func(*history) (domain.Command, error)
}

// execute takes an operation to the log. The second result is false where the same operation had been accepted before.
func (s *Service) execute(ctx context.Context, op operation) (Receipt, bool, error) {
	leave, err := s.enter()
	if err != nil {
		return Receipt{}, false, err
	}
	defer leave()
	return s.perform(ctx, op)
}

// enter admits an operation until leave is called.
func (s *Service) enter() (leave func(), err error) {
	leave, err = s.guard.Enter()
	if err != nil {
		return nil, unavailable("take anything in", err)
	}
	return leave, nil
}

// perform is execute for an operation that was admitted.
func (s *Service) perform(ctx context.Context, op operation) (Receipt, bool, error) {
	h, commit, err := s.begin(ctx, op)
	if err != nil {
		return Receipt{}, false, err
	}
	for try := 1; ; try++ {
		if prior := h.find(op.id); prior != nil {
			receipt, err := s.repeat(ctx, h, prior, op)
			return receipt, false, err
		}
		if commit == nil {
			commit, err = s.decide(ctx, h, op)
		}
		if err == nil {
			err = s.close(ctx, h, op, commit)
		}
		if err != nil {
			return Receipt{}, false, err
		}
		err = s.append(ctx, commit, h.position())
		if err == nil {
			receipt, err := s.receiptOf(ctx, commit)
			return receipt, true, err
		}
		if !errors.Is(err, eventlog.ErrConflict) || try == attempts {
			return Receipt{}, false, err
		}
		commit = nil
		if h, err = s.loadOpen(ctx, op); err != nil {
			return Receipt{}, false, afterConflict(err)
		}
	}
}

// afterConflict is why a case could not be read again. A commit that came first and is not there was one that a server held which then
// lost the others: the same command may succeed a moment later, so that its sender must not take it for refused.
func afterConflict(err error) error {
	if errors.Is(err, ErrNotFound) {
		return unavailable("read the case again", errors.New("the log has nothing where something came first"))
	}
	return err
}

// append appends a commit. Where somebody else's came first, the error is both ErrConflict and the log's.
func (s *Service) append(ctx context.Context, c *domain.Commit, expected uint64) (err error) {
	if err := s.writable(); err != nil {
		return err
	}
	ctx, span := s.measured.Start(ctx, telemetry.Append)
	began := time.Now()
	defer func() {
		s.measured.Appended(time.Since(began), outcomeOf(err))
		span.Position(c.Position)
		span.End(outcomeOf(err))
	}()
	err = s.log.Append(ctx, c, expected)
	s.guard.Appended(err == nil, errors.Is(err, eventlog.ErrUnavailable))
	switch {
	case errors.Is(err, eventlog.ErrUnavailable):
		return unavailable("append to the log", err)
	case errors.Is(err, eventlog.ErrConflict):
		return fmt.Errorf("%w: %w", ErrConflict, err)
	}
	return err
}

// begin finds the case's history. Where the command opens the case, it also decides.
func (s *Service) begin(ctx context.Context, op operation) (*history, *domain.Commit, error) {
	if op.opens {
		return s.beginCase(ctx, op)
	}
	h, err := s.loadFor(ctx, op)
	return h, nil, err
}

// beginCase makes a case's keys, for what is sealed must be openable before it can be accepted, and decides on the new case while they
// are on their way to the disk. Keys that exist already mean that an earlier attempt came at least this far: then the log is asked, and
// the decision is nothing where it knows the case.
func (s *Service) beginCase(ctx context.Context, op operation) (*history, *domain.Commit, error) {
	if op.keys == nil {
		op.keys = s.makeKeys(ctx, op)
	}
	h := &history{caseID: op.caseID}
	commit, refused := s.decide(ctx, h, op)
	keys := <-op.keys
	switch {
	case keys.fault != nil:
		panic(keys.fault)
	case errors.Is(keys.err, vault.ErrDestroyed):
		return nil, nil, ErrErased
	case errors.Is(keys.err, vault.ErrUnavailable):
		return nil, nil, unavailable("make the case's keys", keys.err)
	case keys.err != nil:
		return nil, nil, s.damaged(keys.err)
	}
	if keys.existed {
		known, err := s.loadOpen(ctx, op)
		if !errors.Is(err, ErrNotFound) {
			return known, nil, err
		}
	}
	h.keys = keys.CaseKeys
	return h, commit, refused
}

// newKeys are the keys of a case to be opened, or why there are none.
type newKeys struct {
	*vault.CaseKeys
	existed bool
	err     error
	fault   any // what making them panicked with: the fault is that of one request, and not the end of the process
}

func (s *Service) makeKeys(ctx context.Context, op operation) <-chan newKeys {
	made := make(chan newKeys, 1)
	go func() {
		var keys newKeys
		defer func() {
			keys.fault = recover()
			made <- keys
		}()
		keys.CaseKeys, keys.existed, keys.err = s.vault.Create(ctx, op.caseID, op.grant())
	}()
	return made
}

// loadFor reads a case for a command on it, and opens it once it is known that the caller may give the command, or that their agency gave it
// before and they may still know of the case.
func (s *Service) loadFor(ctx context.Context, op operation) (*history, error) {
	h, err := s.loadToRead(ctx, op.by, op.caseID, op.action)
	if err != nil {
		return nil, err
	}
	action := op.action
	if prior := h.find(op.id); prior != nil && prior.Actor.Agency == op.by.Agency {
		action = access.CaseKnow
	}
	if err := s.mayOnCase(op.by, action, h); err != nil {
		return nil, s.denied(ctx, op.by, h, op.action, err)
	}
	return h, s.openToDecide(ctx, op, h)
}

// repeat answers a command that the log has already. Only the same request by the same agency gets the receipt.
func (s *Service) repeat(ctx context.Context, h *history, prior *domain.Commit, op operation) (Receipt, error) {
	if h.keys == nil {
		return Receipt{}, ErrErased
	}
	var before []byte
	if err := prior.Fingerprint.Reveal(&before); err != nil {
		return Receipt{}, err
	}
	if !bytes.Equal(before, fingerprint(op)) {
		return Receipt{}, ErrOtherContent
	}
	return s.receiptOf(ctx, prior)
}

// fingerprint tells requests with the same id apart. It covers who asked, so that nobody fetches another agency's receipt.
func fingerprint(op operation) []byte {
	h := sha256.New()
	for _, part := range []string{op.by.Agency, string(op.action), op.caseID} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	h.Write(op.body)
	return h.Sum(nil)
}

// decide makes the commit that follows from the operation.
func (s *Service) decide(ctx context.Context, h *history, op operation) (commit *domain.Commit, err error) {
	ctx, span := s.measured.Start(ctx, telemetry.Decide)
	defer func() { span.End(outcomeOf(err)) }()
	if err := s.mayCommand(h, op); err != nil {
		return nil, s.denied(ctx, op.by, h, op.action, err)
	}
	switch {
	case h.keys == nil && len(h.commits) > 0:
		return nil, ErrErased
	case op.after != "" && h.find(op.after) == nil:
		return nil, ErrPredecessor
	case op.ifMatch != 0 && op.ifMatch != h.position():
		return nil, s.stale(ctx, h, op)
	}
	facts, err := s.facts(h, op)
	if err != nil {
		return nil, err
	}
	print, err := domain.NewPrivate(domain.ScopeSensitive, fingerprint(op))
	if err != nil {
		return nil, err
	}
	return &domain.Commit{
		ID: op.id, CaseID: op.caseID, Number: len(h.commits) + 1, Previous: h.digest(),
		Command: string(op.action), Actor: op.by.Actor(), RecordedAt: op.recordedAt,
		Standing: h.next(facts), Fingerprint: print, Facts: facts,
	}, nil
}

// close seals the personal parts of a commit, so that it is ready to append.
func (s *Service) close(ctx context.Context, h *history, op operation, c *domain.Commit) (err error) {
	ctx, span := s.measured.Start(ctx, telemetry.Seal)
	defer func() { span.End(outcomeOf(err)) }()
	if err := s.cover(ctx, h, op.grant(), c); err != nil {
		return err
	}
	return vault.SealCommit(h.keys, c)
}

// stale tells the caller what came after the state that the command was given for. That is something of the case, and some commands may be
// given by people who may not read it: they hear only that it has moved.
func (s *Service) stale(ctx context.Context, h *history, op operation) error {
	if s.mayOnCase(op.by, access.CaseRead, h) != nil {
		return &Stale{}
	}
	if _, err := s.disclose(ctx, op.by, h, reading{action: access.CaseRead}); err != nil {
		return err
	}
	return stale(h, op.ifMatch)
}

// facts asks the domain.
func (s *Service) facts(h *history, op operation) ([]domain.Fact, error) {
	command := op.command
	if op.prepare != nil {
		var err error
		if command, err = op.prepare(h); err != nil {
			return nil, err
		}
	}
	province := op.province
	if len(h.commits) > 0 {
		province = h.state.Standing.Province
	}
	return domain.Decide(h.state, domain.Request{
		ID: op.id, By: op.by.Actor(), HappenedAt: op.happenedAt, Limits: s.limits.For(province, op.happenedAt),
		Command: command, Seen: h.seen(op.basedOn),
	})
}

// cover makes the keys that a commit needs and the case has not had so far.
func (s *Service) cover(ctx context.Context, h *history, g vault.Grant, c *domain.Commit) error {
	for _, p := range c.Privates() {
		if p.Empty() || h.keys.Covers(p.Scope) {
			continue
		}
		keys, err := s.vault.Extend(ctx, c.CaseID, g, p.Scope)
		switch {
		case errors.Is(err, vault.ErrDestroyed):
			return ErrErased
		case errors.Is(err, vault.ErrUnavailable):
			return unavailable("make a key", err)
		case err != nil:
			return s.damaged(err)
		}
		h.keys = keys
	}
	return nil
}

func (s *Service) mayCommand(h *history, op operation) error {
	if op.opens && len(h.commits) == 0 {
		return s.May(op.by, op.action)
	}
	return s.mayOnCase(op.by, op.action, h)
}

// receiptOf is the receipt of a commit that is in the log. Where it cannot be signed the caller repeats the command and gets it then.
func (s *Service) receiptOf(ctx context.Context, c *domain.Commit) (Receipt, error) {
	signed, err := s.signer.SignReceipt(ctx, transparency.Receipt{CaseID: c.CaseID, CommandID: c.ID, Position: c.Position, Digest: c.Digest})
	if err != nil {
		return Receipt{}, unavailable("sign the receipt", err)
	}
	return Receipt{
		ScreeningID: screeningOf(c), CommandID: c.ID, CaseID: c.CaseID, CaseReference: c.Standing.Reference,
		Position: c.Position, Digest: c.Digest,
		MMDSeconds: int(transparency.MMD.Seconds()), KeyID: signed.KeyID, Signature: signed.Value,
	}, nil
}

// screeningOf names the screening that the commit answers for. A form that an adult's consent did not allow to be kept is
// answered for too: its id is the command's.
func screeningOf(c *domain.Commit) string {
	for _, f := range c.Facts {
		switch e := f.Event.(type) {
		case *domain.ScreeningRecorded:
			return e.Screening
		case *domain.ScreeningCorrected:
			return e.Screening
		}
	}
	if c.Command == string(access.ScreeningSubmit) {
		return c.ID
	}
	return ""
}

// canonical returns a request's bytes in the canonical form of RFC 8785, so that white space and the order of names do not make
// another request of it.
func canonical(body []byte) ([]byte, error) {
	if len(body) == 0 {
		return nil, nil
	}
	v := jsontext.Value(append([]byte(nil), body...))
	if err := v.Canonicalize(); err != nil {
		return nil, invalid("", schemas.KeywordJSON)
	}
	return v, nil
}
