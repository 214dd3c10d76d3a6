// Package frontline is the view of the cases that have been met and not yet screened.
//
// Order of the queue: people with urgent needs first, then who has waited longest.
//
// Its own column: referrals, how many referrals and requests for the case wait for an answer.
package frontline

import (
	_ "embed"

	"songtor/domain"
	"songtor/projections/stage"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what this room does with commits.
const version = 1

// New makes the view.
func New() *stage.View {
	return stage.New(domain.Frontline, version, schema, stage.Queue{UrgentFirst: true},
		stage.Tasks("referrals", domain.TaskAnswer, domain.TaskHandOver))
}
