package projections_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
	"songtor/internal/database"
	"songtor/internal/testenv"
	"songtor/projections"
	"songtor/projections/exclusions"
	"songtor/projections/frontline"
	"songtor/projections/identification"
	"songtor/projections/inbox"
	"songtor/projections/protection"
	"songtor/projections/screening"
	"songtor/projections/statistics"
	"songtor/projections/timeline"
)

var (
	epoch    = time.Date(2026, 1, 10, 3, 0, 0, 0, time.UTC)
	agencies = []string{"police", "ngo", "shelter", "labour"}
	secret   = "ZZSECRETZZ" // stands in every personal part
)

// memoryLog is a log in memory.
type memoryLog struct {
	mu      sync.Mutex
	commits []domain.Commit
	grown   chan struct{}
	broken  map[uint64]error // what reading a position fails with
	step    int              // commits handed over at a time
}

func newLog(commits ...domain.Commit) *memoryLog {
	l := &memoryLog{grown: make(chan struct{}), step: 50, broken: map[uint64]error{}}
	l.add(commits...)
	return l
}

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
func (l *memoryLog) next(from uint64) ([]domain.Commit, <-chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []domain.Commit
	for _, c := range l.commits[min(from, uint64(len(l.commits))):] {
		if err := l.broken[c.Position]; err != nil {
			if len(out) > 0 {
				break
			}
			return nil, nil, err
		}
		if out = append(out, c.Apart()); len(out) == l.step {
			break
		}
	}
	return out, l.grown, nil
}

