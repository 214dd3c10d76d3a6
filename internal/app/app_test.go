package app_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/accesslog"
	"songtor/internal/app"
	"songtor/internal/calendar"
	"songtor/internal/database"
	"songtor/internal/eventlog"
	"songtor/internal/files"
	"songtor/internal/guard"
	"songtor/internal/identity"
	"songtor/internal/limits"
	"songtor/internal/preferences"
	"songtor/internal/retention"
	"songtor/internal/synthetic"
	"songtor/internal/testenv"
	"songtor/internal/transparency"
	"songtor/internal/vault"
	"songtor/projections"
	"songtor/projections/inbox"
)

// bench is a service on stores of its own.
type bench struct {
	*app.Service
	log   *eventlog.Log
	trail *eventlog.Trail
	vault *vault.Vault
	nats  *testenv.NATSServer
	pools *database.Pools

	keeping *retention.Book // nil for the rules that come with the service
	limits  *limits.Book    // in place of the usual ones
	guard   *guard.State    // nil for one that never refuses
}

func setUp(t *testing.T) *bench {
	t.Helper()
	return setUpOn(t, testenv.Postgres(t), testenv.Postgres(t))
}

func setUpOn(t *testing.T, views, keys string) *bench {
	t.Helper()
	b := &bench{nats: testenv.NATS(t)}
	nc, err := eventlog.Dial(b.nats.URL)
	must(t, err)
	t.Cleanup(nc.Close)
	must(t, eventlog.CreateStream(t.Context(), nc, 1))
	options := eventlog.Options{ServerReport: func(context.Context) ([]eventlog.ServerReport, error) {
		return []eventlog.ServerReport{{Name: nc.ConnectedServerName(), SyncAlways: true}}, nil
	}}
	b.log, err = eventlog.Open(t.Context(), nc, options)
	must(t, err)
	b.trail, err = eventlog.OpenTrail(t.Context(), nc, options)
	must(t, err)
	kek, err := vault.OpenDevKEK(t.TempDir() + "/dev.kek")
	must(t, err)
	b.vault, err = vault.Open(t.Context(), pool(t, keys), kek, nil)
	must(t, err)
	t.Cleanup(b.vault.Close)
	b.pools = testenv.OpenDatabase(t, views)
	b.Service = serveAt(t, b, nil)
	return b
}

// serveAt is another process on the same stores, by its own clock; nil for the machine's.
func serveAt(t *testing.T, b *bench, clock func() time.Time) *app.Service {
	t.Helper()
	return serveOn(t, b, b.vault, clock)
}

// serveOn is such a process with a keeper of keys of its own.
func serveOn(t *testing.T, b *bench, keys vault.Keeper, clock func() time.Time) *app.Service {
	t.Helper()
	book := cmp.Or(b.limits, limits.Default())
	models := app.NewReadModels(keys, book)
	runner, err := projections.New(b.pools.Projector, b.log, models.Groups(), projections.Options{Owner: b.pools.Migrate})
	must(t, err)
	running, stop := context.WithCancel(t.Context())
	var stopped sync.WaitGroup
	stopped.Go(func() {
		if err := runner.Run(running); err != nil {
			t.Errorf("the runner ended: %v", err)
		}
	})
	t.Cleanup(func() { stop(); stopped.Wait() })
	contents, err := files.New(t.Context(), b.pools.Migrate, b.pools.Store)
	must(t, err)
	filters, err := preferences.New(t.Context(), b.pools.Migrate, b.pools.Store, nil)
	must(t, err)
	accounts, err := identity.New(t.Context(), b.pools.Identity, identity.Options{Owner: b.pools.Migrate, AllowDemo: true})
	must(t, err)
	policies, err := access.Load()
	must(t, err)
	journal := accesslog.NewJournal(b.trail, nil)
	t.Cleanup(journal.Close)
	openings := followTrail(t, b.pools, b.trail)
	return app.New(app.Config{
		Log: b.log, Vault: keys, Views: b.pools.Views, Counts: b.pools.Statistics, Runner: runner, Models: models, Files: contents,
		Filters: filters, Accounts: accounts, Keeping: b.keeping, Guard: b.guard,
		Limits: book, Calendar: calendar.Thailand(), Signer: logKeys(t), Access: journal, Openings: openings, Now: clock,
		Policies: policies, DevKeys: true,
	})
}

