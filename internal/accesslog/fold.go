package accesslog

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/internal/eventlog"
)

// Actions of the record itself, by which what an auditor and an operator decide about it comes to lie in the trail too.
const (
	AcknowledgeAlert = "access.alert.acknowledge" // the object is the alert
	AddHoney         = "access.honey.add"
	RemoveHoney      = "access.honey.remove"
)

// folded is what applying needs to know of what was applied before. It is read from the rows where it is missing.
type folded struct {
	rules    Rules
	readers  map[reader]int32
	accounts map[string]*activity
	honey    map[string]bool // nil where it has not been read
}

// reader is a row of readers without its number.
type reader struct {
	account, agency, role, session, device string
	assurance                              int16
	purpose, policy                        string
}

func newFolded(r Rules) *folded {
	f := &folded{rules: r}
	f.forget()
	return f
}

// forget drops everything: the rows may be others than this process applied.
func (f *folded) forget() {
	f.readers, f.accounts, f.honey = map[reader]int32{}, map[string]*activity{}, nil
}

// maxAccounts bounds the memory of folded.
const maxAccounts = 10_000

// outcome of folding a batch, to be written.
type changes struct {
	rows    [][]any
	alerts  []Alert
	grounds []newGround
	honey   []honeyChange
	acks    []ack
}

type newGround struct {
	account string
	on      ground
	since   time.Time
}

type honeyChange struct {
	caseID string
	since  time.Time
	added  bool
}

type ack struct {
	alert, by string
	at        time.Time
}

// apply takes a batch of the trail into the rows, together with the position.
func (x *Index) apply(ctx context.Context, batch []eventlog.Raw) error {
	var entries []Entry
	for _, r := range batch {
		found, err := Decode(r.Data)
		if err != nil {
			return fmt.Errorf("position %d: %w", r.Position, err)
		}
		entries = append(entries, found...)
	}
	first, last := batch[0].Position, batch[len(batch)-1].Position
	var c changes
	err := pgx.BeginFunc(ctx, x.db, func(tx pgx.Tx) error {
		if err := x.state.begin(ctx, tx, first-1); err != nil {
			return err
		}
		var err error
		if c, err = x.state.fold(ctx, tx, entries); err != nil {
			return err
		}
		return c.write(ctx, tx, last)
	})
	if err != nil {
		x.state.forget()
		return err
	}
	x.reach(last)
	if len(c.alerts)+len(c.acks) > 0 {
		x.hints.send()
	}
	return nil
}

// begin makes sure that the rows stand at a position, and keeps them there until the transaction ends.
func (f *folded) begin(ctx context.Context, tx pgx.Tx, position uint64) error {
	var at uint64
	if err := tx.QueryRow(ctx, "select position from access.progress for update").Scan(&at); err != nil {
		return fmt.Errorf("couldn't read the position of the access record's index: %w", err)
	}
	if at != position {
		return errMoved
	}
	if len(f.accounts) > maxAccounts {
		f.accounts = map[string]*activity{}
	}
	if f.honey != nil {
		return nil
	}
	rows, err := tx.Query(ctx, "select case_id::text from access.honey")
	if err != nil {
		return fmt.Errorf("couldn't read the honey cases: %w", err)
	}
	cases, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("couldn't read the honey cases: %w", err)
	}
	f.honey = map[string]bool{}
	for _, c := range cases {
		f.honey[c] = true
	}
	return nil
}

// fold says what follows from entries. One that was applied before, because its answer got lost and it was written again, is left out.
func (f *folded) fold(ctx context.Context, tx pgx.Tx, entries []Entry) (changes, error) {
	var c changes
	seen, err := known(ctx, tx, entries)
	if err != nil {
		return c, err
	}
	for i := range entries {
		e := &entries[i]
		if seen[e.ID] {
			continue
		}
		seen[e.ID] = true
		number, err := f.reader(ctx, tx, e)
		if err != nil {
			return c, err
		}
		c.rows = append(c.rows, []any{
			e.ID, e.At, number, nullable(e.Case), e.Count, e.Action, string(e.Outcome), strings.Join(e.Classes, ","),
			strings.Join(e.Filters, ","), e.Object, e.Of, e.Province, e.Request,
		})
		if err := f.notice(ctx, tx, e, &c); err != nil {
			return c, err
		}
	}
	return c, nil
}

