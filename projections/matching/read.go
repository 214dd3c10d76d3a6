package matching

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"songtor/internal/paging"
	"songtor/projections"
)

// Proposal is a pair of cases that may be of one person.
type Proposal struct {
	CaseA     string   `json:"case_a"` // the smaller id
	CaseB     string   `json:"case_b"`
	AgencyA   string   `json:"agency_a"`
	AgencyB   string   `json:"agency_b"`
	Score     int      `json:"score"` // 0 to 100; from 60 on it is likely
	Evidence  Evidence `json:"evidence"`
	Position  uint64   `json:"position"` // of the later of the commits that told what is compared
	State     string   `json:"state"`    // proposed, linked, refused
	SettledBy string   `json:"settled_by,omitempty"`
	SettledAt uint64   `json:"settled_at,omitempty"` // position
}

const columns = `p.case_a, p.case_b, coalesce(x.agency, ''), coalesce(y.agency, ''), p.score, p.evidence, p.position`

// joins brings the agencies of the two cases to a proposal.
const joins = ` left join matching.agencies x on x.case_id = p.case_a left join matching.agencies y on y.case_id = p.case_b `

// settledPair reads what was said of a pair: from either side, a link before a refusal, and the last word first.
const settledPair = `(select s.state, s.who, s.position from matching.settled s
	where s.case_id = p.case_a and s.other = p.case_b or s.case_id = p.case_b and s.other = p.case_a
	order by s.state, s.position desc limit 1)`

// Proposals returns the proposals of a case, settled or not, the likeliest first.
func Proposals(ctx context.Context, db projections.DB, caseID string) ([]Proposal, error) {
	rows, err := db.Query(ctx, `select `+columns+`, coalesce(s.state, $2), coalesce(s.who, ''), coalesce(s.position, 0)
		from (select * from matching.proposals where case_a = $1 union all select * from matching.proposals where case_b = $1) as p`+joins+
		`left join lateral `+settledPair+` as s on true order by p.score desc, p.position desc, p.case_a, p.case_b`, caseID, Proposed)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the proposals of a case: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Proposal, error) {
		var p Proposal
		err := row.Scan(p.fields(&p.State, &p.SettledBy, &p.SettledAt)...)
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("couldn't read the proposals of a case: %w", err)
	}
	return all, nil
}

func (p *Proposal) fields(more ...any) []any {
	return append([]any{&p.CaseA, &p.CaseB, &p.AgencyA, &p.AgencyB, &p.Score, &p.Evidence, &p.Position}, more...)
}

// Page is a place in the list of open proposals.
type Page struct {
	Least int    // the least score; 0 is every proposal
	Limit int    // rows, as paging.Limit understands it, at most paging.MaxLimit
	After string // Next of the page before; empty for the first
}

// List is a page of proposals.
type List struct {
	Items    []Proposal `json:"items"`
	Next     string     `json:"next"` // empty on the last page
	Position uint64     `json:"-"`    // the rows hold at least everything up to it
}

// ErrCursor says that Page.After is not the Next of a list.
var ErrCursor = errors.New("not a cursor of this list")

// Scope is whose proposals are read.
type Scope struct {
	Agencies []string // those of which both cases are these agencies'; nil is every proposal, an empty one none
	Tokens   []string // digests under which cases name who asks as one who may not know of them
}

// tokens are never null: what is compared with null is neither so nor not.
func (s *Scope) tokens() []string { return append([]string{}, s.Tokens...) }

// Open returns a page of the proposals of a scope that nobody has settled, the likeliest first and the newest of those first.
func Open(ctx context.Context, db projections.DB, scope Scope, page Page) (List, error) {
	limit := paging.Limit(page.Limit, paging.MaxLimit)
	sql, args, err := openQuery(scope, page, limit+1)
	if err != nil {
		return List{}, err
	}
	var list List
	pipeline := &pgx.Batch{}
	projections.QueuePosition(pipeline, Name, &list.Position)
	if scope.Agencies != nil {
		pipeline.Queue(planForThese)
	}
	pipeline.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		list.Items, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Proposal, error) {
			p := Proposal{State: Proposed}
			err := row.Scan(p.fields()...)
			return p, err
		})
		return err
	})
	if err := db.SendBatch(ctx, pipeline).Close(); err != nil {
		return List{}, fmt.Errorf("couldn't list proposals: %w", err)
	}
	list.Items, list.Next = paging.Cut(list.Items, limit, (*Proposal).cursor)
	return list, nil
}

