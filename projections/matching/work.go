package matching

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
	"songtor/internal/matching"
	"songtor/projections"
)

// caseID is a case id as its 16 bytes.
type caseID [16]byte

func parseID(text string) (id caseID, ok bool) {
	b, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	return id, err == nil && copy(id[:], b) == len(id) && len(b) == len(id)
}

func (id caseID) String() string {
	x := hex.EncodeToString(id[:])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

func compareIDs(a, b caseID) int { return slices.Compare(a[:], b[:]) }

// people are cases with what their screenings told, by the screening's id.
type people map[caseID]map[string]*form

// work is one batch: the rows that it is about as they were, and as they are to be.
type work struct {
	p       *Projection
	b       *projections.Batch
	told    map[domain.Event]*form // what the batch's screenings tell
	was     people
	now     people
	touched map[caseID]bool // whose screenings or keys changed
	settled map[direction]*verdict
	judged  map[direction]*verdict // settled as it was
	marked  map[caseID][]mark      // what is known of a case after the batch, all screenings together
	held    map[token]*holders
	scored  map[matching.Tally]proposal // what a tally is worth: there are few
}

// direction is a pair of cases as somebody who worked on the first speaks of it.
type direction struct{ from, to caseID }

// verdict is what somebody said of a pair.
type verdict struct {
	state, link, who string
	position         uint64
}

func newWork(p *Projection, b *projections.Batch, forms map[domain.Event]*form) *work {
	return &work{
		p: p, b: b, told: forms, was: people{}, now: people{}, touched: map[caseID]bool{}, settled: map[direction]*verdict{},
		judged: map[direction]*verdict{}, marked: map[caseID][]mark{}, held: map[token]*holders{}, scored: map[matching.Tally]proposal{},
	}
}

// load reads what is known of the cases that change.
func (w *work) load(ctx context.Context, commits []domain.Commit) error {
	known, judging := map[caseID]bool{}, map[caseID]bool{}
	for i := range commits {
		id, ok := parseID(commits[i].CaseID)
		if !ok || commits[i].Number == 1 {
			continue
		}
		for _, f := range commits[i].Facts {
			switch f.Event.(type) {
			case *domain.ScreeningRecorded, *domain.ScreeningCorrected:
				known[id] = true
			case *domain.KeysDestroyed:
				known[id], judging[id] = true, true
			case *domain.CaseLinked, *domain.LinkUndone, *domain.DuplicateRefused:
				judging[id] = true
			}
		}
	}
	if err := w.loadPeople(ctx, slices.SortedFunc(maps.Keys(known), compareIDs), w.was); err != nil {
		return err
	}
	for id, forms := range w.was {
		w.now[id] = maps.Clone(forms)
	}
	return w.loadSettled(ctx, slices.SortedFunc(maps.Keys(judging), compareIDs))
}

// query reads rows for keys one by one, in one round trip. The plan is made for these keys: a plan kept from when the tables were
// empty would read them from end to end.
func (w *work) query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return w.b.Query(ctx, sql, append([]any{pgx.QueryExecModeCacheDescribe}, args...)...)
}

func (w *work) loadPeople(ctx context.Context, ids []caseID, into people) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := w.query(ctx, `select t.* from unnest($1::uuid[]) as k (id) cross join lateral (
		select case_id, screening, features, language, position from `+w.b.Table(w.p.persons)+` where case_id = k.id offset 0) as t`, uuids(ids))
	if err != nil {
		return fmt.Errorf("couldn't read persons: %w", err)
	}
	var id caseID
	var screening string
	var features, language []byte
	var position uint64
	_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&id), &screening, &features, &language, &position}, func() error {
		if into[id] == nil {
			into[id] = map[string]*form{}
		}
		into[id][screening] = &form{marks: unpack(features), language: slices.Clone(language), position: position}
		return nil
	})
	if err != nil {
		return fmt.Errorf("couldn't read persons: %w", err)
	}
	return nil
}

func uuids(ids []caseID) [][16]byte {
	all := make([][16]byte, len(ids))
	for i, id := range ids {
		all[i] = id
	}
	return all
}

