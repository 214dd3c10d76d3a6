package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/identity"
	"songtor/internal/vault"
	"songtor/projections/erasures"
)

// The commands of the service itself, by the names under which the log has them.
const (
	commandDestroy = "destroy-keys"
	commandShred   = "shred"
)

// eraser is who carries out what two people have agreed to.
var eraser = domain.Actor{User: "keeper-of-erasures"}

// Erasures look again for what was left unfinished after this long.
const eraseAgain = 10 * time.Second

// KeepErasures carries out every erasure that two people have agreed to and that was not carried out at once, until ctx ends: the process
// may have died in between, or the keys may have been out of reach. What HoldErasures could not tell the log it tells then.
func (s *Service) KeepErasures(ctx context.Context, log *slog.Logger) error {
	return keepAt(ctx, log, eraseAgain, "erasures are carried out later", func(ctx context.Context) error {
		_, err := s.FinishErasures(ctx)
		return err
	})
}

// FinishErasures carries out what is agreed to and unfinished, and returns how many cases that were. Before that it tells the log of the
// erasures that HoldErasures could not tell it of.
func (s *Service) FinishErasures(ctx context.Context) (int, error) {
	if err := s.tellLater(ctx); err != nil {
		return 0, err
	}
	cases, err := s.models.erasures.Erasing(ctx, s.byItself(), domain.ErasureAgreed, atOnce)
	if err != nil {
		return 0, unavailable("look for unfinished erasures", err)
	}
	return len(cases), forEach(ctx, cases, func(c erasures.Case) error { return s.finishErasure(ctx, c.CaseID) })
}

// finishErasure carries out the erasure of a case where two people have agreed to it, and does nothing where they have not or where it
// was carried out already. Every step may be repeated: the keys go first, with the ledger that outlives a restored backup, then what
// was kept beside the log, and the log has the last word.
func (s *Service) finishErasure(ctx context.Context, caseID string) error {
	h, err := s.load(ctx, caseID)
	if err != nil {
		return err
	}
	e := h.state.Erasure
	if e == nil || !e.Approved || !e.DestroyedAt.IsZero() {
		return nil
	}
	if err := s.destroy(ctx, caseID, string(e.Reason)); err != nil {
		return err
	}
	_, err = s.record(ctx, own{caseID: caseID, id: destroyID(e.ID), name: commandDestroy, by: eraser, command: domain.DestroyKeys{}})
	if errors.Is(err, &domain.Error{Rule: "case.erased"}) {
		return nil // another process was faster
	}
	return err
}

// destroy destroys the keys of a case and removes what was kept sealed beside the log. The blind indexes of the search for duplicates go
// when that projection reads that the keys are gone; of a case nothing else leaves the service as a file.
func (s *Service) destroy(ctx context.Context, caseID, reason string) error {
	switch err := s.vault.Destroy(ctx, caseID, reason); {
	case errors.Is(err, vault.ErrUnavailable):
		return unavailable("destroy the keys", err)
	case err != nil:
		return err
	}
	if err := s.files.Remove(ctx, caseID); err != nil {
		return unavailable("remove the case's files", err)
	}
	return nil
}

// destroyID is the id of the command that records that an erasure was carried out.
func destroyID(erasure string) string { return derivedID("songtor erasure\x00" + erasure) }

// ErasureView is how far the erasure of a case has come.
type ErasureView struct {
	CaseID      string              `json:"case_id"`
	LegalHold   bool                `json:"legal_hold"`
	Stage       domain.ErasureStage `json:"stage,omitempty"` // empty where nobody asked for it
	ErasureID   string              `json:"erasure_id,omitempty"`
	Certificate *Certificate        `json:"certificate"` // null until the keys are destroyed
}

