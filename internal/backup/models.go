package backup

import (
	"context"
	"errors"
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

// projected reads each read model in a transaction of its own: each has its position, and one that is to be built anew has to wait no longer than
// until its own rows are added up.
func projected(ctx context.Context, projector *pgxpool.Pool, takes cores, wanted func(string) bool) ([]Model, error) {
	names, err := projectedNames(ctx, projector)
	if err != nil {
		return nil, fmt.Errorf("couldn't find the read models: %w", err)
	}
	var models []Model
	for _, name := range names {
		if !wanted(name) {
			continue
		}
		m, err := projectedModel(ctx, projector, takes, name)
		if err != nil {
			return nil, fmt.Errorf("couldn't compute the digest of the read model %s: %w", name, err)
		}
		models = append(models, m)
	}
	return models, nil
}

func projectedNames(ctx context.Context, projector *pgxpool.Pool) ([]string, error) {
	var begun bool
	if err := projector.QueryRow(ctx, "select to_regclass('projections.positions') is not null").Scan(&begun); err != nil || !begun {
		return nil, err // no read model has been made yet
	}
	return collected(ctx, projector, "select name from projections.positions order by name")
}

// projectedModel holds the tables before it looks at anything: it sees the database as it was at its first look, where the rows of tables that took
// their place afterwards are not yet there.
func projectedModel(ctx context.Context, projector *pgxpool.Pool, takes cores, name string) (Model, error) {
	m := Model{Name: name}
	held, err := schemaTables(ctx, projector, name)
	if err != nil {
		return m, fmt.Errorf("couldn't find the tables: %w", err)
	}
	err = frozen(ctx, projector, takes, func(tx pgx.Tx) error {
		if err := holdTables(ctx, tx, name, held); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "select version, position from projections.positions where name = $1", name).Scan(&m.Version, &m.Position); err != nil {
			return fmt.Errorf("couldn't read the position: %w", err)
		}
		found, err := schemaTables(ctx, tx, name)
		if err != nil {
			return fmt.Errorf("couldn't find the tables: %w", err)
		}
		if !slices.Equal(found, held) {
			return errOtherTables
		}
		for _, table := range found {
			t, err := digestOf(ctx, tx, table, "select t::text as line from "+pgx.Identifier{name, table}.Sanitize()+" t")
			if err != nil {
				return fmt.Errorf("couldn't add up the table %s: %w", table, err)
			}
			m.Tables = append(m.Tables, t)
		}
		return nil
	})
	return m, err
}

func holdTables(ctx context.Context, tx pgx.Tx, schema string, tables []string) error {
	for _, table := range tables {
		if _, err := tx.Exec(ctx, "lock table "+pgx.Identifier{schema, table}.Sanitize()+" in access share mode"); err != nil {
			return fmt.Errorf("couldn't hold the table %s: %w", table, err)
		}
	}
	return nil
}

// errOtherTables says that a new version of a read model came while it was being read.
var errOtherTables = errors.New("it has got other tables meanwhile")

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func schemaTables(ctx context.Context, db querier, schema string) ([]string, error) {
	return collected(ctx, db, `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = $1 and c.relkind in ('r', 'p') order by 1`, schema)
}

func collected(ctx context.Context, db querier, sql string, args ...any) ([]string, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
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
