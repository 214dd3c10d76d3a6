package stage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"songtor/domain"
	"songtor/projections"
)

// Apply implements projections.Projection: a case has a row where it stands and nowhere else, and what its row was goes to the past.
func (v *View) Apply(ctx context.Context, b *projections.Batch, commits []domain.Commit) error {
	cases, err := v.recall(ctx, b, commits)
	if err != nil {
		return err
	}
	for i := range commits {
		c := &commits[i]
		cases[c.CaseID] = v.commit(b, c, cases[c.CaseID])
	}
	return nil
}

// commit applies one commit to its case, whose row was was, nil for none here, and returns what the row is now.
func (v *View) commit(b *projections.Batch, c *domain.Commit, was *record) *record {
	at := micro(c.Standing.KnownAt(c.AcceptedAt))
	var is *record
	if c.Standing.Stage == v.stage {
		is = v.record(c, at)
	}
	if same(was, is) {
		return was
	}
	if was != nil {
		v.end(b, c.CaseID, was, at)
	}
	if is != nil {
		b.Put(v.cases, is.values(c.CaseID)...)
		v.count(b, is, 1)
	} else {
		b.Delete(v.cases, c.CaseID)
	}
	return is
}

// end puts a row into the past. What was known for no time at all was never known.
func (v *View) end(b *projections.Batch, caseID string, r *record, until time.Time) {
	v.count(b, r, -1)
	if until.After(r.from) {
		b.Put(v.past, append(r.values(caseID), until, node(r.from, until))...)
	}
}

// count changes the numbers that are kept. They leave out the cases that name somebody, which Counts counts one by one.
func (v *View) count(b *projections.Batch, r *record, by int) {
	if r.excludes {
		return
	}
	unassigned, urgent := 0, 0
	if r.unassigned {
		unassigned = by
	}
	if r.urgent {
		urgent = by
	}
	b.Put(v.counts, r.status, r.agency, r.province, by, unassigned, urgent)
}

// recall reads the rows of the cases of a batch. A case whose first commit is in the batch has none.
func (v *View) recall(ctx context.Context, b *projections.Batch, commits []domain.Commit) (map[string]*record, error) {
	cases := make(map[string]*record, len(commits))
	ids, err := older(commits)
	if err != nil || len(ids) == 0 {
		return cases, err
	}
	// One look-up after the other: with "limit" the database does not weigh reading the table whole, as it would while it has no idea
	// yet how large it is.
	rows, err := b.Query(ctx, fmt.Sprintf(`select c.case_id, %s from unnest($1::uuid[]) as asked (id)
		cross join lateral (select * from %s where case_id = asked.id limit 1) c`, v.list("c.", 1), b.Table(v.cases)), ids)
	if err == nil {
		err = gather(rows, cases)
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't read the rows of cases: %w", err)
	}
	return cases, nil
}

// older are the cases of which there were commits before these, each once.
func older(commits []domain.Commit) ([]pgtype.UUID, error) {
	var ids []pgtype.UUID
	seen := make(map[string]bool, len(commits))
	for i := range commits {
		c := &commits[i]
		if seen[c.CaseID] {
			continue
		}
		seen[c.CaseID] = true
		var id pgtype.UUID
		if id.Scan(c.CaseID) != nil {
			return nil, errors.New("a case id is no UUID")
		}
		if c.Number > 1 {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func gather(rows pgx.Rows, into map[string]*record) error {
	defer rows.Close()
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return err
		}
		id, _ := values[0].([16]byte)
		into[pgtype.UUID{Bytes: id, Valid: true}.String()] = recorded(values[1:])
	}
	return rows.Err()
}

// list is the columns of cases from one on, each with a prefix.
func (v *View) list(prefix string, from int) string {
	names := make([]string, 0, len(v.cases.Columns))
	for _, c := range v.cases.Columns[from:] {
		names = append(names, prefix+pgx.Identifier{c.Name}.Sanitize())
	}
	return strings.Join(names, ", ")
}
