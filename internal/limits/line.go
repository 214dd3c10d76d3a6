package limits

import (
	"slices"
	"time"

	"songtor/domain"
)

// line cuts time where an entry for the province or for Everywhere begins or ends.
func (b *Book) line(province string) []segment {
	var cuts []time.Time
	for _, e := range b.entries {
		if e.Province == province || e.Province == Everywhere {
			cuts = append(cuts, e.begin())
			if end, ends := e.end(); ends {
				cuts = append(cuts, end)
			}
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	var line []segment
	for _, cut := range slices.CompactFunc(cuts, time.Time.Equal) {
		line = append(line, segment{cut, b.at(province, cut)})
	}
	return line
}

// at builds the limits in force in a province at a moment.
func (b *Book) at(province string, at time.Time) domain.Limits {
	l := domain.Limits{Times: map[domain.LimitName]domain.Limit{}, Holiday: b.holiday}
	for _, from := range []string{Everywhere, province} { // the second goes over the first
		for _, e := range b.entries {
			if e.Province == from && e.inForce(at) {
				e.apply(&l)
			}
		}
	}
	return l
}

func (e Entry) apply(l *domain.Limits) {
	switch {
	case e.Team != nil:
		l.Team = e.team()
	case e.Escalation != nil:
		l.Escalation = e.ladder()
	case e.Unset != "":
		delete(l.Times, e.Limit)
	default:
		l.Times[e.Limit] = e.time()
	}
}

func (e Entry) team() domain.TeamRule {
	if e.Unset != "" {
		return domain.TeamRule{}
	}
	return domain.TeamRule{Members: e.Team.Members, Kinds: slices.Clone(e.Team.Kinds), Quorum: e.Team.Quorum, Source: e.Source}
}

func (e Entry) ladder() []domain.Step {
	var steps []domain.Step
	for _, s := range e.Escalation {
		steps = append(steps, domain.Step{After: time.Duration(s.AfterHours) * time.Hour, To: s.To})
	}
	return steps
}

func (e Entry) time() domain.Limit {
	elapsed := time.Duration(e.Hours)*time.Hour + time.Duration(e.Minutes)*time.Minute
	return domain.Limit{Duration: elapsed, WorkingDays: e.WorkingDays, Source: e.Source}
}

// begin is the first moment in force. Dates are checked before an entry comes into a book.
func (e Entry) begin() time.Time {
	t, _ := time.ParseInLocation(time.DateOnly, e.From, domain.Thailand)
	return t
}

// end is the first moment no longer in force.
func (e Entry) end() (at time.Time, ends bool) {
	if e.Until == "" {
		return time.Time{}, false
	}
	t, _ := time.ParseInLocation(time.DateOnly, e.Until, domain.Thailand)
	return t.AddDate(0, 0, 1), true
}

func (e Entry) inForce(at time.Time) bool {
	end, ends := e.end()
	return !at.Before(e.begin()) && (!ends || at.Before(end))
}

// meets tells whether two entries are in force on a common day.
func (e Entry) meets(other Entry) bool {
	return e.inForce(other.begin()) || other.inForce(e.begin())
}
