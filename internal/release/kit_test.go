package release_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/release"
	"songtor/projections/statistics"
)

var (
	admin     = domain.Actor{User: "a", Agency: "datip", Role: domain.Admin}
	committee = domain.Actor{User: "c", Agency: "datip", Role: domain.Committee}
	later     = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func period(t testing.TB, id string) release.Period {
	t.Helper()
	p, err := release.ParsePeriod(id)
	must(t, err)
	return p
}

// person is somebody with everything drawn, identified in a month such as 2026-02.
func person(r *rand.Rand, month string, at uint64) statistics.Person {
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	day := month + "-" + fmt.Sprintf("%02d", 1+r.IntN(28))
	return statistics.Person{
		Met: day, Screened: day, Province: pick("TH-10", "TH-10", "TH-63", "TH-63", "TH-27", "TH-90", ""), Agency: pick("rtp-atpd", "dlpw", "immigration-tak"),
		Said: &statistics.Categories{
			Sex: pick("female", "female", "male", "male", "other"), AgeBand: pick("0-8", "9-17", "18-20", "24-26", "30-38", "48+", "unknown"),
			NationalityGroup: pick("thai", "thai", "myanmar", "laos", "vietnam", "africa"), Exploitation: pick("sexual", "forced_labour", "domestic", "begging", "multiple", "none_indicated"),
			Disability: pick("no", "no", "no", "yes", "missing"), Language: pick("", "thai", "burmese"), Interpreter: pick("", "none", "professional"), Gaps: pick("", "0-4", "20+"),
		},
		Refused: [][]string{nil, nil, {"police_cooperation"}, {"support", "referral"}}[r.IntN(4)], Disputed: r.IntN(5) == 0, Batch: r.IntN(4) == 0,
		Conclusions: []statistics.Decision{{On: day, Result: "yes", Days: r.IntN(40), At: at}},
		Decisions:   []statistics.Decision{{On: day, Result: pick("tip_s6", "tip_s6", "both", "forced_labour_s6_1", "not_identified", "undetermined", "in_protection"), Days: r.IntN(40), At: at}},
		Referrals:   []statistics.Request{{On: day, Status: pick("accepted", "declined", "done", "revoked", "pending")}},
		Services:    []statistics.Request{{On: day, What: pick("shelter_temp", "legal_info", "basic"), Status: pick("requested", "delivered", "declined", "refused_by_person")}},
		Reviews:     []statistics.Review{{On: day, Of: "tip_s6", Result: pick("", "changed", "upheld")}},
	}
}

func people(seed uint64, month string, n int) []statistics.Person {
	r := rand.New(rand.NewPCG(seed, 1))
	list := make([]statistics.Person, n)
	for i := range list {
		list[i] = person(r, month, uint64(i+1))
	}
	return list
}

// small are the usual rules with fewer tables, so that a release takes no longer than a test may.
func small() *release.Rules {
	r := release.Usual()
	blocks := &r.Universes[0].Blocks
	first := &(*blocks)[0]
	first.Dimensions = []string{"sex", "age"}
	first.Tables = slices.DeleteFunc(first.Tables, func(t release.TableRules) bool {
		return slices.ContainsFunc(t.Dimensions, func(d string) bool { return d != "sex" && d != "age" })
	})
	*blocks = slices.DeleteFunc(*blocks, func(b release.BlockRules) bool { return b.Within == "region" || b.Within == "form" })
	r.Universes = slices.DeleteFunc(r.Universes, func(u release.UniverseRules) bool { return u.ID == "met" || u.ID == "screened" })
	return r
}

func build(t testing.TB, id string, list []statistics.Person, position uint64, earlier ...*release.Published) *release.Proposal {
	t.Helper()
	p, err := release.Build(context.WithoutCancel(t.Context()), release.Input{
		Period: period(t, id), Now: later, Rules: small(), People: list, Position: position, Secret: []byte("coins of " + id), Earlier: earlier,
	}, nil)
	must(t, err)
	return p
}

// shelf is a log of entries, and the book that is read from it.
type shelf struct {
	t       testing.TB
	entries [][]byte
}

func (s *shelf) book() *release.Book {
	s.t.Helper()
	book := release.NewBook()
	for i, e := range s.entries {
		next, err := book.Read(uint64(i+1), e)
		must(s.t, err)
		book = next
	}
	return book
}

func (s *shelf) propose(p *release.Proposal) *release.Proposed {
	s.t.Helper()
	entries, err := s.book().Propose(p, seal(), admin, later)
	must(s.t, err)
	s.entries = append(s.entries, entries...)
	for _, waiting := range s.book().Proposals() {
		if waiting.Release.ID == p.Release.ID {
			return waiting
		}
	}
	s.t.Fatal("nothing waits")
	return nil
}

func (s *shelf) publish(p *release.Proposal) *release.Published {
	s.t.Helper()
	waiting := s.propose(p)
	entry, err := s.book().Publish(p.Release.ID, waiting.Digest, committee, later)
	must(s.t, err)
	s.entries = append(s.entries, entry)
	published, ok := s.book().Find(p.Release.ID)
	if !ok {
		s.t.Fatal("it is not published")
	}
	return published
}

// seal closes a certificate with its digest and opens it with the same one.
func seal() release.Seal {
	key := func(digest string) []byte { return []byte("sealed:" + digest + ":") }
	return release.Seal{
		Close: func(digest string, plain []byte) ([]byte, error) { return append(key(digest), plain...), nil },
		Open: func(digest string, sealed []byte) ([]byte, error) {
			plain, ok := bytes.CutPrefix(sealed, key(digest))
			if !ok {
				return nil, errors.New("it was not closed so")
			}
			return plain, nil
		},
	}
}
