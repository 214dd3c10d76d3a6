// Package inbox is what each agency has to do or to know, and by when.
//
//	kind                       in whose inbox        from                         until
//	first_contact_to_screen    responsible agency    the case stands so           it stands otherwise
//	screening_to_conclude      responsible agency    the case stands so           it stands otherwise
//	identification_to_decide   responsible agency    the case stands so           it stands otherwise
//	referral_incoming          receiver              sent                         answered or revoked
//	referral_outgoing          sender                sent                         answered or revoked
//	referral_declined          sender                declined                     the sender refers the case anew, or a stage is decided
//	consent_withdrawn          each recipient        withdrawn                    the person agrees again, or the case is erased
//
// A case that waits for nobody keeps only its withdrawals: these have to reach every recipient whatever became of the case.
package inbox

import (
	"context"
	_ "embed"
	"time"

	"songtor/domain"
	"songtor/projections"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what the projection does with commits.
const version = 1

// Kind is what sort of thing an item is.
type Kind string

// The kinds.
const (
	FirstContactToScreen   Kind = "first_contact_to_screen"
	ScreeningToConclude    Kind = "screening_to_conclude"
	IdentificationToDecide Kind = "identification_to_decide"
	ReferralIncoming       Kind = "referral_incoming"
	ReferralOutgoing       Kind = "referral_outgoing"
	ReferralDeclined       Kind = "referral_declined"
	ConsentWithdrawn       Kind = "consent_withdrawn"
)

// Projection keeps the inboxes.
type Projection struct{ items *projections.Table }

// New makes the projection.
func New() *Projection {
	return &Projection{items: &projections.Table{Name: "items", Key: 4, Columns: []projections.Column{
		{Name: "case_id", Type: projections.UUID},
		{Name: "kind", Type: projections.Text},
		{Name: "ref", Type: projections.Text},
		{Name: "agency", Type: projections.Text},
		{Name: "other", Type: projections.Text},
		{Name: "reference", Type: projections.Text},
		{Name: "province", Type: projections.Text},
		{Name: "urgent", Type: projections.Flag},
		{Name: "since", Type: projections.Time},
		{Name: "due_at", Type: projections.Time},
		{Name: "position", Type: projections.Integer},
	}}}
}

// Name implements projections.Projection.
func (p *Projection) Name() string { return "inbox" }

// Version implements projections.Projection.
func (p *Projection) Version() int { return version }

// Schema implements projections.Projection.
func (p *Projection) Schema() string { return schema }

// Apply implements projections.Projection.
func (p *Projection) Apply(_ context.Context, b *projections.Batch, commits []domain.Commit) error {
	for i := range commits {
		f := fold{p.items, b, &commits[i]}
		f.task()
		for _, fact := range commits[i].Facts {
			f.event(fact)
		}
		if !commits[i].Standing.Status.Open() {
			f.end()
		}
	}
	return nil
}

// fold is the application of one commit.
type fold struct {
	items  *projections.Table
	b      *projections.Batch
	commit *domain.Commit
}

// tasks are the kinds of what the responsible agency has to do by the status of the case.
var tasks = map[domain.Status]Kind{
	domain.FirstContact:     FirstContactToScreen,
	domain.ToConclude:       ScreeningToConclude,
	domain.Unclear:          ScreeningToConclude,
	domain.AwaitingDecision: IdentificationToDecide,
	domain.Undetermined:     IdentificationToDecide,
}

// task puts the one thing that the responsible agency has to do now in the place of what was there before.
func (f fold) task() {
	f.drop(FirstContactToScreen)
	f.drop(ScreeningToConclude)
	f.drop(IdentificationToDecide)
	s := &f.commit.Standing
	if kind, ok := tasks[s.Status]; ok {
		f.put(kind, "", s.Agency, "", s.Since, s.DueAt)
	}
}

func (f fold) event(fact domain.Fact) {
	switch e := fact.Event.(type) {
	case *domain.ReferralSent:
		f.drop(ReferralDeclined, "", e.From)
		f.put(ReferralIncoming, e.Referral, e.To, e.From, fact.HappenedAt, nil)
		f.put(ReferralOutgoing, e.Referral, e.From, e.To, fact.HappenedAt, nil)
	case *domain.ReferralAccepted:
		f.answered(e.Referral)
	case *domain.ReferralDeclined:
		f.answered(e.Referral)
		f.put(ReferralDeclined, "", e.From, e.To, fact.HappenedAt, nil)
	case *domain.ReferralRevoked:
		f.answered(e.Referral)
	case *domain.ScreeningConcluded, *domain.IdentificationDecided:
		f.drop(ReferralDeclined)
	case *domain.ConsentGiven:
		f.drop(ConsentWithdrawn, string(e.Purpose))
	case *domain.ConsentWithdrawn:
		for _, agency := range e.Recipients {
			f.put(ConsentWithdrawn, string(e.Purpose), agency, f.commit.Actor.Agency, fact.HappenedAt, nil)
		}
	case *domain.KeysDestroyed:
		f.drop(ConsentWithdrawn)
	}
}

func (f fold) answered(referral string) {
	f.drop(ReferralIncoming, referral)
	f.drop(ReferralOutgoing, referral)
}

// end takes back what nobody can do any more.
func (f fold) end() {
	f.drop(ReferralIncoming)
	f.drop(ReferralOutgoing)
	f.drop(ReferralDeclined)
}

// drop deletes the case's items of a kind, of one ref and one agency where these are given. The first commit of a case has
// nothing to delete.
func (f fold) drop(kind Kind, ref ...string) {
	if f.commit.Number == 1 {
		return
	}
	key := []any{f.commit.CaseID, string(kind)}
	for _, r := range ref {
		key = append(key, r)
	}
	f.b.Delete(f.items, key...)
}

func (f fold) put(kind Kind, ref, agency, other string, since time.Time, due *time.Time) {
	s := &f.commit.Standing
	f.b.Put(f.items, f.commit.CaseID, string(kind), ref, agency, other, s.Reference, s.Province, s.Urgent, since, due, f.commit.Position)
}
