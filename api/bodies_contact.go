package api

import (
	"songtor/domain"
	"songtor/internal/access"
	"songtor/schemas"
)

// contactCommands are those at the first contact and for the person's safety.
func contactCommands() []command {
	return []command{
		{access.RecordNeeds, func() commandBody { return new(recordNeeds) }},
		{access.AssessSafety, func() commandBody { return new(assessSafety) }},
		{access.GiveInformation, func() commandBody { return new(giveInformation) }},
		{access.AppointRepresentative, func() commandBody { return new(appointRepresentative) }},
		{access.AssessInterests, func() commandBody { return new(assessInterests) }},
		{access.SetHold, func() commandBody { return new(setHold) }},
		{access.LiftHold, func() commandBody { return new(liftHold) }},
	}
}

type recordNeeds struct {
	times
	Needs []domain.Need `json:"needs"`
}

func (b *recordNeeds) check(c *checker) {
	c.must(len(b.Needs) > 0, "/needs", keywordMinItems)
	someOf(c, "/needs", b.Needs, domain.Needs()...)
}

func (b *recordNeeds) command(string) domain.Command { return domain.RecordNeeds{Needs: b.Needs} }

type assessSafety struct {
	times
	domain.Safety
}

func (b *assessSafety) check(c *checker) { safety(c, b.Safety) }

func (b *assessSafety) command(string) domain.Command { return domain.AssessSafety{Safety: b.Safety} }

type giveInformation struct {
	times
	Topics      []string `json:"topics"`
	Language    string   `json:"language"`
	Interpreter string   `json:"interpreter"`
	Understood  *bool    `json:"understood"`
}

func (b *giveInformation) check(c *checker) {
	c.must(len(b.Topics) > 0, "/topics", keywordMinItems)
	c.must(len(b.Topics) <= maxItems, "/topics", keywordMaxItems)
	for i, topic := range b.Topics {
		listed(c, place("/topics", i), topic, schemas.InformationTopic)
	}
	known(c, "/language", b.Language, schemas.Language)
	c.text("/interpreter", b.Interpreter, maxNote)
	c.must(b.Understood != nil, "/understood", keywordRequired)
}

func (b *giveInformation) command(string) domain.Command {
	return domain.GiveInformation{Topics: b.Topics, Telling: domain.Telling{
		Language: b.Language, Interpreter: b.Interpreter, Understood: *b.Understood,
	}}
}

type appointRepresentative struct {
	times
	domain.Representative
	Kind domain.RepresentativeKind `json:"kind"`
}

func (b *appointRepresentative) check(c *checker) {
	oneOf(c, "/kind", b.Kind, domain.RepresentativeKinds()...)
	c.sentence("/name", b.Name)
	c.text("/contact", b.Contact, maxNote)
}

func (b *appointRepresentative) command(string) domain.Command {
	return domain.AppointRepresentative{Kind: b.Kind, Representative: b.Representative}
}

type assessInterests struct {
	times
	domain.Interests
}

func (b *assessInterests) check(c *checker) {
	c.sentence("/summary", b.Summary)
	c.sentence("/views", b.Views)
}

func (b *assessInterests) command(string) domain.Command {
	return domain.AssessInterests{Interests: b.Interests}
}

type setHold struct {
	times
	Basis string `json:"basis"`
}

func (b *setHold) check(c *checker) { c.sentence("/basis", b.Basis) }

func (b *setHold) command(string) domain.Command { return domain.SetHold{Basis: b.Basis} }

type liftHold struct {
	times
	Authority domain.Authority `json:"authority"`
	Reason    string           `json:"reason"`
}

func (b *liftHold) check(c *checker) {
	authority(c, b.Authority)
	c.sentence("/reason", b.Reason)
}

func (b *liftHold) command(string) domain.Command {
	return domain.LiftHold{Authority: b.Authority, Reason: b.Reason}
}
