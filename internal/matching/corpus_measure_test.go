package matching

import (
	"strconv"
	"testing"
)

// measure is how often a threshold is right on the corpus.
type measure struct{ found, missed, wrong, spared int }

func (m measure) precision() float64 { return float64(m.found) / float64(max(m.found+m.wrong, 1)) }

func (m measure) recall() float64 { return float64(m.found) / float64(max(m.found+m.missed, 1)) }

func (m *measure) note(same, said bool) {
	switch {
	case same && said:
		m.found++
	case same:
		m.missed++
	case said:
		m.wrong++
	default:
		m.spared++
	}
}

// told is the i-th way in which two records of one person tell when the person was born: as a year, as an age, a year off, or not at
// all in one of them.
func told(i int, a, b Person) (Person, Person) {
	year := 1970 + i*7%40
	a.Birth = strconv.Itoa(year)
	switch i % 20 {
	case 0: // unknown in the other
	case 1, 2, 3, 11, 12, 13:
		b.AgeIn, b.Age = 2026, 2026-year-i%2
	case 4, 14:
		b.Birth = strconv.Itoa(year + 1)
	default:
		b.Birth = strconv.Itoa(year)
	}
	return a, b
}

// others are two people of whom a quarter happen to be born in one year, and a quarter a year or two apart.
func others(i int, a, b Person) (Person, Person) {
	year := 1970 + i*7%40
	a.Birth, b.Birth = strconv.Itoa(year), strconv.Itoa(year+[]int{0, 1 + i%2, 5, 11}[i%4])
	return a, b
}

func named(pair [2]string) (Person, Person) {
	return Person{Names: pair[:1]}, Person{Names: pair[1:]}
}

// TestTheCorpus measures the thresholds: what is said to be likely is right in 95 of 100 cases and finds four of five, where the
// year of birth is known as badly as it is. A name alone is never enough for likely.
func TestTheCorpus(t *testing.T) {
	t.Parallel()
	var likely, possible, nameAlone, nameLikely measure
	check := func(same bool, i int, pair [2]string) {
		a, b := named(pair)
		alone := Compare(Features(a), Features(b)).Score
		nameAlone.note(same, alone >= Possible)
		nameLikely.note(same, alone >= Likely)
		if same {
			a, b = told(i, a, b)
		} else {
			a, b = others(i, a, b)
		}
		m := Compare(Features(a), Features(b))
		likely.note(same, m.Score >= Likely)
		possible.note(same, m.Score >= Possible)
		if same != (m.Score >= Likely) {
			t.Logf("same=%v %q %q: %d %v, differ %v", same, pair[0], pair[1], m.Score, m.Agree, m.Differ)
		}
	}
	for i, pair := range samePerson {
		check(true, i, pair)
	}
	for i, pair := range differentPeople {
		check(false, i, pair)
	}
	for name, m := range map[string]measure{"likely, name and year": likely, "possible, name and year": possible, "possible, name alone": nameAlone, "likely, name alone": nameLikely} {
		t.Logf("%-24s precision %.3f recall %.3f (%+v)", name, m.precision(), m.recall(), m)
	}
	if n := len(samePerson) + len(differentPeople); n < 150 {
		t.Errorf("the corpus has %d pairs", n)
	}
	if likely.precision() < 0.95 || likely.recall() < 0.8 {
		t.Error("the threshold of likely does not hold what it promises")
	}
	if possible.recall() < 0.9 {
		t.Error("too many are not even possible")
	}
	if nameLikely.found+nameLikely.wrong != 0 {
		t.Error("a name alone is called likely")
	}
}

// TestStrangersAreNotProposed compares everybody in the corpus with everybody else, years as they fall.
func TestStrangersAreNotProposed(t *testing.T) {
	t.Parallel()
	all := make([][]Feature, 0, len(samePerson))
	for i, pair := range samePerson {
		a, _ := told(i, Person{Names: pair[:1]}, Person{})
		all = append(all, Features(a))
	}
	pairs, likely := 0, 0
	for i := range all {
		for j := range i {
			if Compare(Features(Person{Names: samePerson[i][:1]}), Features(Person{Names: samePerson[j][:1]})).Score >= Possible {
				continue // one person more than once in the corpus, under the same spelling or nearly
			}
			pairs++
			if Compare(all[i], all[j]).Score >= Likely {
				likely++
				t.Logf("%q %q", samePerson[i][0], samePerson[j][0])
			}
		}
	}
	t.Logf("%d of %d pairs of strangers are called likely", likely, pairs)
	if likely*1000 > pairs {
		t.Error("strangers are proposed")
	}
}
