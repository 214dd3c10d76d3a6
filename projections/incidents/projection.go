// Package incidents is the operations in which people were met together, each with its people and how far they have come.
//
// A case belongs to the incident that it was opened with. An agency is concerned with an incident once it was responsible for one of
// its cases, or a case of it waited for that agency.
package incidents

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"songtor/domain"
	"songtor/projections"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what the projection does with commits.
const version = 1

// Projection keeps the incidents.
type Projection struct{ incidents, agencies, people, counts *projections.Table }

// New makes the projection.
func New() *Projection {
	return &Projection{
		incidents: &projections.Table{Name: "incidents", Key: 1, Columns: []projections.Column{
			{Name: "incident", Type: projections.Text},
			{Name: "position", Type: projections.Integer},
			{Name: "province", Type: projections.Text},
			{Name: "first_contact", Type: projections.Time},
			{Name: "last_contact", Type: projections.Time},
			{Name: "people", Type: projections.Integer},
		}},
		agencies: &projections.Table{Name: "agencies", Key: 2, Columns: []projections.Column{
			{Name: "agency", Type: projections.Text},
			{Name: "incident", Type: projections.Text},
			{Name: "position", Type: projections.Integer},
		}},
		people: &projections.Table{Name: "people", Key: 1, Columns: []projections.Column{
			{Name: "case_id", Type: projections.UUID},
			{Name: "incident", Type: projections.Text},
			{Name: "entry", Type: projections.Integer},
			{Name: "reference", Type: projections.Text},
			{Name: "stage", Type: projections.Text},
			{Name: "status", Type: projections.Text},
			{Name: "agency", Type: projections.Text},
			{Name: "urgent", Type: projections.Flag},
			{Name: "contacted_at", Type: projections.Time},
			{Name: "position", Type: projections.Integer},
		}},
		counts: &projections.Table{Name: "counts", Key: 4, Columns: []projections.Column{
			{Name: "incident", Type: projections.Text},
			{Name: "agency", Type: projections.Text},
			{Name: "stage", Type: projections.Text},
			{Name: "status", Type: projections.Text},
			{Name: "people", Type: projections.Integer, Add: true},
		}},
	}
}

// Name implements projections.Projection.
func (p *Projection) Name() string { return "incidents" }

// Version implements projections.Projection.
func (p *Projection) Version() int { return version }

// Schema implements projections.Projection.
func (p *Projection) Schema() string { return schema }

// Apply implements projections.Projection.
func (p *Projection) Apply(ctx context.Context, b *projections.Batch, commits []domain.Commit) error {
	f := &fold{p: p, b: b, incidents: map[string]*incident{}, people: map[string]person{}, told: map[[2]string]bool{}}
	concerned := f.choose(commits)
	if len(concerned) == 0 {
		return nil
	}
	if err := f.load(ctx, concerned); err != nil {
		return err
	}
	for _, c := range concerned {
		f.commit(c)
	}
	return nil
}

// incident is what a row of incidents says.
type incident struct {
	position    uint64
	province    string
	first, last time.Time
	people      int
}

// person is what a row of people says, but for the position.
type person struct {
	incident, reference string
	entry               int
	stage               domain.Stage
	status              domain.Status
	agency              string
	urgent              bool
	contacted           time.Time
}

// fold is the application of a batch.
type fold struct {
	p         *Projection
	b         *projections.Batch
	incidents map[string]*incident
	people    map[string]person
	told      map[[2]string]bool // incident and agency that are written already
}

// choose picks the commits of cases that belong to an incident.
func (f *fold) choose(commits []domain.Commit) []*domain.Commit {
	var chosen []*domain.Commit
	for i := range commits {
		if commits[i].Standing.Incident != "" {
			chosen = append(chosen, &commits[i])
		}
	}
	return chosen
}

// load reads what the tables hold of the commits' incidents and people.
func (f *fold) load(ctx context.Context, commits []*domain.Commit) error {
	var ids []pgtype.UUID
	var incidents []string
	asked := map[string]bool{}
	for _, c := range commits {
		if name := c.Standing.Incident; !asked[name] {
			asked[name], incidents = true, append(incidents, name)
		}
		var id pgtype.UUID
		if id.Scan(c.CaseID) != nil {
			return errors.New("a case id is no UUID")
		}
		if c.Number > 1 && !asked[c.CaseID] {
			asked[c.CaseID], ids = true, append(ids, id)
		}
	}
	if err := f.loadIncidents(ctx, incidents); err != nil {
		return fmt.Errorf("couldn't read incidents: %w", err)
	}
	if err := f.loadAgencies(ctx, incidents); err != nil {
		return fmt.Errorf("couldn't read the agencies of incidents: %w", err)
	}
	if len(ids) == 0 {
		return nil
	}
	if err := f.loadPeople(ctx, ids); err != nil {
		return fmt.Errorf("couldn't read the people of incidents: %w", err)
	}
	return nil
}

