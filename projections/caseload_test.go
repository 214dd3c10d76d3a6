package projections_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
	"songtor/internal/database"
	"songtor/internal/testenv"
	"songtor/projections"
	"songtor/projections/deadlines"
	"songtor/projections/exclusions"
	"songtor/projections/inbox"
	"songtor/projections/incidents"
	"songtor/projections/links"
	"songtor/projections/timeline"
)

// caseload makes random histories of cases that agencies pass to and fro, answer late, link, close and open again. Its log's clock is
// set back now and then, and moves over months.
type caseload struct {
	rnd   *rand.Rand
	clock time.Time
	pace  time.Duration // how far the clock may go on at a step
	cases map[string]*history
	order []string
	ids   int
}

func newCaseload(seed uint64) *caseload {
	return &caseload{rnd: rand.New(rand.NewPCG(seed, 11)), clock: epoch, pace: 5 * time.Hour, cases: map[string]*history{}}
}

func (l *caseload) id() string {
	l.ids++
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", l.rnd.Uint32(), l.ids)
}

// ladder is that of the tests: a missed deadline climbs every six hours.
func ladder() domain.Limits {
	times := map[domain.LimitName]domain.Limit{}
	for i, name := range domain.LimitNames() {
		times[name] = domain.Limit{Duration: time.Duration(i+1) * 5 * time.Hour, Source: "test"}
	}
	return domain.Limits{Times: times, Escalation: []domain.Step{
		{To: domain.ToAssignee},
		{After: 6 * time.Hour, To: domain.ToSupervisor},
		{After: 12 * time.Hour, To: domain.ToProvince},
		{After: 18 * time.Hour, To: domain.ToMinistry},
	}}
}

// office is that of the tests.
func office(r domain.Rung, province string) string {
	if r == domain.ToMinistry {
		return "ministry"
	}
	return "office-" + province
}

// nextStep is when the tests' ladder climbs.
func nextStep(_ *domain.Standing, t *domain.Task) *time.Time {
	return ladder().Next(*t.DueAt, t.Missed)
}

// give gives a command to a case as an agency and returns the commit, sealed.
func (l *caseload) give(id, agency string, c domain.Command) (domain.Commit, error) {
	h := l.cases[id]
	if h == nil {
		h = &history{}
	}
	by := domain.Actor{User: "u-" + agency, Agency: agency, Role: domain.CaseManager}
	request := l.id()
	happened := l.clock.Add(time.Duration(l.rnd.IntN(1e6))) // finer than the database keeps it
	facts, err := domain.Decide(h.state, domain.Request{ID: request, By: by, HappenedAt: happened, Limits: ladder(), Command: c})
	if err != nil {
		return domain.Commit{}, err
	}
	if l.cases[id] == nil {
		l.cases[id], l.order = h, append(l.order, id)
	}
	h.state = domain.Fold(h.state, facts)
	h.number++
	commit := domain.Commit{
		ID: request, CaseID: id, Number: h.number, Previous: h.digest, Command: fmt.Sprintf("%T", c), Actor: by, RecordedAt: happened,
		Standing: h.state.Standing, Facts: facts, AcceptedAt: l.clock.Add(time.Duration(l.rnd.IntN(1e9))), Digest: request,
	}
	h.digest = commit.Digest
	seal(&commit)
	return commit, nil
}

func (l *caseload) must(t testing.TB, id, agency string, c domain.Command) domain.Commit {
	t.Helper()
	l.clock = l.clock.Add(time.Minute)
	commit, err := l.give(id, agency, c)
	if err != nil {
		t.Fatalf("%T: %v", c, err)
	}
	return commit
}

// screened opens a case with a form that an adult or a child filled in.
func (l *caseload) screened(incident string, entry int) domain.Command {
	branch := domain.AdultBranch
	if l.rnd.IntN(3) == 0 {
		branch = domain.ChildBranch
	}
	return domain.RecordScreening{
		Opening: &domain.OpenCase{
			Reference: "TH-" + l.id()[:8], Province: pick(l.rnd, []string{"TH-10", "TH-50"}), Incident: incident, Entry: entry,
			Needs: pick(l.rnd, [][]domain.Need{nil, nil, {domain.NeedMedical}}),
		},
		Screening: l.id(), Form: domain.FormRef{Name: "screening", Version: 1, Hash: "h"},
		Content: domain.Content{
			Answers: private(domain.ScopeSensitive, secret), Identity: private(domain.ScopeIdentity, secret),
			Categories: private(domain.ScopeStatistics, secret), Findings: domain.Findings{Branch: branch},
		},
		Consents: []domain.Answer{{Purpose: domain.ToScreening, Agreed: l.rnd.IntN(12) > 0}, {Purpose: domain.ToReferral, Agreed: true}},
	}
}

