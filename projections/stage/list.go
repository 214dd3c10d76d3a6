package stage

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"songtor/domain"
	"songtor/projections"
)

// Filter chooses cases. The zero Filter chooses all.
type Filter struct {
	AgencyScope []string // the agencies whose cases may be seen: nil is every agency, an empty one none
	Agency      string   // each of the following is no condition where it is zero
	Province    string
	Incident    string
	Status      domain.Status
	DueBefore   time.Time
	Urgent      bool // only urgent ones
	OpenOnly    bool // only those that wait for somebody
}

// Page is a place in a list.
type Page struct {
	Limit int    // rows, 1 to MaxLimit; 0 is DefaultLimit, and more than MaxLimit is MaxLimit
	After string // Next of the page before; empty for the first
}

// How many rows a page has.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// Row is a case in a stage.
type Row struct {
	CaseID    string        `json:"case_id"`
	Reference string        `json:"case_reference"`
	Stage     domain.Stage  `json:"stage"`
	Status    domain.Status `json:"status"`
	Open      bool          `json:"open"`
	Agency    string        `json:"agency"`
	Province  string        `json:"province"`
	Incident  string        `json:"incident,omitempty"`
	Urgent    bool          `json:"urgent"`
	Since     time.Time     `json:"since"`
	DueAt     *time.Time    `json:"due_at"`
	UpdatedAt time.Time     `json:"updated_at"`
	Position  uint64        `json:"position"` // of the case's latest commit

	rank   int
	moment time.Time
}

// List is a page of a stage view.
type List struct {
	Items    []Row  `json:"items"`
	Next     string `json:"next"` // empty on the last page
	Position uint64 `json:"-"`    // the rows hold at least everything up to it
}

// ErrCursor says that Page.After is not the Next of a list.
var ErrCursor = errors.New("not a cursor of this list")

// List returns a page of the stage's cases in the order of the stage. Every page costs the same: it starts in the index where
// the one before ended.
func (v *View) List(ctx context.Context, db projections.DB, f Filter, p Page) (List, error) {
	limit := p.limit()
	sql, args, err := v.query(f, p.After, limit+1)
	if err != nil {
		return List{}, err
	}
	var list List
	pipeline := &pgx.Batch{}
	projections.QueuePosition(pipeline, v.Name(), &list.Position)
	pipeline.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		list.Items, err = pgx.CollectRows(rows, v.row)
		return err
	})
	if err := db.SendBatch(ctx, pipeline).Close(); err != nil {
		return List{}, fmt.Errorf("couldn't list cases in %s: %w", v.stage, err)
	}
	if len(list.Items) > limit {
		list.Items = list.Items[:limit]
		list.Next = list.Items[limit-1].cursor()
	}
	return list, nil
}

func (p Page) limit() int {
	if p.Limit <= 0 {
		return DefaultLimit
	}
	return min(p.Limit, MaxLimit)
}

const columns = `case_id, case_reference, status, agency, province, incident, urgent, rank, moment, since, due_at, updated_at, position`

// query builds the statement of a page. A scope of several agencies asks for each agency's first rows by itself and merges
// them, because the index leads with one agency; a page then costs its length times the agencies.
func (v *View) query(f Filter, after string, limit int) (string, []any, error) {
	w := where{}
	if err := w.after(after); err != nil {
		return "", nil, err
	}
	w.filter(f)
	table := pgx.Identifier{v.Name(), v.table.Name}.Sanitize()
	order := fmt.Sprintf("order by rank, moment, since, case_id limit %d", limit)
	if f.AgencyScope == nil {
		return fmt.Sprintf("select %s from %s where %s %s", columns, table, w.text(), order), w.args, nil
	}
	scope := w.arg(f.AgencyScope)
	return fmt.Sprintf(`select %s from (select distinct unnest(%s::text[]) as scoped) as scope cross join lateral (
		select * from %s where agency = scope.scoped and %s %s) as page %s`,
		columns, scope, table, w.text(), order, order), w.args, nil
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

func (w *where) text() string {
	if len(w.conditions) == 0 {
		return "true"
	}
	return strings.Join(w.conditions, " and ")
}

func (w *where) equal(column, value string) {
	if value != "" {
		w.conditions = append(w.conditions, column+" = "+w.arg(value))
	}
}

func (w *where) filter(f Filter) {
	w.equal("agency", f.Agency)
	w.equal("province", f.Province)
	w.equal("incident", f.Incident)
	w.equal("status", string(f.Status))
	if !f.DueBefore.IsZero() {
		w.conditions = append(w.conditions, "due_at < "+w.arg(f.DueBefore))
	}
	if f.Urgent {
		w.conditions = append(w.conditions, "urgent")
	}
	if f.OpenOnly {
		w.conditions = append(w.conditions, fmt.Sprintf("rank < %d", ended))
	}
}

// cursor is the place of a row in the order.
type cursor struct {
	Rank   int       `json:"r"`
	Moment time.Time `json:"m"`
	Since  time.Time `json:"s"`
	Case   string    `json:"c"`
}

func (r *Row) cursor() string {
	b, err := json.Marshal(cursor{r.rank, r.moment, r.Since, r.CaseID})
	if err != nil { // four plain values always encode
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func (w *where) after(text string) error {
	if text == "" {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return ErrCursor
	}
	var c cursor
	var id pgtype.UUID
	if json.Unmarshal(b, &c) != nil || id.Scan(c.Case) != nil {
		return ErrCursor
	}
	w.conditions = append(w.conditions, fmt.Sprintf("(rank, moment, since, case_id) > (%s, %s, %s, %s)",
		w.arg(c.Rank), w.arg(c.Moment), w.arg(c.Since), w.arg(id)))
	return nil
}

func (v *View) row(rows pgx.CollectableRow) (Row, error) {
	r := Row{Stage: v.stage}
	err := rows.Scan(&r.CaseID, &r.Reference, &r.Status, &r.Agency, &r.Province, &r.Incident, &r.Urgent,
		&r.rank, &r.moment, &r.Since, &r.DueAt, &r.UpdatedAt, &r.Position)
	r.Open = r.Status.Open()
	return r, err
}

// Count is how many open cases have a status.
type Count struct {
	Status domain.Status `json:"status"`
	Cases  int           `json:"cases"`
}

// Counts counts the open cases of the stage by status, of the agencies in scope: nil is every agency. A status without cases
// is left out.
func (v *View) Counts(ctx context.Context, db projections.DB, scope []string) ([]Count, error) {
	table := pgx.Identifier{v.Name(), v.table.Name}.Sanitize()
	rows, err := db.Query(ctx, fmt.Sprintf(`select status, count(*) from %s
		where rank < %d and ($1::text[] is null or agency = any($1)) group by status order by status`, table, ended), scope)
	if err != nil {
		return nil, fmt.Errorf("couldn't count cases in %s: %w", v.stage, err)
	}
	counts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Count])
	if err != nil {
		return nil, fmt.Errorf("couldn't count cases in %s: %w", v.stage, err)
	}
	return counts, nil
}
