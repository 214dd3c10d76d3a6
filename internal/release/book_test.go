package release_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"songtor/internal/release"
	"songtor/projections/statistics"
)

func TestPublishingIsForAnotherPerson(t *testing.T) {
	t.Parallel()
	s := &shelf{t: t}
	waiting := s.propose(build(t, "2026-H1", people(1, "2026-02", 60), 60))
	book := s.book()
	for name, tc := range map[string]struct {
		err  error
		want error
	}{
		"whoever built it":   {second(book.Publish("2026-H1", waiting.Digest, admin, later)), release.ErrSamePerson},
		"another proposal":   {second(book.Publish("2026-H1", "00", committee, later)), release.ErrDigest},
		"nothing that waits": {second(book.Publish("2025-H1", waiting.Digest, committee, later)), release.ErrNoProposal},
	} {
		if !errors.Is(tc.err, tc.want) {
			t.Errorf("%s: %v", name, tc.err)
		}
	}
	// An entry that says otherwise is none, wherever it comes from: it takes another person for the book too.
	entry, err := book.Publish("2026-H1", waiting.Digest, committee, later)
	must(t, err)
	forged := bytes.Replace(entry, []byte(`"user":"c"`), []byte(`"user":"a"`), 1)
	if bytes.Equal(forged, entry) {
		t.Fatal("nothing was forged")
	}
	s.entries = append(s.entries, forged)
	if n := len(s.book().Published()); n != 0 {
		t.Error("one person published what they had built")
	}
	s.entries[len(s.entries)-1] = entry
	if n := len(s.book().Published()); n != 1 {
		t.Error("two people published nothing")
	}
}

func second(_ []byte, err error) error { return err }

// What is published stays, byte for byte, whatever is written after it.
func TestNothingChangesWhatIsPublished(t *testing.T) {
	t.Parallel()
	s := &shelf{t: t}
	list := people(2, "2026-02", 200)
	first := s.publish(build(t, "2026-H1", list, 200))
	before := text(t, first.Bundle())
	other := build(t, "2026-H1", people(3, "2026-02", 150), 300)
	if text(t, other.Release) == text(t, first.Release) {
		t.Fatal("the control is the same release")
	}
	if _, err := s.book().Propose(other, seal(), admin, later); !errors.Is(err, release.ErrPublished) {
		t.Errorf("a published period is proposed again: %v", err)
	}
	// Entries of a writer who does not ask: a second proposal of the period, and its publication.
	elsewhere := &shelf{t: t}
	waiting := elsewhere.propose(other)
	entry, err := elsewhere.book().Publish("2026-H1", waiting.Digest, committee, later)
	must(t, err)
	s.entries = append(append(s.entries, elsewhere.entries...), entry)
	again, ok := s.book().Find("2026-H1")
	if !ok || text(t, again.Bundle()) != before || len(s.book().Published()) != 1 {
		t.Error("a release changed")
	}
	s.publish(build(t, "2026-H2", append(list, people(4, "2026-08", 150)...), 400, s.book().Published()...))
	if again, _ = s.book().Find("2026-H1"); text(t, again.Bundle()) != before {
		t.Error("a later release changed an earlier one")
	}
}

// A certificate that broke off half-way is written anew, and read whole.
func TestACertificateSurvivesAWriterThatDied(t *testing.T) {
	t.Parallel()
	s := &shelf{t: t}
	p := build(t, "2026-H1", people(5, "2026-02", 90), 90)
	entries, err := s.book().Propose(p, seal(), admin, later)
	must(t, err)
	s.entries = append(s.entries, entries[0])
	published := s.publish(p)
	for _, b := range published.Blocks {
		got, err := s.book().Certificate(b.Certificate, release.NoSeal())
		if err != nil || !bytes.Equal(got, p.Certificate(b.Certificate)) {
			t.Errorf("certificate %s: %v", b.Certificate, err)
		}
	}
	if _, err := s.book().Certificate("00", release.NoSeal()); err == nil {
		t.Error("a certificate that there is not is read")
	}
}

