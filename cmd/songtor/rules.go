package main

import (
	"songtor/internal/calendar"
	"songtor/internal/limits"
)

// ruleFlags name the operator's own time limits and holidays.
type ruleFlags struct {
	Limits   string `env:"SONGTOR_LIMITS" type:"existingfile" placeholder:"FILE" help:"Time limits by province and day, in place of those that come with the program."`
	Holidays string `env:"SONGTOR_HOLIDAYS" type:"existingfile" placeholder:"FILE" help:"Public holidays, in place of those that come with the program."`
}

// rules are the time limits and the calendar by which deadlines are reckoned.
type rules struct {
	limits   *limits.Book
	calendar *calendar.Calendar
}

func (f ruleFlags) load() (rules, error) {
	r := rules{limits: limits.Default(), calendar: calendar.Thailand()}
	var err error
	if f.Holidays != "" {
		if r.calendar, err = calendar.Load(f.Holidays); err != nil {
			return rules{}, err
		}
	}
	if f.Limits != "" {
		if r.limits, err = limits.Load(f.Limits); err != nil {
			return rules{}, err
		}
	}
	r.limits = r.limits.WithCalendar(r.calendar)
	return r, nil
}
