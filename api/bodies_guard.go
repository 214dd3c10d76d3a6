package api

import (
	"songtor/domain"
	"songtor/internal/access"
	"songtor/schemas"
)

// guardCommands are those on who may know of a case, and for how long.
func guardCommands() []command {
	return []command{
		{access.Exclude, func() commandBody { return new(exclude) }},
		{access.LiftExclusion, func() commandBody { return new(liftExclusion) }},
		{access.ApproveLiftExclusion, func() commandBody { return new(approveLiftExclusion) }},
		{access.BreakGlass, func() commandBody { return new(breakGlass) }},
		{access.ApproveBreakGlass, func() commandBody { return new(approveBreakGlass) }},
		{access.ReviewBreakGlass, func() commandBody { return new(reviewBreakGlass) }},
		{access.SetLegalHold, func() commandBody { return new(setLegalHold) }},
		{access.LiftLegalHold, func() commandBody { return new(liftLegalHold) }},
		{access.RequestErasure, func() commandBody { return new(requestErasure) }},
		{access.ApproveErasure, func() commandBody { return new(approveErasure) }},
		{access.RefuseErasure, func() commandBody { return new(refuseErasure) }},
	}
}

// immediate is for what happens when the service is asked for it: how long a grant runs and who is told in time is no matter of a
// device's clock.
type immediate struct{ at times }

func (i *immediate) when() *times { return &i.at }

type exclude struct {
	immediate `json:"-"`
	Agency    string `json:"agency"`
	Account   string `json:"account"`
	Reason    string `json:"reason"`
}

// check leaves it to the domain that one of agency and account is given.
func (b *exclude) check(c *checker) {
	known(c, "/agency", b.Agency, schemas.Agency)
	if b.Account != "" {
		b.Account = c.id("/account", b.Account)
	}
	c.sentence("/reason", b.Reason)
}

func (b *exclude) command(string) domain.Command {
	return domain.Exclude{Accused: domain.Accused{Agency: b.Agency, Account: b.Account}, Reason: b.Reason}
}

type liftExclusion struct {
	immediate `json:"-"`
	Exclusion string `json:"exclusion_id"`
	Reason    string `json:"reason"`
}

func (b *liftExclusion) check(c *checker) {
	b.Exclusion = c.id("/exclusion_id", b.Exclusion)
	c.sentence("/reason", b.Reason)
}

func (b *liftExclusion) command(string) domain.Command {
	return domain.LiftExclusion{Exclusion: b.Exclusion, Reason: b.Reason}
}

type approveLiftExclusion struct {
	immediate `json:"-"`
	Exclusion string `json:"exclusion_id"`
}

func (b *approveLiftExclusion) check(c *checker) { b.Exclusion = c.id("/exclusion_id", b.Exclusion) }

func (b *approveLiftExclusion) command(string) domain.Command {
	return domain.ApproveLiftExclusion{Exclusion: b.Exclusion}
}

type breakGlass struct {
	immediate `json:"-"`
	Scopes    []domain.Scope     `json:"scopes"`
	Reason    domain.GlassReason `json:"reason"`
	Text      string             `json:"text"`
}

func (b *breakGlass) check(c *checker) {
	c.must(len(b.Scopes) > 0, "/scopes", keywordRequired)
	someOf(c, "/scopes", b.Scopes, domain.GlassScopes()...)
	oneOf(c, "/reason", b.Reason, domain.GlassReasons()...)
	c.sentence("/text", b.Text)
}

func (b *breakGlass) command(string) domain.Command {
	return domain.BreakGlass{Scopes: b.Scopes, Reason: b.Reason, Text: b.Text}
}

type approveBreakGlass struct {
	immediate `json:"-"`
	Glass     string `json:"glass_id"`
}

func (b *approveBreakGlass) check(c *checker) { b.Glass = c.id("/glass_id", b.Glass) }

func (b *approveBreakGlass) command(string) domain.Command {
	return domain.ApproveBreakGlass{Glass: b.Glass}
}

type reviewBreakGlass struct {
	immediate `json:"-"`
	Glass     string         `json:"glass_id"`
	Verdict   domain.Verdict `json:"verdict"`
	Text      string         `json:"text"`
}

func (b *reviewBreakGlass) check(c *checker) {
	b.Glass = c.id("/glass_id", b.Glass)
	oneOf(c, "/verdict", b.Verdict, domain.Verdicts()...)
	c.sentence("/text", b.Text)
}

func (b *reviewBreakGlass) command(string) domain.Command {
	return domain.ReviewBreakGlass{Glass: b.Glass, Verdict: b.Verdict, Text: b.Text}
}

type setLegalHold struct {
	immediate `json:"-"`
	Basis     string `json:"basis"`
}

func (b *setLegalHold) check(c *checker) { c.sentence("/basis", b.Basis) }

func (b *setLegalHold) command(string) domain.Command { return domain.SetLegalHold{Basis: b.Basis} }

type liftLegalHold struct {
	immediate `json:"-"`
	Reason    string `json:"reason"`
}

func (b *liftLegalHold) check(c *checker) { c.sentence("/reason", b.Reason) }

func (b *liftLegalHold) command(string) domain.Command {
	return domain.LiftLegalHold{Reason: b.Reason}
}

type requestErasure struct {
	immediate `json:"-"`
	Reason    domain.ErasureReason `json:"reason"`
}

func (b *requestErasure) check(c *checker) {
	oneOf(c, "/reason", b.Reason, domain.ErasureReasons()...)
}

func (b *requestErasure) command(string) domain.Command {
	return domain.RequestErasure{Reason: b.Reason}
}

type approveErasure struct {
	immediate `json:"-"`
	Erasure   string `json:"erasure_id"`
}

func (b *approveErasure) check(c *checker) { b.Erasure = c.id("/erasure_id", b.Erasure) }

func (b *approveErasure) command(string) domain.Command {
	return domain.ApproveErasure{Erasure: b.Erasure}
}

type refuseErasure struct {
	immediate `json:"-"`
	Erasure   string `json:"erasure_id"`
	Note      string `json:"note"`
}

func (b *refuseErasure) check(c *checker) {
	b.Erasure = c.id("/erasure_id", b.Erasure)
	c.sentence("/note", b.Note)
}

func (b *refuseErasure) command(string) domain.Command {
	return domain.RefuseErasure{Erasure: b.Erasure, Note: b.Note}
}
