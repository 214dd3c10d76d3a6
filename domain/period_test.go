package domain_test

import (
	"slices"
	"testing"
	"time"

	"songtor/domain"
)

func started(p domain.PeriodName) domain.Event {
	return &domain.PeriodStarted{Period: p, EndsAt: new(noon.Add(15 * day)), Source: "a limit for the test"}
}

func paused(p domain.PeriodName) domain.Event {
	return &domain.PeriodPaused{Period: p, Reason: domain.InHospital}
}

func presumed() []domain.Event {
	return []domain.Event{opened(), screened(domain.AdultBranch), concluded(domain.GroundsYes)}
}

func reflecting() []domain.Event { return append(presumed(), started(domain.Reflection)) }

func TestStartingAndEndingAPeriod(t *testing.T) {
	t.Parallel()
	start, end := domain.StartPeriod{Period: domain.Reflection}, domain.EndPeriod{Period: domain.Reflection, Reason: domain.PersonWishes}
	over := domain.EndPeriod{Period: domain.Reflection, Reason: domain.PeriodOver}
	s29 := domain.StartPeriod{Period: domain.Section29, Authority: &domain.Authority{Name: "n", Reference: "r"}}
	run(t, []scenario{
		{name: "a presumed victim has time to reflect", given: presumed(), when: start, then: []string{"period.started"}},
		{name: "who is not presumed one has not", given: []domain.Event{opened(), screened(domain.AdultBranch)}, when: start, rule: "period.not_presumed"},
		{name: "protection under s.29 begins before any screening", given: []domain.Event{opened()}, when: s29, then: []string{"period.started"}},
		{name: "the two clocks run side by side", given: reflecting(), when: s29, then: []string{"period.started"}},
		{name: "each once at a time", given: reflecting(), when: start, rule: "period.running"},
		{name: "a period is one of the list", given: presumed(), when: domain.StartPeriod{Period: "holiday"}, rule: "period.unknown", kind: domain.Invalid},
		{name: "none begins on an ended case", given: ended, when: s29, rule: "case.ended"},
		{name: "it ends when the person wishes", given: reflecting(), when: end, then: []string{"period.ended"}},
		{name: "for a reason of the list", given: reflecting(), when: domain.EndPeriod{Period: domain.Reflection}, rule: "period.unknown_reason", kind: domain.Invalid},
		{name: "nobody says that it is over before the clock does", given: reflecting(), when: over, rule: "period.not_over"},
		{name: "then somebody may", given: reflecting(), at: noon.Add(15 * day), when: over, then: []string{"period.ended"}},
		{name: "it is not over while it is paused", given: append(reflecting(), paused(domain.Reflection)), at: noon.Add(20 * day), when: over, rule: "period.not_over"},
		{name: "it ends once", given: append(reflecting(), &domain.PeriodEnded{Period: domain.Reflection}), when: end, rule: "period.not_running"},
		{name: "an unknown period does not end", given: reflecting(), when: domain.EndPeriod{Period: "holiday"}, rule: "period.unknown", kind: domain.Invalid},
		{name: "it can begin again", given: append(reflecting(), &domain.PeriodEnded{Period: domain.Reflection}), when: start, then: []string{"period.started"}},
	})
}

