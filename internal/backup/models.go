package backup

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// AccessModel is the name of the access record's index among the read models. It follows the trail; the others follow the log.
const AccessModel = "access"

// Models computes the digests of the read models named, or of all: of every row of every table, together with the positions at which
// they stood. projector and audit are the roles that read all of them. It takes every core that the database gives.
func Models(ctx context.Context, projector, audit *pgxpool.Pool, names ...string) ([]Model, error) {
	return modelsOf(ctx, projector, audit, allCores, names...)
}

func modelsOf(ctx context.Context, projector, audit *pgxpool.Pool, takes cores, names ...string) ([]Model, error) {
	wanted := func(name string) bool { return len(names) == 0 || slices.Contains(names, name) }
	found, err := projected(ctx, projector, takes, wanted)
	if err != nil || !wanted(AccessModel) {
		return found, err
	}
	record, err := accessModel(ctx, audit, takes)
	return append(found, record), err
}

// cores is the statement by which a reading takes as many cores as it may.
type cores string

const (
	oneCore  cores = "set local max_parallel_workers_per_gather = 0" // people are at work meanwhile
	allCores cores = ""                                              // nobody is waiting for anything else
)

// frozen runs fn on one state of the database, for as long as it takes.
func frozen(ctx context.Context, pool *pgxpool.Pool, takes cores, fn func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; set local timezone = 'UTC';"+string(takes))
		if err != nil {
			return fmt.Errorf("couldn't prepare the reading: %w", err)
		}
		return fn(tx)
	})
}

func projected(ctx context.Context, projector *pgxpool.Pool, takes cores, wanted func(string) bool) ([]Model, error) {
	var models []Model
	err := frozen(ctx, projector, takes, func(tx pgx.Tx) error {
		var begun bool
		if err := tx.QueryRow(ctx, "select to_regclass('projections.positions') is not null").Scan(&begun); err != nil || !begun {
			return err // no read model has been made yet
		}
		rows, err := tx.Query(ctx, "select name, version, position from projections.positions order by name")
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (m Model, err error) {
			return m, r.Scan(&m.Name, &m.Version, &m.Position)
		})
		if err != nil {
			return err
		}
		for _, m := range all {
			if !wanted(m.Name) {
				continue
			}
			if m.Tables, err = schemaTables(ctx, tx, m.Name); err != nil {
				return err
			}
			models = append(models, m)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("couldn't compute the digests of the read models: %w", err)
	}
	return models, nil
}

func schemaTables(ctx context.Context, tx pgx.Tx, schema string) ([]ModelTable, error) {
	rows, err := tx.Query(ctx, `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = $1 and c.relkind in ('r', 'p') order by 1`, schema)
	if err != nil {
		return nil, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	var tables []ModelTable
	for _, name := range names {
		t, err := digestOf(ctx, tx, name, "select t::text as line from "+pgx.Identifier{schema, name}.Sanitize()+" t")
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// digestOf adds up a digest of every row: equal rows in any order give the same sum.
func digestOf(ctx context.Context, tx pgx.Tx, name, lines string) (ModelTable, error) {
	t := ModelTable{Name: name}
	err := tx.QueryRow(ctx, `select count(*), 'sha256-sum-' || coalesce(sum(('x' || substr(h, 1, 15))::bit(60)::bigint), 0)
			|| '-' || coalesce(sum(('x' || substr(h, 16, 15))::bit(60)::bigint), 0)
		from (select encode(sha256(convert_to(line, 'UTF8')), 'hex') as h from (`+lines+`) as l) as d`).Scan(&t.Rows, &t.Digest)
	return t, err
}

// accessTables are the rows of the index of the access record. Readers have numbers there that depend on the order in which they came.
var accessTables = []struct{ name, lines string }{
	{"entries", `select (e.id, e.at, r.account, r.agency, r.role, r.session, r.device, r.assurance, r.purpose, r.policy, e.case_id, e.count,
		e.action, e.outcome, e.classes, e.filters, e.object, e.agency, e.province, e.request)::text as line
		from access.entries e left join access.readers r on r.id = e.reader`},
	{"alerts", "select t::text as line from access.alerts t"},
	{"honey", "select t::text as line from access.honey t"},
	{"grounds", "select t::text as line from access.grounds t"},
}

func accessModel(ctx context.Context, audit *pgxpool.Pool, takes cores) (Model, error) {
	m := Model{Name: AccessModel}
	err := frozen(ctx, audit, takes, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, "select version, position from access.progress").Scan(&m.Version, &m.Position); err != nil {
			return err
		}
		for _, table := range accessTables {
			t, err := digestOf(ctx, tx, table.name, table.lines)
			if err != nil {
				return err
			}
			m.Tables = append(m.Tables, t)
		}
		return nil
	})
	if err != nil {
		return Model{}, fmt.Errorf("couldn't compute the digest of the access record's index: %w", err)
	}
	return m, nil
}
