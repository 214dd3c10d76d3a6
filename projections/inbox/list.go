package inbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"songtor/domain"
	"songtor/internal/paging"
	"songtor/projections"
)

// Item is one thing in an agency's inbox.
type Item struct {
	Agency      string          `json:"agency"` // whose inbox it lies in
	Task        string          `json:"task_id"`
	Kind        domain.TaskKind `json:"kind"`
	Box         Box             `json:"box"`
	CaseID      string          `json:"case_id"`
	Reference   string          `json:"case_reference"`
	Stage       domain.Stage    `json:"stage"`
	Status      domain.Status   `json:"status"`
	Province    string          `json:"province"`
	Incident    string          `json:"incident,omitempty"`
	Urgent      bool            `json:"urgent"`
	Responsible string          `json:"responsible"`        // the agency that has to do it; another one where the item is escalated
	Assignee    string          `json:"assignee,omitempty"` // account of the person who should do it; empty for anybody
	Ref         string          `json:"ref,omitempty"`      // id of the referral, service, period or claim that it is about
	Other       string          `json:"other,omitempty"`    // the other agency concerned
	Since       time.Time       `json:"since"`
	DueAt       *time.Time      `json:"due_at"`
	Source      string          `json:"limit_source,omitempty"` // of the limit behind DueAt
	Missed      int             `json:"missed"`                 // steps of the ladder climbed since it was due
	Rung        domain.Rung     `json:"rung,omitempty"`         // who learned of it last
	For         domain.Rung     `json:"for,omitempty"`          // who should look at it here, where that is not the assignee
	Escalated   bool            `json:"escalated"`              // it lies here because it was not done in time elsewhere
	KnownFrom   time.Time       `json:"known_from"`             // since when it has been known as it is shown
	Position    uint64          `json:"position"`               // of the commit that made it so
}

// Filter chooses items. The zero Filter chooses all.
type Filter struct {
	Agencies   []string // whose inboxes: nil is every agency's, an empty one none
	Tokens     []string // digests under which cases name who asks as one who may not know of them
	Assignee   string   // each of the following is no condition where it is zero
	Unassigned bool     // only what nobody has been given
	Kinds      []domain.TaskKind
	Box        Box
	Overdue    bool // only what was due before Now
	DueFrom    time.Time
	DueBefore  time.Time
	Urgent     bool
	Province   string
	Incident   string
	For        domain.Rung // only what is marked as for this rung
	AsOf       time.Time   // the inbox as it was known then
	Now        time.Time   // what Overdue is measured by: set it with Overdue
}

// Page is a place in a list.
type Page struct {
	Limit int    // rows, as paging.Limit understands it, at most paging.MaxLimit
	After string // Next of the page before; empty for the first
}

// List is a page of inboxes.
type List struct {
	Items    []Item `json:"items"`
	Next     string `json:"next"` // empty on the last page
	Position uint64 `json:"-"`    // the items hold at least everything up to it
}

// What callers decide on.
var (
	// ErrCursor says that Page.After is not the Next of a list.
	ErrCursor = errors.New("not a cursor of this list")
	// ErrBox says that there is no such box in a list.
	ErrBox = errors.New("no such box")
)

const (
	itemFields = `agency, task, kind, case_id, reference, stage, status, province, incident, urgent, responsible, assignee, ref, other,
		since, due_at, source, missed, rung, audience, escalated, known_from, position`
	due       = `coalesce(due_at, 'infinity'::timestamptz)`
	itemOrder = due + `, since, case_id, task, agency`
)

// everyAgency finds the agencies that have items by a step of the index for each.
const everyAgency = `(with recursive known as (
		(select agency from inbox.%[1]s order by agency limit 1)
		union all
		select (select agency from inbox.%[1]s where agency > known.agency order by agency limit 1) from known where known.agency is not null
	) select agency from known where agency is not null)`

// List returns a page of items: what is due first, then the oldest. Every page costs the same: it starts in the index where the one
// before ended.
func (p *Projection) List(ctx context.Context, db projections.DB, f Filter, page Page) (List, error) {
	limit := paging.Limit(page.Limit, paging.MaxLimit)
	sql, args, err := f.query(page.After, limit+1)
	if err != nil {
		return List{}, err
	}
	var list List
	pipeline := &pgx.Batch{}
	projections.QueuePosition(pipeline, p.Name(), &list.Position)
	pipeline.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		list.Items, err = pgx.CollectRows(rows, readItem)
		return err
	})
	if err := db.SendBatch(ctx, pipeline).Close(); err != nil {
		return List{}, fmt.Errorf("couldn't list the inbox: %w", err)
	}
	list.Items, list.Next = paging.Cut(list.Items, limit, (*Item).cursor)
	return list, nil
}

func readItem(rows pgx.CollectableRow) (Item, error) {
	var i Item
	err := rows.Scan(&i.Agency, &i.Task, &i.Kind, &i.CaseID, &i.Reference, &i.Stage, &i.Status, &i.Province, &i.Incident, &i.Urgent,
		&i.Responsible, &i.Assignee, &i.Ref, &i.Other, &i.Since, &i.DueAt, &i.Source, &i.Missed, &i.Rung, &i.For, &i.Escalated,
		&i.KnownFrom, &i.Position)
	i.Box = boxOf(i.Kind, i.Escalated)
	return i, err
}

