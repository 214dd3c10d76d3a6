package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/database"
	"songtor/internal/identity"
)

// walled is a real service's stores, with cases of two agencies in them. One of them accuses the other agency.
type walled struct {
	*stores
	t       *testing.T
	app     *app.Service
	accused string // the case that names police, with whom it had to do
	token   string // under which it does
}

// The agencies that have cases. A third one has none.
const (
	police   = "rtp-atpd"
	labour   = "dlpw"
	stranger = "immigration-bureau"
)

func newWalled(t *testing.T) *walled {
	t.Helper()
	stores, o := openService(t)
	w := &walled{stores: stores, t: t, app: o.app}
	running, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var working sync.WaitGroup
	working.Go(func() { _ = o.runner.Run(running) })
	working.Go(func() { o.openings.Run(running) })
	t.Cleanup(func() { stop(); working.Wait() })
	w.fill()
	head, err := w.log.Head(t.Context())
	must(t, err)
	must(t, o.runner.WaitForAll(t.Context(), head))
	return w
}

// openService opens a service's stores and wires its parts. Its read models stand still.
func openService(t *testing.T) (*stores, *operator) {
	t.Helper()
	dir, err := os.MkdirTemp("", "songtor-test-")
	must(t, err)
	must(t, os.Chmod(dir, 0o711)) // the private PostgreSQL may run as another user
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	stores, err := openStores(t.Context(), storeFlags{Data: filepath.Join(dir, "data"), Replicas: 1}, true, slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(stores.Close)
	o, err := newOperator(t.Context(), stores, true, identity.Options{}, slog.New(slog.DiscardHandler))
	must(t, err)
	return stores, o
}

// openCase opens a case at a service whose parts are wired.
func openCase(t *testing.T, o *operator) {
	t.Helper()
	now := time.Now().UTC()
	_, _, err := o.app.OpenCase(t.Context(), worker(domain.Responder, police), uuid.NewString(), app.OpenCase{
		OccurredAt: now, RecordedAt: now, Province: "TH-63",
	}, nil)
	must(t, err)
}

// fill makes cases of the two agencies, all of one incident and all of one person, with what else belongs to cases.
func (w *walled) fill() {
	w.t.Helper()
	incident := uuid.NewString()
	_, form := screeningFor(w.t, 3)
	var cases []string
	for i, agency := range []string{police, labour, police, labour, labour} {
		by, now := worker(domain.Responder, agency), time.Now().UTC()
		opened, _, err := w.app.OpenCase(w.t.Context(), by, uuid.NewString(), app.OpenCase{
			OccurredAt: now, RecordedAt: now, Province: "TH-63", IncidentID: incident, Entry: i + 1,
		}, nil)
		must(w.t, err)
		_, _, err = w.app.Execute(w.t.Context(), by, opened.CaseID, app.Call{
			Action: access.RecordScreening, ID: uuid.NewString(), HappenedAt: now, RecordedAt: now, Body: form,
		})
		must(w.t, err)
		cases = append(cases, opened.CaseID)
	}
	w.accused = cases[1]
	w.token = hex.EncodeToString(w.vault.Exclusion("agency:" + police))
	w.give(w.accused, access.Refer, func(id string) domain.Command {
		return domain.Refer{Referral: id, To: police, Services: []string{"shelter_temp"}}
	})
	w.give(cases[0], access.Link, func(string) domain.Command {
		return domain.LinkCase{Case: cases[0], Other: w.accused, Kind: domain.Family}
	})
	_, _, err := w.app.AttachFile(w.t.Context(), desk(), w.accused, uuid.NewString(), app.File{
		Name: "a.txt", MediaType: "text/plain", Content: []byte("a"),
	})
	must(w.t, err)
	w.give(w.accused, access.Exclude, func(string) domain.Command {
		return domain.Exclude{Accused: domain.Accused{Agency: police}, Token: w.token, Office: "datip", Reason: "r"}
	})
}

func (w *walled) give(caseID string, action access.Action, command func(id string) domain.Command) {
	w.t.Helper()
	id, now := uuid.NewString(), time.Now().UTC()
	_, _, err := w.app.Execute(w.t.Context(), desk(), caseID, app.Call{
		Action: action, ID: id, HappenedAt: now, RecordedAt: now, Command: command(id),
	})
	must(w.t, err)
}

func desk() identity.Principal { return worker(domain.CaseManager, "datip") }

func worker(role domain.Role, agency string) identity.Principal {
	return identity.Principal{
		UserID: "u-" + agency, Role: role, Agency: agency, AuthTime: time.Now(), Assurance: identity.DeviceBound, Demo: true,
	}
}

// as connects to the database of the read models as a role, or as the superuser.
func (w *walled) as(role string) *pgx.Conn {
	w.t.Helper()
	return connectAs(w.t, w.pools.Migrate.Config().ConnConfig.Host, role, mainDatabase)
}

func connectAs(t *testing.T, socket, role, name string) *pgx.Conn {
	t.Helper()
	address := url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + name, RawQuery: url.Values{"host": {socket}, "port": {"5432"}}.Encode()}
	conn, err := pgx.Connect(t.Context(), address.String())
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// admin is the superuser of the private server.
const admin = "songtor"

// apart are the tables without row-level security, each with why it needs none: nothing in them is of a case.
var apart = map[string]string{
	"projections.positions": "how far the log has been applied",
	"projections.faults":    "why it is not applied any more",
	"access.progress":       "how far the trail has been applied",
	"access.readers":        "who reads, without what",
	"access.grounds":        "in which agencies and provinces an account works",
	"preferences.filter":    "what somebody looks for",
	"files.migrations":      "which migrations have run",
	"preferences.migration": "which migrations have run",
	"quarantine.migrations": "which migrations have run",
	"tree.migrations":       "which migrations have run",
	"tree.trees":            "sizes of trees",
	"tree.hashes":           "digests of sealed commits",
	"tree.checkpoints":      "what was signed of these",
}

// accounts is the schema in which nothing is of a case: the people who work here.
const accounts = "identity"

// inside is the condition that a schema is ours.
const inside = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

// wallRules find what is outside the rule: each query gives names of what breaks it.
var wallRules = []struct{ name, query string }{
	{"a table that songtor_owner does not own", `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where ` + inside + ` and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relowner <> 'songtor_owner'::regrole`},
	{"a schema that songtor_owner does not own", `select n.nspname::text from pg_namespace n
		where ` + inside + ` and n.nspname <> 'public' and n.nspowner <> 'songtor_owner'::regrole`},
	{"a function that songtor_owner does not own", `select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
		where ` + inside + ` and p.proowner <> 'songtor_owner'::regrole`},
	{"a table without row-level security, enabled and forced", `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where ` + inside + ` and c.relkind in ('r', 'p') and n.nspname <> '` + accounts + `'
			and not (n.nspname || '.' || c.relname = any ($1)) and not (c.relrowsecurity and c.relforcerowsecurity)`},
	{"a table apart that has to do with a case", `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		join pg_attribute a on a.attrelid = c.oid and a.attname ~ 'case|incident|reference' and a.attnum > 0
		where ` + inside + ` and c.relkind in ('r', 'p') and (n.nspname || '.' || c.relname = any ($1) or n.nspname = '` + accounts + `')`},
	{"a table without a policy", `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where ` + inside + ` and c.relrowsecurity and not exists (select from pg_policy where polrelid = c.oid)`},
	{"a policy for everybody", `select polrelid::regclass || ' ' || polname from pg_policy where 0 = any (polroles)`},
	{"a policy that shows every row to who reads", `select polrelid::regclass || ' ' || polname from pg_policy
		where 'songtor_query'::regrole = any (polroles) and (pg_get_expr(polqual, polrelid) is null or pg_get_expr(polqual, polrelid) = 'true')`},
	{"a view that does not ask as its reader", `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where ` + inside + ` and (c.relkind in ('m', 'f')
			or c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions) or 'security_invoker=on' = any (c.reloptions), false))`},
	{"a function that works as its owner on whatever path its caller sets", `select p.oid::regprocedure::text from pg_proc p
		join pg_namespace n on n.oid = p.pronamespace
		where ` + inside + ` and p.prosecdef and not exists (select from unnest(p.proconfig) as s where s ~ '^search_path=')`},
	{"a right that everybody has", `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) as r
			where ` + inside + ` and r.grantee = 0
		union select c.oid::regclass || '.' || a.attname from pg_class c join pg_namespace n on n.oid = c.relnamespace
			join pg_attribute a on a.attrelid = c.oid, aclexplode(a.attacl) as r where ` + inside + ` and r.grantee = 0
		union select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
			aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as r where ` + inside + ` and r.grantee = 0
		union select 'schema ' || n.nspname from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) as r
			where ` + inside + ` and r.grantee = 0
		union select 'database ' || d.datname from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as r
			where d.datname = current_database() and r.grantee = 0`},
	{"a role that steps over the wall", `select rolname::text from pg_roles
		where rolname ~ '^songtor_' and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)`},
	{"a login as the owner", `select rolname::text from pg_roles where rolname = 'songtor_owner' and rolcanlogin`},
	{"a role in another", `select roleid::regrole || ' to ' || member::regrole from pg_auth_members
		where (roleid::regrole::text ~ '^songtor_' or member::regrole::text ~ '^songtor_')
			and not (roleid = 'songtor_owner'::regrole and member = 'songtor_migrate'::regrole)`},
	{"a table that who reads may change", `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace,
			unnest(array['insert', 'update', 'delete', 'truncate']) as p
		where ` + inside + ` and c.relkind in ('r', 'p', 'v') and has_table_privilege('songtor_query', c.oid, p)`},
	{"a schema in which somebody beside the owner may make something", `select n.nspname || ' ' || r.rolname from pg_namespace n, pg_roles r
		where ` + inside + ` and r.rolname ~ '^songtor_' and r.rolname not in ('songtor_owner', 'songtor_migrate') and has_schema_privilege(r.oid, n.oid, 'create')`},
	{"people counted in the statistics, readable by another than who counts and who publishes", `select r.rolname::text from pg_roles r
		where r.rolname ~ '^songtor_' and r.rolname not in ('songtor_owner', 'songtor_migrate', 'songtor_projector', 'songtor_statistics')
			and has_table_privilege(r.oid, 'statistics.persons', 'select')`},
	{"a login without limits of time", `select r.rolname::text from pg_roles r where r.rolname in ('songtor_query', 'songtor_audit', 'songtor_identity',
			'songtor_store', 'songtor_projector', 'songtor_statistics', 'songtor_archive') and (select count(*) from pg_db_role_setting s, unnest(setconfig) as c
			where s.setrole = r.oid and c ~ '^(statement|idle_in_transaction_session|lock)_timeout=[1-9]') < 3`},
}

// faults looks for everything outside the rule.
func faults(t *testing.T, db interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
},
) []string {
	t.Helper()
	var names, found []string
	for name := range apart {
		names = append(names, name)
	}
	for _, rule := range wallRules {
		var args []any
		if strings.Contains(rule.query, "$1") {
			args = append(args, names)
		}
		rows, err := db.Query(t.Context(), rule.query, args...)
		must(t, err)
		broken, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%s: %v", rule.name, err)
		}
		for _, what := range broken {
			found = append(found, rule.name+": "+what)
		}
	}
	return found
}