// known are the ids among the entries' that have a row already.
func known(ctx context.Context, tx pgx.Tx, entries []Entry) (map[string]bool, error) {
	ids := make([]string, len(entries))
	for i := range entries {
		ids[i] = entries[i].ID
	}
	rows, err := tx.Query(ctx, "select id::text from access.entries where id = any($1::uuid[])", ids)
	if err != nil {
		return nil, fmt.Errorf("couldn't look for entries: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("couldn't look for entries: %w", err)
	}
	seen := make(map[string]bool, len(entries))
	for _, id := range found {
		seen[id] = true
	}
	return seen, nil
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// reader returns the number of who made an entry.
func (f *folded) reader(ctx context.Context, tx pgx.Tx, e *Entry) (int32, error) {
	r := reader{e.User, e.Agency, string(e.Role), e.Session, e.Device, int16(e.Assurance), e.Purpose, e.Policy} // levels are few
	if number, ok := f.readers[r]; ok {
		return number, nil
	}
	var number int32
	err := tx.QueryRow(ctx, `insert into access.readers (account, agency, role, session, device, assurance, purpose, policy)
		values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (account, agency, role, session, device, assurance, purpose, policy) do update set account = excluded.account
		returning id`, r.account, r.agency, r.role, r.session, r.device, r.assurance, r.purpose, r.policy).Scan(&number)
	if err != nil {
		return 0, fmt.Errorf("couldn't note a reader: %w", err)
	}
	if len(f.readers) > maxAccounts {
		f.readers = map[reader]int32{}
	}
	f.readers[r] = number
	return number, nil
}

// notice looks whether an entry is something that an auditor should look at, or decides about such a thing.
func (f *folded) notice(ctx context.Context, tx pgx.Tx, e *Entry, c *changes) error {
	switch {
	case e.Action == AcknowledgeAlert:
		c.acks = append(c.acks, ack{e.Object, e.User, e.At})
		return nil
	case e.Action == AddHoney, e.Action == RemoveHoney:
		added := e.Action == AddHoney
		f.honey[e.Case] = added
		c.honey = append(c.honey, honeyChange{e.Case, e.At, added})
		return nil
	case e.Case == "":
		return nil
	}
	a, err := f.activity(ctx, tx, e)
	if err != nil {
		return err
	}
	raise := func(kind AlertKind, count int) {
		if alert, ok := a.raise(kind, e, count); ok {
			c.alerts = append(c.alerts, alert)
		}
	}
	if f.honey[e.Case] {
		raise(HoneyOpened, 1)
	}
	switch e.Outcome {
	case Denied:
		if a.denied(e.At); len(a.denials) >= f.rules.Denials {
			raise(ManyDenials, len(a.denials))
		}
	case Stopped:
		raise(HardStop, len(a.cases))
	case Shown, BrokenGlass:
		f.opened(a, e, c, raise)
	}
	return nil
}

func (f *folded) opened(a *activity, e *Entry, c *changes, raise func(AlertKind, int)) {
	on := ground{e.Of, e.Province}
	if a.opened(e.At, e.Case, on) {
		c.grounds = append(c.grounds, newGround{e.User, on, e.At})
	}
	if len(a.cases) > f.rules.Opens {
		raise(ManyOpens, len(a.cases))
	}
	if n := a.strange(e.At, on); n >= f.rules.Strange {
		raise(Strange, n)
	}
	if e.Outcome == BrokenGlass {
		raise(GlassBroken, 1)
	}
}

// activity returns what an account did in the hour before an entry, from the rows where it is not known.
func (f *folded) activity(ctx context.Context, tx pgx.Tx, e *Entry) (*activity, error) {
	if a := f.accounts[e.User]; a != nil {
		return a, nil
	}
	a, since := newActivity(), e.At.Add(-openWindow)
	var at time.Time
	var caseID, outcome string
	var on ground
	queries := &pgx.Batch{}
	queries.Queue("select agency, province, since from access.grounds where account = $1", e.User).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&on.agency, &on.province, &at}, func() error { a.grounds[on] = at; return nil })
		return err
	})
	queries.Queue(`select e.at, e.case_id::text, e.outcome, e.agency, e.province from access.entries e join access.readers r on r.id = e.reader
		where r.account = $1 and e.at >= $2 and e.case_id is not null order by e.at, e.id`, e.User, since).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&at, &caseID, &outcome, &on.agency, &on.province}, func() error {
			switch o := Outcome(outcome); {
			case o.Opened():
				a.opened(at, caseID, on)
			case o == Denied:
				a.denied(at)
			}
			return nil
		})
		return err
	})
	queries.Queue("select kind, coalesce(case_id::text, ''), at from access.alerts where account = $1 and at >= $2 order by at", e.User, since).
		Query(func(rows pgx.Rows) error {
			var key raisedKey
			_, err := pgx.ForEachRow(rows, []any{&key.kind, &key.caseID, &at}, func() error { a.raised[key] = at; return nil })
			return err
		})
	if err := tx.SendBatch(ctx, queries).Close(); err != nil {
		return nil, fmt.Errorf("couldn't read what an account did: %w", err)
	}
	f.accounts[e.User] = a
	return a, nil
}

