package inbox

import (
	"slices"
	"time"

	"songtor/domain"
	"songtor/projections"
)

// itemKey identifies an item in its case.
type itemKey struct{ task, agency string }

// item is what a row of items says.
type item struct {
	kind        domain.TaskKind
	responsible string
	assignee    string
	ref, other  string
	since       time.Time
	due         time.Time // zero for none
	source      string
	missed      int
	rung        domain.Rung
	audience    domain.Rung
	escalated   bool
	about       about
}

func itemColumns() []projections.Column {
	return []projections.Column{
		{Name: "case_id", Type: projections.UUID},
		{Name: "task", Type: projections.Text},
		{Name: "agency", Type: projections.Text},
		{Name: "kind", Type: projections.Text},
		{Name: "responsible", Type: projections.Text},
		{Name: "assignee", Type: projections.Text},
		{Name: "ref", Type: projections.Text},
		{Name: "other", Type: projections.Text},
		{Name: "since", Type: projections.Time},
		{Name: "due_at", Type: projections.Time},
		{Name: "source", Type: projections.Text},
		{Name: "missed", Type: projections.Integer},
		{Name: "rung", Type: projections.Text},
		{Name: "audience", Type: projections.Text},
		{Name: "escalated", Type: projections.Flag},
		{Name: "reference", Type: projections.Text},
		{Name: "stage", Type: projections.Text},
		{Name: "status", Type: projections.Text},
		{Name: "province", Type: projections.Text},
		{Name: "incident", Type: projections.Text},
		{Name: "urgent", Type: projections.Flag},
		{Name: "excluded", Type: projections.Text},
		{Name: "known_from", Type: projections.Time},
		{Name: "position", Type: projections.Integer},
	}
}

func itemValues(caseID string, k itemKey, r revision[item]) []any {
	i := &r.row
	return slices.Concat(
		[]any{
			caseID, k.task, k.agency, string(i.kind), i.responsible, i.assignee, i.ref, i.other, i.since, nullable(i.due),
			i.source, i.missed, string(i.rung), string(i.audience), i.escalated,
		},
		i.about.values(), []any{r.from, r.position})
}

func (p *Projection) applyItems(b *projections.Batch, f *file, c *domain.Commit) {
	book[itemKey, item]{
		rows: f.items,
		put:  func(k itemKey, r revision[item]) { b.Put(p.items, itemValues(c.CaseID, k, r)...) },
		drop: func(k itemKey) { b.Delete(p.items, c.CaseID, k.task, k.agency) },
		retire: func(k itemKey, r revision[item], until time.Time) {
			putPast(b, p.pastItems, itemValues(c.CaseID, k, r), r.from, until)
		},
		counted: func(k itemKey, row item, change int) {
			if row.about.excluded != "" {
				return // Counts counts it by itself
			}
			b.Put(p.counts, k.agency, listItems, string(boxOf(row.kind, row.escalated)), string(row.kind), change)
		},
	}.revise(p.wanted(&c.Standing, f.items), f.known, c.Position)
}

// wanted lists the items of a case that stands so, of which some are there already.
func (p *Projection) wanted(s *domain.Standing, have map[itemKey]revision[item]) map[itemKey]item {
	want := make(map[itemKey]item, len(s.Tasks))
	tasks := make(map[string]item, len(s.Tasks))
	for i := range s.Tasks {
		t := &s.Tasks[i]
		row := itemOf(s, t)
		tasks[t.ID], want[itemKey{t.ID, t.Agency}] = row, row
	}
	for id, row := range tasks {
		if p.office != nil && row.missed > 0 && rank(row.rung) > rank(domain.ToSupervisor) {
			escalate(want, itemKey{id, p.office(row.rung, s.Province)}, row, row.rung)
		}
	}
	for key, old := range have {
		row, waited := tasks[key.task]
		if old.row.escalated && waited && row.missed > 0 && row.due.Equal(old.row.due) {
			escalate(want, key, row, old.row.audience)
		}
	}
	return want
}

func itemOf(s *domain.Standing, t *domain.Task) item {
	row := item{
		kind: t.Kind, responsible: t.Agency, assignee: t.Assignee, ref: t.Ref, other: t.Other, since: moment(t.Since),
		due: optional(t.DueAt), source: t.Source, missed: t.Missed, rung: t.Rung, about: aboutCase(s),
	}
	if t.Missed > 0 && rank(t.Rung) >= rank(domain.ToSupervisor) {
		row.audience = domain.ToSupervisor
	}
	return row
}

// escalate shows an item to an agency that has to see that it was not done, unless it lies there already or there is no such agency.
func escalate(want map[itemKey]item, at itemKey, row item, to domain.Rung) {
	if _, there := want[at]; there || at.agency == "" {
		return
	}
	row.escalated, row.audience = true, to
	want[at] = row
}

// rank is the place of a rung on the ladder, -1 for none.
func rank(r domain.Rung) int { return slices.Index(domain.Rungs(), r) }