// Certificate says that the keys of a case were destroyed, and who wanted it. Whoever has it needs no access to the service.
type Certificate struct {
	CaseID      string            `json:"case_id"`
	Reference   string            `json:"case_reference"`
	Reason      string            `json:"reason"`
	Keys        []string          `json:"keys"` // ids of those that sealed something
	RequestedBy string            `json:"requested_by,omitempty"`
	ApprovedBy  []string          `json:"approved_by"` // accounts
	RequestedAt *time.Time        `json:"requested_at"`
	ApprovedAt  *time.Time        `json:"approved_at"`
	DestroyedAt time.Time         `json:"destroyed_at"`
	Positions   map[string]uint64 `json:"positions"` // of the commits that say so, by type of event
	Synthetic   bool              `json:"synthetic"` // nobody had to agree: the keys sealed invented people only
	KeyID       string            `json:"key_id"`
	Signature   string            `json:"signature"` // over everything else in the canonical form of RFC 8785
}

// Erasure returns how far the erasure of a case has come, with the certificate when it is done. It shows nothing that was sealed.
func (s *Service) Erasure(ctx context.Context, p identity.Principal, id string) (ErasureView, error) {
	h, err := s.loadToRead(ctx, p, id, access.CaseRead)
	if err != nil {
		return ErasureView{}, err
	}
	if err := s.mayOnCase(p, access.CaseRead, h); err != nil {
		return ErasureView{}, s.denied(ctx, p, h, access.CaseRead, err)
	}
	if _, err := s.disclose(ctx, p, h, reading{action: access.CaseRead}); err != nil {
		return ErasureView{}, err
	}
	view := ErasureView{CaseID: id, LegalHold: h.state.LegalHold != nil, Stage: h.state.Standing.Erasing}
	if e := h.state.Erasure; e != nil {
		view.ErasureID = e.ID
	}
	if view.Stage == domain.ErasureDone {
		view.Certificate, err = s.certificate(ctx, h)
	}
	return view, err
}

func (s *Service) certificate(ctx context.Context, h *history) (*Certificate, error) {
	c := &Certificate{
		CaseID: h.caseID, Reference: h.state.Standing.Reference, Keys: keysUsed(h.commits), ApprovedBy: []string{}, Positions: map[string]uint64{},
	}
	for i := range h.commits {
		for _, f := range h.commits[i].Facts {
			c.add(f, h.commits[i].Position)
		}
	}
	text, err := canonicalOf(c)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(text)
	signature, err := s.signer.SignCertificate(ctx, hex.EncodeToString(digest[:]))
	if err != nil {
		return nil, unavailable("sign the certificate", err)
	}
	c.KeyID, c.Signature = signature.KeyID, signature.Value
	return c, nil
}

// add takes in what a fact says of the erasure. A request that was refused is forgotten with the next one.
func (c *Certificate) add(f domain.Fact, position uint64) {
	switch e := f.Event.(type) {
	case *domain.ErasureRequested:
		c.RequestedBy, c.RequestedAt, c.ApprovedBy, c.ApprovedAt = e.By.User, &f.HappenedAt, []string{}, nil
	case *domain.ErasureApproved:
		c.ApprovedBy, c.ApprovedAt = append(c.ApprovedBy, e.By.User), &f.HappenedAt
	case *domain.KeysDestroyed:
		c.Reason, c.DestroyedAt, c.Synthetic = e.Reason, f.HappenedAt, e.Synthetic
	default:
		return
	}
	c.Positions[f.Event.EventType()] = position
}

// keysUsed are the ids of the keys that sealed something of a case.
func keysUsed(commits []domain.Commit) []string {
	ids := []string{}
	for i := range commits {
		for _, p := range commits[i].Privates() {
			if p.Sealed != nil && !slices.Contains(ids, p.Sealed.KeyID) {
				ids = append(ids, p.Sealed.KeyID)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

func canonicalOf(v any) ([]byte, error) {
	encoded, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("couldn't encode a certificate: %w", err)
	}
	return canonical(encoded)
}