// Every table, view, function and role of a database that the real service made is within the rule, and whatever is put outside it is
// found.
func TestEveryTableWithACaseStandsBehindTheWall(t *testing.T) {
	t.Parallel()
	w := newWalled(t)
	conn := w.as(admin)
	for _, fault := range faults(t, conn) {
		t.Errorf("outside the rule: %s", fault)
	}
	var tables int
	must(t, conn.QueryRow(t.Context(), "select count(*) from pg_policy").Scan(&tables))
	if tables < 40 {
		t.Errorf("only %d policies: not every room is there", tables)
	}
	for name, fault := range map[string]struct{ make, found string }{
		"a table without policy": {
			`create table screening.more (case_id uuid); alter table screening.more owner to songtor_owner;
				alter table screening.more enable row level security, force row level security`, "without a policy: screening.more",
		},
		"a table without row-level security": {
			`create table screening.more (case_id uuid); alter table screening.more owner to songtor_owner`, "enabled and forced: screening.more",
		},
		"force that is off": {`alter table screening.cases no force row level security`, "enabled and forced: screening.cases"},
		"a plain view": {
			`create view screening.shown as select * from screening.cases; alter view screening.shown owner to songtor_owner`,
			"ask as its reader: screening.shown",
		},
		"a copied view":                {`create materialized view screening.copy as select * from screening.cases`, "ask as its reader: screening.copy"},
		"a grant to everybody":         {`grant select on timeline.entries to public`, "everybody has: timeline.entries"},
		"a grant on a column":          {`grant select (case_id) on timeline.entries to public`, "everybody has: timeline.entries.case_id"},
		"a policy for everybody":       {`create policy more on timeline.entries using (true)`, "for everybody: timeline.entries more"},
		"a policy that shows all":      {`alter policy shown on timeline.entries using (true)`, "every row to who reads: timeline.entries shown"},
		"an owner of its own":          {`alter table links.links owner to songtor_projector`, "does not own: links.links"},
		"a function for everybody":     {`create function wall.more() returns int language sql as 'select 1'`, "everybody has: wall.more()"},
		"a function on an open path":   {`alter function wall.hides(uuid) reset search_path`, "caller sets: wall.hides(uuid)"},
		"a role that steps over":       {`alter role songtor_query bypassrls`, "over the wall: songtor_query"},
		"the owner for who reads":      {`grant songtor_owner to songtor_query`, "in another: songtor_owner to songtor_query"},
		"writing for who reads":        {`grant insert on links.links to songtor_query`, "may change: links.links"},
		"room for everybody":           {`grant create on schema public to public`, "everybody has: schema public"},
		"people for who reads":         {`grant select on statistics.persons to songtor_query`, "who publishes: songtor_query"},
		"time without end":             {`alter role songtor_query reset statement_timeout`, "limits of time: songtor_query"},
		"a case among what is apart":   {`alter table access.readers add column case_id uuid`, "to do with a case: access.readers"},
		"a door that everybody enters": {`do $$ begin execute format('grant connect on database %I to public', current_database()); end $$`, "database songtor"},
	} {
		tx, err := conn.Begin(t.Context())
		must(t, err)
		_, err = tx.Exec(t.Context(), fault.make)
		must(t, err)
		if found := faults(t, tx); !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, fault.found) }) {
			t.Errorf("%s is not found, only %q", name, found)
		}
		must(t, tx.Rollback(t.Context()))
	}
}

