package limits

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"songtor/domain"
	"songtor/internal/calendar"
	"songtor/schemas"
)

// The longest lengths that make sense. They tell hours from minutes and keep a slip of the pen from never coming due.
const (
	mostHours   = 10 * 366 * 24
	mostMinutes = 24 * 60
	mostDays    = 1000
	mostTeam    = 100
)

// file is the form of a configuration file.
type file struct {
	About   string  `json:"about"` // for whoever reads the file
	Entries []Entry `json:"entries"`
}

// parse reads and checks a configuration file. Unknown and repeated members are errors.
func parse(data []byte) (*Book, error) {
	var f file
	if err := json.Unmarshal(data, &f, json.RejectUnknownMembers(true)); err != nil {
		return nil, err
	}
	var errs []error
	if len(f.Entries) == 0 {
		errs = append(errs, errors.New("entries is missing or empty; list at least one"))
	}
	for i, e := range f.Entries {
		for _, problem := range e.problems() {
			errs = append(errs, fmt.Errorf("%s: %s", e.title(i), problem))
		}
	}
	if len(errs) == 0 {
		errs = overlaps(f.Entries)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return newBook(f.Entries, calendar.Thailand()), nil
}

// title names an entry to the one who must correct it.
func (e Entry) title(i int) string {
	return fmt.Sprintf("entry %d (%s, %s)", i+1, e.subject(), e.Province)
}

// subject is what the entry is about.
func (e Entry) subject() string {
	switch {
	case e.Team != nil:
		return "team"
	case e.Escalation != nil:
		return "escalation"
	}
	return string(e.Limit)
}

// problems says all that is wrong with an entry by itself.
func (e Entry) problems() []string {
	return slices.Concat(e.kindProblems(), e.scopeProblems(), e.originProblems())
}

func (e Entry) kindProblems() []string {
	kinds := 0
	for _, is := range []bool{e.Limit != "", e.Team != nil, e.Escalation != nil} {
		if is {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return []string{"is about nothing or about several things; give one of limit, team and escalation"}
	case e.Limit != "":
		return e.limitProblems()
	case e.Hours != 0 || e.Minutes != 0 || e.WorkingDays != 0:
		return []string{"hours, minutes and working_days belong to a limit only; remove them"}
	case e.Team != nil:
		return e.teamProblems()
	}
	return e.ladderProblems()
}

func (e Entry) limitProblems() []string {
	var found []string
	if !slices.Contains(domain.LimitNames(), e.Limit) {
		found = append(found, fmt.Sprintf("limit %q is not known; use one of %v", e.Limit, domain.LimitNames()))
	}
	said := 0
	for _, is := range []bool{e.Hours != 0, e.Minutes != 0, e.WorkingDays != 0, e.Unset != ""} {
		if is {
			said++
		}
	}
	if said != 1 {
		found = append(found, "give one of hours, minutes, working_days and unset (the reason why it is deliberately not set)")
	}
	if e.Hours < 0 || e.Hours > mostHours {
		found = append(found, fmt.Sprintf("hours is %d; give 1 to %d", e.Hours, mostHours))
	}
	if e.Minutes < 0 || e.Minutes > mostMinutes {
		found = append(found, fmt.Sprintf("minutes is %d; give 1 to %d", e.Minutes, mostMinutes))
	}
	if e.WorkingDays < 0 || e.WorkingDays > mostDays {
		found = append(found, fmt.Sprintf("working_days is %d; give 1 to %d", e.WorkingDays, mostDays))
	}
	return found
}

func (e Entry) teamProblems() []string {
	var found []string
	t := *e.Team
	if empty := t.Members == 0 && t.Quorum == 0 && len(t.Kinds) == 0; empty != (e.Unset != "") {
		found = append(found, "give either a rule for the team or unset (the reason why there is none)")
	}
	if t.Members < 0 || t.Members > mostTeam || t.Quorum < 0 || t.Quorum > mostTeam {
		found = append(found, fmt.Sprintf("members is %d and quorum %d; give 0 to %d", t.Members, t.Quorum, mostTeam))
	}
	if most := max(t.Members, len(t.Kinds)); t.Quorum > most {
		found = append(found, fmt.Sprintf("the quorum of %d is more than the %d members that a team must have; raise members", t.Quorum, most))
	}
	for i, kind := range t.Kinds {
		if !slices.Contains(schemas.AgencyKinds(), kind) || slices.Contains(t.Kinds[:i], kind) {
			found = append(found, fmt.Sprintf("kind %q is not known or given twice; use each of %v at most once", kind, schemas.AgencyKinds()))
		}
	}
	return found
}

func (e Entry) ladderProblems() []string {
	if (len(e.Escalation) == 0) != (e.Unset != "") {
		return []string{"give either steps or unset (the reason why there are none)"}
	}
	var found []string
	rung, after := -1, -1
	for i, s := range e.Escalation {
		at := slices.Index(domain.Rungs(), s.To)
		if at <= rung || s.AfterHours <= after || s.AfterHours > mostHours || i == 0 && s.AfterHours != 0 {
			found = append(found, fmt.Sprintf("step %d (%s after %d hours) does not climb; begin after 0 hours and go up along %v", i+1, s.To, s.AfterHours, domain.Rungs()))
		}
		rung, after = at, s.AfterHours
	}
	return found
}

func (e Entry) scopeProblems() []string {
	var found []string
	if _, known := schemas.Province(e.Province); !known && e.Province != Everywhere {
		found = append(found, fmt.Sprintf("province %q is not known; give \"*\" or a code such as \"TH-10\"", e.Province))
	}
	if !isDate(e.From) || e.Until != "" && !isDate(e.Until) {
		return append(found, fmt.Sprintf("from %q or until %q is no day; write YYYY-MM-DD in the common era", e.From, e.Until))
	}
	if e.Until != "" && e.Until < e.From {
		found = append(found, "until lies before from; correct one of them")
	}
	return found
}

// isDate refuses years of the Buddhist era, which would begin in some five hundred years.
func isDate(s string) bool {
	t, err := time.ParseInLocation(time.DateOnly, s, domain.Thailand)
	return err == nil && t.Year() >= 1941 && t.Year() <= 2400
}

func (e Entry) originProblems() []string {
	var found []string
	if strings.TrimSpace(e.Source) == "" {
		found = append(found, `source is missing; say where the rule was published, or "none"`)
	}
	if !slices.Contains([]string{"V", "V2", "M", "D", "?"}, e.Confidence) {
		found = append(found, fmt.Sprintf("confidence %q is not V, V2, M, D or ?", e.Confidence))
	}
	return found
}

// overlaps finds entries of which it could not be said which counts.
func overlaps(entries []Entry) []error {
	var errs []error
	for i, e := range entries {
		for j, other := range entries[:i] {
			if e.subject() == other.subject() && e.Province == other.Province && e.meets(other) {
				errs = append(errs, fmt.Errorf("%s: is in force together with entry %d; end one before the other begins", e.title(i), j+1))
			}
		}
	}
	return errs
}
