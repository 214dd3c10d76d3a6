package matching

import "slices"

// The scores, out of 100, from which a pair is proposed to a person. TestTheCorpus measures what they let through.
const (
	Possible = 45 // worth a look where somebody looks for the person: much of what is proposed here is of two people
	Likely   = 60 // of twenty proposed, at least nineteen are one person
)

// Match is how likely two records are of one person and why.
type Match struct {
	Score  int    `json:"score"`  // 0 to 100
	Agree  []Kind `json:"agree"`  // what agrees, in the order of Kinds
	Differ []Kind `json:"differ"` // what speaks against it: both have it and it is not the same
}

// Tally is how two records compare: which kinds of feature each of them has, and in which they have one that is equal.
type Tally struct{ A, B, Both KindSet }

// KindSet is a set of kinds.
type KindSet uint16

// Add adds the kind at a place in Kinds.
func (s *KindSet) Add(place int) { *s |= 1 << place }

func (s KindSet) has(k Kind) bool { return s&(1<<places[k]) != 0 }

// places are the places of the kinds in their list.
var places = func() map[Kind]int {
	at := map[Kind]int{}
	for i, k := range kinds {
		at[k] = i
	}
	return at
}()

func (t *Tally) agrees(k Kind) bool { return t.Both.has(k) }

// differs reports that both have the kind and nothing of it agrees.
func (t *Tally) differs(k Kind) bool { return t.A.has(k) && t.B.has(k) && !t.agrees(k) }

// nameWeights are what agreement in a name is worth. The best one counts, because each includes those after it.
var nameWeights = []struct {
	kind   Kind
	weight int
}{
	{KindName, 50},
	{KindSound, 48},
	{KindBones, 37},
	{KindParts, 35},
	{KindBrief, 30},
	{KindPart, 15},
}

// otherWeights are what agreement in something else adds.
var otherWeights = []struct {
	kind   Kind
	weight int
}{
	{KindNumber, 40},
	{KindPhone, 30},
	{KindBirthday, 15},
	{KindSex, 2},
}

// What the time of birth adds: the same year, or one of the years about it.
const (
	sameYear = 20
	sameEra  = 12
)

// What speaks against two records being of one person. People err in their years, by a few, and seldom in their sex.
const (
	againstEra = 45
	againstSex = 25
)

// Score weighs a comparison. One and the same identity document settles it, whatever else is said; anything else adds up.
func Score(t *Tally) Match {
	m := Match{}
	for _, k := range kinds {
		switch {
		case t.agrees(k):
			m.Agree = append(m.Agree, k)
		case against(k) && t.differs(k):
			m.Differ = append(m.Differ, k)
		}
	}
	if t.agrees(KindDocument) {
		m.Score = 100
		return m
	}
	for _, w := range nameWeights {
		if t.agrees(w.kind) {
			m.Score = w.weight
			break
		}
	}
	for _, w := range otherWeights {
		if t.agrees(w.kind) {
			m.Score += w.weight
		}
	}
	m.Score = min(max(m.Score+t.birth()-t.doubts(), 0), 99)
	return m
}

// against reports the kinds in which a difference tells something.
func against(k Kind) bool { return k == KindEra || k == KindSex }

func (t *Tally) birth() int {
	switch {
	case t.agrees(KindYear):
		return sameYear
	case t.agrees(KindEra):
		return sameEra
	}
	return 0
}

func (t *Tally) doubts() int {
	doubts := 0
	if t.differs(KindEra) {
		doubts += againstEra
	}
	if t.differs(KindSex) {
		doubts += againstSex
	}
	return doubts
}

// Compare scores two lists of features in clear.
func Compare(a, b []Feature) Match {
	var t Tally
	for _, f := range a {
		t.A.Add(places[f.Kind])
		if slices.Contains(b, f) {
			t.Both.Add(places[f.Kind])
		}
	}
	for _, f := range b {
		t.B.Add(places[f.Kind])
	}
	return Score(&t)
}

// Reach is how many people may share a feature of a kind before it no longer brings them together: what is that common tells nothing,
// and pairs grow with the square. 0 means that the kind brings nobody together by itself. A number that a thousand people hold is no
// number of a document.
func Reach(k Kind) int {
	switch k {
	case KindDocument, KindNumber:
		return 1000
	case KindName, KindSound, KindBones, KindParts, KindBrief:
		return 200
	case KindPhone, KindBirthday:
		return 100
	}
	return 0
}
