package api

import (
	"time"

	"songtor/domain"
	"songtor/internal/access"
)

// periodCommands are those on the protected periods.
func periodCommands() []command {
	return []command{
		{access.StartPeriod, func() commandBody { return new(startPeriod) }},
		{access.ExtendPeriod, func() commandBody { return new(extendPeriod) }},
		{access.PausePeriod, func() commandBody { return new(pausePeriod) }},
		{access.ResumePeriod, func() commandBody { return new(resumePeriod) }},
		{access.EndPeriod, func() commandBody { return new(endPeriod) }},
	}
}

// onPeriod is what every command on a protected period carries.
type onPeriod struct {
	times
	Period domain.PeriodName `json:"period"`
}

func (b *onPeriod) check(c *checker) { oneOf(c, "/period", b.Period, domain.PeriodNames()...) }

type startPeriod struct {
	onPeriod
	Authority *domain.Authority `json:"authority"`
}

func (b *startPeriod) check(c *checker) {
	b.onPeriod.check(c)
	if b.Authority != nil {
		authority(c, *b.Authority)
	}
}

func (b *startPeriod) command(string) domain.Command {
	return domain.StartPeriod{Period: b.Period, Authority: b.Authority}
}

type extendPeriod struct {
	onPeriod
	Until     *time.Time       `json:"until"`
	Authority domain.Authority `json:"authority"`
}

func (b *extendPeriod) check(c *checker) {
	b.onPeriod.check(c)
	c.must(b.Until != nil, "/until", keywordRequired)
	c.planned("/until", b.Until)
	authority(c, b.Authority)
}

func (b *extendPeriod) command(string) domain.Command {
	return domain.ExtendPeriod{Period: b.Period, Until: *b.Until, Authority: b.Authority}
}

type pausePeriod struct {
	onPeriod
	Reason domain.PauseReason `json:"reason"`
}

func (b *pausePeriod) check(c *checker) {
	b.onPeriod.check(c)
	oneOf(c, "/reason", b.Reason, domain.PauseReasons()...)
}

func (b *pausePeriod) command(string) domain.Command {
	return domain.PausePeriod{Period: b.Period, Reason: b.Reason}
}

type resumePeriod struct{ onPeriod }

func (b *resumePeriod) command(string) domain.Command { return domain.ResumePeriod{Period: b.Period} }

type endPeriod struct {
	onPeriod
	Reason domain.EndReason `json:"reason"`
}

func (b *endPeriod) check(c *checker) {
	b.onPeriod.check(c)
	oneOf(c, "/reason", b.Reason, domain.EndReasons()...)
}

func (b *endPeriod) command(string) domain.Command {
	return domain.EndPeriod{Period: b.Period, Reason: b.Reason}
}
