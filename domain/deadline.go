package domain

import (
	"slices"
	"time"
)

// DeadlineMissed says that a task was not done in time, and who learns of it now: once when it is due, and again at every further
// step of the ladder.
type DeadlineMissed struct {
	open
	Task   string    `json:"task"`
	Kind   TaskKind  `json:"kind"`
	Agency string    `json:"agency"` // that should have done it
	DueAt  time.Time `json:"due_at"`
	Level  int       `json:"level"` // step of the ladder, from 1
	Rung   Rung      `json:"rung"`
}

// EventType implements Event.
func (*DeadlineMissed) EventType() string { return "case.deadline_missed" }

// MissDeadline records that a task was not done in time. The keeper of deadlines gives it, for what the case waits for now.
type MissDeadline struct {
	Task  string
	DueAt time.Time
}

func (c MissDeadline) decide(s State, r Request) ([]Event, error) {
	if !s.Exists {
		return nil, missing("case.unknown")
	}
	tasks := s.tasks()
	i := slices.IndexFunc(tasks, func(t Task) bool { return t.ID == c.Task && t.DueAt != nil && t.DueAt.Equal(c.DueAt) })
	if i < 0 {
		return nil, refused(s, "deadline.not_waited_for")
	}
	level, rung := r.Limits.rung(c.DueAt, r.HappenedAt)
	switch {
	case level == 0:
		return nil, refused(s, "deadline.not_due")
	case level <= tasks[i].Missed:
		return nil, refused(s, "deadline.recorded_already")
	}
	return []Event{&DeadlineMissed{
		Task: c.Task, Kind: tasks[i].Kind, Agency: tasks[i].Agency, DueAt: c.DueAt, Level: level, Rung: rung,
	}}, nil
}