func pool(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	p, err := pgxpool.New(t.Context(), url)
	must(t, err)
	t.Cleanup(p.Close)
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var (
	officer = signedIn("u-officer", domain.Responder, "rtp-atpd")
	manager = signedIn("u-manager", domain.CaseManager, "datip")
	team    = signedIn("u-team", domain.Team, "datip")
	shelter = signedIn("u-shelter", domain.Shelter, "shelter-women-central")
	reader  = signedIn("u-reader", domain.Committee, "nrm-committee")
)

// signedIn is somebody who has just proved who they are, in the surest way.
func signedIn(user string, role domain.Role, agency string) identity.Principal {
	return identity.Principal{UserID: user, Role: role, Agency: agency, AuthTime: time.Now(), Assurance: identity.DeviceBound}
}

// form returns a consenting adult's form.
func form(t *testing.T, seed uint64) (id string, body []byte) {
	t.Helper()
	for ; ; seed += 1000 {
		f := synthetic.Forms(seed, 1, time.Now().UTC())[0]
		agrees, _ := f.Answers["b_consent_referral"].(map[string]any)
		under18, _ := f.Answers["d_under_18"].(map[string]any)
		if agrees["value"] != "yes" || under18["value"] != "no" {
			continue
		}
		body, err := f.Body()
		must(t, err)
		return f.ID, body
	}
}

func call(a access.Action, c domain.Command) app.Call {
	now := time.Now().UTC()
	return app.Call{Action: a, ID: uuid.NewString(), HappenedAt: now, RecordedAt: now, Command: c}
}

func TestAFormSentManyTimesAtOnceIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	id, body := form(t, 1)
	receipts := make([]app.Receipt, 16)
	created := make([]bool, len(receipts))
	var sending sync.WaitGroup
	for i := range receipts {
		sending.Go(func() {
			var err error
			if receipts[i], created[i], err = b.SubmitScreening(t.Context(), officer, id, body); err != nil {
				t.Errorf("sender %d: %v", i, err)
			}
		})
	}
	sending.Wait()
	first := 0
	for i, r := range receipts {
		if r != receipts[0] {
			t.Fatalf("two receipts: %+v and %+v", receipts[0], r)
		}
		if created[i] {
			first++
		}
	}
	commits, err := b.log.Load(t.Context(), receipts[0].CaseID)
	must(t, err)
	if first != 1 || len(commits) != 1 {
		t.Fatalf("%d were told that they were first, %d commits", first, len(commits))
	}
}

func TestTheSameIdWithOtherContentIsRefused(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	id, body := form(t, 1)
	_, other := form(t, 2)
	_, _, err := b.SubmitScreening(t.Context(), officer, id, body)
	must(t, err)
	if _, _, err := b.SubmitScreening(t.Context(), officer, id, other); !errors.Is(err, app.ErrOtherContent) {
		t.Fatalf("other answers: got %v", err)
	}
	stranger := officer
	stranger.Agency = "dlpw"
	if _, _, err := b.SubmitScreening(t.Context(), stranger, id, body); !errors.Is(err, app.ErrOtherContent) {
		t.Fatalf("another agency: got %v", err)
	}
}

// The keys of a case are made while its form is judged: a form that is refused leaves no more than them, and is taken once it is mended.
func TestAMendedFormIsTakenUnderTheSameID(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	id, body := form(t, 4)
	wrong := bytes.Replace(body, []byte(`"province":"`), []byte(`"province":"X`), 1)
	var invalid *app.Invalid
	if _, _, err := b.SubmitScreening(t.Context(), officer, id, wrong); !errors.As(err, &invalid) {
		t.Fatalf("a form of nowhere: got %v", err)
	}
	receipt, created, err := b.SubmitScreening(t.Context(), officer, id, body)
	must(t, err)
	again, repeated, err := b.SubmitScreening(t.Context(), officer, id, body)
	must(t, err)
	if !created || repeated || again != receipt {
		t.Fatalf("%+v (%v), then %+v (%v)", receipt, created, again, repeated)
	}
	view, err := b.Case(t.Context(), manager, receipt.CaseID, time.Time{})
	must(t, err)
	if readable(view) == "" {
		t.Fatal("the case cannot be read")
	}
}

