// Package screening is the view of the cases whose form has been received and whose screening is not concluded.
//
// Order of the queue: people with urgent needs first, then who has waited longest.
//
// Its own columns: referrals, how many referrals and requests for the case wait for an answer; disagreements, how many answers contradict
// each other and wait for a person to settle them.
package screening

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
	return stage.New(domain.Screening, version, schema, stage.Queue{UrgentFirst: true},
		stage.Tasks("referrals", domain.TaskAnswer, domain.TaskHandOver), stage.Tasks("disagreements", domain.TaskDisagreement))
}
