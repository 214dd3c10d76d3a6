package matching_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"songtor/domain"
	"songtor/projections/matching"
)

var (
	thai  = told{name: "สมชาย ใจดี", birth: "1990-05-04", sex: "male", language: "tha"}
	latin = told{name: "Mr Somchai Jaidee", age: 35, sex: "male", language: "tha"}
	other = told{name: "วิชัย ทองคำ", birth: "1985", sex: "male", language: "lao"}
)

func TestTwoRecordsOfOnePersonAreProposed(t *testing.T) {
	t.Parallel()
	w, b := newWorld(1), running(t)
	x, c1 := w.screened("police", thai)
	y, c2 := w.screened("ngo", latin)
	_, c3 := w.screened("ngo", other)
	b.add(c1, c2, c3)
	list := b.open(nil, matching.Page{})
	if len(list.Items) != 1 || list.Next != "" || list.Position != 3 {
		t.Fatalf("proposals are %+v", list)
	}
	p := list.Items[0]
	if !slices.Equal(slices.Sorted(slices.Values([]string{p.CaseA, p.CaseB})), slices.Sorted(slices.Values([]string{x.id, y.id}))) ||
		p.Score < 60 || p.Position != 2 || p.State != matching.Proposed || !slices.Contains(p.Evidence.Agree, "sound") || !slices.Contains(p.Evidence.Agree, "year") {
		t.Errorf("proposal is %+v", p)
	}
	if p.AgencyA == p.AgencyB {
		t.Errorf("agencies are %s and %s", p.AgencyA, p.AgencyB)
	}
	if of := b.of(y); len(of) != 1 || of[0].CaseA != p.CaseA {
		t.Errorf("of one case %+v", of)
	}
}

func TestAnAgencySeesThePairsOfItsOwnCases(t *testing.T) {
	t.Parallel()
	w, b := newWorld(2), running(t)
	x, c1 := w.screened("police", thai)
	_, c2 := w.screened("police", latin)
	_, c3 := w.screened("ngo", latin)
	b.add(c1, c2, c3)
	count := func(scope ...string) int { return len(b.open(append([]string{}, scope...), matching.Page{}).Items) }
	if count("police") != 1 || count("police", "ngo") != 3 || count("ngo") != 0 || count("labour") != 0 || count() != 0 {
		t.Error("the scope is not kept")
	}
	x.agency = "labour"
	b.add(w.commit(x, &domain.CaseClosed{Reason: domain.OtherReason}))
	if count("police") != 0 || count("police", "labour") != 1 {
		t.Error("a case that moved is seen where it was")
	}
}

func TestSettledPairsAreNoLongerProposed(t *testing.T) {
	t.Parallel()
	w, b := newWorld(3), running(t)
	x, c1 := w.screened("police", thai)
	y, c2 := w.screened("ngo", latin)
	b.add(c1, c2)
	state := func(open int, state, by string, at uint64) {
		t.Helper()
		of := b.of(x)
		if n := len(b.open(nil, matching.Page{}).Items); n != open || len(of) != 1 || of[0].State != state || of[0].SettledBy != by || of[0].SettledAt != at {
			t.Errorf("%d are open and the pair is %+v", n, of)
		}
	}
	b.add(w.link(x, y))
	state(0, matching.Linked, "user-of-police", 3)
	b.add(w.unlink(x))
	state(1, matching.Proposed, "", 0)
	b.add(w.commit(y, &domain.DuplicateRefused{Other: x.id}))
	state(0, matching.Refused, "user-of-ngo", 5)
	b.add(w.link(x, y))
	state(0, matching.Linked, "user-of-police", 6)
	b.add(w.commit(x, &domain.CaseLinked{Link: w.uuid(), Other: y.id, Kind: domain.Family}), w.unlink(x))
	state(0, matching.Refused, "user-of-ngo", 5)
	b.add(w.link(y, x), w.unlink(y))
	state(1, matching.Proposed, "", 0)
}

func TestACorrectionIsFollowed(t *testing.T) {
	t.Parallel()
	w, b := newWorld(4), running(t)
	x, c1 := w.screened("police", thai)
	y, c2 := w.screened("ngo", other)
	b.add(c1, c2)
	if len(b.of(x)) != 0 {
		t.Fatal("two people are proposed")
	}
	b.add(w.corrected(y, latin))
	if of := b.of(x); len(of) != 1 || of[0].Position != 3 {
		t.Errorf("after the correction %+v", of)
	}
	b.add(w.again(y, other)) // a second screening does not take away what the first said
	if of := b.of(x); len(of) != 1 || of[0].Position != 4 {
		t.Errorf("after a second screening %+v", of)
	}
	b.add(w.corrected(x, other), w.corrected(x, thai), w.corrected(x, told{}))
	if of := b.of(x); len(of) != 0 {
		t.Errorf("after all was taken out %+v", of)
	}
}