// Whatever is away, the client gets an error that says "again", nothing is lost, and its repeat leaves one event.
func TestAnOutageLosesNothing(t *testing.T) {
	t.Parallel()
	t.Run("of the log", func(t *testing.T) {
		t.Parallel()
		b := setUp(t)
		b.mustRecover(t, b.nats.Stop, func() { b.nats.Restart(t) })
	})
	t.Run("of the database", func(t *testing.T) {
		t.Parallel()
		server := testenv.PostgresServer(t)
		b := setUpOn(t, server.URL, server.KeysURL)
		b.mustRecover(t, func() { server.Stop(t) }, func() { server.Start(t) })
	})
}

func (b *bench) mustRecover(t *testing.T, stop, restart func()) {
	t.Helper()
	id, body := form(t, 3)
	stop()
	impatient, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, _, err := b.SubmitScreening(impatient, officer, id, body); !errors.Is(err, app.ErrUnavailable) {
		t.Fatalf("while it is away: got %v, want ErrUnavailable", err)
	}
	restart()
	var receipt app.Receipt
	testenv.Eventually(t, 30*time.Second, func() bool {
		var err error
		receipt, _, err = b.SubmitScreening(t.Context(), officer, id, body)
		return err == nil
	})
	commits, err := b.log.Load(t.Context(), receipt.CaseID)
	must(t, err)
	if len(commits) != 1 {
		t.Fatalf("%d commits after the outage", len(commits))
	}
}

func TestACaseFromScreeningToProtection(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	id, body := form(t, 4)
	receipt, _, err := b.SubmitScreening(t.Context(), officer, id, body)
	must(t, err)
	team := signedIn("u-team", domain.Team, "datip")

	referral := call(access.Refer, domain.Refer{To: "datip", Services: []string{"shelter_temp"}, HandOver: true})
	referral.Command = domain.Refer{Referral: referral.ID, To: "datip", Services: []string{"shelter_temp"}, HandOver: true}
	steps := []struct {
		by   identity.Principal
		call app.Call
	}{
		{officer, referral},
		{manager, call(access.Accept, domain.AcceptReferral{Referral: referral.ID})},
		{manager, call(access.ConcludeScreening, domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: domain.Reasons{Narrative: "n"}})},
		{team, call(access.DecideIdentification, domain.DecideIdentification{Finding: domain.Finding{Outcome: domain.VictimOfTrafficking, Grounds: "g"}})},
	}
	for _, s := range steps {
		receipt, _, err = b.Execute(t.Context(), s.by, receipt.CaseID, s.call)
		if err != nil {
			t.Fatalf("%s: %v", s.call.Action, err)
		}
	}
	list, err := b.StageCases(t.Context(), manager, domain.Protection, app.StageQuery{After: receipt.Position})
	must(t, err)
	if len(list.Items) != 1 || list.Items[0].Agency != "datip" || list.Position < receipt.Position {
		t.Fatalf("the protection view has %+v at %d", list.Items, list.Position)
	}
	view, err := b.Case(t.Context(), manager, receipt.CaseID, time.Time{})
	must(t, err)
	if view.Stage != domain.Protection || len(view.Decisions) != 2 || view.Screenings[0].Identity == nil {
		t.Fatalf("the case is %+v", view)
	}
	todo, err := b.Inbox(t.Context(), manager, inbox.Filter{}, inbox.Page{}, receipt.Position)
	must(t, err)
	if len(todo.Items) != 1 || todo.Items[0].Kind != domain.TaskPlan {
		t.Fatalf("to do is %+v, want a plan to agree", todo.Items)
	}
}

