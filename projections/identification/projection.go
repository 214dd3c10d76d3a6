// Package identification is the view of the presumed victims on whom a multidisciplinary team has to decide.
//
// Order of the queue: by the date on which the decision is due; cases for which no limit is set come last, the longest waiting first.
package identification

import (
	_ "embed"

	"songtor/domain"
	"songtor/projections/stage"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what the view does with commits.
const version = 1

// New makes the view.
func New() *stage.View {
	return stage.New(domain.Identification, version, schema, stage.Order{ByDue: true})
}
