package domain_test

import (
	"testing"
	"time"

	"songtor/domain"
)

// bangkok is the time zone once more, so that a change of domain.Thailand would be seen.
var bangkok = time.FixedZone("Asia/Bangkok", 7*60*60)

func TestWorkingDays(t *testing.T) {
	t.Parallel()
	songkran := func(day time.Time) bool { // 13 to 15 April 2026 are a Monday to a Wednesday
		_, m, d := day.Date()
		return m == time.April && d >= 13 && d <= 15
	}
	at := func(s string) time.Time {
		moment, err := time.ParseInLocation("2006-01-02 15:04", s, bangkok)
		must(t, err)
		return moment
	}
	for _, tt := range []struct {
		name, from string
		days       int
		want       string // the end of the last day
	}{
		{"from Monday to Tuesday", "2026-03-02 09:00", 1, "2026-03-04 00:00"},
		{"the hour does not matter", "2026-03-02 23:59", 1, "2026-03-04 00:00"},
		{"over a weekend", "2026-03-06 09:00", 1, "2026-03-10 00:00"},
		{"from a Saturday", "2026-03-07 09:00", 1, "2026-03-10 00:00"},
		{"five are a week", "2026-03-02 09:00", 5, "2026-03-10 00:00"},
		{"over a weekend and holidays", "2026-04-10 16:00", 1, "2026-04-17 00:00"},
		{"two of them", "2026-04-09 16:00", 2, "2026-04-17 00:00"},
		{"the day begins in Bangkok, not in Greenwich", "2026-03-03 01:00", 1, "2026-03-05 00:00"},
		{"over the end of a year", "2026-12-31 10:00", 1, "2027-01-02 00:00"},
	} {
		l := domain.Limits{Holiday: songkran, Times: map[domain.LimitName]domain.Limit{domain.LimitAccept: {WorkingDays: tt.days, Source: mine}}}
		due, source := l.Due(domain.LimitAccept, at(tt.from).UTC())
		if due == nil || !due.Equal(at(tt.want)) || source != mine {
			t.Errorf("%s: %v, want %s", tt.name, due.In(bangkok), tt.want)
		}
	}
}

func TestElapsedTimeKnowsNoNights(t *testing.T) {
	t.Parallel()
	l := domain.Limits{Times: map[domain.LimitName]domain.Limit{domain.LimitAccept: {Duration: 36 * time.Hour, Source: mine}}}
	if due, _ := l.Due(domain.LimitAccept, noon); !due.Equal(noon.Add(36 * time.Hour)) {
		t.Fatalf("due at %s", due)
	}
}

func TestALimitThatIsNotConfiguredHasNoDate(t *testing.T) {
	t.Parallel()
	for _, name := range domain.LimitNames() {
		if due, source := (domain.Limits{}).Due(name, noon); due != nil || source != "" {
			t.Errorf("%s: %v by %q", name, due, source)
		}
	}
}

func TestWithoutALadderADeadlineReachesTheAssigneeOnce(t *testing.T) {
	t.Parallel()
	due := noon.Add(5 * day)
	s := given(opened(), &domain.RiskAssessed{Assessment: "a1", DueAt: &due, Source: mine})
	r := request("keeper", domain.MissDeadline{Task: "risk_to_review:a1", DueAt: due})
	r.HappenedAt, r.Limits = due.Add(99*day), domain.Limits{}
	facts, err := domain.Decide(s, r)
	must(t, err)
	e, ok := facts[0].Event.(*domain.DeadlineMissed)
	if !ok || e.Level != 1 || e.Rung != domain.ToAssignee {
		t.Fatalf("got %+v", facts[0].Event)
	}
	if next := r.Limits.Next(due, 1); next != nil {
		t.Fatalf("climbs at %s", next)
	}
	if next := r.Limits.Next(due, 0); !next.Equal(due) {
		t.Fatalf("missed at %s", next)
	}
}

