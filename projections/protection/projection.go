// Package protection is the view of the identified victims in protection.
//
// Order of the queue: who has been in protection longest first.
package protection

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
	return stage.New(domain.Protection, version, schema, stage.Order{})
}
