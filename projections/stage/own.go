package stage

import (
	"slices"
	"time"

	"songtor/domain"
	"songtor/projections"
)

// Tasks is a column that counts the tasks of some kinds.
func Tasks(name string, kinds ...domain.TaskKind) Own {
	return Own{Name: name, Type: projections.Integer, Of: func(s *domain.Standing) any {
		n := 0
		for _, t := range s.Tasks {
			if slices.Contains(kinds, t.Kind) {
				n++
			}
		}
		return n
	}}
}

// HasTask is a column that tells whether there is a task of some kinds.
func HasTask(name string, kinds ...domain.TaskKind) Own {
	return Own{Name: name, Type: projections.Flag, Of: func(s *domain.Standing) any {
		return slices.ContainsFunc(s.Tasks, func(t domain.Task) bool { return slices.Contains(kinds, t.Kind) })
	}}
}

// FirstDue is a column with the first date of the tasks of some kinds, null where none has one.
func FirstDue(name string, kinds ...domain.TaskKind) Own {
	return Own{Name: name, Type: projections.Time, Of: func(s *domain.Standing) any {
		var first *time.Time
		for _, t := range s.Tasks {
			if slices.Contains(kinds, t.Kind) && t.DueAt != nil && (first == nil || t.DueAt.Before(*first)) {
				first = t.DueAt
			}
		}
		return first
	}}
}