// random is a random step of a random case. The clock goes on by hours or days, and now and then back.
func (l *caseload) random() domain.Commit {
	for {
		switch n := l.rnd.IntN(100); {
		case n < 6:
			l.clock = l.clock.Add(-time.Duration(l.rnd.IntN(200)) * time.Minute)
		case n < 60:
			l.clock = l.clock.Add(time.Duration(l.rnd.Int64N(int64(l.pace))).Truncate(time.Minute))
		}
		id, agency := "", pick(l.rnd, agencies)
		var c domain.Command
		if len(l.order) < 5 || l.rnd.IntN(15) == 0 {
			id = l.id()
			c = l.screened(pick(l.rnd, []string{"", "op-1", "op-2", "op-3"}), l.rnd.IntN(4))
		} else {
			id = pick(l.rnd, l.order)
			c = l.command(id, l.cases[id].state)
		}
		if commit, err := l.give(id, agency, c); err == nil {
			return commit
		}
	}
}

func (l *caseload) history(n int) []domain.Commit {
	commits := make([]domain.Commit, n)
	for i := range commits {
		commits[i] = l.random()
	}
	return commits
}

func (l *caseload) command(id string, s domain.State) domain.Command {
	if tasks := s.Standing.Tasks; len(tasks) > 0 && l.rnd.IntN(3) == 0 {
		if t := pick(l.rnd, tasks); t.DueAt != nil {
			return domain.MissDeadline{Task: t.ID, DueAt: *t.DueAt}
		}
	}
	if l.rnd.IntN(100) == 0 {
		return domain.DestroyKeys{Reason: "retention", Synthetic: true}
	}
	if l.rnd.IntN(40) == 0 {
		return accuse(l.rnd, s)
	}
	return pick(l.rnd, slices.Concat(l.dealings(s), l.course(id, s)))
}

// dealings are commands between agencies.
func (l *caseload) dealings(s domain.State) []domain.Command {
	var referral, request, service string
	if len(s.Referrals) > 0 {
		referral = pick(l.rnd, s.Referrals).ID
	}
	if len(s.Requests) > 0 {
		request = pick(l.rnd, s.Requests).ID
	}
	if len(s.Services) > 0 {
		service = pick(l.rnd, s.Services).ID
	}
	return []domain.Command{
		domain.Refer{Referral: l.id(), To: pick(l.rnd, agencies), Services: []string{"shelter_temp", "legal"}, HandOver: true, Note: secret},
		domain.Refer{Referral: l.id(), To: pick(l.rnd, agencies), Services: []string{"legal"}},
		domain.AcceptReferral{Referral: referral},
		domain.DeclineReferral{Referral: referral, Reason: "full", Note: secret},
		domain.RevokeReferral{Referral: referral, Reason: domain.SentInError},
		domain.CompleteReferral{Referral: referral, Outcome: secret},
		domain.RequestHandOver{Reason: secret},
		domain.GrantHandOver{Request: request},
		domain.RefuseHandOver{Request: request, Reason: "full"},
		domain.RequestService{Code: "medical", Level: domain.FromPresumed, Urgent: true, Provider: pick(l.rnd, agencies)},
		domain.RequestService{Code: "medical", Level: domain.FromPresumed, Urgent: true, Provider: pick(l.rnd, agencies), Replaces: service},
		domain.AcceptService{Service: service},
		domain.DeclineService{Service: service, Reason: "full"},
		domain.DeliverService{Service: service},
		domain.RefuseService{Service: service},
	}
}

// course are commands that move a case along.
func (l *caseload) course(id string, s domain.State) []domain.Command {
	link, withdrawal := "", ""
	if len(s.Links) > 0 {
		link = pick(l.rnd, s.Links).ID
	}
	if len(s.Withdrawn) > 0 {
		withdrawal = pick(l.rnd, s.Withdrawn).ID
	}
	return []domain.Command{
		domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: domain.Reasons{Narrative: secret}},
		domain.ConcludeScreening{Grounds: pick(l.rnd, []domain.Grounds{domain.GroundsNo, domain.GroundsUnclear}), Reasons: domain.Reasons{Narrative: secret}},
		domain.DecideIdentification{Finding: domain.Finding{Outcome: pick(l.rnd, domain.Outcomes()), Grounds: secret}},
		domain.StartPeriod{Period: pick(l.rnd, domain.PeriodNames())},
		domain.Assign{Assignee: pick(l.rnd, []string{"", "anong", "boon"})},
		domain.LinkCase{Case: id, Other: pick(l.rnd, l.order), Kind: pick(l.rnd, domain.LinkKinds())},
		domain.UndoLink{Link: link},
		domain.AddNote{Audience: domain.ForCase, Text: secret},
		domain.WithdrawConsent{Purpose: domain.ToReferral},
		domain.AcknowledgeWithdrawal{Withdrawal: withdrawal},
		domain.RecordConsent{Answer: domain.Answer{Purpose: domain.ToReferral, Agreed: true}},
		domain.CloseCase{Reason: domain.PersonLeft},
		domain.ReopenCase{Reason: domain.PersonBack},
		domain.ReopenCase{Reason: domain.PersonBack},
	}
}