// Commands that meet are decided one after the other: none is lost, none is applied to a state that it was not decided on.
func TestCommandsThatMeetAllTakeTheirTurn(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	id, body := form(t, 11)
	receipt, _, err := b.SubmitScreening(t.Context(), officer, id, body)
	must(t, err)
	const meeting = 4
	var giving sync.WaitGroup
	for range meeting {
		giving.Go(func() {
			consent := call(access.RecordConsent, domain.RecordConsent{Answer: domain.Answer{Purpose: domain.ToSupport, Agreed: true}})
			if _, _, err := b.Execute(t.Context(), manager, receipt.CaseID, consent); err != nil {
				t.Errorf("one of the commands: %v", err)
			}
		})
	}
	giving.Wait()
	commits, err := b.log.Load(t.Context(), receipt.CaseID)
	must(t, err)
	if len(commits) != 1+meeting {
		t.Fatalf("%d commits, want %d", len(commits), 1+meeting)
	}
}

func TestACommandOnAStateThatMovedIsStale(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	id, body := form(t, 5)
	receipt, _, err := b.SubmitScreening(t.Context(), officer, id, body)
	must(t, err)
	seen := receipt.Position
	consent := call(access.RecordConsent, domain.RecordConsent{Answer: domain.Answer{Purpose: domain.ToSupport, Agreed: true}})
	consent.IfMatch = seen
	_, _, err = b.Execute(t.Context(), manager, receipt.CaseID, consent)
	must(t, err)
	late := call(access.Close, domain.CloseCase{Reason: domain.PersonLeft})
	late.IfMatch = seen
	var stale *app.Stale
	if _, _, err = b.Execute(t.Context(), manager, receipt.CaseID, late); !errors.As(err, &stale) || stale.Position <= seen {
		t.Fatalf("got %v, want Stale with the new position", err)
	}
}

// Some commands may be given by people who may not read the case. What happened in it is not told to them by the way. The control is somebody
// who may read it.
func TestAStrangerHearsOnlyThatACaseHasMoved(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt := b.presumed(t, 31)
	for who, may := range map[*identity.Principal]bool{&nurse: false, &manager: true} {
		if _, err := b.Case(t.Context(), *who, receipt.CaseID, time.Time{}); (err == nil) != may {
			t.Fatalf("%s reads the case: %v", who.UserID, err)
		}
		late := call(access.BreakGlass, emergency)
		if may {
			late = call(access.Close, domain.CloseCase{Reason: domain.PersonLeft})
		}
		late.IfMatch = 1
		_, _, err := b.Execute(t.Context(), *who, receipt.CaseID, late)
		var stale *app.Stale
		if !errors.As(err, &stale) || (stale.Position != 0) != may || (len(stale.Changes) > 0) != may {
			t.Errorf("%s hears %v, of %d changes", who.UserID, err, len(stale.Changes))
		}
	}
}

// The log may end with a release, which is on no list: nobody waits for it, and no list counts as behind.
func TestAReleaseKeepsNoListBehind(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt := newCase(t, b, 12)
	_, err := b.log.AppendRelease(t.Context(), []byte("{}"), 0)
	must(t, err)
	if id, err := b.FindReference(t.Context(), receipt.CaseReference); err != nil || id != receipt.CaseID {
		t.Errorf("found %s: %v", id, err)
	}
	if _, err := b.Incident(t.Context(), officer, uuid.NewString(), 0); !errors.Is(err, app.ErrNotFound) {
		t.Errorf("of an incident that is not there it is said: %v", err)
	}
}

func TestACaseIsShownAsItWasKnown(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	id, body := form(t, 6)
	receipt, _, err := b.SubmitScreening(t.Context(), officer, id, body)
	must(t, err)
	commits, err := b.log.Load(t.Context(), receipt.CaseID)
	must(t, err)
	then := commits[0].AcceptedAt
	_, _, err = b.Execute(t.Context(), manager, receipt.CaseID, call(access.Close, domain.CloseCase{Reason: domain.PersonLeft}))
	must(t, err)
	was, err := b.Case(t.Context(), manager, receipt.CaseID, then)
	must(t, err)
	is, err := b.Case(t.Context(), manager, receipt.CaseID, time.Time{})
	must(t, err)
	if was.Status != domain.ToConclude || is.Status != domain.Closed {
		t.Fatalf("was %s, is %s", was.Status, is.Status)
	}
	if _, err := b.Case(t.Context(), manager, receipt.CaseID, then.Add(-time.Hour)); !errors.Is(err, app.ErrNotFound) {
		t.Fatalf("before it was known: got %v", err)
	}
}

