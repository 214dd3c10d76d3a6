package matching_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
	"songtor/internal/database"
	"songtor/internal/testenv"
	"songtor/projections"
	"songtor/projections/matching"
)

// memoryLog is a log in memory that hands over as many commits at a time as step says.
type memoryLog struct {
	mu      sync.Mutex
	commits []domain.Commit
	grown   chan struct{}
	step    func() int
}

func newLog(step func() int) *memoryLog { return &memoryLog{grown: make(chan struct{}), step: step} }

func (l *memoryLog) add(commits ...domain.Commit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range commits {
		c.Position = uint64(len(l.commits) + 1)
		l.commits = append(l.commits, c)
	}
	close(l.grown)
	l.grown = make(chan struct{})
}

func (l *memoryLog) Head(context.Context) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return uint64(len(l.commits)), nil
}

// next copies what comes after a position, deep enough that each reader may open its own.
func (l *memoryLog) next(from, to uint64) ([]domain.Commit, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := l.commits[from:min(to, uint64(len(l.commits)))]
	out := slices.Clone(rest[:min(l.step(), len(rest))])
	for i := range out {
		out[i].Facts = slices.Clone(out[i].Facts)
		for j := range out[i].Facts {
			e := reflect.New(reflect.TypeOf(out[i].Facts[j].Event).Elem())
			e.Elem().Set(reflect.ValueOf(out[i].Facts[j].Event).Elem())
			out[i].Facts[j].Event = e.Interface().(domain.Event)
		}
	}
	return out, l.grown
}

