package inbox

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"songtor/projections"
)

// Item is one thing in an agency's inbox.
type Item struct {
	Agency    string     `json:"agency"`
	Kind      Kind       `json:"kind"`
	CaseID    string     `json:"case_id"`
	Reference string     `json:"case_reference"`
	Ref       string     `json:"ref,omitempty"`   // referral id or purpose
	Other     string     `json:"other,omitempty"` // the other agency of a referral, or who recorded a withdrawal
	Province  string     `json:"province"`
	Urgent    bool       `json:"urgent"`
	Since     time.Time  `json:"since"`
	DueAt     *time.Time `json:"due_at"`
	Position  uint64     `json:"position"` // of the commit that put it there
}

// Page is a place in a list.
type Page struct {
	Limit int    // rows, 1 to MaxLimit; 0 is DefaultLimit, and more than MaxLimit is MaxLimit
	After string // Next of the page before; empty for the first
}

// How many items a page has.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// List is a page of inboxes.
type List struct {
	Items    []Item `json:"items"`
	Next     string `json:"next"` // empty on the last page
	Position uint64 `json:"-"`    // the items hold at least everything up to it
}

// ErrCursor says that Page.After is not the Next of a list.
var ErrCursor = errors.New("not a cursor of this list")

// cursor is the place of an item in the order.
type cursor struct {
	Agency string     `json:"a"`
	Due    *time.Time `json:"d"`
	Since  time.Time  `json:"s"`
	Case   string     `json:"c"`
	Kind   Kind       `json:"k"`
	Ref    string     `json:"r"`
}

// List returns a page of the items of agencies, nil for every one: agency by agency, what is due first, then the oldest.
func (p *Projection) List(ctx context.Context, db projections.DB, agencies []string, page Page) (List, error) {
	limit := page.limit()
	beyond, args, err := page.beyond([]any{agencies, limit + 1})
	if err != nil {
		return List{}, err
	}
	var list List
	pipeline := &pgx.Batch{}
	projections.QueuePosition(pipeline, p.Name(), &list.Position)
	pipeline.Queue(`select agency, kind, case_id, reference, ref, other, province, urgent, since, due_at, position
		from inbox.items where ($1::text[] is null or agency = any($1)) and `+beyond+`
		order by agency, coalesce(due_at, 'infinity'::timestamptz), since, case_id, kind, ref limit $2`, args...).
		Query(func(rows pgx.Rows) error {
			list.Items, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Item])
			return err
		})
	if err := db.SendBatch(ctx, pipeline).Close(); err != nil {
		return List{}, fmt.Errorf("couldn't list the inbox: %w", err)
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

func (i *Item) cursor() string {
	b, err := json.Marshal(cursor{i.Agency, i.DueAt, i.Since, i.CaseID, i.Kind, i.Ref})
	if err != nil { // plain values always encode
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// beyond is the condition that an item comes after the page's cursor, with its arguments after those given.
func (p Page) beyond(args []any) (string, []any, error) {
	if p.After == "" {
		return "true", args, nil
	}
	var c cursor
	var id pgtype.UUID
	b, err := base64.RawURLEncoding.DecodeString(p.After)
	if err != nil || json.Unmarshal(b, &c) != nil || id.Scan(c.Case) != nil {
		return "", nil, ErrCursor
	}
	return `(agency, coalesce(due_at, 'infinity'::timestamptz), since, case_id, kind, ref)
		> ($3, coalesce($4, 'infinity'::timestamptz), $5, $6, $7, $8)`, append(args, c.Agency, c.Due, c.Since, id, string(c.Kind), c.Ref), nil
}

// Count is how many items of a kind an agency has.
type Count struct {
	Agency string `json:"agency"`
	Kind   Kind   `json:"kind"`
	Items  int    `json:"items"`
}

// Counts counts the items of agencies, nil for every one, by agency and kind. What has none is left out.
func (p *Projection) Counts(ctx context.Context, db projections.DB, agencies []string) ([]Count, error) {
	rows, err := db.Query(ctx, `select agency, kind, count(*) from inbox.items
		where ($1::text[] is null or agency = any($1)) group by agency, kind order by agency, kind`, agencies)
	if err != nil {
		return nil, fmt.Errorf("couldn't count the inbox: %w", err)
	}
	counts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Count])
	if err != nil {
		return nil, fmt.Errorf("couldn't count the inbox: %w", err)
	}
	return counts, nil
}
