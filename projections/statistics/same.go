package statistics

import (
	"cmp"
	"encoding/base64"
	"slices"
)

// Same says that another case is of the same person, as whoever compared the two found.
type Same struct {
	Link  string `json:"link"`  // keyed digest
	Other string `json:"other"` // pseudonym of the other case
}

// row is what is kept of one case.
type row struct {
	Pseudonym []byte
	Facts     Person
}

// persons are the people of some cases: those of one person are one, wherever the link between them lies.
func persons(rows []row) []Person {
	at := map[string]int{}
	for i, r := range rows {
		at[base64.RawURLEncoding.EncodeToString(r.Pseudonym)] = i
	}
	of := make(sets, len(rows))
	for i := range of {
		of[i] = i
	}
	for i, r := range rows {
		for _, s := range r.Facts.Same {
			if other, kept := at[s.Other]; kept { // else it was erased
				of.join(i, other)
			}
		}
	}
	cases := make([][]Person, len(rows))
	for i, r := range rows {
		first := of.first(i)
		cases[first] = append(cases[first], r.Facts)
	}
	people := make([]Person, 0, len(rows))
	for _, all := range cases {
		if len(all) > 0 {
			people = append(people, joined(all))
		}
	}
	return people
}

// sets are disjoint ones of numbers: each number names an earlier one of its set, and the first of them itself.
type sets []int

func (s sets) first(i int) int {
	for s[i] != i {
		s[i] = s[s[i]] // half the way for whoever asks next
		i = s[i]
	}
	return i
}

func (s sets) join(a, b int) {
	a, b = s.first(a), s.first(b)
	s[max(a, b)] = min(a, b)
}

// joined is the person of some cases: met where the first of them was opened, screened by the first screening, and decided on in all of them.
func joined(cases []Person) Person {
	slices.SortStableFunc(cases, func(a, b Person) int { return cmp.Compare(a.Met, b.Met) })
	p := cases[0]
	for _, other := range cases[1:] {
		p.join(other)
	}
	slices.SortStableFunc(p.Conclusions, func(a, b Decision) int { return cmp.Compare(a.At, b.At) })
	slices.SortStableFunc(p.Decisions, func(a, b Decision) int { return cmp.Compare(a.At, b.At) })
	slices.SortStableFunc(p.Reviews, func(a, b Review) int { return cmp.Compare(a.On, b.On) })
	slices.SortStableFunc(p.Referrals, func(a, b Request) int { return cmp.Compare(a.On, b.On) })
	return p
}

// join takes over what a later case tells of the same person. Whoever refused in one and agreed in the other has not stopped.
func (p *Person) join(later Person) {
	if p.Screened == "" || later.Screened != "" && later.Screened < p.Screened {
		p.Screened, p.Said, p.Screening, p.Revised = later.Screened, later.Said, later.Screening, later.Revised
	}
	p.Open, p.Disputed, p.Stopped = p.Open || later.Open, p.Disputed || later.Disputed, p.Stopped && later.Stopped
	for _, purpose := range later.Refused {
		if !slices.Contains(p.Refused, purpose) {
			p.Refused = append(p.Refused, purpose)
		}
	}
	p.Conclusions, p.Decisions = append(p.Conclusions, later.Conclusions...), append(p.Decisions, later.Decisions...)
	p.Reviews, p.Referrals, p.Services = append(p.Reviews, later.Reviews...), append(p.Referrals, later.Referrals...), append(p.Services, later.Services...)
}