func (l *memoryLog) Follow(ctx context.Context, from uint64, fn func([]domain.Commit) error) error {
	for {
		commits, grown := l.next(from, 1<<60)
		if len(commits) == 0 {
			select {
			case <-grown:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := fn(commits); err != nil {
			return err
		}
		from = commits[len(commits)-1].Position
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func (l *memoryLog) Scan(ctx context.Context, from, to uint64, fn func([]domain.Commit) error) error {
	for from < to && ctx.Err() == nil {
		commits, _ := l.next(from, to)
		if err := fn(commits); err != nil {
			return err
		}
		from = commits[len(commits)-1].Position
	}
	return ctx.Err()
}

// mask stands for sealing: it can be undone, and its result does not contain what went in.
func mask(b []byte) []byte {
	out := bytes.Clone(b)
	for i := range out {
		out[i] ^= 0x5a
	}
	return out
}

// vault opens what it may, but not of erased cases.
type vault struct {
	mu     sync.Mutex
	erased map[string]bool
	down   error
}

func (v *vault) open(_ context.Context, commits []domain.Commit) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.down != nil {
		return v.down
	}
	for i := range commits {
		for _, p := range commits[i].Privates() {
			if v.erased[commits[i].CaseID] || p.Scope == domain.ScopeStatistics {
				continue
			}
			if err := p.Open(func(_ domain.Scope, s domain.Sealed) ([]byte, error) { return mask(s.Ciphertext), nil }); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *vault) destroy(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.erased[id] = true
}

func (v *vault) fail(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.down = err
}

func blind(_ context.Context, terms []matching.Term) ([][]byte, error) {
	var digests [][]byte
	for _, t := range terms {
		h := hmac.New(sha256.New, []byte("key"))
		h.Write([]byte(t.Kind + "\x00" + t.Value))
		digests = append(digests, h.Sum(nil))
	}
	return digests, nil
}

// languageToken is the token of a language.
func (b *bench) languageToken(code string) []byte {
	b.t.Helper()
	token, err := b.p.LanguageToken(b.t.Context(), code)
	if err != nil {
		b.t.Fatal(err)
	}
	return token
}

// told is what a form said of a person.
type told struct {
	name, given, family, romanised, birth, sex, language, passport, phone string
	age                                                                   int
}

func item(value any) map[string]any { return map[string]any{"state": "answered", "value": value} }

func put(into map[string]any, key, value string) {
	if value != "" {
		into[key] = item(value)
	}
}

// parts are the two sealed parts of a form.
func (p told) parts() (identity, answers domain.Private) {
	id, rest := map[string]any{}, map[string]any{"f_narrative": item("a story"), "c_injury": map[string]any{"state": "declined"}}
	put(id, "d_name_said", p.name)
	put(id, "d_given_name", p.given)
	put(id, "d_family_name", p.family)
	put(id, "d_name_romanised", p.romanised)
	put(id, "d_birth_date", p.birth)
	put(rest, "d_sex", p.sex)
	put(rest, "a_language", p.language)
	if p.age > 0 {
		rest["d_age_years"] = item(p.age)
	}
	if p.passport != "" {
		id["d_documents"] = item([]any{map[string]any{"kind": "passport", "country": "MMR", "number": p.passport}})
	}
	if p.phone != "" {
		id["d_contacts"] = item([]any{map[string]any{"kind": "phone", "value": p.phone, "whose": "self"}})
	}
	return private(domain.ScopeIdentity, id), private(domain.ScopeSensitive, rest)
}

func private(scope domain.Scope, v any) domain.Private {
	p, err := domain.NewPrivate(scope, v)
	if err != nil {
		panic(err)
	}
	if err := p.Seal(func(_ domain.Scope, plain []byte) (domain.Sealed, error) {
		return domain.Sealed{KeyID: "k", Ciphertext: mask(plain)}, nil
	}); err != nil {
		panic(err)
	}
	return p
}

// world makes commits of cases.
type world struct {
	rnd   *rand.Rand
	cases []*history
}

type history struct {
	id, agency string
	number     int
	screenings []string
	links      []string
	erased     bool
}

func newWorld(seed uint64) *world { return &world{rnd: rand.New(rand.NewPCG(seed, 3))} }

func (w *world) uuid() string {
	var b [16]byte
	for i := range b {
		b[i] = byte(w.rnd.Uint32())
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

var epoch = time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)

func (w *world) commit(h *history, events ...domain.Event) domain.Commit {
	h.number++
	c := domain.Commit{
		ID: w.uuid(), CaseID: h.id, Number: h.number, Actor: domain.Actor{User: "user-of-" + h.agency, Agency: h.agency},
		Standing: domain.Standing{Agency: h.agency, Stage: domain.Screening, Status: domain.ToConclude}, AcceptedAt: epoch,
	}
	if h.erased {
		c.Standing.Status = domain.Erased
	}
	for _, e := range events {
		c.Facts = append(c.Facts, domain.Fact{HappenedAt: epoch, Event: e})
	}
	return c
}

// screened opens a case with a screening.
func (w *world) screened(agency string, p told) (*history, domain.Commit) {
	h := &history{id: w.uuid(), agency: agency}
	w.cases = append(w.cases, h)
	return h, w.again(h, p)
}

func (w *world) again(h *history, p told) domain.Commit {
	h.screenings = append(h.screenings, w.uuid())
	identity, answers := p.parts()
	return w.commit(h, &domain.ScreeningRecorded{Screening: h.screenings[len(h.screenings)-1], Identity: identity, Answers: answers})
}

func (w *world) corrected(h *history, p told) domain.Commit {
	identity, answers := p.parts()
	return w.commit(h, &domain.ScreeningCorrected{Screening: h.screenings[len(h.screenings)-1], Identity: identity, Answers: answers})
}

func (w *world) erase(h *history) domain.Commit {
	h.erased = true
	return w.commit(h, &domain.KeysDestroyed{Reason: "retention"})
}

func (w *world) link(h, other *history) domain.Commit {
	h.links = append(h.links, w.uuid())
	return w.commit(h, &domain.CaseLinked{Link: h.links[len(h.links)-1], Other: other.id, Kind: domain.SamePerson})
}

func (w *world) unlink(h *history) domain.Commit {
	last := h.links[len(h.links)-1]
	h.links = h.links[:len(h.links)-1]
	return w.commit(h, &domain.LinkUndone{Link: last})
}

// bench is a database with a runner's surroundings.
type bench struct {
	t     testing.TB
	roles *database.Pools
	pool  *pgxpool.Pool
	log   *memoryLog
	vault *vault
	p     *matching.Projection
	r     *projections.Runner
}

func setUp(t testing.TB, step func() int) *bench {
	t.Helper()
	address := testenv.Postgres(t)
	roles := testenv.OpenDatabase(t, address)
	pool, err := pgxpool.New(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	b := &bench{t: t, roles: roles, pool: pool, log: newLog(step), vault: &vault{erased: map[string]bool{}}}
	b.p = matching.New(b.vault.open, blind)
	groups := []projections.Group{{Name: "matching", Silent: true, Projections: []projections.Projection{b.p}}}
	b.r, err = projections.New(roles.Projector, b.log, groups, projections.Options{
		Log: slog.New(slog.DiscardHandler), Owner: roles.Migrate,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// running sets up a bench whose runner is at work.
func running(t testing.TB) *bench {
	t.Helper()
	b := setUp(t, func() int { return 50 })
	b.start()
	return b
}

func (b *bench) start() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.r.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			b.t.Error(err)
		}
	})
	b.t.Cleanup(stop)
	return stop
}

// add appends commits and waits until they are applied.
func (b *bench) add(commits ...domain.Commit) {
	b.t.Helper()
	b.log.add(commits...)
	b.wait()
}

func (b *bench) wait() {
	b.t.Helper()
	head, _ := b.log.Head(b.t.Context())
	ctx, cancel := context.WithTimeout(b.t.Context(), 5*time.Minute)
	defer cancel()
	if err := b.r.WaitFor(ctx, matching.Name, head); err != nil {
		b.t.Fatalf("%v; status %+v", err, b.r.Status(b.t.Context()))
	}
}

func (b *bench) rebuild() {
	b.t.Helper()
	if err := b.r.Rebuild(b.t.Context(), []string{matching.Name}, nil); err != nil {
		b.t.Fatal(err)
	}
}

// dump is every row of every table, with bytes as text too, so that nothing in clear hides in hexadecimal.
func (b *bench) dump() map[string][]string {
	b.t.Helper()
	all := map[string][]string{}
	for _, table := range b.strings(`select table_name::text from information_schema.tables where table_schema = 'matching'`) {
		all[table] = b.strings("select to_jsonb(t)::text from matching." + table + " t order by 1")
	}
	return all
}

func (b *bench) strings(sql string, args ...any) []string {
	b.t.Helper()
	rows, err := b.pool.Query(b.t.Context(), sql, args...)
	if err != nil {
		b.t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}

func (b *bench) open(scope []string, page matching.Page) matching.List {
	b.t.Helper()
	list, err := matching.Open(b.t.Context(), b.pool, matching.Scope{Agencies: scope}, page)
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

func (b *bench) of(h *history) []matching.Proposal {
	b.t.Helper()
	all, err := matching.Proposals(b.t.Context(), b.pool, h.id)
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

func mustEqual(t testing.TB, got, want map[string][]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d tables, want %d", len(got), len(want))
	}
	for table := range want {
		if slices.Equal(got[table], want[table]) {
			continue
		}
		t.Errorf("table %s differs: %d rows, want %d", table, len(got[table]), len(want[table]))
		for i := range min(len(got[table]), len(want[table])) {
			if got[table][i] != want[table][i] {
				t.Errorf("first difference:\n%s\n%s", got[table][i], want[table][i])
				break
			}
		}
	}
}
