package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"songtor/internal/release"
)

// published puts a release before the committee and returns what it says.
func (h *harness) published(t *testing.T) release.Release {
	t.Helper()
	h.propose(t)
	var found list[proposalAnswer]
	h.call(t, http.MethodGet, "/api/v1/statistics/proposals", "").as(t, "committee").do(t).want(t, http.StatusOK).into(t, &found)
	h.publishAs(t, "committee", found.Items[0].Digest).want(t, http.StatusOK)
	var r release.Release
	h.call(t, http.MethodGet, releasesPath+"/2026-H1", "").as(t, "committee").do(t).want(t, http.StatusOK).into(t, &r)
	return r
}

// unpublished are requests for what is not published, each for another reason: withheld, of another table, of another universe, of no period,
// of no word that means anything.
func unpublished(t *testing.T, r release.Release) []string {
	t.Helper()
	paths := []string{
		"/2026-H1/count?sex=female&age=0-17", "/2026-H1/count?x=y", "/2026-H1/count?universe=nobody", "/2026-H1/count?sex=female&sex=male", "/2026-H1/count?%zz",
		"/2026-H2/count", "/2026-H2", "/2026-H2.csv", "/2026-H2.xlsx", "/2026-H2.json", "/nonsense", "/2026-H1/standards/nonsense", "/2026-H2/standards/unodc",
		"/2026-H1/certificates/" + strings.Repeat("0", 64),
	}
	withheld := 0
	for _, table := range r.Tables {
		for _, c := range table.Cells {
			if c.Count == nil {
				query := url.Values{"universe": {table.Universe}}
				for d, category := range c.At {
					query.Set(d, category)
				}
				paths, withheld = append(paths, "/2026-H1/count?"+query.Encode()), withheld+1
			}
		}
	}
	if withheld == 0 {
		t.Fatal("nothing is withheld: the test sees nothing")
	}
	return paths
}

// refusal is everything that an answer says but for what names the request itself.
func refusal(t *testing.T, r response) string {
	t.Helper()
	var body map[string]any
	must(t, json.Unmarshal(r.body, &body))
	delete(body, "instance")
	header := r.header.Clone()
	for _, own := range []string{"Date", "X-Request-Id", "Traceparent", "Server-Timing", "Ratelimit-Remaining", "Ratelimit-Reset", "Ratelimit"} {
		header.Del(own)
	}
	return fmt.Sprintf("%d %v %v", r.status, body, header)
}

// TestNothingUnpublishedLooksDifferent is T9 for refusals: the status, the words and every header are the same whatever is asked for, and no
// header tells a size, a digest or a date of what there is. The control is a server that answers a withheld count with a header of its own.
func TestNothingUnpublishedLooksDifferent(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.published(t)
	first := ""
	for _, path := range unpublished(t, r) {
		got := h.call(t, http.MethodGet, releasesPath+path, "").as(t, "committee").do(t)
		if got.status != http.StatusNotFound {
			t.Errorf("%s is answered with %d", path, got.status)
		}
		for _, name := range []string{"ETag", "Last-Modified", "Content-Disposition", "Link", "X-Total-Count", "Content-Range"} {
			if value := got.header.Get(name); value != "" {
				t.Errorf("%s is refused with %s: %s", path, name, value)
			}
		}
		said := refusal(t, got)
		if first == "" {
			first = said
		}
		if said != first {
			t.Errorf("%s is refused as\n%s\nand not as\n%s", path, said, first)
		}
		careless := got
		careless.header = got.header.Clone()
		careless.header.Set("X-Suppressed", "primary")
		if refusal(t, careless) == first {
			t.Error("a header more is not seen")
		}
	}
	for _, ending := range []string{"", ".csv", ".xlsx", ".json"} {
		got := h.call(t, http.MethodGet, releasesPath+"/2026-H1"+ending, "").as(t, "committee").do(t).want(t, http.StatusOK)
		if etag, cached := got.header.Get("ETag"), got.header.Get("Cache-Control"); etag != "" || cached != "no-store" {
			t.Errorf("%q is kept by caches: %q, %q", ending, etag, cached)
		}
	}
}

// TestRefusalsTakeAsLong is T9 for timing: a withheld count, one of no table and one of no meaning are refused in the same time. The control
// takes longer where something is withheld.
func TestRefusalsTakeAsLong(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.published(t)
	paths := unpublished(t, r)
	kinds := map[string]string{"withheld": paths[len(paths)-1], "of no table": paths[0], "of no meaning": paths[1]}
	measure := func(careless bool) map[string]time.Duration {
		took := map[string][]time.Duration{}
		for range 40 {
			for kind, path := range kinds {
				start := time.Now()
				if h.call(t, http.MethodGet, releasesPath+path, "").as(t, "committee").do(t); kind == "withheld" && careless {
					time.Sleep(4*time.Since(start) + 20*time.Millisecond) // what a server does that looks further where something is there
				}
				took[kind] = append(took[kind], time.Since(start))
			}
		}
		medians := map[string]time.Duration{}
		for kind, all := range took {
			slices.Sort(all)
			medians[kind] = all[len(all)/2]
		}
		return medians
	}
	differ := func(medians map[string]time.Duration) bool {
		all := slices.Sorted(maps.Values(medians))
		return all[len(all)-1] > 2*all[0]+5*time.Millisecond
	}
	medians := measure(false)
	for range 3 { // the machine may be busy with something else for a while
		if !differ(medians) {
			break
		}
		medians = measure(false)
	}
	if differ(medians) {
		t.Errorf("refusals take %v", medians)
	}
	if !differ(measure(true)) {
		t.Error("a server that takes longer for what is withheld is not seen")
	}
}

