package app

import (
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/calendar"
	"songtor/internal/identity"
	"songtor/internal/limits"
)

// LimitsView shows every time limit with its source, and which of them are in force at a place and time.
type LimitsView struct {
	Entries  []limits.Entry                 `json:"entries"`
	InForce  map[domain.LimitName]LimitView `json:"in_force"`
	Team     *limits.Team                   `json:"team"`   // null where no rule on how a team is made up is set
	Ladder   []limits.Step                  `json:"ladder"` // on which a missed deadline climbs
	Province string                         `json:"province"`
	At       time.Time                      `json:"at"`
}

// LimitView is a time limit that is in force.
type LimitView struct {
	Hours       float64 `json:"hours,omitempty"`
	WorkingDays int     `json:"working_days,omitempty"`
	Source      string  `json:"source"`
}

// LimitsIn returns the time limits, and those in force in a province at a time: everywhere and now where these are zero.
func (s *Service) LimitsIn(p identity.Principal, province string, at time.Time) (LimitsView, error) {
	if err := s.May(p, access.LimitsRead); err != nil {
		return LimitsView{}, err
	}
	if at.IsZero() {
		at = s.now()
	}
	if province == "" {
		province = limits.Everywhere
	}
	rules := s.limits.For(province, at)
	view := LimitsView{Entries: s.limits.Entries(), InForce: map[domain.LimitName]LimitView{}, Ladder: []limits.Step{}, Province: province, At: at}
	for name, l := range rules.Times {
		view.InForce[name] = LimitView{Hours: l.Duration.Hours(), WorkingDays: l.WorkingDays, Source: l.Source}
	}
	if rules.Team.Source != "" {
		view.Team = &limits.Team{Members: rules.Team.Members, Kinds: rules.Team.Kinds, Quorum: rules.Team.Quorum}
	}
	for _, step := range rules.Escalation {
		view.Ladder = append(view.Ladder, limits.Step{To: step.To, AfterHours: int(step.After.Hours())})
	}
	return view, nil
}

// CalendarView is what is known of a year's public holidays.
type CalendarView struct {
	Year     int            `json:"year"`
	Buddhist int            `json:"buddhist_year"`
	Known    bool           `json:"known"` // false for a year of which no holidays are known: only weekends rest in it
	Note     string         `json:"note,omitempty"`
	Days     []calendar.Day `json:"days"`
}

// Holidays returns the public holidays of a year of the common era.
func (s *Service) Holidays(p identity.Principal, year int) (CalendarView, error) {
	if err := s.May(p, access.LimitsRead); err != nil {
		return CalendarView{}, err
	}
	days := s.calendar.Holidays(year)
	if days == nil {
		days = []calendar.Day{}
	}
	return CalendarView{
		Year: year, Buddhist: year + calendar.BuddhistEra, Known: s.calendar.Known(year), Note: s.calendar.Note(year), Days: days,
	}, nil
}