func TestWhoMayNotSeeACaseFindsNone(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	id, body := form(t, 7)
	receipt, _, err := b.SubmitScreening(t.Context(), officer, id, body)
	must(t, err)
	stranger := signedIn("u-stranger", domain.Responder, "dlpw")
	for _, p := range []identity.Principal{stranger, reader} {
		_, err := b.Case(t.Context(), p, receipt.CaseID, time.Time{})
		_, absent := b.Case(t.Context(), p, uuid.NewString(), time.Time{})
		if !errors.Is(err, app.ErrNotFound) || err.Error() != absent.Error() {
			t.Fatalf("%s: denied is %v, absent is %v", p.Role, err, absent)
		}
	}
	if _, err := b.StageCounts(t.Context(), reader, 0); !errors.Is(err, app.ErrDenied) {
		t.Fatalf("the committee counts queues: %v", err)
	}
}

// A process that dies between destroying the keys and recording it leaves a case that nobody reads, and the same call ends the job.
func TestAShredThatBrokeOffIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	id, body := form(t, 8)
	receipt, _, err := b.SubmitScreening(t.Context(), officer, id, body)
	must(t, err)
	must(t, b.vault.Destroy(t.Context(), receipt.CaseID, "erasure_request"))
	view, err := b.Case(t.Context(), manager, receipt.CaseID, time.Time{})
	must(t, err)
	if !view.Erased || view.Screenings[0].Answers != nil || view.Screenings[0].Identity != nil {
		t.Fatal("the case can be read after its keys were destroyed")
	}
	position, synthetic, err := b.Shred(t.Context(), receipt.CaseReference, "erasure_request")
	must(t, err)
	again, _, err := b.Shred(t.Context(), receipt.CaseID, "erasure_request")
	must(t, err)
	if !synthetic || position <= receipt.Position || again != position {
		t.Fatalf("recorded at %d, then at %d", position, again)
	}
	if _, _, err := b.SubmitScreening(t.Context(), officer, id, body); !errors.Is(err, app.ErrErased) {
		t.Fatalf("the form again: got %v, want ErrErased", err)
	}
}

func TestACorrectionReplacesTheAnswers(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	id, body := form(t, 9)
	receipt, _, err := b.SubmitScreening(t.Context(), officer, id, body)
	must(t, err)
	_, better := form(t, 10)
	fix := call(access.CorrectScreening, nil)
	fix.Body = slices.Concat([]byte(`{"screening_id":"`+id+`","reason":"wrong_entry","screening":`), better, []byte(`}`))
	_, created, err := b.Execute(t.Context(), officer, receipt.CaseID, fix)
	must(t, err)
	_, again, err := b.Execute(t.Context(), officer, receipt.CaseID, fix)
	must(t, err)
	view, err := b.Case(t.Context(), officer, receipt.CaseID, time.Time{})
	must(t, err)
	if !created || again || view.Screenings[0].Corrections != 1 {
		t.Fatalf("created %t, again %t, %d corrections", created, again, view.Screenings[0].Corrections)
	}
}

// logKeys are keys that sign receipts.
func logKeys(t *testing.T) *transparency.Keys {
	t.Helper()
	keys, err := transparency.NewKeys(t.Context(), "log.example", make(transparency.Secret, transparency.SecretSize))
	must(t, err)
	return keys
}

// followTrail keeps the index of the access record until the end of the test.
func followTrail(t *testing.T, pools *database.Pools, trail *eventlog.Trail) *accesslog.Index {
	t.Helper()
	x, err := accesslog.NewIndex(t.Context(), accesslog.IndexConfig{Owner: pools.Migrate, Audit: pools.Audit, Trail: trail})
	must(t, err)
	running, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var stopped sync.WaitGroup
	stopped.Go(func() { x.Run(running) })
	t.Cleanup(func() { stop(); stopped.Wait() })
	return x
}