func TestExtendingAPeriod(t *testing.T) {
	t.Parallel()
	court := domain.Authority{Name: "court", Reference: "1/2569"}
	extend := func(d time.Duration) domain.Command {
		return domain.ExtendPeriod{Period: domain.Section29, Until: noon.Add(15*day + d), Authority: court}
	}
	running := []domain.Event{opened(), started(domain.Section29)}
	extended := append(slices.Clip(running), &domain.PeriodExtended{Period: domain.Section29, EndsAt: noon.Add(20 * day)})
	endless := []domain.Event{opened(), &domain.PeriodStarted{Period: domain.Section29}}
	run(t, []scenario{
		{name: "an authority extends it", given: running, when: extend(7 * day), then: []string{"period.extended"}},
		{name: "not beyond the limit", given: running, when: extend(7*day + 1), rule: "period.beyond_limit"},
		{name: "all extensions count together", given: extended, when: extend(8 * day), rule: "period.beyond_limit"},
		{name: "where no limit is set there is none", given: running, limits: &domain.Limits{}, when: extend(100 * day), then: []string{"period.extended"}},
		{name: "an extension is one", given: running, when: extend(0), rule: "period.not_later", kind: domain.Invalid},
		{name: "the authority is named", given: running, when: domain.ExtendPeriod{Period: domain.Section29, Until: noon.Add(16 * day)}, rule: "period.no_authority", kind: domain.Invalid},
		{name: "a stopped clock is not moved", given: append(slices.Clip(running), paused(domain.Section29)), when: extend(day), rule: "period.paused"},
		{name: "what has no end has no later one", given: endless, when: extend(day), rule: "period.no_end"},
		{name: "what does not run is not extended", given: []domain.Event{opened()}, when: extend(day), rule: "period.not_running"},
		{name: "nor on an ended case", given: append(slices.Clip(running), &domain.CaseClosed{}), when: extend(day), rule: "case.ended"},
	})
}

func TestPausingAPeriod(t *testing.T) {
	t.Parallel()
	pause, resume := domain.PausePeriod{Period: domain.Reflection, Reason: domain.NoInterpreter}, domain.ResumePeriod{Period: domain.Reflection}
	run(t, []scenario{
		{name: "the clock stops", given: reflecting(), when: pause, then: []string{"period.paused"}},
		{name: "for a reason of the list", given: reflecting(), when: domain.PausePeriod{Period: domain.Reflection}, rule: "period.unknown_reason", kind: domain.Invalid},
		{name: "once", given: append(reflecting(), paused(domain.Reflection)), when: pause, rule: "period.paused"},
		{name: "where it runs", given: presumed(), when: pause, rule: "period.not_running"},
		{name: "the clock goes on", given: append(reflecting(), paused(domain.Reflection)), when: resume, then: []string{"period.resumed"}},
		{name: "where it was stopped", given: reflecting(), when: resume, rule: "period.not_paused"},
		{name: "and where it runs", given: presumed(), when: resume, rule: "period.not_running"},
	})
}

// A pause moves the end by its own length, and a clock that was set back moves nothing.
func TestAPauseMovesTheEndByItsLength(t *testing.T) {
	t.Parallel()
	s := given(append(reflecting(), paused(domain.Reflection))...)
	stopped, ends := s.Periods[domain.Reflection].PausedAt, noon.Add(15*day)
	for name, tt := range map[string]struct{ at, want time.Time }{
		"three days":       {stopped.Add(3 * day), ends.Add(3 * day)},
		"clock set back":   {stopped.Add(-9 * day), ends},
		"at the same time": {stopped, ends},
	} {
		r := request("police", domain.ResumePeriod{Period: domain.Reflection})
		r.HappenedAt = tt.at
		facts, err := domain.Decide(s, r)
		must(t, err)
		p := domain.Fold(s, facts).Periods[domain.Reflection]
		if p.Paused() || !p.EndsAt.Equal(tt.want) {
			t.Errorf("%s: ends at %s, want %s", name, p.EndsAt, tt.want)
		}
	}
}

func TestAPeriodHasTheLengthOfItsLimitAndNoneWithoutOne(t *testing.T) {
	t.Parallel()
	for name, want := range map[domain.PeriodName]time.Duration{domain.Section29: day, domain.Reflection: 15 * day} {
		s := given(presumed()...)
		r := request("police", domain.StartPeriod{Period: name})
		facts, err := domain.Decide(s, r)
		must(t, err)
		if p := domain.Fold(s, facts).Periods[name]; !p.EndsAt.Equal(now.Add(want)) || p.Source == "" {
			t.Errorf("%s ends at %s by %q", name, p.EndsAt, p.Source)
		}
		r.Limits = domain.Limits{}
		facts, err = domain.Decide(s, r)
		must(t, err)
		if p := domain.Fold(s, facts).Periods[name]; p.EndsAt != nil || !p.Running() {
			t.Errorf("%s without a limit: %+v", name, p)
		}
	}
}