func (l *memoryLog) Follow(ctx context.Context, from uint64, fn func([]domain.Commit) error) error {
	for {
		commits, grown, err := l.next(from)
		if err != nil {
			return err
		}
		if len(commits) > 0 {
			if err := fn(commits); err != nil {
				return fmt.Errorf("wrapped: %w", err)
			}
			from = commits[len(commits)-1].Position
			if ctx.Err() != nil {
				return ctx.Err()
			}
			continue
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (l *memoryLog) Scan(ctx context.Context, from, to uint64, fn func([]domain.Commit) error) error {
	for from < to {
		commits, _, err := l.next(from)
		if err != nil {
			return err
		}
		for len(commits) > 0 && commits[len(commits)-1].Position > to {
			commits = commits[:len(commits)-1]
		}
		if len(commits) == 0 || ctx.Err() != nil {
			return ctx.Err()
		}
		if err := fn(commits); err != nil {
			return err
		}
		from = commits[len(commits)-1].Position
	}
	return nil
}

// mask stands for sealing: it can be undone, and its result does not contain what went in.
func mask(b []byte) []byte {
	out := bytes.Clone(b)
	for i := range out {
		out[i] ^= 0x5a
	}
	return out
}

func seal(c *domain.Commit) {
	for _, p := range c.Privates() {
		err := p.Seal(func(s domain.Scope, plain []byte) (domain.Sealed, error) {
			return domain.Sealed{KeyID: "k", Ciphertext: mask(plain)}, nil
		})
		if err != nil {
			panic(err)
		}
	}
}

// vault opens statistics, but not of erased cases.
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
		if v.erased[commits[i].CaseID] {
			continue
		}
		for _, p := range commits[i].Privates() {
			if p.Scope != domain.ScopeStatistics {
				continue
			}
			if err := p.Open(func(_ domain.Scope, s domain.Sealed) ([]byte, error) { return mask(s.Ciphertext), nil }); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *vault) set(down error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.down = down
}

func pseudonyms(_ context.Context, ids ...string) ([][]byte, error) {
	names := make([][]byte, len(ids))
	for i, id := range ids {
		names[i] = pseudonym(id)
	}
	return names, nil
}

func pseudonym(id string) []byte {
	h := hmac.New(sha256.New, []byte("key"))
	h.Write([]byte(id))
	return h.Sum(nil)
}

// world makes random histories that obey the domain.
type world struct {
	rnd    *rand.Rand
	now    time.Time
	cases  map[string]*history
	order  []string
	erased map[string]bool
	uuids  int
}

type history struct {
	state  domain.State
	number int
	digest string
}

func newWorld(seed uint64) *world {
	return &world{rnd: rand.New(rand.NewPCG(seed, 7)), now: epoch, cases: map[string]*history{}, erased: map[string]bool{}}
}

func (w *world) uuid() string {
	w.uuids++
	var b [16]byte
	for i := range b {
		b[i] = byte(w.rnd.Uint32())
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func private(scope domain.Scope, v any) domain.Private {
	p, err := domain.NewPrivate(scope, v)
	if err != nil {
		panic(err)
	}
	return p
}

func (w *world) content() domain.Content {
	branch := domain.AdultBranch
	if w.rnd.IntN(4) == 0 {
		branch = domain.ChildBranch
	}
	return domain.Content{
		Answers: private(domain.ScopeSensitive, map[string]string{"story": secret}), Identity: private(domain.ScopeIdentity, secret),
		Categories: private(domain.ScopeStatistics, w.categories()), Findings: domain.Findings{Branch: branch},
	}
}

func (w *world) categories() statistics.Categories {
	return statistics.Categories{
		Sex:              pick(w.rnd, []string{"female", "male", "male", "unknown"}),
		AgeBand:          pick(w.rnd, []string{"9-17", "18-20", "24-26", "30-38", "48+"}),
		NationalityGroup: pick(w.rnd, []string{"thai", "myanmar", "laos", "africa"}),
		Exploitation:     pick(w.rnd, []string{"forced_criminality", "sexual", "forced_labour", "multiple"}),
		Disability:       pick(w.rnd, []string{"yes", "no", "no", "missing"}),
	}
}

// screened is the commit that a new case mostly begins with.
func (w *world) screened(agency string) domain.Commit {
	return w.must(w.uuid(), agency, domain.RecordScreening{
		Opening:   &domain.OpenCase{Reference: "TH-" + w.uuid()[:8], Province: pick(w.rnd, []string{"TH-10", "TH-50", "TH-63", "TH-90"})},
		Screening: w.uuid(), Form: domain.FormRef{Name: "screening", Version: 1, Hash: "h"}, Content: w.content(),
		Consents: []domain.Answer{{Purpose: domain.ToScreening, Agreed: true}, {Purpose: domain.ToReferral, Agreed: true}},
		Needs:    pick(w.rnd, [][]domain.Need{nil, nil, {domain.NeedMedical}}),
	})
}

func (w *world) must(id, agency string, c domain.Command) domain.Commit {
	commit, err := w.do(id, agency, c)
	if err != nil {
		panic(err)
	}
	return commit
}

// do gives a command to a case and returns the sealed commit.
func (w *world) do(id, agency string, c domain.Command) (domain.Commit, error) {
	w.now = w.now.Add(time.Duration(1+w.rnd.IntN(3_600_000)) * time.Millisecond)
	h := w.cases[id]
	if h == nil {
		h = &history{}
	}
	by := domain.Actor{User: "u-" + agency, Agency: agency, Role: domain.CaseManager}
	happened := w.now.Add(-time.Hour)
	facts, err := domain.Decide(h.state, domain.Request{By: by, HappenedAt: happened, Limits: ladder(), Command: c})
	if err != nil {
		return domain.Commit{}, err
	}
	if w.cases[id] == nil {
		w.cases[id], w.order = h, append(w.order, id)
	}
	h.state = domain.Fold(h.state, facts)
	h.number++
	commit := domain.Commit{
		ID: w.uuid(), CaseID: id, Number: h.number, Previous: h.digest, Command: fmt.Sprintf("%T", c), Actor: by, RecordedAt: happened,
		Standing: h.state.Standing, Fingerprint: private(domain.ScopeSensitive, secret), Facts: facts, AcceptedAt: w.now,
		Digest: fmt.Sprintf("%x", sha256.Sum256([]byte(id+fmt.Sprint(h.number)))),
	}
	h.digest = commit.Digest
	if h.state.Standing.Status == domain.Erased {
		w.erased[id] = true
	}
	seal(&commit)
	return commit, nil
}

// random is a random step of a random case, mostly an old one.
func (w *world) random() domain.Commit {
	for {
		if len(w.order) == 0 || w.rnd.IntN(4) == 0 {
			if w.rnd.IntN(3) > 0 {
				return w.screened(pick(w.rnd, agencies))
			}
			return w.must(w.uuid(), pick(w.rnd, agencies), domain.OpenCase{Reference: "TH-" + w.uuid()[:8], Province: "TH-10"})
		}
		id := pick(w.rnd, w.order)
		if c, err := w.do(id, pick(w.rnd, agencies), w.command(w.cases[id].state)); err == nil {
			return c
		}
	}
}

func (w *world) command(s domain.State) domain.Command {
	referral, screen := "", ""
	if len(s.Referrals) > 0 {
		referral = pick(w.rnd, s.Referrals).ID
	}
	if len(s.Screenings) > 0 {
		screen = pick(w.rnd, s.Screenings)
	}
	form := domain.FormRef{Name: "screening", Version: 1, Hash: "h"}
	if w.rnd.IntN(60) == 0 {
		return domain.DestroyKeys{Reason: "retention", Synthetic: true}
	}
	if w.rnd.IntN(15) == 0 {
		return accuse(w.rnd, s)
	}
	if s.Standing.Status == domain.AwaitingDecision && w.rnd.IntN(4) == 0 { // so that enough cases come to protection
		return domain.DecideIdentification{Finding: domain.Finding{Outcome: domain.Outcomes()[0], Grounds: secret}}
	}
	return pick(w.rnd, []domain.Command{
		domain.RecordScreening{Screening: w.uuid(), Form: form, Content: w.content()},
		domain.CorrectScreening{Screening: screen, Form: form, Content: w.content(), Reason: domain.WrongEntry},
		domain.ConcludeScreening{Grounds: pick(w.rnd, []domain.Grounds{domain.GroundsYes, domain.GroundsYes, domain.GroundsNo, domain.GroundsUnclear}), Reasons: domain.Reasons{Narrative: secret}},
		domain.Refer{Referral: w.uuid(), To: pick(w.rnd, agencies), Services: []string{"shelter_temp"}, HandOver: w.rnd.IntN(2) == 0, Note: secret},
		domain.Refer{Referral: w.uuid(), To: pick(w.rnd, agencies), Services: []string{"legal"}},
		domain.AcceptReferral{Referral: referral},
		domain.DeclineReferral{Referral: referral, Reason: "full", Note: secret},
		domain.RevokeReferral{Referral: referral, Reason: domain.SentInError},
		domain.CompleteReferral{Referral: referral, Outcome: secret},
		domain.RecordConsent{Answer: domain.Answer{Purpose: pick(w.rnd, domain.Purposes()), Agreed: w.rnd.IntN(5) > 0}},
		domain.WithdrawConsent{Purpose: pick(w.rnd, domain.Purposes())},
		domain.DecideIdentification{Finding: domain.Finding{Outcome: pick(w.rnd, domain.Outcomes()), Grounds: secret}},
		domain.Assign{Assignee: pick(w.rnd, []string{"", "anong", "boon"})},
		domain.CloseCase{Reason: domain.PersonLeft},
		domain.ReopenCase{Reason: domain.PersonBack},
	})
}

// accuse is a step by which a case comes to name an agency that may not know of it, or no longer does.
func accuse(rnd *rand.Rand, s domain.State) domain.Command {
	accused := pick(rnd, agencies)
	if len(s.Exclusions) == 0 || rnd.IntN(3) == 0 {
		return domain.Exclude{Accused: domain.Accused{Agency: accused}, Token: tokenOf(accused), Office: "ministry", Reason: secret}
	}
	x := pick(rnd, s.Exclusions)
	if x.Lift == nil {
		return domain.LiftExclusion{Exclusion: x.ID, Reason: secret}
	}
	return domain.ApproveLiftExclusion{Exclusion: x.ID}
}

// tokenOf is under what a case names an agency.
func tokenOf(agency string) string { return "token-of-" + agency }

func (w *world) history(n int) []domain.Commit {
	commits := make([]domain.Commit, n)
	for i := range commits {
		commits[i] = w.random()
	}
	return commits
}

// countedLog counts what is read of a log.
type countedLog struct {
	*memoryLog
	scans   atomic.Int64
	read    atomic.Int64 // commits that scans handed over
	follows atomic.Int64
	began   atomic.Uint64 // from where the last one followed
}

func (l *countedLog) Scan(ctx context.Context, from, to uint64, fn func([]domain.Commit) error) error {
	l.scans.Add(1)
	return l.memoryLog.Scan(ctx, from, to, func(commits []domain.Commit) error {
		l.read.Add(int64(len(commits)))
		return fn(commits)
	})
}

func (l *countedLog) Follow(ctx context.Context, from uint64, fn func([]domain.Commit) error) error {
	l.began.Store(from)
	l.follows.Add(1)
	return l.memoryLog.Follow(ctx, from, fn)
}

// bench is a database with a runner's surroundings.
type bench struct {
	t     testing.TB
	roles *database.Pools // as whom the service works
	pool  *pgxpool.Pool   // who sees everything
	log   *memoryLog
	vault *vault
}

func setUp(t testing.TB, commits ...domain.Commit) *bench {
	t.Helper()
	address := testenv.Postgres(t)
	roles := testenv.OpenDatabase(t, address)
	pool, err := pgxpool.New(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return &bench{t: t, roles: roles, pool: pool, log: newLog(commits...), vault: &vault{erased: map[string]bool{}}}
}

func (b *bench) groups() []projections.Group {
	return []projections.Group{
		{Name: "views", Needed: exclusions.New(), Projections: []projections.Projection{
			frontline.New(), screening.New(), identification.New(), protection.New(), inbox.New(office), timeline.New(),
		}},
		{Name: "statistics", Silent: true, Projections: []projections.Projection{statistics.New(pseudonyms, b.vault.open)}},
	}
}

var names = []string{"exclusions", "frontline", "screening", "identification", "protection", "inbox", "timeline", "statistics"}

func (b *bench) runner(groups ...projections.Group) *projections.Runner {
	b.t.Helper()
	return b.runnerOn(b.log, groups...)
}

func (b *bench) runnerOn(source projections.Source, groups ...projections.Group) *projections.Runner {
	b.t.Helper()
	if groups == nil {
		groups = b.groups()
	}
	r, err := projections.New(b.roles.Projector, source, groups, projections.Options{
		Log: slog.New(slog.DiscardHandler), Owner: b.roles.Migrate,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// start runs a runner until stop is called, which returns what Run returned.
func (b *bench) start(r *projections.Runner) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	b.t.Cleanup(func() { _ = stop() })
	return stop
}

func (b *bench) wait(r *projections.Runner, position uint64) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	if err := r.WaitForAll(ctx, position); err != nil {
		b.t.Fatalf("%v; status %+v", err, r.Status(b.t.Context()))
	}
}

func (b *bench) waitAll(r *projections.Runner) {
	b.t.Helper()
	head, _ := b.log.Head(b.t.Context())
	b.wait(r, head)
}

// dump is every row of every table of the projections, table by table.
func (b *bench) dump() map[string][]string {
	b.t.Helper()
	return b.dumpOf(names...)
}

// dumpOf is every row of the tables of some projections.
func (b *bench) dumpOf(projections ...string) map[string][]string {
	b.t.Helper()
	return dumpOf(b.t, b.pool, projections...)
}

// dumpOf is every row of every table of some schemas, table by table.
func dumpOf(t testing.TB, pool *pgxpool.Pool, schemas ...string) map[string][]string {
	t.Helper()
	rows, err := pool.Query(t.Context(), `select table_schema || '.' || table_name from information_schema.tables where table_schema = any($1)`, schemas)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, table := range tables {
		rows, err := pool.Query(t.Context(), "select to_jsonb(t)::text from "+table+" t order by 1")
		if err != nil {
			t.Fatal(err)
		}
		if all[table], err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func mustEqual(t testing.TB, got, want map[string][]string) {
	t.Helper()
	if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
		t.Fatalf("tables %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
	for table := range want {
		if !slices.Equal(got[table], want[table]) {
			t.Errorf("table %s differs: %d rows, want %d", table, len(got[table]), len(want[table]))
			for i := range min(len(got[table]), len(want[table])) {
				if got[table][i] != want[table][i] {
					t.Errorf("first difference:\n%s\n%s", got[table][i], want[table][i])
					break
				}
			}
		}
	}
}

// mustHaveRows guards against comparing nothing with nothing.
func mustHaveRows(t testing.TB, dump map[string][]string) {
	t.Helper()
	for table, rows := range dump {
		if len(rows) == 0 {
			t.Errorf("table %s has no rows: the history is too thin to show anything", table)
		}
	}
}

var errDown = errors.New("down")
