package domain_test

import (
	"cmp"
	"errors"
	"testing"
	"time"

	"songtor/domain"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// scenario is one rule: given what happened, when a command is given, then these events follow or this rule refuses it.
type scenario struct {
	name   string
	given  []domain.Event
	by     string         // agency of the actor; "police" when empty
	user   string         // account of the actor; "u1" when empty
	at     time.Time      // when it happens; now when zero
	seen   []domain.Event // what the caller knew; nil for all of it
	limits *domain.Limits // nil for testLimits
	when   domain.Command
	then   []string // event types
	rule   string   // of the *domain.Error
	kind   domain.Kind
}

func run(t *testing.T, scenarios []scenario) {
	t.Helper()
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			facts, err := domain.Decide(given(sc.given...), sc.request())
			if sc.rule != "" {
				mustRefuse(t, err, sc.rule, sc.kind)
				return
			}
			if err != nil {
				t.Fatalf("unexpected error: %v", err)
			}
			mustHappen(t, facts, sc.then)
		})
	}
}

func (sc scenario) request() domain.Request {
	r := request(cmp.Or(sc.by, "police"), sc.when)
	r.By.User = cmp.Or(sc.user, "u1")
	if !sc.at.IsZero() {
		r.HappenedAt = sc.at
	}
	if sc.seen != nil {
		r.Seen = new(given(sc.seen...))
	}
	if sc.limits != nil {
		r.Limits = *sc.limits
	}
	return r
}

func given(events ...domain.Event) domain.State {
	return domain.Fold(domain.State{}, happened(events...))
}

// happened makes facts of events, a minute apart.
func happened(events ...domain.Event) []domain.Fact {
	var facts []domain.Fact
	for i, e := range events {
		facts = append(facts, domain.Fact{HappenedAt: noon.Add(time.Duration(i) * time.Minute), Event: e})
	}
	return facts
}

// now is when the commands of the scenarios are given: a day after noon.
var now = noon.Add(24 * time.Hour)

func decide(s domain.State, agency string, c domain.Command) ([]domain.Fact, error) {
	return domain.Decide(s, request(agency, c))
}

func request(agency string, c domain.Command) domain.Request {
	return domain.Request{
		ID:         "c1",
		By:         domain.Actor{User: "u1", Agency: agency, Role: domain.Responder},
		HappenedAt: now,
		Limits:     testLimits(),
		Command:    c,
	}
}

const day = 24 * time.Hour

// testLimits sets every limit. Some are published, the others are the tests' own; each has its source.
func testLimits() domain.Limits {
	own := func(d time.Duration) domain.Limit { return domain.Limit{Duration: d, Source: "a limit for the test"} }
	return domain.Limits{
		Times: map[domain.LimitName]domain.Limit{
			domain.LimitGlass:         {Duration: time.Hour, Source: "Songtor rule"},
			domain.LimitGlassApproval: {Duration: 10 * time.Minute, Source: "Songtor rule"},
			domain.LimitGlassReview:   {Duration: 3 * day, Source: "Songtor rule"},
			domain.LimitConclude:      own(3 * day),
			domain.LimitIdentify:      {Duration: 15 * day, Source: "Trafficking in Persons Report 2023, Thailand"},
			domain.LimitAccept:        own(day),
			domain.LimitHandOver:      own(2 * day),
			domain.LimitService:       own(4 * day),
			domain.LimitAcknowledge:   own(7 * day),
			domain.LimitReflection:    {Duration: 15 * day, Source: "Trafficking in Persons Report 2023, Thailand"},
			domain.LimitReflectMore:   own(30 * day),
			domain.LimitSection29:     {Duration: day, Source: "Anti-Trafficking in Persons Act s.29, as cited by JISSJA"},
			domain.LimitSection29Ext:  {Duration: 7 * day, Source: "Anti-Trafficking in Persons Act s.29, as cited by JISSJA"},
			domain.LimitReassess:      own(10 * day),
			domain.LimitReview:        own(90 * day),
			domain.LimitFollowUp:      own(60 * day),
		},
		Escalation: []domain.Step{
			{After: 0, To: domain.ToAssignee}, {After: day, To: domain.ToSupervisor}, {After: 2 * day, To: domain.ToProvince}, {After: 3 * day, To: domain.ToMinistry},
		},
	}
}

func mustRefuse(t *testing.T, err error, rule string, kind domain.Kind) {
	t.Helper()
	var refusal *domain.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("got error %v, want rule %s", err, rule)
	}
	if kind == 0 {
		kind = domain.Refused
	}
	if refusal.Rule != rule || refusal.Kind != kind {
		t.Fatalf("got rule %s kind %d, want %s kind %d", refusal.Rule, refusal.Kind, rule, kind)
	}
}

func mustHappen(t *testing.T, facts []domain.Fact, want []string) {
	t.Helper()
	if len(facts) != len(want) {
		t.Fatalf("got %d events, want %v", len(facts), want)
	}
	for i, f := range facts {
		if f.Event.EventType() != want[i] {
			t.Fatalf("event %d is %s, want %s", i, f.Event.EventType(), want[i])
		}
	}
}

func private(v any) domain.Private {
	p, err := domain.NewPrivate(domain.ScopeSensitive, v)
	if err != nil {
		panic(err)
	}
	return p
}

// The building blocks of the scenarios.

func opened() domain.Event {
	return &domain.CaseOpened{Reference: "R", Agency: "police", Province: "TH-10"}
}

func screened(branch domain.AgeBranch) domain.Event {
	return &domain.ScreeningRecorded{Screening: "s1", Findings: private(domain.Findings{Branch: branch})}
}

func agreed(p domain.Purpose) domain.Event { return &domain.ConsentGiven{Purpose: p} }

func concluded(g domain.Grounds) domain.Event { return &domain.ScreeningConcluded{Grounds: g} }

func sent(id, to string) domain.Event {
	return &domain.ReferralSent{Referral: id, From: "police", To: to, Services: []string{"shelter_temp"}, HandOver: true}
}

func content(branch domain.AgeBranch) domain.Content {
	return domain.Content{Answers: private("a"), Findings: domain.Findings{Branch: branch}}
}
