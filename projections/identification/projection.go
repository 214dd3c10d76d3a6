// Package identification is the view of the presumed victims on whom a multidisciplinary team has to decide.
//
// Order of the queue: by the date on which the first of the case's tasks is due; cases without a date come last, the longest in the stage first.
//
// Its own columns: period_ends_at, when the first of the running periods (s.29, reflection) ends; period_paused, whether one is paused;
// findings_due, how many members of the team have yet to give theirs; reassessing, whether a decision is being made anew.
package identification

import (
	_ "embed"

	"songtor/domain"
	"songtor/projections"
	"songtor/projections/stage"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what this room does with commits.
const version = 1

// New makes the view.
func New() *stage.View {
	return stage.New(domain.Identification, version, schema, stage.Queue{ByDue: true},
		stage.FirstDue("period_ends_at", domain.TaskPeriodEnds), stage.HasTask("period_paused", domain.TaskPeriodPaused),
		stage.Tasks("findings_due", domain.TaskFinding), stage.Own{Name: "reassessing", Type: projections.Flag, Of: reassessing})
}

func reassessing(s *domain.Standing) any { return s.Status == domain.Reassessing }