// knownAt are the commits that were known at a moment: of each case those before the first that was accepted later.
func knownAt(commits []domain.Commit, at time.Time) []domain.Commit {
	var known []domain.Commit
	later := map[string]bool{}
	for _, c := range commits {
		later[c.CaseID] = later[c.CaseID] || c.AcceptedAt.After(at)
		if !later[c.CaseID] {
			known = append(known, c)
		}
	}
	return known
}

// rooms is a database with the rooms of these tests, and what they have been told.
type rooms struct {
	t         testing.TB
	roles     *database.Pools
	pool      *pgxpool.Pool
	db        projections.DB // by which lists are read: the pool
	tokens    []string       // by which cases name who reads lists
	log       *memoryLog
	runner    *projections.Runner
	inbox     *inbox.Projection
	incidents *incidents.Projection
	links     *links.Projection
	deadlines *deadlines.Projection
	timeline  *timeline.Projection
}

func newRooms(t testing.TB, commits ...domain.Commit) *rooms {
	t.Helper()
	address := testenv.Postgres(t)
	roles := testenv.OpenDatabase(t, address)
	pool, err := pgxpool.New(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	r := &rooms{
		t: t, roles: roles, pool: pool, db: pool, log: newLog(commits...), inbox: inbox.New(office), incidents: incidents.New(), links: links.New(),
		deadlines: deadlines.New(nextStep), timeline: timeline.New(),
	}
	r.runner = r.newRunner()
	return r
}

func (r *rooms) newRunner() *projections.Runner {
	r.t.Helper()
	group := projections.Group{Name: "rooms", Projections: []projections.Projection{exclusions.New(), r.inbox, r.incidents, r.links, r.deadlines, r.timeline}}
	runner, err := projections.New(r.roles.Projector, r.log, []projections.Group{group}, projections.Options{
		Log: slog.New(slog.DiscardHandler), Owner: r.roles.Migrate,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return runner
}

// follow applies what the log holds and stops.
func (r *rooms) follow(commits ...domain.Commit) {
	r.t.Helper()
	r.log.add(commits...)
	runner := r.newRunner()
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- runner.Run(ctx) }()
	head, _ := r.log.Head(ctx)
	waiting, giveUp := context.WithTimeout(ctx, time.Minute)
	defer giveUp()
	if err := runner.WaitFor(waiting, "timeline", head); err != nil {
		r.t.Fatalf("%v; %+v", err, runner.Status(r.t.Context()))
	}
	cancel()
	if err := <-done; err != nil {
		r.t.Fatal(err)
	}
}

// empty makes the tables without any rows.
func (r *rooms) empty() projections.DB {
	r.t.Helper()
	r.rebuild()
	return r.pool
}

// mentions counts a word in the rows.
func mentions(r *rooms, word string) (n int) {
	r.t.Helper()
	for _, rows := range r.dump() {
		for _, row := range rows {
			n += strings.Count(row, word)
		}
	}
	return n
}

func (r *rooms) rebuild() {
	r.t.Helper()
	if err := r.runner.Rebuild(r.t.Context(), nil, nil); err != nil {
		r.t.Fatal(err)
	}
}

// built is a database with the rooms as a rebuild from these commits makes them.
func built(t testing.TB, commits ...domain.Commit) *rooms {
	t.Helper()
	r := newRooms(t, commits...)
	r.rebuild()
	return r
}

// dump is every row of every table of the rooms, table by table.
func (r *rooms) dump() map[string][]string {
	r.t.Helper()
	return dumpOf(r.t, r.pool, "inbox", "incidents", "links", "deadlines", "timeline")
}

// However the commits come in, in batches of any size and with restarts in between, the rows are those of a rebuild.
func TestRoomsFollowedEqualRoomsRebuilt(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		l := newCaseload(seed)
		live := newRooms(t)
		for range 12 {
			live.log.step = 1 + l.rnd.IntN(40)
			live.follow(l.history(1 + l.rnd.IntN(120))...)
		}
		followed := live.dump()
		mustHaveRows(t, followed)
		whole := built(t, live.log.commits...)
		mustEqual(t, followed, whole.dump())
		chunked := newRooms(t, live.log.commits...)
		chunked.log.step = 37
		chunked.runner.BuildInChunks(1, 100)
		chunked.rebuild()
		mustEqual(t, chunked.dump(), followed)
	}
}