func TestNothingIsLeftOfAnErasedCase(t *testing.T) {
	t.Parallel()
	w, b := newWorld(5), running(t)
	x, c1 := w.screened("police", thai)
	y, c2 := w.screened("ngo", latin)
	b.add(c1, c2, w.link(y, x), w.commit(x, &domain.DuplicateRefused{Other: y.id}))
	b.vault.destroy(x.id)
	b.add(w.erase(x))
	for table, rows := range b.dump() {
		for _, row := range rows {
			if strings.Contains(row, x.id) {
				t.Errorf("%s still has %s", table, row)
			}
		}
	}
	if len(b.dump()["persons"]) != 1 {
		t.Error("the other case is gone too")
	}
}

func TestADocumentSettlesItAndNothingLessDoes(t *testing.T) {
	t.Parallel()
	w, b := newWorld(6), running(t)
	x, c1 := w.screened("police", told{name: "Aung Aung", passport: "mb 123-456", sex: "male"})
	_, c2 := w.screened("ngo", told{name: "Ko Ko", passport: "MB123456", sex: "female", birth: "1960"})
	_, c3 := w.screened("ngo", told{name: "Ko Ko", passport: "MB123465"})
	_, c4 := w.screened("ngo", told{name: "Ni Ni", passport: "unknown"})
	_, c5 := w.screened("ngo", told{name: "Mu Mu", passport: "unknown"})
	b.add(c1, c2, c3, c4, c5)
	if of := b.of(x); len(of) != 1 || of[0].Score != 100 {
		t.Errorf("proposals are %+v", of)
	}
	if all := b.open(nil, matching.Page{}).Items; len(all) != 1 {
		t.Errorf("all are %+v", all)
	}
}

// TestACommonNameBringsNobodyTogether walks over the line from which on a name is too common, and back.
func TestACommonNameBringsNobodyTogether(t *testing.T) {
	t.Parallel()
	w, b := newWorld(7), running(t)
	var first *history
	for i := range 201 {
		h, c := w.screened("ngo", thai)
		if i == 0 {
			first = h
		}
		b.log.add(c)
	}
	b.wait()
	if n := len(b.of(first)); n != 0 {
		t.Errorf("one of 201 has %d proposals", n)
	}
	last := w.cases[200]
	b.add(w.corrected(last, other))
	if n := len(b.of(first)); n != 199 {
		t.Errorf("one of 200 has %d proposals", n)
	}
	b.add(w.corrected(last, thai))
	if n := len(b.open(nil, matching.Page{Limit: 200}).Items); n != 0 {
		t.Errorf("%d proposals are left among 201", n)
	}
}

func TestPagesMeet(t *testing.T) {
	t.Parallel()
	w, b := newWorld(8), running(t)
	for range 12 {
		_, c := w.screened("ngo", pick(w.rnd, []told{thai, latin, {name: "สมชาย ใจดี", sex: "male"}}))
		b.log.add(c)
	}
	b.wait()
	for _, scope := range [][]string{nil, {"ngo"}} {
		seen := map[string]bool{}
		page := matching.Page{Limit: 7}
		for {
			list := b.open(scope, page)
			for _, p := range list.Items {
				if seen[p.CaseA+p.CaseB] {
					t.Fatal("a pair comes twice")
				}
				seen[p.CaseA+p.CaseB] = true
			}
			if page.After = list.Next; page.After == "" {
				break
			}
		}
		if len(seen) != 66 {
			t.Errorf("%d pairs of 66", len(seen))
		}
	}
	if n := len(b.open(nil, matching.Page{Least: 60, Limit: 200}).Items); n == 0 || n == 66 {
		t.Errorf("%d pairs are likely", n)
	}
	for _, bad := range []string{"x", "e30"} {
		if _, err := matching.Open(t.Context(), b.pool, matching.Scope{}, matching.Page{After: bad}); !errors.Is(err, matching.ErrCursor) {
			t.Errorf("cursor %q gives %v", bad, err)
		}
	}
}

func TestCasesAreFoundByLanguage(t *testing.T) {
	t.Parallel()
	w, b := newWorld(9), running(t)
	x, c1 := w.screened("police", thai)
	y, c2 := w.screened("ngo", other)
	_, c3 := w.screened("ngo", told{name: "Nobody Knows", language: "und"})
	b.add(c1, c2, c3)
	find := func(code string) []string {
		return b.strings(`select c.case_id::text from matching.agencies c where `+matching.CasesOfLanguage("c.case_id", "$1"), b.languageToken(code))
	}
	if got := find("lao"); !slices.Equal(got, []string{y.id}) {
		t.Errorf("in need of Lao are %v", got)
	}
	if got := find("tha"); !slices.Equal(got, []string{x.id}) {
		t.Errorf("in need of Thai are %v", got)
	}
	if got := find("und"); len(got) != 0 {
		t.Errorf("in need of a language that is not known are %v", got)
	}
	b.add(w.corrected(y, told{language: "khm"}))
	if len(find("lao")) != 0 || len(find("khm")) != 1 {
		t.Error("a correction of the language is not followed")
	}
}

func TestKeysThatDoNotAnswerAreWaitedFor(t *testing.T) {
	t.Parallel()
	w, b := newWorld(10), running(t)
	b.vault.fail(errors.New("down"))
	x, c1 := w.screened("police", thai)
	_, c2 := w.screened("ngo", latin)
	b.log.add(c1, c2)
	b.vault.fail(nil)
	b.wait()
	if len(b.of(x)) != 1 {
		t.Error("what was opened late is not proposed")
	}
}