// Each command whose answer has a limit sets the date of that limit, names its source, and sets nothing where the limit is unset.
func TestEveryTimeLimitIsConfigurationWithItsSourceAndUnsetWhereNoneWasFound(t *testing.T) {
	t.Parallel()
	returning := append(victim(), &domain.ReturnArranged{Own: true})
	adult := []domain.Event{opened(), agreed(domain.ToReferral), screened(domain.AdultBranch), sent("r0", "ngo")}
	plan := domain.AgreePlan{Plan: domain.Plan{Goals: "g", Actions: "a", Wishes: "w"}}
	for name, tt := range map[domain.LimitName]struct {
		given []domain.Event
		by    string
		when  domain.Command
		task  string
	}{
		domain.LimitConclude:    {[]domain.Event{opened()}, "police", domain.RecordScreening{Screening: "s1", Content: content(domain.ChildBranch)}, "screening_to_conclude"},
		domain.LimitIdentify:    {[]domain.Event{opened(), screened(domain.AdultBranch)}, "police", domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: domain.Reasons{Narrative: "n"}}, "identification_to_decide"},
		domain.LimitAccept:      {adult, "police", domain.Refer{Referral: "r1", To: "clinic", Services: []string{"basic"}}, "referral_to_answer:r1"},
		domain.LimitHandOver:    {adult, "ngo", domain.RequestHandOver{Reason: "r"}, "hand_over_to_answer:c1"},
		domain.LimitService:     {presumed(), "police", ask(domain.FromPresumed), "service_to_answer:c1"},
		domain.LimitAcknowledge: {adult, "police", domain.WithdrawConsent{Purpose: domain.ToReferral}, "withdrawal_to_acknowledge:c1/ngo"},
		domain.LimitReflection:  {presumed(), "police", domain.StartPeriod{Period: domain.Reflection}, "period_ends:reflection"},
		domain.LimitSection29:   {presumed(), "police", domain.StartPeriod{Period: domain.Section29}, "period_ends:section_29"},
		domain.LimitReassess:    {victim(), "police", domain.RequestReassessment{Reason: domain.ByCourtOrder}, "identification_to_decide"},
		domain.LimitReview:      {victim(), "police", plan, "plan_to_review:c1"},
		domain.LimitFollowUp:    {returning, "police", domain.CompleteReturn{}, "follow_up"},
	} {
		t.Run(string(name), func(t *testing.T) {
			t.Parallel()
			r := request(tt.by, tt.when)
			limit := r.Limits.Times[name]
			mustBeDue(t, tt.given, r, tt.task, new(now.Add(limit.Duration)), limit.Source)
			delete(r.Limits.Times, name)
			mustBeDue(t, tt.given, r, tt.task, nil, "")
			r.Limits.Times[name] = domain.Limit{Duration: day}
			_, err := domain.Decide(given(tt.given...), r)
			mustRefuse(t, err, "deadline.no_source", domain.Refused)
		})
	}
}

func mustBeDue(t *testing.T, events []domain.Event, r domain.Request, id string, want *time.Time, source string) {
	t.Helper()
	s := given(events...)
	facts, err := domain.Decide(s, r)
	must(t, err)
	got, ok := task(domain.Fold(s, facts), id)
	if !sameTime(got.DueAt, want) || got.Source != source || !ok && want != nil {
		t.Fatalf("due at %v by %q, want %v by %q", got.DueAt, got.Source, want, source)
	}
}

// A clock that was set back makes no limit begin before the case came into its stage.
func TestAClockSetBackMakesNoDeadlineEarlier(t *testing.T) {
	t.Parallel()
	s := given(presumed()...)
	r := request("police", ask(domain.FromPresumed))
	r.HappenedAt = noon.Add(-100 * day)
	facts, err := domain.Decide(s, r)
	must(t, err)
	got, _ := task(domain.Fold(s, facts), "service_to_answer:c1")
	if want := s.Standing.Since.Add(testLimits().Times[domain.LimitService].Duration); !sameTime(got.DueAt, &want) {
		t.Fatalf("due at %v, want %v", got.DueAt, want)
	}
}

// What is waited for already keeps its date when the same is asked for again with an earlier time.
func TestAnEarlierTimeMovesNoDeadlineThatIsWaitedFor(t *testing.T) {
	t.Parallel()
	late, early := noon.Add(9*day), noon.Add(2*day)
	form := func(due *time.Time) domain.Event {
		return &domain.ScreeningRecorded{Screening: "s", DueAt: due, Source: mine, Findings: private(domain.Findings{Branch: domain.AdultBranch})}
	}
	again := func(on domain.Subject) domain.Event {
		return &domain.ReassessmentRequested{Of: on, DueAt: &early, Source: mine}
	}
	returned := func(due *time.Time) []domain.Event {
		return []domain.Event{&domain.ReturnArranged{Own: true}, &domain.ReturnCompleted{DueAt: due, Source: mine}}
	}
	for name, tt := range map[string]struct {
		given []domain.Event
		task  string
	}{
		"another form":                        {[]domain.Event{opened(), form(&late), form(&early)}, "screening_to_conclude"},
		"a disputed conclusion":               {[]domain.Event{opened(), form(&late), again(domain.OnConclusion)}, "screening_to_conclude"},
		"a disputed identification":           {append(presumed()[:2:2], &domain.ScreeningConcluded{Grounds: domain.GroundsYes, DueAt: &late, Source: mine}, again(domain.OnIdentification)), "identification_to_decide"},
		"another return before anybody asked": {append(append(victim(), returned(&late)...), returned(&early)...), "follow_up"},
	} {
		if got, _ := task(given(tt.given...), tt.task); !sameTime(got.DueAt, &late) {
			t.Errorf("%s: due at %v", name, got.DueAt)
		}
	}
}