func (w *work) loadSettled(ctx context.Context, ids []caseID) error {
	if len(ids) == 0 {
		return nil
	}
	table := w.b.Table(w.p.settled)
	rows, err := w.query(ctx, `select t.* from unnest($1::uuid[]) as k (id) cross join lateral (
		(select * from `+table+` where case_id = k.id) union all (select * from `+table+` where other = k.id)) as t`, uuids(ids))
	if err != nil {
		return fmt.Errorf("couldn't read what was settled: %w", err)
	}
	var d direction
	var v verdict
	_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&d.from), (*[16]byte)(&d.to), &v.state, &v.link, &v.who, &v.position}, func() error {
		found := v
		w.judged[d], w.settled[d] = &found, &found
		return nil
	})
	if err != nil {
		return fmt.Errorf("couldn't read what was settled: %w", err)
	}
	return nil
}

// The states of a pair.
const (
	Proposed = "proposed"
	Linked   = "linked"
	Refused  = "refused"
)

// fold takes one commit in.
func (w *work) fold(c *domain.Commit) {
	id, ok := parseID(c.CaseID)
	if !ok {
		return
	}
	if c.Standing.Status == domain.Erased {
		w.b.Delete(w.p.agencies, c.CaseID)
	} else {
		w.b.Put(w.p.agencies, c.CaseID, c.Standing.Agency, strings.Join(c.Standing.Excluded, " "))
	}
	for _, f := range c.Facts {
		switch e := f.Event.(type) {
		case *domain.ScreeningRecorded:
			w.tell(id, e.Screening, w.told[f.Event])
		case *domain.ScreeningCorrected:
			w.tell(id, e.Screening, w.told[f.Event])
		case *domain.KeysDestroyed:
			w.forget(id)
		default:
			w.judge(id, f.Event, c)
		}
	}
}

func (w *work) tell(id caseID, screening string, f *form) {
	w.touched[id] = true
	if w.now[id] == nil {
		w.now[id] = map[string]*form{}
	}
	if f == nil {
		delete(w.now[id], screening)
		return
	}
	w.now[id][screening] = f
}

func (w *work) forget(id caseID) {
	w.touched[id] = true
	delete(w.now, id)
	for d := range w.settled {
		if d.from == id || d.to == id {
			delete(w.settled, d)
		}
	}
}

// judge takes in what somebody said of a pair: of each who speaks, the last word counts.
func (w *work) judge(id caseID, event domain.Event, c *domain.Commit) {
	switch e := event.(type) {
	case *domain.CaseLinked:
		if other, ok := parseID(e.Other); ok && e.Kind == domain.SamePerson {
			w.settled[direction{id, other}] = &verdict{Linked, e.Link, c.Actor.User, c.Position}
		}
	case *domain.DuplicateRefused:
		if other, ok := parseID(e.Other); ok {
			w.settled[direction{id, other}] = &verdict{Refused, "", c.Actor.User, c.Position}
		}
	case *domain.LinkUndone:
		for d, v := range w.settled {
			if d.from == id && v.link == e.Link {
				delete(w.settled, d)
			}
		}
	}
}

func (w *work) writeSettled() {
	for d := range w.judged {
		if w.settled[d] == nil {
			w.b.Delete(w.p.settled, d.from.String(), d.to.String())
		}
	}
	for d, v := range w.settled {
		if was := w.judged[d]; was == nil || *was != *v {
			w.b.Put(w.p.settled, d.from.String(), d.to.String(), v.state, v.link, v.who, v.position)
		}
	}
}

// writePeople writes what is known of the cases that changed: the screenings, and the tokens and the language that follow from them.
func (w *work) writePeople() {
	for id := range w.touched {
		w.writeForms(id)
		w.writeLanguage(id)
		before, after := reaching(together(w.was[id])), reaching(together(w.now[id]))
		w.marked[id] = together(w.now[id])
		for t := range before {
			if _, still := after[t]; !still {
				w.b.Delete(w.p.tokens, t[:], id.String())
				w.holders(t, before[t]).lost[id] = true
			}
		}
		for t, kind := range after {
			if _, already := before[t]; !already {
				w.b.Put(w.p.tokens, t[:], id.String(), string(kinds[kind]))
				w.holders(t, kind).found[id] = true
			}
		}
	}
}

