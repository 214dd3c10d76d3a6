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
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"songtor/domain"
	"songtor/projections"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what the projection does with commits.
const version = 2

// Projection keeps the incidents.
type Projection struct{ incidents, agencies, people, counts *projections.Table }

// New makes the projection.
func New() *Projection {
	return &Projection{
		incidents: &projections.Table{Name: "incidents", Key: 2, Columns: []projections.Column{
			{Name: "incident", Type: projections.Text},
			{Name: "apart", Type: projections.UUID},
			{Name: "excluded", Type: projections.Text},
			{Name: "position", Type: projections.Integer},
			{Name: "province", Type: projections.Text},
			{Name: "first_contact", Type: projections.Time},
			{Name: "last_contact", Type: projections.Time},
			{Name: "people", Type: projections.Integer},
		}},
		agencies: &projections.Table{Name: "agencies", Key: 3, Columns: []projections.Column{
			{Name: "agency", Type: projections.Text},
			{Name: "incident", Type: projections.Text},
			{Name: "apart", Type: projections.UUID},
			{Name: "excluded", Type: projections.Text},
			{Name: "position", Type: projections.Integer},
			{Name: "cases", Type: projections.Integer, Add: true},
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
			{Name: "concerned", Type: projections.Text},
			{Name: "excluded", Type: projections.Text},
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
	f := &fold{p: p, b: b, incidents: map[string]*incident{}, people: map[string]person{}}
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

// incident is what a row of incidents says of the cases that exclude nobody, and what all rows of the incident have in common.
type incident struct {
	position    uint64
	province    string
	first, last time.Time // zero where there is no such case
	people      int
}

// together stands for the cases of an incident that exclude nobody, in the place of a case id.
const together = "00000000-0000-0000-0000-000000000000"

// person is what a row of people says, but for the position.
type person struct {
	incident, reference string
	entry               int
	stage               domain.Stage
	status              domain.Status
	agency              string
	urgent              bool
	contacted           time.Time
	concerned           string // agencies, sorted, with a space between
	excluded            string
}

// fold is the application of a batch.
type fold struct {
	p         *Projection
	b         *projections.Batch
	incidents map[string]*incident
	people    map[string]person
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
	if len(ids) == 0 {
		return nil
	}
	if err := f.loadPeople(ctx, ids); err != nil {
		return fmt.Errorf("couldn't read the people of incidents: %w", err)
	}
	return nil
}

func (f *fold) loadIncidents(ctx context.Context, names []string) error {
	rows, err := f.b.Query(ctx, `select incident, apart, position, province, first_contact, last_contact, people
		from `+f.b.Table(f.p.incidents)+` where incident = any($1) order by incident, apart desc`, names)
	if err != nil {
		return err
	}
	var name, apart string
	var row incident
	_, err = pgx.ForEachRow(rows, []any{&name, &apart, &row.position, &row.province, &row.first, &row.last, &row.people}, func() error {
		found := row
		if apart != together {
			found.first, found.last, found.people = time.Time{}, time.Time{}, 0
		}
		f.incidents[name] = &found // the row of all together comes last, where there is one
		return nil
	})
	return err
}

func (f *fold) loadPeople(ctx context.Context, ids []pgtype.UUID) error {
	rows, err := f.b.Query(ctx, `select case_id, incident, entry, reference, stage, status, agency, urgent, contacted_at, concerned, excluded
		from `+f.b.Table(f.p.people)+` where case_id = any($1)`, ids)
	if err != nil {
		return err
	}
	var id string
	var row person
	places := []any{
		&id, &row.incident, &row.entry, &row.reference, &row.stage, &row.status, &row.agency, &row.urgent, &row.contacted, &row.concerned,
		&row.excluded,
	}
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
		if f.incidents[now.incident] == nil {
			f.incidents[now.incident] = &incident{position: c.Position, province: s.Province}
		}
	}
	now.reference, now.stage, now.status, now.agency, now.urgent = s.Reference, s.Stage, s.Status, s.Agency, s.Urgent
	now.concerned, now.excluded = concerned(old.concerned, s), strings.Join(s.Excluded, " ")
	if known && now == old {
		return
	}
	if known {
		f.count(&old, -1)
	}
	f.count(&now, 1)
	f.place(c.CaseID, old, now, known)
	f.people[c.CaseID] = now
	f.b.Put(f.p.people, c.CaseID, now.incident, now.entry, now.reference, string(now.stage), string(now.status), now.agency,
		now.urgent, now.contacted, now.concerned, now.excluded, c.Position)
}

// concerned adds to the agencies that have had to do with a case those that have to do with it as it stands.
func concerned(before string, s *domain.Standing) string {
	all := append(strings.Fields(before), s.Agency)
	for i := range s.Tasks {
		all = append(all, s.Tasks[i].Agency)
	}
	slices.Sort(all)
	all = slices.DeleteFunc(slices.Compact(all), func(code string) bool { return code == "" })
	return strings.Join(all, " ")
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

// place brings a person among those of the incident that exclude nobody, or apart from them, and takes them from where they were.
func (f *fold) place(caseID string, old, now person, known bool) {
	moved := !known || old.excluded != now.excluded
	told := ""
	if known && !moved {
		told = old.concerned
	}
	if known && moved {
		f.leave(caseID, &old)
	}
	if moved {
		f.join(caseID, &now)
	}
	for code := range strings.FieldsSeq(now.concerned) {
		if !slices.Contains(strings.Fields(told), code) {
			f.concern(caseID, &now, code, 1)
		}
	}
}

// join adds a person to a row of the incident. Reports that come late move the first contact back.
func (f *fold) join(caseID string, p *person) {
	i := f.incidents[p.incident]
	if p.excluded != "" {
		f.b.Put(f.p.incidents, p.incident, caseID, p.excluded, i.position, i.province, p.contacted, p.contacted, 1)
		return
	}
	i.people++
	if i.first.IsZero() || p.contacted.Before(i.first) {
		i.first = p.contacted
	}
	if p.contacted.After(i.last) {
		i.last = p.contacted
	}
	f.put(p.incident, i)
}

// leave takes a person from a row of the incident. When the first and the last were met stays as it was told.
func (f *fold) leave(caseID string, p *person) {
	if p.excluded != "" {
		f.b.Delete(f.p.incidents, p.incident, caseID)
	} else {
		i := f.incidents[p.incident]
		i.people--
		f.put(p.incident, i)
	}
	for code := range strings.FieldsSeq(p.concerned) {
		f.concern(caseID, p, code, -1)
	}
}

func (f *fold) put(name string, i *incident) {
	f.b.Put(f.p.incidents, name, together, "", i.position, i.province, i.first, i.last, i.people)
}

// concern adds a case to those by which an agency has to do with an incident, or takes it away.
func (f *fold) concern(caseID string, p *person, agency string, by int) {
	apart := together
	if p.excluded != "" {
		apart = caseID
	}
	if apart == caseID && by < 0 {
		f.b.Delete(f.p.agencies, agency, p.incident, apart)
		return
	}
	f.b.Put(f.p.agencies, agency, p.incident, apart, p.excluded, f.incidents[p.incident].position, by)
}

// count adds to how many people of an incident stand so. Those apart are counted one by one when they are read.
func (f *fold) count(p *person, change int) {
	if p.excluded == "" {
		f.b.Put(f.p.counts, p.incident, p.agency, string(p.stage), string(p.status), change)
	}
}
