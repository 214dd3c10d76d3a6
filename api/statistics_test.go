package api

import (
	"encoding/csv"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/release"
	"songtor/projections/statistics"
)

const releasesPath = "/api/v1/statistics/releases"

// crowd is some people who were identified in the first half of 2026, alike in most things so that something can be published of them.
func crowd(n int) []statistics.Person {
	r := rand.New(rand.NewPCG(5, 5))
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	people := make([]statistics.Person, n)
	for i := range people {
		people[i] = statistics.Person{
			Met: "2026-02-01", Province: pick("TH-10", "TH-10", "TH-10", "TH-63"), Agency: "rtp-atpd", Screened: "2026-02-01",
			Said: &statistics.Categories{
				Sex: pick("female", "male"), AgeBand: pick("9-17", "18-20", "30-38"), NationalityGroup: pick("thai", "thai", "myanmar"),
				Exploitation: pick("sexual", "forced_labour"), Disability: pick("no", "no", "no", "yes"),
			},
			Conclusions: []statistics.Decision{{On: "2026-02-05", Result: pick("yes", "yes", "no"), Days: 4 + r.IntN(8), At: uint64(i + 1)}},
			Decisions:   []statistics.Decision{{On: "2026-03-01", Result: "tip_s6", Days: 10, At: uint64(i + 1)}},
		}
	}
	return people
}

// propose puts a release of the first half of 2026 before whoever publishes it, built by the account of the administrator.
func (h *harness) propose(t *testing.T) *release.Proposal {
	t.Helper()
	admin, err := h.identity.ByUsername(t.Context(), "admin")
	must(t, err)
	period, err := release.ParsePeriod("2026-H1")
	must(t, err)
	rules := release.Usual()
	rules.Universes = rules.Universes[2:3] // a small universe, so that it takes no longer than a test may
	proposal, err := release.Build(t.Context(), release.Input{
		Period: period, Now: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), Rules: rules, People: crowd(150), Position: 400, Secret: []byte("coins"),
	}, nil)
	must(t, err)
	entries, err := release.NewBook().Propose(proposal, release.NoSeal(), domain.Actor{User: admin.ID, Agency: admin.Agency, Role: admin.Role}, time.Now().UTC())
	must(t, err)
	last := uint64(0)
	for _, e := range entries {
		last, err = h.log.AppendRelease(t.Context(), e, last)
		must(t, err)
	}
	return proposal
}

func (h *harness) publishAs(t *testing.T, account, digest string) response {
	t.Helper()
	return h.call(t, http.MethodPost, "/api/v1/statistics/proposals/2026-H1/publish", `{"digest":"`+digest+`"}`).
		with("Idempotency-Key", "").as(t, account).do(t)
}

func TestPublishingTakesTwoPeople(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	var found list[proposalAnswer]
	h.propose(t)
	h.call(t, http.MethodGet, "/api/v1/statistics/proposals", "").as(t, "committee").do(t).want(t, http.StatusOK).into(t, &found)
	if len(found.Items) != 1 {
		t.Fatalf("%d proposals wait", len(found.Items))
	}
	digest := found.Items[0].Digest
	h.call(t, http.MethodGet, releasesPath+"/2026-H1", "").as(t, "committee").do(t).want(t, http.StatusNotFound)
	h.call(t, http.MethodGet, "/api/v1/statistics/proposals", "").as(t, "casemanager").do(t).want(t, http.StatusForbidden)
	for _, refusal := range []struct{ account, digest, rule string }{
		{"admin", digest, "release.same_person"},
		{"committee", strings.Repeat("0", 64), "release.changed_meanwhile"},
	} {
		var p problem
		h.publishAs(t, refusal.account, refusal.digest).want(t, http.StatusConflict).into(t, &p)
		if p.Rule != refusal.rule {
			t.Errorf("%s is refused by rule %q", refusal.account, p.Rule)
		}
	}
	h.publishAs(t, "casemanager", digest).want(t, http.StatusForbidden)
	first := h.publishAs(t, "committee", digest).want(t, http.StatusOK)
	again := h.publishAs(t, "committee", digest).want(t, http.StatusOK)
	if string(first.body) != string(again.body) {
		t.Error("publishing again changes what is published")
	}
	h.call(t, http.MethodGet, releasesPath+"/2026-H1", "").as(t, "responder").do(t).want(t, http.StatusOK)
}

func TestARefusedProposalIsNeverPublished(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.propose(t)
	var found list[proposalAnswer]
	h.call(t, http.MethodGet, "/api/v1/statistics/proposals", "").as(t, "committee").do(t).want(t, http.StatusOK).into(t, &found)
	h.call(t, http.MethodPost, "/api/v1/statistics/proposals/2026-H1/refuse", "").as(t, "committee").do(t).want(t, http.StatusNoContent)
	h.publishAs(t, "committee", found.Items[0].Digest).want(t, http.StatusNotFound)
	h.call(t, http.MethodGet, releasesPath+"/2026-H1", "").as(t, "committee").do(t).want(t, http.StatusNotFound)
}