// The keys lie in a database that only their own role enters, and everything in it is theirs.
func TestTheKeysDatabaseIsClosedToTheOtherRoles(t *testing.T) {
	t.Parallel()
	w := newWalled(t)
	socket := w.pools.Migrate.Config().ConnConfig.Host
	conn := connectAs(t, socket, admin, keysDatabase)
	var strange int
	must(t, conn.QueryRow(t.Context(), `select count(*) from pg_class c where c.relnamespace = 'public'::regnamespace
		and c.relkind in ('r', 'S', 'v') and c.relowner <> 'songtor_keys'::regrole`).Scan(&strange))
	if strange > 0 {
		t.Errorf("%d tables of the keys are not songtor_keys'", strange)
	}
	for _, role := range []database.Role{
		database.Migrate, database.Projector, database.Query, database.Audit, database.Identity, database.Store, database.Statistics, database.Archive,
	} {
		var enters bool
		must(t, conn.QueryRow(t.Context(), "select has_database_privilege($1, $2, 'connect')", string(role), keysDatabase).Scan(&enters))
		if enters {
			t.Errorf("%s enters the database of the keys", role)
		}
	}
	var enters bool
	must(t, conn.QueryRow(t.Context(), "select has_database_privilege($1, $2, 'connect')", string(database.Keys), mainDatabase).Scan(&enters))
	if enters {
		t.Error("songtor_keys enters the database of the read models")
	}
}

