package domain

import (
	"cmp"
	"slices"
	"time"
)

// TaskKind is what a case waits for.
type TaskKind string

// The kinds of task.
const (
	TaskScreen       TaskKind = "first_contact_to_screen"
	TaskConclude     TaskKind = "screening_to_conclude"
	TaskDecide       TaskKind = "identification_to_decide"
	TaskAnswer       TaskKind = "referral_to_answer"   // at the receiver
	TaskComplete     TaskKind = "referral_to_complete" // at the receiver, accepted
	TaskReferAnew    TaskKind = "referral_declined"    // at the sender
	TaskHandOver     TaskKind = "hand_over_to_answer"  // at the responsible agency
	TaskAcknowledge  TaskKind = "withdrawal_to_acknowledge"
	TaskService      TaskKind = "service_to_answer"  // at the provider
	TaskDeliver      TaskKind = "service_to_deliver" // at the provider, accepted
	TaskServiceAnew  TaskKind = "service_declined"   // at the responsible agency
	TaskFinding      TaskKind = "finding_to_give"    // at each agency of the team
	TaskPeriodEnds   TaskKind = "period_ends"        // s.29 or reflection
	TaskPeriodPaused TaskKind = "period_paused"
	TaskPlan         TaskKind = "plan_to_agree"
	TaskReview       TaskKind = "plan_to_review"
	TaskRisk         TaskKind = "risk_to_review"
	TaskFollowUp     TaskKind = "follow_up"
	TaskReturn       TaskKind = "return_to_complete"
	TaskClaim        TaskKind = "claim_to_advance"
	TaskDisagreement TaskKind = "disagreement_to_settle"
	TaskGlassNotice  TaskKind = "glass_broken"       // at the responsible agency: somebody read the case in an emergency
	TaskGlassReview  TaskKind = "glass_to_review"    // at the reviewing agency
	TaskErasure      TaskKind = "erasure_to_approve" // at the responsible agency
	TaskLiftApproval TaskKind = "lift_to_approve"    // at the responsible agency: an exclusion that somebody asked to lift
)

// Task is one thing that somebody has to do about a case, and by when. It names nobody but agencies and accounts.
type Task struct {
	ID       string     `json:"id"` // unique in the case, and the same as long as the case waits for the same thing
	Kind     TaskKind   `json:"kind"`
	Agency   string     `json:"agency"`             // in whose inbox it lies
	Assignee string     `json:"assignee,omitempty"` // account of the person who should do it; empty for anybody of the agency
	Ref      string     `json:"ref,omitempty"`      // id of the referral, service, period or claim that it is about
	Other    string     `json:"other,omitempty"`    // the other agency concerned
	Since    time.Time  `json:"since"`
	DueAt    *time.Time `json:"due_at,omitempty"`
	Source   string     `json:"limit_source,omitempty"` // of the limit behind DueAt
	Missed   int        `json:"missed,omitzero"`        // steps of the ladder climbed since it was due; 0 while it is not missed
	Rung     Rung       `json:"rung,omitempty"`         // who learned of it last
}

// miss is what is recorded of a task that was not done in time.
type miss struct {
	due   time.Time
	level int
	rung  Rung
}

// settle returns the state with the tasks and the first due date that follow from it. A review of those who looked is no date of the
// person's.
func (s State) settle() State {
	s.Standing.Tasks = s.tasks()
	s.Standing.DueAt = nil
	for _, t := range s.Standing.Tasks {
		if t.DueAt != nil && t.Kind != TaskGlassReview && (s.Standing.DueAt == nil || t.DueAt.Before(*s.Standing.DueAt)) {
			s.Standing.DueAt = t.DueAt
		}
	}
	return s
}

// tasks lists what the case waits for. A case that has ended waits for nothing but that every recipient learns of a withdrawal, and
// that a person settles what two people said of it.
func (s State) tasks() []Task {
	var tasks []Task
	if s.Standing.Status != Erased {
		tasks = slices.Concat(s.withdrawalTasks(), s.disputeTasks(), s.glassTasks(), s.approvalTasks())
	}
	if s.Standing.Status.Open() {
		tasks = slices.Concat(tasks, s.stageTasks(), s.referralTasks(), s.periodTasks(), s.protectionTasks())
	}
	tasks = s.withoutAccused(tasks)
	for i := range tasks {
		t := &tasks[i]
		if m, ok := s.missed[t.ID]; ok && t.DueAt != nil && m.due.Equal(*t.DueAt) {
			t.Missed, t.Rung = m.level, m.rung
		}
	}
	slices.SortStableFunc(tasks, func(a, b Task) int { return cmp.Compare(a.ID, b.ID) })
	return tasks
}