func TestAnUnreadableEntryStopsTheReader(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{
		`{`, `{"v":2,"type":"release.refused"}`, `{"v":1,"type":"release.restated"}`, `{"v":1,"type":"release.refused","why":"x"}`,
		`{"v":1,"type":"release.proposed","release":"r"}`, `{"v":1,"type":"release.certificate","digest":"d","n":-1,"of":1}`,
	} {
		if _, err := release.NewBook().Read(1, []byte(entry)); !errors.Is(err, release.ErrEntry) {
			t.Errorf("%s is read: %v", entry, err)
		}
	}
}

// Twenty periods follow each other, with decisions that are taken back, forms that are corrected and decisions that come in late. What
// each release says of the past keeps the rule of every count: neither the corrected nor those that are left may be seen to be few.
func TestTwentyReleasesWithCorrections(t *testing.T) {
	t.Parallel()
	s := &shelf{t: t}
	var everybody []statistics.Person
	at, shown := uint64(0), 0
	for year := 2025; year < 2035; year++ {
		for half := 1; half <= 2; half++ {
			id := string(rune('0'+year/1000)) + digitsOf(year) + "-H" + string(rune('0'+half))
			month := id[:4] + map[int]string{1: "-03", 2: "-09"}[half]
			at = correct(everybody, month, at, year%3 == 0)
			fresh := people(uint64(year*10+half), month, 150)
			for i := range fresh {
				at++
				fresh[i].Decisions[0].At = at
			}
			everybody = append(everybody, fresh...)
			published := s.publish(buildLate(t, id, everybody, at, s.book().Published()))
			shown += checkAdjustments(t, s.book(), published)
		}
	}
	if shown == 0 {
		t.Error("no correction was ever published: the test sees nothing")
	}
}

func digitsOf(year int) string {
	return string([]rune{rune('0' + year/100%10), rune('0' + year/10%10), rune('0' + year%10)})
}

func buildLate(t *testing.T, id string, everybody []statistics.Person, at uint64, earlier []*release.Published) *release.Proposal {
	t.Helper()
	rules := release.Usual()
	rules.Universes = rules.Universes[:1]
	rules.Universes[0].Blocks = rules.Universes[0].Blocks[3:4] // the totals are what corrections are measured against
	p, err := release.Build(t.Context(), release.Input{
		Period: period(t, id), Now: later.AddDate(10, 0, 0), Rules: rules, People: everybody, Position: at, Secret: []byte(id), Earlier: earlier,
	}, nil)
	must(t, err)
	return p
}

// correct takes back some decisions and corrects some forms, many in some years.
func correct(everybody []statistics.Person, month string, at uint64, many bool) uint64 {
	step := 17
	if many {
		step = 2
	}
	for i := 0; i < len(everybody); i += step {
		at++
		if i/step%2 == 0 {
			everybody[i].Decisions = append(slices.Clip(everybody[i].Decisions), statistics.Decision{On: month + "-02", Result: "not_identified", At: at})
		} else {
			everybody[i].Revised = append(slices.Clip(everybody[i].Revised), at)
		}
	}
	return at
}

// checkAdjustments holds every correction that is published to the rule, and returns how many are.
func checkAdjustments(t *testing.T, book *release.Book, p *release.Published) int {
	t.Helper()
	shown := 0
	for _, a := range p.Release.Adjustments {
		if a.Count == nil {
			continue
		}
		shown++
		of, _ := book.Find(a.Period)
		left := *of.Release.Total
		for _, other := range book.Published() {
			for _, b := range other.Release.Adjustments {
				if b.Period == a.Period && b.Kind != "added" && b.Count != nil {
					left -= *b.Count
				}
			}
		}
		if *a.Count < p.Release.Bound || left < p.Release.Bound {
			t.Errorf("%s publishes %d %s of %s, which leaves %d", p.Release.ID, *a.Count, a.Kind, a.Period, left)
		}
	}
	if want := 3 * (len(book.Published()) - 1); len(p.Release.Adjustments) != want {
		t.Errorf("%s names %d corrections, want %d", p.Release.ID, len(p.Release.Adjustments), want)
	}
	return shown
}