// TestNoNameLiesInClear plants names and looks for them in every row, as text and in hexadecimal. A row that has one shows that the
// search can find it.
func TestNoNameLiesInClear(t *testing.T) {
	t.Parallel()
	w, b := newWorld(11), running(t)
	secrets := []string{"สมชาย", "Somchai", "somchai", "SUMCI", "Jaidee", "MB123456", "812345678", "1990", "tha", "female"}
	_, c1 := w.screened("police", told{name: "สมชาย ใจดี", romanised: "Somchai Jaidee", birth: "1990-05-04", sex: "female", language: "tha", passport: "MB123456", phone: "+66 81 234 5678"})
	_, c2 := w.screened("ngo", latin)
	b.add(c1, c2)
	found := func() (all []string) {
		for _, rows := range b.dump() {
			for _, row := range rows {
				for _, s := range secrets {
					if strings.Contains(row, s) || strings.Contains(row, hex.EncodeToString([]byte(s))) {
						all = append(all, s)
					}
				}
			}
		}
		return all
	}
	if all := found(); len(all) > 0 {
		t.Errorf("rows hold %v", all)
	}
	_, err := b.pool.Exec(t.Context(), `insert into matching.tokens values (convert_to('name สมชาย', 'UTF8'), gen_random_uuid(), 'name')`)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(found(), "สมชาย") {
		t.Error("the search does not find a name that lies in clear")
	}
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// pool are names of which the first is very common, so that it passes the line of what is too common again and again.
var pool = []string{
	"สมชาย ใจดี", "Somchai Jaidee", "สมชาย ใจดี", "Somchay Chaidi", "สมชาย ใจดี", "สมชาย ทองดี", "อรทัย บุญมา", "Orathai Boonma", "อรทัย ทองดี",
	"အောင်ကျော်မင်း", "Aung Kyaw Min", "Aung Kyaw Htun", "Sokha Chan", "ចាន់ សុខា", "ສົມພອນ ແກ້ວມະນີ", "Somphone Keomany", "Kyaw Kyaw",
}

func (w *world) told() told {
	p := told{name: pick(w.rnd, pool), sex: pick(w.rnd, []string{"male", "male", "female", ""}), language: pick(w.rnd, []string{"tha", "mya", "lao", ""})}
	if w.rnd.IntN(2) == 0 {
		p.birth = fmt.Sprint(1980 + w.rnd.IntN(20))
	} else {
		p.age = 20 + w.rnd.IntN(30)
	}
	if w.rnd.IntN(4) == 0 {
		p.passport = fmt.Sprintf("MB%06d", 100000+w.rnd.IntN(150))
	}
	if w.rnd.IntN(4) == 0 {
		p.phone = fmt.Sprintf("08%08d", 10000000+w.rnd.IntN(60))
	}
	return p
}

// random is a random step of a random case.
func (w *world) random(destroyed func(string)) domain.Commit {
	if len(w.cases) < 5 || w.rnd.IntN(2) == 0 {
		_, c := w.screened(pick(w.rnd, []string{"police", "ngo"}), w.told())
		return c
	}
	h, o := pick(w.rnd, w.cases), pick(w.rnd, w.cases)
	switch n := w.rnd.IntN(20); {
	case h.erased:
		_, c := w.screened("ngo", w.told())
		return c
	case n < 7:
		return w.corrected(h, w.told())
	case n < 10:
		return w.again(h, w.told())
	case n < 12:
		h.agency = pick(w.rnd, []string{"police", "ngo", "labour"})
		return w.commit(h, &domain.CaseClosed{})
	case n < 14:
		destroyed(h.id)
		return w.erase(h)
	case n < 17 && o != h:
		return w.link(h, o)
	case n < 19 && len(h.links) > 0:
		return w.unlink(h)
	}
	return w.commit(h, &domain.DuplicateRefused{Other: o.id})
}

// TestRowsDoNotDependOnBatches follows a random log in batches of random sizes, while keys are destroyed ahead of their events, and
// compares the rows with those of a rebuild, which sees all in one.
func TestRowsDoNotDependOnBatches(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(100 + seed)
			sizes := rand.New(rand.NewPCG(seed, 9))
			b := setUp(t, func() int { return 1 + sizes.IntN(60) })
			stop := b.start()
			for range 30 {
				var commits []domain.Commit
				for range 50 {
					commits = append(commits, w.random(b.vault.destroy))
				}
				b.add(commits...)
			}
			stop()
			live := b.dump()
			for table, rows := range live {
				if len(rows) == 0 {
					t.Errorf("%s has no rows: the history is too thin to show anything", table)
				}
			}
			if b.strings(`select coalesce(max(n)::text, '') from (select count(*) as n from matching.tokens group by token) as t where n > 200`)[0] == "" {
				t.Error("no token became too common")
			}
			b.rebuild()
			mustEqual(t, b.dump(), live)
			t.Logf("%d proposals of %d cases", len(live["proposals"]), len(live["agencies"]))
		})
	}
}