// query builds the statement of a page: the first rows of each agency by themselves, merged, because the index leads with the agency.
func (f *Filter) query(after string, limit int) (string, []any, error) {
	var w where
	if err := f.conditions(&w); err != nil {
		return "", nil, err
	}
	if err := w.after(after); err != nil {
		return "", nil, err
	}
	order := fmt.Sprintf("order by %s limit %d", itemOrder, limit)
	agencies := fmt.Sprintf(everyAgency, "items")
	switch {
	case f.Agencies != nil:
		agencies = fmt.Sprintf("(select distinct unnest(%s::text[]) as agency)", w.arg(f.Agencies))
	case !f.AsOf.IsZero():
		agencies = fmt.Sprintf("(select agency from %s as now union select agency from %s as before)",
			agencies, fmt.Sprintf(everyAgency, "past_items"))
	}
	rows := w.rows("items", itemFields, order, f.AsOf)
	return fmt.Sprintf("select %s from (select agency as whose from %s as each) as scope cross join lateral (%s) as page %s",
		itemFields, agencies, rows, order), w.args, nil
}

func (f *Filter) conditions(w *where) error {
	w.add("agency = whose")
	w.add("wall.admits(excluded, %s::text[])", known(f.Tokens))
	if f.Assignee != "" {
		w.add("assignee <> '' and assignee = %s", f.Assignee)
	}
	if f.Unassigned {
		w.add("assignee = ''")
	}
	if len(f.Kinds) > 0 {
		w.add("kind = any(%s)", texts(f.Kinds))
	}
	if f.Overdue {
		w.add(due+" < %s", f.Now)
	}
	if !f.DueFrom.IsZero() {
		w.add("due_at >= %s", f.DueFrom)
	}
	if !f.DueBefore.IsZero() {
		w.add(due+" < %s", f.DueBefore)
	}
	if f.Urgent {
		w.add("urgent")
	}
	w.equal("province", f.Province)
	w.equal("incident", f.Incident)
	w.equal("audience", string(f.For))
	return f.box(w)
}

func (f *Filter) box(w *where) error {
	switch f.Box {
	case "":
	case Escalated:
		w.add("escalated")
	case Incoming, Outgoing:
		w.add("not escalated and kind = any(%s)", texts(kindsOf[f.Box]))
	case Own:
		w.add("not escalated and kind <> all(%s)", append(texts(kindsOf[Incoming]), texts(kindsOf[Outgoing])...))
	default:
		return ErrBox
	}
	return nil
}

func texts[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// cursor is the place of an item in the order.
type cursor struct {
	Due    *time.Time `json:"d"`
	Since  time.Time  `json:"s"`
	Case   string     `json:"c"`
	Task   string     `json:"t"`
	Agency string     `json:"a"`
}

func (i *Item) cursor() string {
	return paging.Cursor(cursor{i.DueAt, i.Since, i.CaseID, i.Task, i.Agency})
}

// decode reads a place; id is that of its case.
func decode(text string, place any, caseID *string) (id pgtype.UUID, err error) {
	if !paging.Parse(text, place) || id.Scan(*caseID) != nil {
		return id, ErrCursor
	}
	return id, nil
}

// after adds the condition that an item comes after the page's cursor.
func (w *where) after(text string) error {
	if text == "" {
		return nil
	}
	var c cursor
	id, err := decode(text, &c, &c.Case)
	if err != nil {
		return err
	}
	if !projections.FitsText(c.Task, c.Agency) {
		return ErrCursor
	}
	w.add("("+itemOrder+") > (coalesce(%s, 'infinity'::timestamptz), %s, %s, %s, %s)", c.Due, c.Since, id, c.Task, c.Agency)
	return nil
}

// where gathers conditions with their arguments.
type where struct {
	conditions []string
	args       []any
}

func (w *where) arg(v any) string {
	w.args = append(w.args, v)
	return fmt.Sprintf("$%d", len(w.args))
}

// add adds a condition in which each %s is an argument.
func (w *where) add(condition string, args ...any) {
	places := make([]any, len(args))
	for i, v := range args {
		places[i] = w.arg(v)
	}
	w.conditions = append(w.conditions, fmt.Sprintf(condition, places...))
}

func (w *where) equal(column, value string) {
	if value != "" {
		w.add(column+" = %s", value)
	}
}

func (w *where) text() string { return strings.Join(w.conditions, " and ") }

// rows selects from a table, or from it and the table of its past rows where they are asked for as of a moment.
func (w *where) rows(table, fields, order string, asOf time.Time) string {
	if asOf.IsZero() {
		return fmt.Sprintf("select %s from inbox.%s where %s %s", fields, table, w.text(), order)
	}
	chosen, at := w.text(), w.arg(asOf)
	parts := []string{fmt.Sprintf("(select %s from inbox.%s where %s and known_from <= %s %s)", fields, table, chosen, at, order)}
	for _, span := range []int{month(asOf), asOf.UTC().Year()} {
		parts = append(parts, fmt.Sprintf(`(select %s from inbox.past_%s where %s and span = %d and known_from <= %[5]s and known_until > %[5]s
			and not ((select wall.named()) and wall.hides(case_id)) %[6]s)`, fields, table, chosen, span, at, order))
	}
	return fmt.Sprintf("select * from (%s) as known %s", strings.Join(parts, " union all "), order)
}
