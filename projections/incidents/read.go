package incidents

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"songtor/domain"
	"songtor/internal/paging"
	"songtor/projections"
)

// Incident is one operation in which people were met.
type Incident struct {
	ID           string    `json:"incident_id"`
	Province     string    `json:"province"` // of the first case
	FirstContact time.Time `json:"first_contact"`
	LastContact  time.Time `json:"last_contact"`
	People       int       `json:"people"`
	Position     uint64    `json:"position"` // of the commit that brought its first case
}

// Count is how many people of an incident stand so.
type Count struct {
	Agency string        `json:"agency"`
	Stage  domain.Stage  `json:"stage"`
	Status domain.Status `json:"status"`
	People int           `json:"people"`
}

// Progress is how far the people of an incident have come, by where their cases stand now.
type Progress struct {
	People     int `json:"people"`
	Refused    int `json:"refused"`            // adults who refused; nothing more is asked of them
	Screened   int `json:"screened"`           // a form was received
	Reasonable int `json:"reasonable_grounds"` // presumed victims and everybody who came further
	Identified int `json:"identified"`
	Waiting    int `json:"waiting"` // the case waits for somebody
}

// Detail is an incident with its progress.
type Detail struct {
	Incident
	Agencies   []string            `json:"agencies"` // those concerned
	Progress   Progress            `json:"progress"`
	ByAgency   map[string]Progress `json:"by_agency"` // by the agency responsible now
	Counts     []Count             `json:"counts"`
	KnownUntil uint64              `json:"-"` // the counts hold at least everything up to this position
}

// Person is a case of an incident.
type Person struct {
	Entry       int           `json:"entry"` // number on the list of the incident; 0 for none
	CaseID      string        `json:"case_id"`
	Reference   string        `json:"case_reference"`
	Stage       domain.Stage  `json:"stage"`
	Status      domain.Status `json:"status"`
	Open        bool          `json:"open"`
	Agency      string        `json:"agency"`
	Urgent      bool          `json:"urgent"`
	ContactedAt time.Time     `json:"contacted_at"`
	Position    uint64        `json:"position"` // of the commit that made the row what it is
}

// Page is a place in a list.
type Page struct {
	Limit int    // rows, as paging.Limit understands it, at most MaxLimit
	After string // Next of the page before; empty for the first
}

// MaxLimit is how many rows a page has at the most: the people of an operation are looked at together.
const MaxLimit = 500

// List is a page of incidents.
type List struct {
	Items    []Incident `json:"items"`
	Next     string     `json:"next"` // empty on the last page
	Position uint64     `json:"-"`    // the rows hold at least everything up to it
}

// People is a page of the people of an incident.
type People struct {
	Items    []Person `json:"items"`
	Next     string   `json:"next"` // empty on the last page
	Position uint64   `json:"-"`    // the rows hold at least everything up to it
}

// What callers decide on.
var (
	// ErrCursor says that Page.After is not the Next of a list.
	ErrCursor = errors.New("not a cursor of this list")
	// ErrNoIncident says that no case of that incident is known here.
	ErrNoIncident = errors.New("no such incident")
)

// cursor is a place in either list.
type cursor struct {
	Position uint64 `json:"p,omitempty"`
	Entry    int    `json:"e,omitempty"`
	Case     string `json:"c,omitempty"`
}

func (c cursor) String() string { return paging.Cursor(c) }

func (i *Incident) cursor() string { return cursor{Position: i.Position}.String() }

func (p *Person) cursor() string { return cursor{Entry: p.Entry, Case: p.CaseID}.String() }

// start is before the first row of either list.
var start = cursor{Position: math.MaxInt64, Entry: -1, Case: "00000000-0000-0000-0000-000000000000"}

func (p Page) cursor() (c cursor, err error) {
	if p.After == "" {
		return start, nil
	}
	if !paging.Parse(p.After, &c) || c == (cursor{}) ||
		!projections.FitsPosition(c.Position) || !projections.FitsInteger(c.Entry) {
		return c, ErrCursor
	}
	return c, nil
}

// Scope is whose incidents are read.
type Scope struct {
	Agencies []string // those with which one of these is concerned; nil is every incident, an empty one none
	Tokens   []string // digests under which cases name who asks as one who may not know of them
}

// tokens are never null: what is compared with null is neither so nor not.
func (s *Scope) tokens() []string { return append([]string{}, s.Tokens...) }

// fields make an incident of its rows: of the cases together and of those apart.
const fields = `i.incident, (array_agg(i.province order by i.apart))[1], min(i.first_contact), max(i.last_contact), sum(i.people)::bigint,
	i.position`