// Every way of asking gives the same number or the same refusal: each pair of categories by filter, each cell by each file.
func TestEveryWayOfAskingSaysTheSame(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.propose(t)
	var found list[proposalAnswer]
	h.call(t, http.MethodGet, "/api/v1/statistics/proposals", "").as(t, "committee").do(t).want(t, http.StatusOK).into(t, &found)
	h.publishAs(t, "committee", found.Items[0].Digest).want(t, http.StatusOK)
	var r release.Release
	h.call(t, http.MethodGet, releasesPath+"/2026-H1", "").as(t, "committee").do(t).want(t, http.StatusOK).into(t, &r)

	published := cellsOf(r)
	if got := cellsOfCSV(t, r, h.call(t, http.MethodGet, releasesPath+"/2026-H1.csv", "").as(t, "committee").do(t).want(t, http.StatusOK).body); !maps.Equal(got, published) {
		t.Errorf("the CSV file has %d counts, the release %d", len(got), len(published))
	}
	var bundle release.Bundle
	h.call(t, http.MethodGet, releasesPath+"/2026-H1.json", "").as(t, "committee").do(t).want(t, http.StatusOK).into(t, &bundle)
	if got := cellsOf(bundle.Release); !maps.Equal(got, published) {
		t.Error("the bundle has other counts")
	}
	h.askAll(t, r, published)
}

// askAll asks for every category of every dimension of every universe, and for every pair of them.
func (h *harness) askAll(t *testing.T, r release.Release, published map[string]int) {
	t.Helper()
	unpublished := sameWords(t, h.call(t, http.MethodGet, releasesPath+"/2026-H1/count?sex=female&age=0-17", "").as(t, "committee").do(t))
	answered, refusals := 0, 0
	for _, u := range r.Universes {
		for _, at := range combinations(r) {
			query := url.Values{"universe": {u.ID}}
			for d, c := range at {
				query.Set(d, c)
			}
			got := h.call(t, http.MethodGet, releasesPath+"/2026-H1/count?"+query.Encode(), "").as(t, "committee").do(t)
			want, is := published[cellName(u.ID, at)]
			switch {
			case is:
				answered++
				if got.status != http.StatusOK || string(got.body) != fmt.Sprintf(`{"count":%d}`, want) && strings.TrimSpace(string(got.body)) != fmt.Sprintf(`{"count":%d}`, want) {
					t.Errorf("%s is answered with %d %s", query.Encode(), got.status, got.body)
				}
			case sameWords(t, got) != unpublished:
				t.Errorf("%s is refused in other words: %s", query.Encode(), got.body)
			default:
				refusals++
			}
		}
	}
	if answered != len(published) || answered < 3 || refusals < 4 {
		t.Errorf("%d of %d published counts are answered, %d others refused", answered, len(published), refusals)
	}
	for _, nonsense := range []string{"?x=y", "?sex=nobody", "?sex=female&sex=male", "?universe=nobody", "?%zz", "?sex=female&k=1"} {
		if got := sameWords(t, h.call(t, http.MethodGet, releasesPath+"/2026-H1/count"+nonsense, "").as(t, "committee").do(t)); got != unpublished {
			t.Errorf("%s is refused in other words", nonsense)
		}
	}
	for _, path := range []string{"/2026-H2", "/2026-H2.csv", "/2020-H1.xlsx", "/nonsense", "/2026-H2/count", "/2026-H1/standards/nonsense", "/2026-H1/certificates/" + strings.Repeat("0", 64)} {
		if got := sameWords(t, h.call(t, http.MethodGet, releasesPath+path, "").as(t, "committee").do(t)); got != unpublished {
			t.Errorf("%s is refused in other words", path)
		}
	}
}

// sameWords is a refusal without what differs from request to request.
func sameWords(t *testing.T, r response) string {
	t.Helper()
	var p problem
	r.want(t, http.StatusNotFound).into(t, &p)
	p.Instance = ""
	return fmt.Sprintf("%+v", p)
}

func cellName(universe string, at map[string]string) string {
	var parts []string
	for _, d := range slices.Sorted(maps.Keys(at)) {
		parts = append(parts, d+"="+at[d])
	}
	return universe + ":" + strings.Join(parts, "&")
}

func cellsOf(r release.Release) map[string]int {
	cells := map[string]int{}
	for _, u := range r.Universes {
		if u.Total != nil {
			cells[cellName(u.ID, nil)] = *u.Total
		}
	}
	for _, t := range r.Tables {
		for _, c := range t.Cells {
			if c.Count != nil {
				cells[cellName(t.Universe, c.At)] = *c.Count
			}
		}
	}
	return cells
}

func cellsOfCSV(t *testing.T, r release.Release, file []byte) map[string]int {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(string(file))).ReadAll()
	must(t, err)
	cells := map[string]int{}
	for _, row := range rows[1:] {
		at := map[string]string{}
		for i, d := range r.Dimensions {
			if value := strings.TrimPrefix(row[4+i], "'"); value != "" {
				at[d.ID] = value
			}
		}
		if count := row[len(row)-1]; count != "" {
			n, err := strconv.Atoi(count)
			must(t, err)
			cells[cellName(row[1], at)] = n
		}
	}
	return cells
}

// combinations are nothing, every category, and every pair of categories of two dimensions.
func combinations(r release.Release) []map[string]string {
	all := []map[string]string{{}}
	for i, d := range r.Dimensions {
		for _, c := range d.Categories {
			all = append(all, map[string]string{d.ID: c.ID})
			for _, other := range r.Dimensions[i+1:] {
				for _, o := range other.Categories {
					all = append(all, map[string]string{d.ID: c.ID, other.ID: o.ID})
				}
			}
		}
	}
	return all
}
