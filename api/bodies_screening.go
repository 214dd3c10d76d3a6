package api

import (
	"songtor/domain"
	"songtor/internal/access"
)

// screeningCommands are those of the screening stage.
func screeningCommands() []command {
	return []command{
		{access.RecordScreening, nil},
		{access.CorrectScreening, nil},
		{access.ConcludeScreening, func() commandBody { return new(concludeScreening) }},
	}
}

type concludeScreening struct {
	times
	Grounds   domain.Grounds `json:"grounds"`
	Elements  assessments    `json:"elements"`
	Narrative string         `json:"narrative"`
}

func (b *concludeScreening) check(c *checker) {
	oneOf(c, "/grounds", b.Grounds, domain.GroundsYes, domain.GroundsNo, domain.GroundsUnclear)
	b.Elements.check(c)
	c.text("/narrative", b.Narrative, maxNote)
}

func (b *concludeScreening) command(string) domain.Command {
	return domain.ConcludeScreening{
		Grounds: b.Grounds,
		Reasons: domain.Reasons{Elements: b.Elements.byElement(), Narrative: b.Narrative},
	}
}
