package release

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"

	"songtor/projections/statistics"
)

// The kinds of an adjustment.
const (
	added   = "added"   // a decision of the earlier period that came in after it was frozen
	removed = "removed" // counted, and found not to be a victim since
	changed = "changed" // counted, and the categories were corrected since
)

// adjustments are the corrections of earlier periods that became known since the last release. A past release is never restated.
//
// They keep the rule of every other count: who was counted in a period is divided into the corrected and the rest, and neither may be seen
// to be a small group. That holds where each of the numbers published of a period, and what is left of it, is at least the bound. All
// kinds of all earlier periods are always named, so that no name tells anything.
func adjustments(in Input) []Adjustment {
	list := []Adjustment{}
	since := uint64(0)
	for _, p := range in.Earlier {
		since = max(since, p.Release.Position)
	}
	for _, p := range in.Earlier {
		numbers := map[string]int{}
		for i := range in.People {
			if kind := p.corrected(&in.People[i], since); kind != "" {
				numbers[kind]++
			}
		}
		left := 0
		if p.Release.Total != nil {
			left = *p.Release.Total
		}
		for _, a := range earlierAdjustments(in.Earlier, p.Release.ID) {
			left -= a
		}
		for _, kind := range []string{added, removed, changed} {
			a := Adjustment{Period: p.Release.ID, Kind: kind}
			n, bound := numbers[kind], in.Rules.Policy().Bound()
			rest := left
			if kind != added {
				rest -= n
			}
			if n >= bound && rest >= bound && !tossed(in.Secret, "adjustment/"+p.Release.ID+"/"+kind, in.Rules.Protection.Extra) {
				a.Count, left = &n, rest
			}
			list = append(list, a)
		}
	}
	return list
}

// earlierAdjustments are the numbers that have been published of those who were counted in a period.
func earlierAdjustments(all []*Published, period string) []int {
	var numbers []int
	for _, p := range all {
		for _, a := range p.Release.Adjustments {
			if a.Period == period && a.Kind != added && a.Count != nil {
				numbers = append(numbers, *a.Count)
			}
		}
	}
	return numbers
}

// counted reports whether a person was counted as identified in the release, by what was known then.
func (p *Published) counted(person *statistics.Person) bool {
	period, err := ParsePeriod(p.Release.ID)
	if err != nil {
		return false
	}
	_, in := identified(asKnown(person, p.Release.Position), period)
	return in
}

// asKnown is a person with the decisions that were known at a position of the log.
func asKnown(p *statistics.Person, position uint64) *statistics.Person {
	then := *p
	then.Decisions = slices.DeleteFunc(slices.Clone(p.Decisions), func(d statistics.Decision) bool { return d.At > position })
	return &then
}

// corrected says how what the release counted of a person was corrected after a position of the log; empty where it was not.
func (p *Published) corrected(person *statistics.Person, since uint64) string {
	period, err := ParsePeriod(p.Release.ID)
	if err != nil {
		return ""
	}
	if !p.counted(person) {
		_, now := identified(person, period)
		_, before := identified(asKnown(person, since), period)
		if now && !before {
			return added
		}
		return ""
	}
	n := len(person.Decisions)
	switch {
	case person.Decisions[n-1].At > since && !isVictim(person.Decisions[n-1].Result):
		return removed
	case slices.ContainsFunc(person.Revised, func(at uint64) bool { return at > since }):
		return changed
	}
	return ""
}

// tossed is a coin of the given chance, the same for the same secret and place.
func tossed(secret []byte, place string, chance float64) bool {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("release\x00" + place))
	return float64(binary.BigEndian.Uint64(mac.Sum(nil))) < chance*math.MaxUint64
}