// addEntries adds rows that are given as one array a column. COPY would be cheaper for many, but knows no row-level security.
const addEntries = `insert into access.entries
		(id, at, reader, case_id, count, action, outcome, classes, filters, object, agency, province, request)
	select * from unnest($1::uuid[], $2::timestamptz[], $3::integer[], $4::uuid[], $5::integer[], $6::text[], $7::text[], $8::text[],
		$9::text[], $10::text[], $11::text[], $12::text[], $13::text[])`

// columns turns rows into columns.
func columns(rows [][]any) []any {
	turned := make([]any, len(rows[0]))
	for i := range turned {
		column := make([]any, len(rows))
		for n, row := range rows {
			column[n] = row[i]
		}
		turned[i] = column
	}
	return turned
}

func (c *changes) write(ctx context.Context, tx pgx.Tx, position uint64) error {
	b := &pgx.Batch{}
	if len(c.rows) > 0 {
		b.Queue(addEntries, columns(c.rows)...)
	}
	for _, a := range c.alerts {
		b.Queue("insert into access.alerts (id, kind, at, account, agency, role, case_id, count) values ($1, $2, $3, $4, $5, $6, $7, $8)",
			a.ID, a.Kind, a.At, a.Account, a.Agency, a.Role, nullable(a.Case), a.Count)
	}
	for _, g := range c.grounds {
		b.Queue("insert into access.grounds (account, agency, province, since) values ($1, $2, $3, $4)", g.account, g.on.agency, g.on.province, g.since)
	}
	for _, h := range c.honey {
		if h.added {
			b.Queue("insert into access.honey (case_id, since) values ($1, $2) on conflict do nothing", h.caseID, h.since)
		} else {
			b.Queue("delete from access.honey where case_id = $1", h.caseID)
		}
	}
	for _, k := range c.acks {
		b.Queue("update access.alerts set acknowledged_by = $2, acknowledged_at = $3 where id = $1 and acknowledged_at is null", k.alert, k.by, k.at)
	}
	b.Queue("update access.progress set position = $1", position)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("couldn't write what follows from entries: %w", err)
	}
	return nil
}