// setting is who asks, as the settings that the policies look at.
type setting struct{ scope, agencies, tokens, opened string }

// relations lists the tables and views that songtor_query may read and that row-level security guards.
func (w *walled) relations() []string {
	w.t.Helper()
	rows, err := w.as(admin).Query(w.t.Context(), `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where c.relkind in ('r', 'p', 'v') and `+inside+` and has_schema_privilege('songtor_query', n.oid, 'usage')
			and has_any_column_privilege('songtor_query', c.oid, 'select') and n.nspname || '.' || c.relname <> all ($1) order by 1`, names(apart))
	must(w.t, err)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(w.t, err)
	return found
}

func names(of map[string]string) []string {
	var all []string
	for name := range of {
		all = append(all, name)
	}
	return all
}

// rows counts what a connection sees of a relation, with a condition.
func (s setting) rows(t *testing.T, conn *pgx.Conn, relation, condition string) int {
	t.Helper()
	var n int
	must(t, pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
		if s != (setting{}) {
			_, err := tx.Exec(t.Context(), `select set_config('songtor.scope', $1, true), set_config('songtor.agencies', $2, true),
				set_config('songtor.tokens', $3, true), set_config('songtor.case', $4, true)`, s.scope, s.agencies, s.tokens, s.opened)
			if err != nil {
				return err
			}
		}
		return tx.QueryRow(t.Context(), "select count(*) from "+relation+" r where "+condition).Scan(&n)
	}))
	return n
}