// TestEveryNumberOfEveryAnswerIsPublished is T9 and T14 for exports: the number of lines is that of the published tables, whatever is withheld in
// them; no answer has a share, a mean or any other number from which a count could be reckoned.
func TestEveryNumberOfEveryAnswerIsPublished(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.published(t)
	cells := len(r.Universes) + len(r.Adjustments)
	for _, table := range r.Tables {
		cells += len(table.Cells)
	}
	csv := h.call(t, http.MethodGet, releasesPath+"/2026-H1.csv", "").as(t, "committee").do(t).want(t, http.StatusOK).body
	if lines := bytes.Count(csv, []byte("\n")); lines != cells+1 {
		t.Errorf("the CSV file has %d lines for %d cells", lines, cells)
	}
	book, err := excelize.OpenReader(bytes.NewReader(h.call(t, http.MethodGet, releasesPath+"/2026-H1.xlsx", "").as(t, "committee").do(t).want(t, http.StatusOK).body))
	must(t, err)
	defer func() { _ = book.Close() }()
	rows, err := book.GetRows(r.ID)
	must(t, err)
	if len(rows) != cells+1 {
		t.Errorf("the workbook has %d lines for %d cells", len(rows), cells)
	}
	counts := map[string]bool{}
	for _, n := range cellsOf(r) {
		counts[fmt.Sprint(n)] = true
	}
	for _, path := range []string{"", "/2026-H1", "/2026-H1.json"} {
		body := h.call(t, http.MethodGet, releasesPath+path, "").as(t, "committee").do(t).want(t, http.StatusOK).body
		for name, n := range strangeNumbers(t, body, counts) {
			t.Errorf("%q has %s: %s, which is no published count", path, name, n)
		}
	}
	if found := strangeNumbers(t, []byte(`{"tables":[{"cells":[{"count":null,"share":12.5}]}]}`), counts); len(found) != 1 {
		t.Errorf("a share beside a withheld count is not seen: %v", found)
	}
}

// strangeNumbers are the numbers of an answer that are neither published counts nor of the protection.
func strangeNumbers(t *testing.T, body []byte, counts map[string]bool) map[string]string {
	t.Helper()
	stated := []string{"k", "bound", "coalition", "extra", "position", "atoms", "empty"}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var answer any
	must(t, decoder.Decode(&answer))
	found := map[string]string{}
	var walk func(name string, v any)
	walk = func(name string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, inner := range v {
				walk(key, inner)
			}
		case []any:
			for _, inner := range v {
				walk(name, inner)
			}
		case json.Number:
			if !slices.Contains(stated, name) && !((name == "count" || name == "total") && counts[v.String()]) {
				found[name] = v.String()
			}
		}
	}
	walk("", answer)
	return found
}

// TestAskingAgainTellsNothing is T10: a thousand questions, repeated and with their words in every order, have the answers of the release. The
// least squares solution of all answers together is the release itself, without a remainder. The control is a server that adds a little noise,
// which is averaged away.
func TestAskingAgainTellsNothing(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.published(t)
	published, places := cellsOf(r), map[string]url.Values{}
	for _, u := range r.Universes {
		for _, at := range combinations(r) {
			query := url.Values{"universe": {u.ID}}
			for d, c := range at {
				query.Set(d, c)
			}
			places[cellName(u.ID, at)] = query
		}
	}
	names, lots := slices.Sorted(maps.Keys(places)), rand.New(rand.NewPCG(10, 10))
	exact, noisy := map[string][]int{}, map[string][]int{}
	for n := range 1000 {
		name := names[(n/2)%len(names)] // everything at least twice, until a thousand are asked
		got := h.call(t, http.MethodGet, releasesPath+"/2026-H1/count?"+shuffled(places[name], lots), "").as(t, "committee").do(t)
		if got.status != http.StatusOK {
			continue
		}
		var count countAnswer
		got.into(t, &count)
		exact[name] = append(exact[name], count.Count)
		noisy[name] = append(noisy[name], count.Count+lots.IntN(5)-2)
	}
	if len(exact) < 3 {
		t.Fatalf("only %d counts were answered", len(exact))
	}
	// Each question is about one cell by itself, so that the least squares solution is the mean of its answers.
	if solution, remainder := leastSquares(exact); remainder.Sign() != 0 || !isOf(solution, published) {
		t.Errorf("the solution of all answers has the remainder %v and is not the release: %v", remainder, solution)
	}
	if _, remainder := leastSquares(noisy); remainder.Sign() == 0 {
		t.Error("noise leaves no remainder: the attack sees too little")
	}
}

// shuffled is a query with its words in another order.
func shuffled(query url.Values, lots *rand.Rand) string {
	var words []string
	for name := range query {
		words = append(words, url.QueryEscape(name)+"="+url.QueryEscape(query.Get(name)))
	}
	slices.Sort(words)
	lots.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	return strings.Join(words, "&")
}

// leastSquares is the solution of equations that each give one unknown, and the sum of the squares by which they are not kept.
func leastSquares(answers map[string][]int) (map[string]*big.Rat, *big.Rat) {
	solution, remainder := map[string]*big.Rat{}, new(big.Rat)
	for name, values := range answers {
		sum := new(big.Rat)
		for _, v := range values {
			sum.Add(sum, big.NewRat(int64(v), 1))
		}
		mean := sum.Quo(sum, big.NewRat(int64(len(values)), 1))
		solution[name] = mean
		for _, v := range values {
			d := new(big.Rat).Sub(big.NewRat(int64(v), 1), mean)
			remainder.Add(remainder, d.Mul(d, d))
		}
	}
	return solution, remainder
}

func isOf(solution map[string]*big.Rat, published map[string]int) bool {
	for name, value := range solution {
		if n, is := published[name]; !is || value.Cmp(big.NewRat(int64(n), 1)) != 0 {
			return false
		}
	}
	return true
}
