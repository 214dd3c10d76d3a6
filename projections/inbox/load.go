package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"songtor/domain"
	"songtor/projections"
)

// load makes a file for each case of the commits and fills those that were known before with what the tables hold of them.
func (p *Projection) load(ctx context.Context, b *projections.Batch, commits []domain.Commit) (map[string]*file, error) {
	files := map[string]*file{}
	var older []pgtype.UUID
	for i := range commits {
		c := &commits[i]
		if files[c.CaseID] != nil {
			continue
		}
		var id pgtype.UUID
		if id.Scan(c.CaseID) != nil {
			return nil, errors.New("a case id is no UUID")
		}
		files[c.CaseID] = &file{items: map[itemKey]revision[item]{}, exchanges: map[string]exchange{}, sides: map[sideKey]revision[side]{}}
		if c.Number > 1 {
			older = append(older, id)
		}
	}
	if len(older) == 0 {
		return files, nil
	}
	for t, read := range map[*projections.Table]func(pgx.Rows, map[string]*file) error{
		p.cases: readCases, p.items: readItems, p.referrals: readReferrals,
	} {
		rows, err := b.Query(ctx, fmt.Sprintf("select %s from %s where case_id = any($1)", names(t.Columns), b.Table(t)), older)
		if err == nil {
			err = read(rows, files)
		}
		if err != nil {
			return nil, fmt.Errorf("couldn't read what is known of cases: %w", err)
		}
	}
	return files, nil
}

// names is the list of columns for a select.
func names(columns []projections.Column) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.Name
	}
	return strings.Join(all, ", ")
}

func readCases(rows pgx.Rows, files map[string]*file) error {
	var id string
	var known time.Time
	_, err := pgx.ForEachRow(rows, []any{&id, &known}, func() error {
		files[id].known = moment(known)
		return nil
	})
	return err
}

func readItems(rows pgx.Rows, files map[string]*file) error {
	var id string
	var key itemKey
	var r revision[item]
	var due *time.Time
	i := &r.row
	places := slices.Concat(
		[]any{
			&id, &key.task, &key.agency, &i.kind, &i.responsible, &i.assignee, &i.ref, &i.other, &i.since, &due,
			&i.source, &i.missed, &i.rung, &i.audience, &i.escalated,
		},
		i.about.places(), []any{&r.from, &r.position})
	_, err := pgx.ForEachRow(rows, places, func() error {
		i.since, i.due, r.from = moment(i.since), optional(due), moment(r.from)
		files[id].items[key] = r
		return nil
	})
	return err
}

func readReferrals(rows pgx.Rows, files map[string]*file) error {
	var id string
	var key sideKey
	var r revision[side]
	var answered, done, due *time.Time
	s := &r.row
	x := &s.exchange
	places := slices.Concat(
		[]any{
			&id, &key.referral, &key.side, &x.kind, &s.agency, &s.other, &x.handOver, &x.services, &x.status, &x.reason,
			&x.sent, &answered, &done, &due, &s.state,
		},
		s.about.places(), []any{&r.from, &r.position})
	_, err := pgx.ForEachRow(rows, places, func() error {
		x.sent, x.answered, x.done, x.due, r.from = moment(x.sent), optional(answered), optional(done), optional(due), moment(r.from)
		x.from, x.to = s.agency, s.other
		if key.side == sideTo {
			x.from, x.to = s.other, s.agency
		}
		files[id].sides[key], files[id].exchanges[key.referral] = r, *x
		return nil
	})
	return err
}
