package main

import (
	"errors"

	"songtor/internal/accesslog"
	"songtor/internal/calendar"
	"songtor/internal/limits"
	"songtor/internal/release"
	"songtor/internal/retention"
)

// ruleFlags name the operator's own time limits and holidays, and how much anybody may open.
type ruleFlags struct {
	Limits    string `env:"SONGTOR_LIMITS" type:"existingfile" placeholder:"FILE" help:"Time limits by province and day, in place of those that come with the program."`
	OpenLimit int    `name:"open-limit" env:"SONGTOR_OPEN_LIMIT" default:"200" help:"Different cases that an account may open in an hour before it is stopped."`
	OpenAlert int    `name:"open-alert" env:"SONGTOR_OPEN_ALERT" default:"60" help:"Different cases that an account may open in an hour before the auditor is told."`

	Retention string `env:"SONGTOR_RETENTION" type:"existingfile" placeholder:"FILE" help:"How long cases are kept after they have ended, in place of what comes with the program."`

	Publishing string `name:"release-rules" env:"SONGTOR_RELEASE_RULES" type:"existingfile" placeholder:"FILE" help:"What is published of the statistics and how it is protected, in place of what comes with the program."`

	Holidays string `env:"SONGTOR_HOLIDAYS" type:"existingfile" placeholder:"FILE" help:"Public holidays, in place of those that come with the program."`
}

// rules are the time limits and the calendar by which deadlines are reckoned, how long cases are kept, and the bounds of what an account may open.
type rules struct {
	limits     *limits.Book
	calendar   *calendar.Calendar
	keeping    *retention.Book
	publishing *release.Rules
	usual      bool // nobody has said otherwise what is published
	openMost   int
	alerts     accesslog.Rules
}

func (f ruleFlags) load() (rules, error) {
	if f.OpenLimit < 0 || f.OpenAlert < 0 {
		return rules{}, errors.New("--open-limit and --open-alert are numbers of cases; 0 is the usual one")
	}
	r := rules{
		limits: limits.Default(), calendar: calendar.Thailand(), keeping: retention.Default(), publishing: release.Usual(), usual: f.Publishing == "", openMost: f.OpenLimit, alerts: accesslog.Rules{Opens: f.OpenAlert},
	}
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
	if f.Publishing != "" {
		if r.publishing, err = release.LoadRules(f.Publishing); err != nil {
			return rules{}, err
		}
	}
	if f.Retention != "" {
		if r.keeping, err = retention.Load(f.Retention); err != nil {
			return rules{}, err
		}
	}
	r.limits = r.limits.WithCalendar(r.calendar)
	return r, nil
}
