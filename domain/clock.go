package domain

import (
	"slices"
	"time"
)

// LimitName names a time limit of the mechanism.
type LimitName string

// The time limits.
const (
	LimitConclude     LimitName = "conclude_screening"     // from the form to the conclusion on reasonable grounds
	LimitIdentify     LimitName = "identification"         // from reasonable grounds to the team's decision
	LimitAccept       LimitName = "accept_referral"        // from a referral to its answer
	LimitHandOver     LimitName = "answer_request"         // from a request for the case to its answer
	LimitService      LimitName = "answer_service"         // from a request for a service to its answer
	LimitAcknowledge  LimitName = "acknowledge_withdrawal" // from a withdrawal of consent to each recipient's acknowledgement
	LimitReflection   LimitName = "reflection"             // length of the reflection period
	LimitReflectMore  LimitName = "reflection_extension"   // all extensions of the reflection period together
	LimitSection29    LimitName = "section_29"             // length of temporary protection under s.29 of the Act
	LimitSection29Ext LimitName = "section_29_extension"   // all extensions under s.29 together
	LimitReassess     LimitName = "reassessment"           // from a request for reassessment to the new decision
	LimitReview       LimitName = "plan_review"            // from a protection plan to its review
	LimitFollowUp     LimitName = "follow_up"              // from a return to the first follow-up
)

// The time limits of a broken glass. Without all three nobody breaks it.
const (
	LimitGlass         LimitName = "break_glass"          // how long it opens the case
	LimitGlassApproval LimitName = "break_glass_approval" // to the second person's word for what is sealed
	LimitGlassReview   LimitName = "break_glass_review"   // to the review
)

// LimitNames lists the time limits.
func LimitNames() []LimitName {
	return []LimitName{
		LimitConclude, LimitIdentify, LimitAccept, LimitHandOver, LimitService, LimitAcknowledge, LimitReflection, LimitReflectMore,
		LimitSection29, LimitSection29Ext, LimitReassess, LimitReview, LimitFollowUp, LimitGlass, LimitGlassApproval, LimitGlassReview,
	}
}

// Limit is a time limit with the place it comes from. Time limits of the mechanism differ by year and province and few are
// published, so each is configuration with a source. A limit of which neither length is set makes no deadline.
type Limit struct {
	Duration    time.Duration // elapsed time, nights and holidays included
	WorkingDays int           // or days that are neither Saturday, Sunday nor a public holiday, to the end of the last one
	Source      string
}

// Limits are the rules in force when and where a command is decided. The zero Limits set none.
type Limits struct {
	Times      map[LimitName]Limit
	Team       TeamRule
	Escalation []Step
	Holiday    func(day time.Time) bool // whether the day of a time in Thailand is a public holiday; nil where none is known
}

// TeamRule says how a multidisciplinary team must be made up. No national minimum was found, so the zero rule asks for nothing.
type TeamRule struct {
	Members int      // how many at least
	Kinds   []string // kinds of agency of which each must send somebody, such as "msdhs" or "police"
	Quorum  int      // how many members must have given their finding before a decision
	Source  string
}

// Step is one step of the ladder on which a missed deadline climbs.
type Step struct {
	After time.Duration // from the deadline
	To    Rung
}

// Rung is who learns of a missed deadline.
type Rung string

// The rungs of the ladder.
const (
	ToAssignee   Rung = "assignee"
	ToSupervisor Rung = "supervisor"
	ToProvince   Rung = "province"
	ToMinistry   Rung = "ministry"
)

// Rungs lists the rungs from the lowest.
func Rungs() []Rung { return []Rung{ToAssignee, ToSupervisor, ToProvince, ToMinistry} }

// Thailand is the time zone of the days that the mechanism counts: UTC+7 all year.
var Thailand = time.FixedZone("Asia/Bangkok", 7*60*60)

// StartOfDay is the midnight in Thailand with which the day of a moment began.
func StartOfDay(t time.Time) time.Time {
	y, m, d := t.In(Thailand).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, Thailand)
}

// Due returns the moment at which a limit that starts at t is over, nil where the limit is not set.
func (l Limits) Due(name LimitName, t time.Time) (due *time.Time, source string) {
	limit := l.Times[name]
	switch {
	case limit.WorkingDays > 0:
		return new(l.afterWorkingDays(limit.WorkingDays, t)), limit.Source
	case limit.Duration > 0:
		return new(t.Add(limit.Duration)), limit.Source
	}
	return nil, ""
}

// afterWorkingDays is the end of the nth working day after the day of t.
func (l Limits) afterWorkingDays(n int, t time.Time) time.Time {
	day := StartOfDay(t)
	for n > 0 {
		day = day.AddDate(0, 0, 1)
		if !l.rest(day) {
			n--
		}
	}
	return day.AddDate(0, 0, 1).UTC()
}

func (l Limits) rest(day time.Time) bool {
	return slices.Contains([]time.Weekday{time.Saturday, time.Sunday}, day.Weekday()) || l.Holiday != nil && l.Holiday(day)
}

// rung returns the ladder's step, from 1, at which a deadline stands at a moment; 0 while it is not missed. Without a configured
// ladder a missed deadline reaches the assignee and nobody else.
func (l Limits) rung(due, at time.Time) (level int, to Rung) {
	if at.Before(due) {
		return 0, ""
	}
	level, to = 1, ToAssignee
	for i, step := range l.Escalation {
		if !at.Before(due.Add(step.After)) {
			level, to = i+1, step.To
		}
	}
	return level, to
}

// Next returns when the deadline missed at due climbs from the given level, nil where there is no further step.
func (l Limits) Next(due time.Time, level int) *time.Time {
	if level == 0 {
		return &due
	}
	if level >= len(l.Escalation) {
		return nil
	}
	return new(due.Add(l.Escalation[level].After))
}