// own makes a task of the responsible agency.
func (s State) own(kind TaskKind, ref string, d Deadline) Task {
	return Task{
		ID: taskID(kind, ref), Kind: kind, Agency: s.Standing.Agency, Assignee: s.Standing.Assignee, Ref: ref,
		Since: d.Since, DueAt: d.DueAt, Source: d.Source,
	}
}

func taskID(kind TaskKind, ref string) string {
	if ref == "" {
		return string(kind)
	}
	return string(kind) + ":" + ref
}

func (s State) stageTasks() []Task {
	since := Deadline{Since: s.Standing.Since}
	switch s.Standing.Status {
	case FirstContact:
		return []Task{s.own(TaskScreen, "", since)}
	case ToConclude, Unclear:
		return []Task{s.own(TaskConclude, "", s.concluded)}
	case AwaitingDecision, Undetermined, Reassessing:
		return append([]Task{s.own(TaskDecide, "", s.decideBy())}, s.findingTasks()...)
	case InProtection:
		if s.Plan == nil {
			return []Task{s.own(TaskPlan, "", since)}
		}
	}
	return nil
}

// decideBy is by when the team should decide. The person's reflection period comes first: the decision is not due before it ends,
// and has no date while it is paused or has no end.
func (s State) decideBy() Deadline {
	d := s.decide
	p, ok := s.Periods[Reflection]
	switch {
	case !ok || d.DueAt == nil || !p.Running():
	case p.Paused() || p.EndsAt == nil:
		d.DueAt, d.Source = nil, ""
	case p.EndsAt.After(*d.DueAt):
		d.DueAt, d.Source = p.EndsAt, p.Source
	}
	return d
}

func (s State) findingTasks() []Task {
	if s.Team == nil {
		return nil
	}
	var tasks []Task
	for _, m := range s.Team.Members {
		if !s.Team.Heard(m) {
			t := s.own(TaskFinding, s.Team.ID+"/"+m.key(), Deadline{Since: s.Team.Since})
			t.Agency, t.Assignee, t.Other = m.Agency, m.User, s.Standing.Agency
			tasks = append(tasks, t)
		}
	}
	return tasks
}

func (s State) referralTasks() []Task {
	var tasks []Task
	for i, r := range s.Referrals {
		switch {
		case r.Status == Pending:
			tasks = append(tasks, between(TaskAnswer, r.ID, r.To, r.From, r.Answer))
		case r.Status == Accepted && !r.HandOver: // what was handed over is the receiver's own now
			tasks = append(tasks, between(TaskComplete, r.ID, r.To, r.From, Deadline{Since: r.AnsweredAt}))
		case r.Status == Declined && !s.referredAnew(i):
			tasks = append(tasks, between(TaskReferAnew, r.ID, r.From, r.To, Deadline{Since: r.AnsweredAt}))
		}
	}
	for _, q := range s.Requests {
		if q.Status == Pending {
			t := s.own(TaskHandOver, q.ID, q.Answer)
			t.Other = q.By
			tasks = append(tasks, t)
		}
	}
	return tasks
}

// referredAnew reports whether the sender of a declined referral has tried another agency since, or has no longer the case to refer.
func (s State) referredAnew(i int) bool {
	from := s.Referrals[i].From
	later := s.Referrals[i+1:]
	return s.Standing.Agency != from || slices.ContainsFunc(later, func(r Referral) bool { return r.From == from })
}

func between(kind TaskKind, ref, agency, other string, d Deadline) Task {
	return Task{
		ID: taskID(kind, ref), Kind: kind, Agency: agency, Other: other, Ref: ref, Since: d.Since, DueAt: d.DueAt, Source: d.Source,
	}
}