// leaks looks at every relation as somebody who may see nothing of what is there, and as the accused, who may see nothing of one case.
func (w *walled) leaks(conn *pgx.Conn) []string {
	w.t.Helper()
	var found []string
	for _, relation := range w.relations() {
		for name, s := range map[string]setting{
			"nobody":   {},
			"stranger": {scope: "agencies", agencies: stranger, tokens: "t"},
		} {
			if n := s.rows(w.t, conn, relation, "true"); n > 0 {
				found = append(found, fmt.Sprintf("%s sees %d rows of %s", name, n, relation))
			}
		}
		for name, s := range map[string]setting{
			"the accused":                          {scope: "agencies", agencies: police, tokens: w.token},
			"the accused, with the case opened":    {scope: "agencies", agencies: police, tokens: w.token, opened: w.accused},
			"the accused, who may list everything": {scope: "everywhere", tokens: "t," + w.token},
		} {
			if n := s.rows(w.t, conn, relation, fmt.Sprintf("to_jsonb(r)::text ~ '%s'", w.accused)); n > 0 {
				found = append(found, fmt.Sprintf("%s sees %d rows of %s", name, n, relation))
			}
		}
	}
	return found
}

// Whoever reads as songtor_query sees nothing that is not the viewer's, whatever the service's own conditions are.
func TestRowLevelSecurityStandsAlone(t *testing.T) {
	t.Parallel()
	w := newWalled(t)
	conn := w.as(string(database.Query))
	for _, leak := range w.leaks(conn) {
		t.Error(leak)
	}
	w.mustShowTheirOwn(conn)
	for _, role := range []string{
		"songtor_owner", "songtor_migrate", "songtor_projector", "songtor_audit", "songtor_identity", "songtor_store", "songtor_statistics",
		"songtor_keys", admin,
	} {
		if _, err := conn.Exec(t.Context(), "set role "+role); !refused(err, "42501") {
			t.Errorf("songtor_query becomes %s: %v", role, err)
		}
	}
	for _, way := range []string{"reset role", "set role none", "reset session authorization"} {
		_, err := conn.Exec(t.Context(), way)
		must(t, err)
		if n := (setting{}).rows(t, conn, "screening.cases", "true"); n > 0 {
			t.Errorf("after %q nobody sees %d cases", way, n)
		}
	}
	if _, err := conn.Exec(t.Context(), "set row_security = off; select * from screening.cases"); !refused(err, "42501") {
		t.Errorf("with row-level security set off: %v", err)
	}
	for _, table := range []string{"statistics.persons", "matching.tokens", "exclusions.cases", "access.entries", "identity.account"} {
		if _, err := conn.Exec(t.Context(), "select * from "+table); !refused(err, "42501") {
			t.Errorf("songtor_query reads %s: %v", table, err)
		}
	}
}

// mustShowTheirOwn is the other half: the wall shows what is the viewer's, so that nothing above is true because all is empty.
func (w *walled) mustShowTheirOwn(conn *pgx.Conn) {
	w.t.Helper()
	whole, everywhere := w.as(admin), setting{scope: "everywhere", tokens: "t", opened: w.accused}
	for _, relation := range w.relations() {
		var there int
		must(w.t, whole.QueryRow(w.t.Context(), "select count(*) from "+relation).Scan(&there))
		if relation == "deadlines.deadlines" {
			everywhere.scope = "service"
		}
		if there > 0 && everywhere.rows(w.t, conn, relation, "true") == 0 {
			w.t.Errorf("nobody sees any of the %d rows of %s", there, relation)
		}
	}
	mine := setting{scope: "agencies", agencies: labour, tokens: "t"}
	if all, own := mine.rows(w.t, conn, "screening.cases", "true"), mine.rows(w.t, conn, "screening.cases", "agency = '"+labour+"'"); own == 0 || all != own {
		w.t.Errorf("%s sees %d cases, of which %d are its own", labour, all, own)
	}
	accused := setting{scope: "agencies", agencies: labour, tokens: "t"}
	if accused.rows(w.t, conn, "screening.cases", "case_id = '"+w.accused+"'") != 1 {
		w.t.Error("who has the case that accuses another does not see it")
	}
}

func refused(err error, code string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == code
}

// The control: a policy that is gone or open is found by the same look.
func TestAnOpenPolicyIsFoundByLooking(t *testing.T) {
	t.Parallel()
	w := newWalled(t)
	conn, owner := w.as(string(database.Query)), w.as(admin)
	for _, hole := range []string{
		`alter policy shown on timeline.entries using (true)`,
		`alter policy shown on screening.cases using (agency = any ((select wall.agencies())::text[]) or (select wall.everywhere()))`,
		`alter table inbox.items disable row level security`,
	} {
		before := len(w.leaks(conn))
		_, err := owner.Exec(t.Context(), hole)
		must(t, err)
		if len(w.leaks(conn)) <= before {
			t.Errorf("nothing is found after %q", hole)
		}
	}
}