func (f *fold) loadIncidents(ctx context.Context, names []string) error {
	rows, err := f.b.Query(ctx, `select incident, position, province, first_contact, last_contact, people
		from `+f.b.Table(f.p.incidents)+` where incident = any($1)`, names)
	if err != nil {
		return err
	}
	var name string
	var row incident
	_, err = pgx.ForEachRow(rows, []any{&name, &row.position, &row.province, &row.first, &row.last, &row.people}, func() error {
		found := row
		f.incidents[name] = &found
		return nil
	})
	return err
}

func (f *fold) loadAgencies(ctx context.Context, names []string) error {
	rows, err := f.b.Query(ctx, "select incident, agency from "+f.b.Table(f.p.agencies)+" where incident = any($1)", names)
	if err != nil {
		return err
	}
	var key [2]string
	_, err = pgx.ForEachRow(rows, []any{&key[0], &key[1]}, func() error {
		f.told[key] = true
		return nil
	})
	return err
}

func (f *fold) loadPeople(ctx context.Context, ids []pgtype.UUID) error {
	rows, err := f.b.Query(ctx, `select case_id, incident, entry, reference, stage, status, agency, urgent, contacted_at
		from `+f.b.Table(f.p.people)+` where case_id = any($1)`, ids)
	if err != nil {
		return err
	}
	var id string
	var row person
	places := []any{&id, &row.incident, &row.entry, &row.reference, &row.stage, &row.status, &row.agency, &row.urgent, &row.contacted}
	_, err = pgx.ForEachRow(rows, places, func() error {
		f.people[id] = row
		return nil
	})
	return err
}

func (f *fold) commit(c *domain.Commit) {
	s := &c.Standing
	old, known := f.people[c.CaseID]
	now := old
	if !known {
		now.incident, now.entry, now.contacted = s.Incident, entryOf(c), contactOf(c)
		f.met(c, now.contacted)
	}
	now.reference, now.stage, now.status, now.agency, now.urgent = s.Reference, s.Stage, s.Status, s.Agency, s.Urgent
	f.concern(now.incident, s)
	if known && now == old {
		return
	}
	if known {
		f.count(&old, -1)
	}
	f.count(&now, 1)
	f.people[c.CaseID] = now
	f.b.Put(f.p.people, c.CaseID, now.incident, now.entry, now.reference, string(now.stage), string(now.status), now.agency,
		now.urgent, now.contacted, c.Position)
}

// entryOf is the person's number on the list of the incident, 0 for none.
func entryOf(c *domain.Commit) int {
	for _, fact := range c.Facts {
		if e, ok := fact.Event.(*domain.CaseOpened); ok {
			return e.Entry
		}
	}
	return 0
}

// contactOf is when the person was met.
func contactOf(c *domain.Commit) time.Time {
	if len(c.Facts) == 0 {
		return c.AcceptedAt
	}
	return c.Facts[0].HappenedAt
}

// met adds a person to the incident. Reports that come late move the first contact back.
func (f *fold) met(c *domain.Commit, at time.Time) {
	name := c.Standing.Incident
	row := f.incidents[name]
	if row == nil {
		row = &incident{position: c.Position, province: c.Standing.Province, first: at, last: at}
		f.incidents[name] = row
	}
	row.people++
	if at.Before(row.first) {
		row.first = at
	}
	if at.After(row.last) {
		row.last = at
	}
	f.b.Put(f.p.incidents, name, row.position, row.province, row.first, row.last, row.people)
}

// concern notes the agencies that have to do with a case that stands so.
func (f *fold) concern(name string, s *domain.Standing) {
	f.tell(name, s.Agency)
	for i := range s.Tasks {
		f.tell(name, s.Tasks[i].Agency)
	}
}

func (f *fold) tell(name, agency string) {
	key := [2]string{name, agency}
	if f.told[key] || agency == "" || f.incidents[name] == nil {
		return
	}
	f.told[key] = true
	f.b.Put(f.p.agencies, agency, name, f.incidents[name].position)
}

// count adds to how many people of an incident stand so.
func (f *fold) count(p *person, change int) {
	f.b.Put(f.p.counts, p.incident, p.agency, string(p.stage), string(p.status), change)
}
