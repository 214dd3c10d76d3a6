package domain

import "slices"

// Decider decides a request, as Decide does.
type Decider func(State, Request) ([]Fact, error)

// SafeguardRules names the safeguards.
func SafeguardRules() []string {
	var rules []string
	for _, g := range safeguards() {
		rules = append(rules, g.rule)
	}
	return rules
}

// DecideWithout decides without one safeguard.
func DecideWithout(rule string) Decider {
	rules := slices.DeleteFunc(safeguards(), func(g safeguard) bool { return g.rule == rule })
	return func(s State, r Request) ([]Fact, error) { return decideUnder(rules, s, r) }
}

// DecideWith decides with one rule more.
func DecideWith(rule string, breaks func(State, Request, Event) bool) Decider {
	rules := append(safeguards(), safeguard{rule, Refused, breaks})
	return func(s State, r Request) ([]Fact, error) { return decideUnder(rules, s, r) }
}

// Tampered is a command that does something else than it should: what the safeguards are a second lock against.
type Tampered struct {
	Command
	Alter func([]Event) []Event
}

func (c Tampered) decide(s State, r Request) ([]Event, error) {
	events, err := c.Command.decide(s, r)
	if err != nil {
		return nil, err
	}
	return c.Alter(events), nil
}
