package api

import (
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/schemas"
)

// protectionCommands are those of the protection stage.
func protectionCommands() []command {
	return []command{
		{access.AgreePlan, func() commandBody { return new(agreePlan) }},
		{access.AssessRisk, func() commandBody { return new(assessRisk) }},
		{access.FileClaim, func() commandBody { return new(fileClaim) }},
		{access.AdvanceClaim, func() commandBody { return new(advanceClaim) }},
		{access.ArrangeReturn, func() commandBody { return new(arrangeReturn) }},
		{access.CompleteReturn, func() commandBody { return new(completeReturn) }},
		{access.FollowUp, func() commandBody { return new(followUp) }},
	}
}

type agreePlan struct {
	times
	domain.Plan
	ReviewAt *time.Time `json:"review_at"`
}

func (b *agreePlan) check(c *checker) {
	c.sentence("/goals", b.Goals)
	c.sentence("/actions", b.Actions)
	c.sentence("/wishes", b.Wishes)
	c.planned("/review_at", b.ReviewAt)
}

func (b *agreePlan) command(string) domain.Command {
	return domain.AgreePlan{Plan: b.Plan, ReviewAt: b.ReviewAt}
}

type assessRisk struct {
	times
	domain.Safety
	ReviewAt *time.Time `json:"review_at"`
}

func (b *assessRisk) check(c *checker) {
	safety(c, b.Safety)
	c.planned("/review_at", b.ReviewAt)
}

func (b *assessRisk) command(string) domain.Command {
	return domain.AssessRisk{Safety: b.Safety, ReviewAt: b.ReviewAt}
}

// claimDetails checks what is claimed, set, approved or paid.
func claimDetails(c *checker, d domain.ClaimDetails) {
	c.must(len(d.Items) <= maxItems, "/items", keywordMaxItems)
	for i, item := range d.Items {
		listed(c, place("/items", i)+"/code", item.Code, schemas.FundItem)
		c.must(item.Amount >= 0, place("/items", i)+"/amount", keywordMinimum)
		c.must(item.Amount <= maxAmount, place("/items", i)+"/amount", keywordMaximum)
	}
	c.text("/note", d.Note, maxNote)
}

type fileClaim struct {
	times
	domain.ClaimDetails
	Kind domain.ClaimKind `json:"kind"`
}

func (b *fileClaim) check(c *checker) {
	oneOf(c, "/kind", b.Kind, domain.ClaimKinds()...)
	c.must(len(b.Items) > 0, "/items", keywordMinItems)
	claimDetails(c, b.ClaimDetails)
}

func (b *fileClaim) command(string) domain.Command {
	return domain.FileClaim{Kind: b.Kind, ClaimDetails: b.ClaimDetails}
}

type advanceClaim struct {
	times
	domain.ClaimDetails
	Claim string           `json:"claim_id"`
	Step  domain.ClaimStep `json:"step"`
}

func (b *advanceClaim) check(c *checker) {
	b.Claim = c.id("/claim_id", b.Claim)
	oneOf(c, "/step", b.Step, domain.ClaimSteps()...)
	claimDetails(c, b.ClaimDetails)
}

func (b *advanceClaim) command(string) domain.Command {
	return domain.AdvanceClaim{Claim: b.Claim, Step: b.Step, ClaimDetails: b.ClaimDetails}
}

type arrangeReturn struct {
	times
	domain.Return
	OwnWish *bool `json:"own_wish"`
}

func (b *arrangeReturn) check(c *checker) {
	c.must(b.OwnWish != nil, "/own_wish", keywordRequired)
	listed(c, "/country", b.Country, schemas.Country)
	c.text("/place", b.Place, maxNote)
	c.text("/received_by", b.ReceivedBy, maxNote)
	c.sentence("/assessment", b.Assessment)
}

func (b *arrangeReturn) command(string) domain.Command {
	return domain.ArrangeReturn{Own: *b.OwnWish, Return: b.Return}
}

type completeReturn struct {
	times
	Note string `json:"note"`
}

func (b *completeReturn) check(c *checker) { c.text("/note", b.Note, maxNote) }

func (b *completeReturn) command(string) domain.Command { return domain.CompleteReturn{Note: b.Note} }

type followUp struct {
	times
	How    string     `json:"how"`
	NextAt *time.Time `json:"next_at"`
}

func (b *followUp) check(c *checker) {
	c.sentence("/how", b.How)
	c.planned("/next_at", b.NextAt)
}

func (b *followUp) command(string) domain.Command {
	return domain.FollowUp{How: b.How, Next: b.NextAt}
}