// planForThese has the question planned for the agencies that it names: for one with few cases their pairs are looked up and sorted, for one
// with many the list is read in its order until a page is full. Either takes seconds where the other is right.
const planForThese = `select set_config('plan_cache_mode', 'force_custom_plan', true)`

func openQuery(scope Scope, page Page, limit int) (string, []any, error) {
	args := []any{page.Least, scope.tokens()}
	conditions := []string{
		`p.score >= $1`, `not exists ` + settledPair,
		`wall.admits(x.excluded, $2::text[]) and wall.admits(y.excluded, $2::text[])`,
	}
	if scope.Agencies != nil {
		args = append(args, scope.Agencies)
		conditions = append(conditions, `x.agency = any($3::text[]) and y.agency = any($3::text[])`)
	}
	if page.After != "" {
		c, err := parseCursor(page.After)
		if err != nil {
			return "", nil, err
		}
		n := len(args)
		conditions = append(conditions, fmt.Sprintf(`p.score <= $%[1]d and (p.score < $%[1]d or p.position < $%[2]d
			or p.position = $%[2]d and (p.case_a, p.case_b) > ($%[3]d::uuid, $%[4]d::uuid))`, n+1, n+2, n+3, n+4))
		args = append(args, c.Score, c.Position, c.A, c.B)
	}
	return `select ` + columns + ` from matching.proposals p join matching.agencies x on x.case_id = p.case_a
		join matching.agencies y on y.case_id = p.case_b where ` + strings.Join(conditions, " and ") +
		fmt.Sprintf(` order by p.score desc, p.position desc, p.case_a, p.case_b limit %d`, limit), args, nil
}

// cursor is the place of a proposal in the order.
type cursor struct {
	Score    int    `json:"s"`
	Position uint64 `json:"p"`
	A        string `json:"a"`
	B        string `json:"b"`
}

func (p *Proposal) cursor() string {
	return paging.Cursor(cursor{p.Score, p.Position, p.CaseA, p.CaseB})
}

func parseCursor(text string) (cursor, error) {
	var c cursor
	if !paging.Parse(text, &c) || !projections.FitsPosition(c.Position) || !projections.FitsInteger(c.Score) {
		return c, ErrCursor
	}
	for _, id := range []string{c.A, c.B} {
		var u pgtype.UUID
		if u.Scan(id) != nil || u.String() != id {
			return c, ErrCursor
		}
	}
	return c, nil
}

// CasesOfLanguage is a condition in SQL: the case whose id is in the column is one whose person is spoken to in the language whose
// token, as LanguageToken makes it, is the parameter. Both are written into the SQL as they are and must never come from outside.
func CasesOfLanguage(column, parameter string) string {
	return fmt.Sprintf(`exists (select from matching.languages l where l.case_id = %s and l.token = %s)`, column, parameter)
}

// Forget removes what is known of the people of cases, the proposals with it. It is for a database that was restored from before their
// keys were destroyed; the projection itself does so where it meets the event. Where it has not been made yet there is nothing to forget.
func Forget(ctx context.Context, db projections.DB, caseIDs []string) error {
	for _, statement := range []string{
		`delete from matching.persons where case_id = any($1::uuid[])`,
		`delete from matching.tokens where case_id = any($1::uuid[])`,
		`delete from matching.languages where case_id = any($1::uuid[])`,
		`delete from matching.proposals where case_a = any($1::uuid[]) or case_b = any($1::uuid[])`,
	} {
		if _, err := db.Exec(ctx, statement, caseIDs); err != nil && !projections.NotMade(err) {
			return fmt.Errorf("couldn't forget the people of erased cases: %w", err)
		}
	}
	return nil
}
