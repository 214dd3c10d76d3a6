//go:build linux

package faults

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// act is what a client can ask.
type act int

const (
	submit act = iota
	command
	read
)

// asked is one request, however often it was repeated.
type asked struct {
	act     act
	key     string // the screening by which the case began
	id      string // of the command
	ifMatch uint64 // 0: none
}

// answer is what it came to.
type answer int

const (
	unknown  answer = iota // the client gave up
	accepted               // at a position, now or by an earlier try
	moved                  // refused because the case is no longer at the position of If-Match
	shown                  // a reading that gave a position
)

// told is the answer to a request.
type told struct {
	answer   answer
	position uint64
}

// commit is what the model knows of one commit. The position is 0 while no answer has told it.
type commit struct {
	id       string
	position uint64
}

// history is a case: its commits in order.
type history []commit

// find returns the place of a command, -1 where it has not happened.
func (h history) find(id string) int {
	return slices.IndexFunc(h, func(c commit) bool { return c.id == id })
}

// at returns the history in which the commit in a place has a position, and whether that can be: positions grow.
func (h history) at(i int, position uint64) (history, bool) {
	if h[i].position != 0 {
		return h, h[i].position == position
	}
	for j, c := range h {
		if c.position != 0 && (j < i && c.position >= position || j > i && c.position <= position) {
			return h, false
		}
	}
	bound := slices.Clone(h)
	bound[i].position = position
	return bound, true
}

// add returns the history with one more commit, and whether that can be.
func (h history) add(id string, t told) (history, bool) {
	longer := append(slices.Clone(h), commit{id: id})
	if t.answer != accepted {
		return longer, true
	}
	return longer.at(len(h), t.position)
}

// step says whether a case can answer so, and what it is then.
func (h history) step(a asked, t told) (history, bool) {
	if a.act == read {
		if len(h) == 0 || t.answer != shown {
			return h, t.answer == unknown
		}
		return h.at(len(h)-1, t.position)
	}
	if i := h.find(a.id); i >= 0 { // sent again
		switch t.answer {
		case accepted:
			return h.at(i, t.position)
		case unknown:
			return h, true
		}
		return h, false
	}
	if a.act == command {
		return h.decide(a, t)
	}
	return h.add(a.id, t)
}

// decide is step for a command that has not happened yet.
func (h history) decide(a asked, t told) (history, bool) {
	if len(h) == 0 {
		return h, t.answer == unknown
	}
	last := len(h) - 1
	if t.answer == moved {
		return h, a.ifMatch != 0 && h[last].position != a.ifMatch
	}
	if a.ifMatch == 0 {
		return h.add(a.id, t)
	}
	bound, can := h.at(last, a.ifMatch)
	switch {
	case can:
		return bound.add(a.id, t)
	case t.answer == unknown: // it was refused, and nobody heard of it
		return h, true
	}
	return h, false
}

// caseModel is one case after another: a history is split by case.
var caseModel = porcupine.Model{
	Partition: func(operations []porcupine.Operation) [][]porcupine.Operation {
		cases := map[string][]porcupine.Operation{}
		for _, o := range operations {
			key := o.Input.(asked).key
			cases[key] = append(cases[key], o)
		}
		var parts [][]porcupine.Operation
		for _, part := range cases {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return history(nil) },
	Step: func(state, input, output any) (bool, any) {
		next, can := state.(history).step(input.(asked), output.(told))
		return can, next
	},
	Equal: func(a, b any) bool { return slices.Equal(a.(history), b.(history)) },
}

// patience is how long one case's history may take to be decided.
const patience = 30 * time.Second

// judge says what is wrong with a history, case by case.
func judge(operations []porcupine.Operation) (faults []string) {
	for _, part := range caseModel.Partition(operations) {
		switch porcupine.CheckOperationsTimeout(caseModel, part, patience) {
		case porcupine.Illegal:
			faults = append(faults, fmt.Sprintf("case %s: no order of its %d operations explains what was answered", part[0].Input.(asked).key, len(part)))
		case porcupine.Unknown:
			faults = append(faults, fmt.Sprintf("case %s: its %d operations could not be decided in %v", part[0].Input.(asked).key, len(part), patience))
		}
	}
	return faults
}

// told to a client in the order of the calls; each begins when the one before has ended, unless it says otherwise.
type line struct {
	asked
	told
	from, to int64
}

func operations(lines ...line) []porcupine.Operation {
	var all []porcupine.Operation
	for i, l := range lines {
		if l.to == 0 {
			l.from, l.to = int64(2*i), int64(2*i+1)
		}
		all = append(all, porcupine.Operation{ClientId: i, Input: l.asked, Output: l.told, Call: l.from, Return: l.to})
	}
	return all
}

// TestTheModelKnowsGoodFromBad is the control of the judge: what a case may answer passes, and a lost, a doubled and a stale answer do not.
func TestTheModelKnowsGoodFromBad(t *testing.T) {
	t.Parallel()
	begin := line{asked: asked{submit, "k", "k", 0}, told: told{accepted, 5}}
	note := func(id string, ifMatch uint64, a answer, position uint64) line {
		return line{asked: asked{command, "k", id, ifMatch}, told: told{a, position}}
	}
	look := func(position uint64) line {
		return line{asked: asked{read, "k", "", 0}, told: told{shown, position}}
	}
	gaveUp := note("lost?", 5, unknown, 0)
	gaveUp.from, gaveUp.to = 3, math.MaxInt64
	for name, c := range map[string]struct {
		lines []line
		good  bool
	}{
		"one after another":                        {[]line{begin, look(5), note("a", 5, accepted, 7), look(7), note("b", 0, accepted, 9), look(9)}, true},
		"the same form again":                      {[]line{begin, begin, look(5)}, true},
		"the same command again":                   {[]line{begin, note("a", 5, accepted, 7), note("b", 7, accepted, 8), note("a", 5, accepted, 7)}, true},
		"a command refused because the case moved": {[]line{begin, note("a", 5, accepted, 7), note("b", 5, moved, 0), look(7)}, true},
		"given up and carried out":                 {[]line{begin, gaveUp, look(8), note("b", 8, accepted, 9)}, true},
		"given up and not carried out":             {[]line{begin, gaveUp, look(5), note("b", 5, accepted, 9)}, true},

		"a form that is lost and taken anew":         {[]line{begin, {asked: begin.asked, told: told{accepted, 11}}}, false},
		"a command that is lost":                     {[]line{begin, note("a", 5, accepted, 7), look(5)}, false},
		"a command that happened twice":              {[]line{begin, note("a", 5, accepted, 7), note("a", 5, accepted, 9)}, false},
		"a commit that nobody made":                  {[]line{begin, look(6)}, false},
		"a stale reading":                            {[]line{begin, note("a", 5, accepted, 7), look(7), look(5)}, false},
		"a command on a state that was over":         {[]line{begin, note("a", 5, accepted, 7), note("b", 5, accepted, 8)}, false},
		"a refusal though the case had not moved":    {[]line{begin, note("a", 5, moved, 0)}, false},
		"positions that do not grow":                 {[]line{begin, note("a", 0, accepted, 4)}, false},
		"given up, seen once, and gone":              {[]line{begin, gaveUp, look(8), look(5)}, false},
		"given up, and both seen and never happened": {[]line{begin, gaveUp, look(8), note("b", 5, accepted, 9)}, false},
	} {
		if faults := judge(operations(c.lines...)); (len(faults) == 0) != c.good {
			t.Errorf("%s: %q", name, faults)
		}
	}
}
