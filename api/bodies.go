package api

import (
	"time"

	"songtor/domain"
	"songtor/schemas"
)

// body is what a write carries, decoded strictly. It checks what can be told from the body alone; where a part of it is a domain
// type, its members are those that the domain gives it.
type body interface {
	check(*checker)
	when() *times
}

// commandBody is the body of a command. What the command makes is named by the command's id.
type commandBody interface {
	body
	command(id string) domain.Command
}

// times are when a thing happened and when it was written down. Both are the time of arrival where the body leaves them out.
type times struct {
	OccurredAt time.Time `json:"occurred_at"`
	RecordedAt time.Time `json:"recorded_at"`
}

func (t *times) when() *times { return t }

// clockSkew is how far a device's clock may run ahead of ours.
const clockSkew = 5 * time.Minute

var (
	// earliest is before anything that the mechanism could be told of: a year of 205 is a slip of the finger.
	earliest = time.Date(1950, time.January, 1, 0, 0, 0, 0, time.UTC)
	// latest is after anything that is planned: a year of 2569 is one of the Buddhist calendar.
	latest = time.Date(2200, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// settle checks what was given and fills in what was left out.
func (t *times) settle(now time.Time, c *checker) {
	c.plausible("/occurred_at", t.OccurredAt, now)
	c.plausible("/recorded_at", t.RecordedAt, now)
	if t.RecordedAt.IsZero() {
		t.RecordedAt = now
		if t.OccurredAt.After(now) {
			t.RecordedAt = t.OccurredAt // by a clock that runs ahead a little
		}
	}
	if t.OccurredAt.IsZero() {
		t.OccurredAt = t.RecordedAt
	}
	c.must(!t.RecordedAt.Before(t.OccurredAt), "/recorded_at", schemas.KeywordOrder)
}

const (
	maxNote    = 10_000 // code points of one text, as in a form
	maxItems   = 50     // of a list that is not of a closed one
	maxCode    = 64
	maxAmount  = 100_000_000_000 // satang: a billion baht for one thing is a slip of the finger
	maxEntries = 100_000         // on the list of one incident
)

// assessments are what was found of each element of the offences.
type assessments struct {
	Act        domain.Assessment `json:"act"`
	Means      domain.Assessment `json:"means"`
	Purpose    domain.Assessment `json:"purpose"`
	Compulsion domain.Assessment `json:"s6_1_compulsion"`
}

func (a assessments) check(c *checker) {
	for element, assessment := range a.byElement() {
		oneOf(c, "/elements/"+string(element), assessment,
			domain.Present, domain.Absent, domain.NotClear, domain.NotAsked, domain.NotNeeded)
	}
}

func (a assessments) byElement() map[domain.Element]domain.Assessment {
	given := map[domain.Element]domain.Assessment{}
	for element, assessment := range map[domain.Element]domain.Assessment{
		domain.Act: a.Act, domain.Means: a.Means, domain.Exploiting: a.Purpose, domain.Compulsion: a.Compulsion,
	} {
		if assessment != "" {
			given[element] = assessment
		}
	}
	return given
}

// authority checks who ordered or permitted something.
func authority(c *checker, a domain.Authority) {
	c.sentence("/authority/name", a.Name)
	c.sentence("/authority/reference", a.Reference)
}

// safety checks what was found about a person's safety.
func safety(c *checker, s domain.Safety) {
	oneOf(c, "/danger", s.Danger, domain.Dangers()...)
	c.must(len(s.From) <= maxItems, "/from", keywordMaxItems)
	for i, from := range s.From {
		c.required(place("/from", i), from)
		c.text(place("/from", i), from, maxCode)
	}
	c.text("/measures", s.Measures, maxNote)
	c.text("/safe_contact", s.SafeContact, maxNote)
}

// dataClasses checks which kinds of data something is about; none stands for those that it may be about.
func dataClasses(c *checker, data []domain.DataClass) {
	someOf(c, "/data", data, domain.DataClasses()...)
}