func (w *work) writeForms(id caseID) {
	for screening := range w.was[id] {
		if w.now[id][screening] == nil {
			w.b.Delete(w.p.persons, id.String(), screening)
		}
	}
	for screening, f := range w.now[id] {
		if f != w.was[id][screening] {
			w.b.Put(w.p.persons, id.String(), screening, f.pack(), f.language, f.position)
		}
	}
}

// writeLanguage writes the language of the latest screening that tells one.
func (w *work) writeLanguage(id caseID) {
	latest := &form{}
	for _, f := range w.now[id] {
		if len(f.language) > 0 && f.position >= latest.position {
			latest = f
		}
	}
	if latest.language == nil {
		w.b.Delete(w.p.languages, id.String())
		return
	}
	w.b.Put(w.p.languages, id.String(), latest.language)
}

// together are the marks of all screenings of a case, each once.
func together(forms map[string]*form) []mark {
	var all []mark
	for _, f := range forms {
		all = append(all, f.marks...)
	}
	slices.SortFunc(all, compareMarks)
	return slices.Compact(all)
}

// reaching are the tokens by which a case can meet others, with their kinds.
func reaching(marks []mark) map[token]uint8 {
	tokens := map[token]uint8{}
	for _, m := range marks {
		if matching.Reach(kinds[m.kind]) > 0 {
			tokens[m.token] = m.kind
		}
	}
	return tokens
}

// latest is the position of the last screening that counts.
func latest(forms map[string]*form) uint64 {
	var position uint64
	for _, f := range forms {
		position = max(position, f.position)
	}
	return position
}

// holders are the cases that have a token.
type holders struct {
	kind        uint8
	before      []caseID        // as they were; not all where there are many
	found, lost map[caseID]bool // by this batch
	fetched     bool
}

func (w *work) holders(t token, kind uint8) *holders {
	h := w.held[t]
	if h == nil {
		h = &holders{kind: kind, found: map[caseID]bool{}, lost: map[caseID]bool{}}
		w.held[t] = h
	}
	return h
}

func (h *holders) reach() int { return matching.Reach(kinds[h.kind]) }

// enough is how many holders tell whether a token is too common, before and after the batch.
func (h *holders) enough() int { return h.reach() + len(h.lost) + 1 }

// after are the holders after the batch; not all of them where there are many.
func (h *holders) after() []caseID {
	now := make([]caseID, 0, len(h.before)+len(h.found))
	for _, id := range h.before {
		if !h.lost[id] {
			now = append(now, id)
		}
	}
	for id := range h.found {
		now = append(now, id)
	}
	return now
}

// turned reports that the batch made the token too common, or rare enough again.
func (h *holders) turned() bool {
	return len(h.before) > h.reach() != (len(h.before)-len(h.lost)+len(h.found) > h.reach())
}

// fetch reads the holders of the tokens that have not been read.
func (w *work) fetch(ctx context.Context) error {
	var tokens [][]byte
	var limits []int32
	for t, h := range w.held {
		if !h.fetched {
			tokens, limits = append(tokens, slices.Clone(t[:])), append(limits, int32(h.enough())) // at most a batch and the reach
			h.fetched = true
		}
	}
	if len(tokens) == 0 {
		return nil
	}
	rows, err := w.query(ctx, `select k.token, t.case_id from unnest($1::bytea[], $2::int[]) as k (token, enough) cross join lateral (
		select case_id from `+w.b.Table(w.p.tokens)+` as t where t.token = k.token limit k.enough) as t`, tokens, limits)
	if err != nil {
		return fmt.Errorf("couldn't read holders: %w", err)
	}
	var raw []byte
	var id caseID
	_, err = pgx.ForEachRow(rows, []any{&raw, (*[16]byte)(&id)}, func() error {
		h := w.held[token(raw)]
		h.before = append(h.before, id)
		return nil
	})
	if err != nil {
		return fmt.Errorf("couldn't read holders: %w", err)
	}
	return nil
}

// pair is two cases, the smaller id first.
type pair struct{ a, b caseID }

func pairOf(x, y caseID) pair {
	if compareIDs(x, y) > 0 {
		x, y = y, x
	}
	return pair{x, y}
}
