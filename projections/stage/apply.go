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

// memory is what is known of a case before a commit.
type memory struct {
	at    time.Time // when its latest commit became known
	entry int64
	row   *record // nil while it stands in another stage
}

// Apply implements projections.Projection: a case has a row where it stands and nowhere else, and what its row was goes to the past.
func (v *View) Apply(ctx context.Context, b *projections.Batch, commits []domain.Commit) error {
	cases, err := v.recall(ctx, b, commits)
	if err != nil {
		return err
	}
	for i := range commits {
		c := &commits[i]
		m := cases[c.CaseID]
		if m == nil {
			m = &memory{}
			cases[c.CaseID] = m
		}
		v.commit(b, c, m)
	}
	return nil
}

// commit applies one commit to its case.
func (v *View) commit(b *projections.Batch, c *domain.Commit, m *memory) {
	m.learn(c)
	b.Put(v.known, c.CaseID, m.at, m.entry)
	var row *record
	if c.Standing.Stage == v.stage {
		row = v.record(c, m)
	}
	if same(m.row, row) {
		return
	}
	if m.row != nil {
		v.end(b, c.CaseID, m.row, m.at)
	}
	if row != nil {
		b.Put(v.cases, row.values(c.CaseID)...)
		v.count(b, row, 1)
	} else {
		b.Delete(v.cases, c.CaseID)
	}
	m.row = row
}

// learn takes over what a commit says of its case wherever that stands.
func (m *memory) learn(c *domain.Commit) {
	if at := micro(c.AcceptedAt); at.After(m.at) {
		m.at = at
	}
	for _, f := range c.Facts {
		if e, ok := f.Event.(*domain.CaseOpened); ok {
			m.entry = int64(e.Entry)
		}
	}
}

// end puts a row into the past. What was known for no time at all was never known.
func (v *View) end(b *projections.Batch, caseID string, r *record, until time.Time) {
	v.count(b, r, -1)
	if until.After(r.from) {
		b.Put(v.past, append(r.values(caseID), until, node(r.from, until))...)
	}
}

func (v *View) count(b *projections.Batch, r *record, by int) {
	unassigned, urgent := 0, 0
	if r.unassigned {
		unassigned = by
	}
	if r.urgent {
		urgent = by
	}
	b.Put(v.counts, r.status, r.agency, r.province, by, unassigned, urgent)
}

// recall reads what is known of the cases of a batch. A case whose first commit is in the batch has nothing to recall.
func (v *View) recall(ctx context.Context, b *projections.Batch, commits []domain.Commit) (map[string]*memory, error) {
	cases := make(map[string]*memory, len(commits))
	var ids []pgtype.UUID
	for i := range commits {
		c := &commits[i]
		if _, seen := cases[c.CaseID]; seen {
			continue
		}
		var id pgtype.UUID
		if id.Scan(c.CaseID) != nil {
			return nil, errors.New("a case id is no UUID")
		}
		cases[c.CaseID] = nil
		if c.Number > 1 {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return cases, nil
	}
	// One look-up after the other: with "limit" the database does not weigh reading the tables whole, as it would while it has no idea
	// yet how large they are.
	rows, err := b.Query(ctx, fmt.Sprintf(`select k.case_id, k.known_at, k.entry, c.case_id, %s from unnest($1::uuid[]) as asked (id)
		cross join lateral (select * from %s where case_id = asked.id limit 1) k
		left join lateral (select * from %s where case_id = asked.id limit 1) c on true`,
		v.list("c.", 1), b.Table(v.known), b.Table(v.cases)), ids)
	if err != nil {
		return nil, fmt.Errorf("couldn't read what is known: %w", err)
	}
	if err := gather(rows, cases); err != nil {
		return nil, fmt.Errorf("couldn't read what is known: %w", err)
	}
	return cases, nil
}

func gather(rows pgx.Rows, into map[string]*memory) error {
	defer rows.Close()
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return err
		}
		id, _ := values[0].([16]byte)
		at, _ := values[1].(time.Time)
		entry, _ := values[2].(int64)
		m := &memory{at: at.UTC(), entry: entry}
		if values[3] != nil {
			m.row = recorded(values[4:])
		}
		into[pgtype.UUID{Bytes: id, Valid: true}.String()] = m
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
