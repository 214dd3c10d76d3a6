// Package matching proposes cases that are likely to be of one person, and knows which language a case needs, without keeping a name
// or a language in clear.
//
// It opens what screenings say of a person by a function that the caller passes in, takes the features of songtor/internal/matching
// from it and keeps each as a blind index: a digest under a key that does not lie in this database. Equal features have equal
// digests, which is all that comparing needs.
//
// What is proposed is a function of the cases as they are now, and not of the way to get there: two cases are proposed while they
// share a feature that is not too common, and score enough. So the rows are the same however the log was cut into batches, and the
// same after a rebuild. The rows of a case go when its keys are destroyed, and with them every proposal that named it.
package matching

import (
	"context"
	_ "embed"
	"fmt"

	"songtor/domain"
	"songtor/projections"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what the projection does with commits, changes to songtor/internal/matching
// among them.
const version = 4

// Name is the name of the projection and of its schema.
const Name = "matching"

// Opener opens what is sealed under ScopeIdentity and ScopeSensitive in the commits, in place. It leaves closed what belongs to a
// case whose keys were destroyed, and fails only where trying again may help. It gets only commits with screenings.
type Opener func(ctx context.Context, commits []domain.Commit) error

// Term is a value of a kind of which a blind index is made.
type Term struct{ Kind, Value string }

// Blind makes the keyed digest of each term, in order. Of a digest the first 16 bytes count. It fails only where trying again may help.
type Blind func(ctx context.Context, terms []Term) ([][]byte, error)

// Projection keeps the rows.
type Projection struct {
	open                                                     Opener
	blind                                                    Blind
	persons, tokens, languages, proposals, settled, agencies *projections.Table
}

// New makes the projection. It should be in a group of its own, Silent: it waits for keys, and nobody waits for it.
func New(open Opener, blind Blind) *Projection {
	return &Projection{
		open: open, blind: blind,
		persons:   table("persons", 2, uuid("case_id"), text("screening"), bytea("features"), bytea("language"), integer("position")),
		tokens:    table("tokens", 2, bytea("token"), uuid("case_id"), text("kind")),
		languages: table("languages", 1, uuid("case_id"), bytea("token")),
		proposals: table("proposals", 2, uuid("case_a"), uuid("case_b"), integer("score"),
			projections.Column{Name: "evidence", Type: projections.JSON}, integer("position")),
		settled:  table("settled", 2, uuid("case_id"), uuid("other"), text("state"), text("link"), text("who"), integer("position")),
		agencies: table("agencies", 1, uuid("case_id"), text("agency"), text("excluded")),
	}
}

func table(name string, key int, columns ...projections.Column) *projections.Table {
	return &projections.Table{Name: name, Key: key, Columns: columns}
}

func uuid(name string) projections.Column {
	return projections.Column{Name: name, Type: projections.UUID}
}

func text(name string) projections.Column {
	return projections.Column{Name: name, Type: projections.Text}
}

func bytea(name string) projections.Column {
	return projections.Column{Name: name, Type: projections.Bytes}
}

func integer(name string) projections.Column {
	return projections.Column{Name: name, Type: projections.Integer}
}

// Name implements projections.Projection.
func (p *Projection) Name() string { return Name }

// Version implements projections.Projection.
func (p *Projection) Version() int { return version }

// Schema implements projections.Projection.
func (p *Projection) Schema() string { return schema }

// Apply implements projections.Projection.
func (p *Projection) Apply(ctx context.Context, b *projections.Batch, commits []domain.Commit) error {
	told := screenings(commits)
	if len(told) > 0 {
		if err := p.open(ctx, told); err != nil {
			return fmt.Errorf("couldn't open screenings: %w: %w", projections.ErrRetry, err)
		}
	}
	forms, err := p.forms(ctx, told)
	if err != nil {
		return err
	}
	w := newWork(p, b, forms)
	if err := w.load(ctx, commits); err != nil {
		return err
	}
	for i := range commits {
		w.fold(&commits[i])
	}
	w.writeSettled()
	w.writePeople()
	return w.propose(ctx)
}

// screenings are the commits that tell something of a person. Their events are those of the commits given, so that opening one opens
// the other.
func screenings(commits []domain.Commit) []domain.Commit {
	var told []domain.Commit
	for i := range commits {
		for _, f := range commits[i].Facts {
			if tells(f.Event) {
				told = append(told, commits[i])
				break
			}
		}
	}
	return told
}

func tells(e domain.Event) bool {
	switch e.(type) {
	case *domain.ScreeningRecorded, *domain.ScreeningCorrected:
		return true
	}
	return false
}