func (s State) withdrawalTasks() []Task {
	var tasks []Task
	for _, w := range s.Withdrawn {
		for _, agency := range w.Waiting {
			t := between(TaskAcknowledge, w.ID+"/"+agency, agency, w.By, w.AnswerOf(agency))
			t.Ref = w.ID
			tasks = append(tasks, t)
		}
	}
	return tasks
}

func (s State) periodTasks() []Task {
	var tasks []Task
	for _, name := range PeriodNames() {
		p := s.Periods[name]
		switch {
		case !p.Running():
		case p.Paused():
			tasks = append(tasks, s.own(TaskPeriodPaused, string(name), Deadline{Since: p.PausedAt}))
		default:
			tasks = append(tasks, s.own(TaskPeriodEnds, string(name), Deadline{p.StartedAt, p.EndsAt, p.Source}))
		}
	}
	return tasks
}

func (s State) protectionTasks() []Task {
	var tasks []Task
	for _, v := range s.Services {
		switch v.Status {
		case ServicePending:
			tasks = append(tasks, between(TaskService, v.ID, v.Provider, v.By, v.Answer))
		case ServiceTaken:
			tasks = append(tasks, between(TaskDeliver, v.ID, v.Provider, v.By, Deadline{Since: v.AnsweredAt}))
		case ServiceUnavailable:
			tasks = append(tasks, s.own(TaskServiceAnew, v.ID, Deadline{Since: v.AnsweredAt}))
		}
	}
	for _, c := range s.Claims {
		if !c.Step.last() {
			tasks = append(tasks, s.own(TaskClaim, c.ID, Deadline{Since: c.Since}))
		}
	}
	tasks = append(tasks, s.review(TaskReview, s.Plan)...)
	tasks = append(tasks, s.review(TaskRisk, s.Risk)...)
	tasks = append(tasks, s.review(TaskFollowUp, s.FollowUp)...)
	if s.Return == ReturnAgreed {
		tasks = append(tasks, s.own(TaskReturn, "", Deadline{Since: s.Standing.Since}))
	}
	return tasks
}

// review is the task to look again, where a date was set for it.
func (s State) review(kind TaskKind, r *Review) []Task {
	if r == nil || r.Next.DueAt == nil {
		return nil
	}
	return []Task{s.own(kind, r.ID, r.Next)}
}

func (s State) disputeTasks() []Task {
	var tasks []Task
	if s.Standing.Status == ConsentDenied {
		return nil
	}
	for _, d := range s.Disputes {
		if !d.Settled {
			tasks = append(tasks, s.own(TaskDisagreement, d.ID, Deadline{Since: d.Since}))
		}
	}
	return tasks
}

// approvalTasks are what waits for a second person's word.
func (s State) approvalTasks() []Task {
	var tasks []Task
	if s.Erasure != nil {
		tasks = append(tasks, s.own(TaskErasure, s.Erasure.ID, Deadline{Since: s.Erasure.Since}))
	}
	for _, x := range s.Exclusions {
		if x.Lift != nil {
			tasks = append(tasks, s.own(TaskLiftApproval, x.ID, Deadline{Since: x.Lift.Since}))
		}
	}
	for i := range tasks {
		tasks[i].Assignee = "" // whoever has the case may be the one who asked
	}
	return tasks
}

// withoutAccused leaves out what whom the case accuses would have to do.
func (s State) withoutAccused(tasks []Task) []Task {
	tasks = slices.DeleteFunc(tasks, func(t Task) bool { return s.ExcludesAgency(t.Agency) })
	for i := range tasks {
		if s.excludesAccount(tasks[i].Assignee) {
			tasks[i].Assignee = ""
		}
	}
	return tasks
}

// TaskKinds lists the kinds of task.
func TaskKinds() []TaskKind {
	return []TaskKind{
		TaskScreen, TaskConclude, TaskDecide, TaskAnswer, TaskComplete, TaskReferAnew, TaskHandOver, TaskAcknowledge, TaskService,
		TaskDeliver, TaskServiceAnew, TaskFinding, TaskPeriodEnds, TaskPeriodPaused, TaskPlan, TaskReview, TaskRisk, TaskFollowUp,
		TaskReturn, TaskClaim, TaskDisagreement, TaskGlassNotice, TaskGlassReview, TaskErasure, TaskLiftApproval,
	}
}