// List returns a page of the incidents of the scope: what was reported last first.
func (p *Projection) List(ctx context.Context, db projections.DB, scope Scope, page Page) (List, error) {
	after, err := page.cursor()
	if err != nil {
		return List{}, err
	}
	if after.Position == 0 {
		return List{}, ErrCursor
	}
	limit := paging.Limit(page.Limit, MaxLimit)
	chosen := `select distinct position from incidents.incidents
		where position < $1 and people > 0 and wall.admits(excluded, $3::text[]) order by position desc limit $2`
	args := []any{after.Position, limit + 1, scope.tokens()}
	if scope.Agencies != nil {
		chosen = `select distinct position from (select distinct unnest($4::text[]) as scoped) as s cross join lateral (
				select distinct position from incidents.agencies
				where agency = scoped and position < $1 and cases > 0 and wall.admits(excluded, $3::text[]) order by position desc limit $2
			) as each order by position desc limit $2`
		args = append(args, scope.Agencies)
	}
	sql := `select ` + fields + ` from (` + chosen + `) as chosen join incidents.incidents as i using (position)
		where i.people > 0 and wall.admits(i.excluded, $3::text[]) group by i.incident, i.position order by i.position desc`
	var list List
	pipeline := &pgx.Batch{}
	projections.QueuePosition(pipeline, p.Name(), &list.Position)
	pipeline.Queue(sql, args...).Query(func(rows pgx.Rows) (err error) {
		list.Items, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Incident])
		return err
	})
	if err := db.SendBatch(ctx, pipeline).Close(); err != nil {
		return List{}, fmt.Errorf("couldn't list incidents: %w", err)
	}
	list.Items, list.Next = paging.Cut(list.Items, limit, (*Incident).cursor)
	return list, nil
}

// Find returns an incident with its progress, or ErrNoIncident. Of the scope only the tokens count.
func (p *Projection) Find(ctx context.Context, db projections.DB, scope Scope, id string) (Detail, error) {
	d := Detail{ByAgency: map[string]Progress{}}
	pipeline := &pgx.Batch{}
	projections.QueuePosition(pipeline, p.Name(), &d.KnownUntil)
	pipeline.Queue(`select `+fields+` from incidents.incidents i
			where i.incident = $1 and i.people > 0 and wall.admits(i.excluded, $2::text[]) group by i.incident, i.position`, id, scope.tokens()).
		Query(func(rows pgx.Rows) (err error) {
			d.Incident, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Incident])
			return err
		})
	pipeline.Queue(`select distinct unnest(string_to_array(concerned, ' ')) as agency from incidents.people
			where incident = $1 and wall.admits(excluded, $2::text[]) order by agency`, id, scope.tokens()).
		Query(func(rows pgx.Rows) (err error) {
			d.Agencies, err = pgx.CollectRows(rows, pgx.RowTo[string])
			return err
		})
	pipeline.Queue(`select agency, stage, status, sum(people)::bigint from (
			select agency, stage, status, people from incidents.counts where incident = $1 and people > 0
			union all
			select agency, stage, status, 1 from incidents.people
			where incident = $1 and excluded <> '' and wall.admits(excluded, $2::text[])
		) as all_people group by agency, stage, status order by agency, stage, status`, id, scope.tokens()).
		Query(func(rows pgx.Rows) (err error) {
			d.Counts, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Count])
			return err
		})
	err := db.SendBatch(ctx, pipeline).Close()
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Detail{}, ErrNoIncident
	case err != nil:
		return Detail{}, fmt.Errorf("couldn't read an incident: %w", err)
	}
	for _, c := range d.Counts {
		d.Progress = d.Progress.with(c)
		d.ByAgency[c.Agency] = d.ByAgency[c.Agency].with(c)
	}
	return d, nil
}

// with adds people who stand so.
func (p Progress) with(c Count) Progress {
	p.People += c.People
	if c.Status == domain.ConsentDenied {
		p.Refused += c.People
	}
	if c.Status.Open() {
		p.Waiting += c.People
	}
	switch c.Stage {
	case domain.Protection:
		p.Identified += c.People
		fallthrough
	case domain.Identification:
		p.Reasonable += c.People
		fallthrough
	case domain.Screening:
		p.Screened += c.People
	case domain.Frontline:
	}
	return p
}

// People returns a page of the people of an incident, in the order of its list. Of the scope only the tokens count.
func (p *Projection) People(ctx context.Context, db projections.DB, scope Scope, id string, page Page) (People, error) {
	after, err := page.cursor()
	if err != nil {
		return People{}, err
	}
	var last pgtype.UUID
	if last.Scan(after.Case) != nil {
		return People{}, ErrCursor
	}
	limit := paging.Limit(page.Limit, MaxLimit)
	var people People
	pipeline := &pgx.Batch{}
	projections.QueuePosition(pipeline, p.Name(), &people.Position)
	pipeline.Queue(`select entry, case_id, reference, stage, status, agency, urgent, contacted_at, position from incidents.people
		where incident = $1 and (entry, case_id) > ($2, $3) and wall.admits(excluded, $5::text[]) order by entry, case_id limit $4`,
		id, after.Entry, last, limit+1, scope.tokens()).
		Query(func(rows pgx.Rows) (err error) {
			people.Items, err = pgx.CollectRows(rows, readPerson)
			return err
		})
	if err := db.SendBatch(ctx, pipeline).Close(); err != nil {
		return People{}, fmt.Errorf("couldn't list the people of an incident: %w", err)
	}
	people.Items, people.Next = paging.Cut(people.Items, limit, (*Person).cursor)
	return people, nil
}

func readPerson(row pgx.CollectableRow) (Person, error) {
	var p Person
	err := row.Scan(&p.Entry, &p.CaseID, &p.Reference, &p.Stage, &p.Status, &p.Agency, &p.Urgent, &p.ContactedAt, &p.Position)
	p.Open = p.Status.Open()
	return p, err
}
