package api

import (
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/schemas"
)

// identificationCommands are those of the identification stage.
func identificationCommands() []command {
	return []command{
		{access.ConveneTeam, func() commandBody { return new(conveneTeam) }},
		{access.HoldInterview, func() commandBody { return new(holdInterview) }},
		{access.GiveFinding, func() commandBody { return new(giveFinding) }},
		{access.DecideIdentification, func() commandBody { return new(decideIdentification) }},
		{access.RequestReassessment, func() commandBody { return new(requestReassessment) }},
	}
}

// seat is a place in a team: somebody of an agency, or whom the agency sends where no account is named.
type seat struct {
	Agency string `json:"agency"`
	User   string `json:"user"`
}

func (s *seat) check(c *checker, pointer string) {
	listed(c, pointer+"/agency", s.Agency, schemas.Agency)
	if s.User != "" {
		s.User = c.id(pointer+"/user", s.User)
	}
}

type conveneTeam struct {
	times
	Members []seat     `json:"members"`
	MeetsAt *time.Time `json:"meets_at"`
}

func (b *conveneTeam) check(c *checker) {
	c.must(len(b.Members) > 0, "/members", keywordMinItems)
	c.must(len(b.Members) <= maxItems, "/members", keywordMaxItems)
	for i := range b.Members {
		b.Members[i].check(c, place("/members", i))
	}
	c.planned("/meets_at", b.MeetsAt)
}

func (b *conveneTeam) command(string) domain.Command {
	members := make([]domain.Member, len(b.Members))
	for i, m := range b.Members {
		members[i] = domain.Member{Agency: m.Agency, User: m.User}
	}
	return domain.ConveneTeam{Members: members, MeetsAt: b.MeetsAt}
}

type holdInterview struct {
	times
	domain.Interview
}

func (b *holdInterview) check(c *checker) {
	known(c, "/language", b.Language, schemas.Language)
	c.text("/interpreter", b.Interpreter, maxNote)
	c.text("/present", b.Present, maxNote)
	c.text("/place", b.Place, maxNote)
	c.sentence("/notes", b.Notes)
	c.must(len(b.Adjustments) <= maxItems, "/adjustments", keywordMaxItems)
	for i, adjustment := range b.Adjustments {
		listed(c, place("/adjustments", i), adjustment, schemas.Accommodation)
	}
}

func (b *holdInterview) command(string) domain.Command {
	return domain.HoldInterview{Interview: b.Interview}
}

type giveFinding struct {
	times
	Outcome  domain.Outcome `json:"outcome"`
	Elements assessments    `json:"elements"`
	Reasons  string         `json:"reasons"`
}

func (b *giveFinding) check(c *checker) {
	oneOf(c, "/outcome", b.Outcome, domain.Outcomes()...)
	b.Elements.check(c)
	c.sentence("/reasons", b.Reasons)
}

func (b *giveFinding) command(string) domain.Command {
	return domain.GiveFinding{Opinion: domain.Opinion{Outcome: b.Outcome, Elements: b.Elements.byElement(), Reasons: b.Reasons}}
}

// dissent is the finding of a member who did not agree, where it was not given as a finding before.
type dissent struct {
	seat
	Outcome domain.Outcome `json:"outcome"`
	Reasons string         `json:"reasons"`
}

type decideIdentification struct {
	times
	Outcome domain.Outcome `json:"outcome"`
	Grounds string         `json:"grounds"`
	Dissent []dissent      `json:"dissent"`
}

func (b *decideIdentification) check(c *checker) {
	oneOf(c, "/outcome", b.Outcome, domain.Outcomes()...)
	c.sentence("/grounds", b.Grounds)
	c.must(len(b.Dissent) <= maxItems, "/dissent", keywordMaxItems)
	for i := range b.Dissent {
		d, pointer := &b.Dissent[i], place("/dissent", i)
		d.seat.check(c, pointer)
		oneOf(c, pointer+"/outcome", d.Outcome, domain.Outcomes()...)
		c.sentence(pointer+"/reasons", d.Reasons)
	}
}

func (b *decideIdentification) command(string) domain.Command {
	finding := domain.Finding{Outcome: b.Outcome, Grounds: b.Grounds}
	for _, d := range b.Dissent {
		finding.Dissent = append(finding.Dissent, domain.Dissent{Agency: d.Agency, User: d.User, Outcome: d.Outcome, Reasons: d.Reasons})
	}
	return domain.DecideIdentification{Finding: finding}
}

type requestReassessment struct {
	times
	Reason domain.ReassessReason `json:"reason"`
	Note   string                `json:"note"`
}

func (b *requestReassessment) check(c *checker) {
	oneOf(c, "/reason", b.Reason, domain.ReassessReasons()...)
	c.text("/note", b.Note, maxNote)
}

func (b *requestReassessment) command(string) domain.Command {
	return domain.RequestReassessment{Reason: b.Reason, Note: b.Note}
}
