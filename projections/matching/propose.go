package matching

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"songtor/internal/matching"
)

// proposal is a pair as its row holds it.
type proposal struct {
	score    int
	evidence string
	position uint64
}

// propose brings the proposals of every case concerned to what follows from the features after this batch: of those that changed, and
// of the holders of tokens that became too common or rare enough again.
func (w *work) propose(ctx context.Context) error {
	if len(w.touched) == 0 {
		return nil
	}
	concerned, err := w.concerned(ctx)
	if err != nil {
		return err
	}
	meeting := w.meeting(concerned)
	if err := w.knowAll(ctx, meeting); err != nil {
		return err
	}
	old, err := w.loadProposals(ctx, concerned)
	if err != nil {
		return err
	}
	done := map[caseID]bool{}
	for _, id := range concerned {
		w.compareWith(id, meeting, done, old)
		done[id] = true
	}
	for p := range old {
		w.b.Delete(w.p.proposals, p.a.String(), p.b.String())
	}
	return nil
}

// concerned are the cases whose proposals may change. The holders of all their tokens are read on the way.
func (w *work) concerned(ctx context.Context) ([]caseID, error) {
	concerned := maps.Clone(w.touched)
	w.hold(slices.Collect(maps.Keys(w.touched)))
	if err := w.fetch(ctx); err != nil {
		return nil, err
	}
	for _, h := range w.held {
		if !h.turned() {
			continue
		}
		for _, id := range append(slices.Clone(h.before), h.after()...) {
			concerned[id] = true
		}
	}
	all := slices.SortedFunc(maps.Keys(concerned), compareIDs)
	if err := w.know(ctx, all); err != nil {
		return nil, err
	}
	w.hold(all)
	return all, w.fetch(ctx)
}

// hold notes the tokens of cases, so that their holders will be read.
func (w *work) hold(ids []caseID) {
	for _, id := range ids {
		for t, kind := range reaching(w.marked[id]) {
			w.holders(t, kind)
		}
	}
}

// know reads the marks of cases that are not known yet.
func (w *work) know(ctx context.Context, ids []caseID) error {
	missing := make([]caseID, 0, len(ids))
	for _, id := range ids {
		if _, known := w.marked[id]; !known {
			missing = append(missing, id)
		}
	}
	found := people{}
	if err := w.loadPeople(ctx, missing, found); err != nil {
		return err
	}
	for _, id := range missing {
		w.now[id], w.marked[id] = found[id], together(found[id])
	}
	return nil
}

// meeting are the holders of the tokens of the cases concerned, without tokens that are too common.
func (w *work) meeting(concerned []caseID) map[token][]caseID {
	all := map[token][]caseID{}
	for _, id := range concerned {
		for t := range reaching(w.marked[id]) {
			if _, known := all[t]; known {
				continue
			}
			all[t] = w.held[t].after()
			if n := len(all[t]); n < 2 || n > w.held[t].reach() {
				all[t] = nil
			}
		}
	}
	return all
}

func (w *work) knowAll(ctx context.Context, meeting map[token][]caseID) error {
	ids := map[caseID]bool{}
	for _, holders := range meeting {
		for _, id := range holders {
			ids[id] = true
		}
	}
	return w.know(ctx, slices.Collect(maps.Keys(ids)))
}

// compareWith writes the proposals of a case with those whom it meets, but for those that are done, and takes them out of old.
func (w *work) compareWith(id caseID, meeting map[token][]caseID, done map[caseID]bool, old map[pair]proposal) {
	met := map[caseID]bool{id: true}
	for t := range reaching(w.marked[id]) {
		for _, other := range meeting[t] {
			if met[other] || done[other] {
				continue
			}
			met[other] = true
			p := pairOf(id, other)
			now, ok := w.score(p)
			if !ok {
				continue
			}
			if was, same := old[p]; !same || was != now {
				w.b.Put(w.p.proposals, p.a.String(), p.b.String(), now.score, []byte(now.evidence), now.position)
			}
			delete(old, p)
		}
	}
}

// loadProposals reads the proposals of the cases as they are.
func (w *work) loadProposals(ctx context.Context, ids []caseID) (map[pair]proposal, error) {
	table := w.b.Table(w.p.proposals)
	rows, err := w.query(ctx, `select t.* from unnest($1::uuid[]) as k (id) cross join lateral (
		(select * from `+table+` where case_a = k.id) union all (select * from `+table+` where case_b = k.id)) as t`, uuids(ids))
	if err != nil {
		return nil, fmt.Errorf("couldn't read proposals: %w", err)
	}
	old := map[pair]proposal{}
	var p pair
	var was proposal
	var evidence []byte
	_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&p.a), (*[16]byte)(&p.b), &was.score, &evidence, &was.position}, func() error {
		row := was
		row.evidence = string(evidence)
		old[p] = row
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("couldn't read proposals: %w", err)
	}
	return old, nil
}

// Evidence is why a pair is proposed: kinds of feature, and never what they say.
type Evidence struct {
	Agree  []matching.Kind `json:"agree"`
	Differ []matching.Kind `json:"differ"`
}

// encode writes evidence as PostgreSQL writes it, so that what is read compares with what would be written.
func (e Evidence) encode() string {
	return `{"agree": ` + list(e.Agree) + `, "differ": ` + list(e.Differ) + `}`
}

func list(kinds []matching.Kind) string {
	quoted := make([]string, len(kinds))
	for i, k := range kinds {
		quoted[i] = `"` + string(k) + `"`
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// score compares a pair, and reports whether it is to be proposed.
func (w *work) score(p pair) (proposal, bool) {
	t := tally(w.marked[p.a], w.marked[p.b])
	scored, known := w.scored[t]
	if !known {
		m := matching.Score(&t)
		scored = proposal{score: m.Score, evidence: Evidence{m.Agree, m.Differ}.encode()}
		w.scored[t] = scored
	}
	if scored.score < matching.Possible {
		return proposal{}, false
	}
	scored.position = max(latest(w.now[p.a]), latest(w.now[p.b]))
	return scored, true
}
