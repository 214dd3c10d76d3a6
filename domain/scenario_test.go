package domain_test

import (
	"errors"
	"testing"
	"time"

	"songtor/domain"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// scenario is one rule: given what happened, when a command is given, then these events follow or this rule refuses it.
type scenario struct {
	name  string
	given []domain.Event
	by    string // agency of the actor; "police" when empty
	when  domain.Command
	then  []string // event types
	rule  string   // of the *domain.Error
	kind  domain.Kind
}

func run(t *testing.T, scenarios []scenario) {
	t.Helper()
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			agency := sc.by
			if agency == "" {
				agency = "police"
			}
			facts, err := decide(given(sc.given...), agency, sc.when)
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

func given(events ...domain.Event) domain.State {
	var s domain.State
	for i, e := range events {
		s = domain.Evolve(s, domain.Fact{HappenedAt: noon.Add(time.Duration(i) * time.Minute), Event: e})
	}
	return s
}

func decide(s domain.State, agency string, c domain.Command) ([]domain.Fact, error) {
	return domain.Decide(s, domain.Request{
		By:         domain.Actor{User: "u1", Agency: agency, Role: domain.Responder},
		HappenedAt: noon.Add(24 * time.Hour),
		Limits:     domain.DefaultLimits(),
		Command:    c,
	})
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
