package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/guard"
	"songtor/internal/identity"
	"songtor/internal/testenv"
	"songtor/internal/vault"
	"songtor/projections/inbox"
)

var (
	nurse   = signedIn("u-nurse", domain.Shelter, "shelter-men-south")
	auditor = signedIn("u-auditor", domain.Auditor, "datip")
)

// watch is a clock that is set by hand.
type watch struct{ at atomic.Int64 }

func newWatch() *watch {
	w := &watch{}
	w.at.Store(time.Now().UnixNano())
	return w
}

func (w *watch) now() time.Time            { return time.Unix(0, w.at.Load()).UTC() }
func (w *watch) advance(by time.Duration)  { w.at.Add(int64(by)) }
func (w *watch) stopped() func() time.Time { at := w.now(); return func() time.Time { return at } }

// does gives a command at the time of a clock, by somebody who has just proved who they are.
func does(s *app.Service, p identity.Principal, now time.Time, caseID string, a access.Action, c domain.Command) (app.Receipt, error) {
	in := call(a, c)
	in.HappenedAt, in.RecordedAt = now, now
	p.AuthTime = now
	receipt, _, err := s.Execute(context.Background(), p, caseID, in)
	return receipt, err
}

var emergency = domain.BreakGlass{
	Scopes: []domain.Scope{domain.ScopeIdentity, domain.ScopeSensitive}, Reason: domain.MedicalEmergency, Text: "she was brought in unconscious",
}

// readsUntil is how long after the glass was broken somebody can still read the case, looked at every minute up to two hours.
func readsUntil(s *app.Service, w *watch, p identity.Principal, caseID string) time.Duration {
	start := w.now()
	for w.now().Sub(start) < 2*time.Hour {
		p.AuthTime = w.now()
		view, err := s.Case(context.Background(), p, caseID, time.Time{})
		if err != nil || view.Screenings[0].Identity == nil {
			break
		}
		w.advance(time.Minute)
	}
	return w.now().Sub(start)
}

func taskKinds(t *testing.T, s *app.Service, p identity.Principal, after uint64) []domain.TaskKind {
	t.Helper()
	p.AuthTime = s.Now()
	list, err := s.Inbox(t.Context(), p, inbox.Filter{}, inbox.Page{Limit: 50}, after)
	must(t, err)
	var kinds []domain.TaskKind
	for _, item := range list.Items {
		kinds = append(kinds, item.Kind)
	}
	return kinds
}

func newCase(t *testing.T, b *bench, seed uint64) app.Receipt {
	t.Helper()
	id, body := form(t, seed)
	receipt, _, err := b.SubmitScreening(t.Context(), officer, id, body)
	must(t, err)
	return receipt
}

// A broken glass limits itself: it ends after 60 minutes, the owner is told within 10 seconds, and who is not reviewed within 72 hours
// breaks no other until they are.
func TestBreakGlassLimitsItself(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	first, second := newCase(t, b, 31), newCase(t, b, 32)
	w := newWatch()
	s := serveAt(t, b, w.now)
	if _, err := s.Case(t.Context(), nurse, first.CaseID, time.Time{}); !errors.Is(err, app.ErrNotFound) {
		t.Fatalf("before: got %v", err)
	}

	broken := time.Now()
	receipt, err := does(s, nurse, w.now(), first.CaseID, access.BreakGlass, emergency)
	must(t, err)
	if kinds := taskKinds(t, s, officer, receipt.Position); !slices.Contains(kinds, domain.TaskGlassNotice) {
		t.Errorf("the owner has to do with %v", kinds)
	}
	if told := time.Since(broken); told > 10*time.Second {
		t.Errorf("the owner was told after %v", told)
	}
	if lasted := readsUntil(s, w, nurse, first.CaseID); lasted != time.Hour {
		t.Errorf("the glass was open for %v", lasted)
	}

	breaks := func(p identity.Principal, caseID string) error {
		_, err := does(s, p, w.now(), caseID, access.BreakGlass, emergency)
		return err
	}
	w.advance(70 * time.Hour)
	must(t, breaks(nurse, second.CaseID)) // 71 hours: there is time for the review yet
	w.advance(time.Hour)
	if err := breaks(nurse, second.CaseID); !errors.Is(err, &domain.Error{Rule: "glass.review_missed"}) {
		t.Fatalf("after 72 hours without a review: got %v", err)
	}
	must(t, breaks(signedIn("u-other", domain.Shelter, "shelter-north"), second.CaseID))
	review := domain.ReviewBreakGlass{Glass: receipt.CommandID, Verdict: domain.Justified, Text: "she was in danger"}
	if _, err := does(s, signedIn("u-colleague", domain.Auditor, nurse.Agency), w.now(), first.CaseID, access.ReviewBreakGlass, review); !errors.Is(err, &domain.Error{Rule: "glass.same_line"}) {
		t.Errorf("a review by the own agency: got %v", err)
	}
	_, err = does(s, auditor, w.now(), first.CaseID, access.ReviewBreakGlass, review)
	must(t, err)
	must(t, breaks(nurse, second.CaseID))
}

// The control: where time stands still for the policies, the glass stays open, and the measurement says so.
func TestAGlassThatDoesNotEndIsSeen(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt := newCase(t, b, 33)
	w := newWatch()
	s := serveAt(t, b, w.stopped())
	_, err := does(s, nurse, w.now(), receipt.CaseID, access.BreakGlass, emergency)
	must(t, err)
	if lasted := readsUntil(s, w, nurse, receipt.CaseID); lasted == time.Hour {
		t.Fatal("a clock that stands still ends the glass: the test above shows nothing")
	}
}

// What is sealed opens when a second person has approved it, and not before.
func TestASealedClassTakesASecondPerson(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt := newCase(t, b, 34)
	w := newWatch()
	s := serveAt(t, b, w.now)
	_, err := does(s, manager, w.now(), receipt.CaseID, access.PlaceInShelter, domain.PlaceInShelter{Provider: "shelter-women-central", Location: "the house by the river"})
	must(t, err)
	sealed := emergency
	sealed.Scopes = []domain.Scope{domain.ScopeLocation, domain.ScopeSensitive}
	taken, err := does(s, officer, w.now(), receipt.CaseID, access.BreakGlass, sealed)
	must(t, err)
	place := func() string {
		p := officer
		p.AuthTime, p.Purpose = w.now(), string(access.ForProtection)
		view, err := s.Case(t.Context(), p, receipt.CaseID, time.Time{})
		must(t, err)
		return string(view.Shelter.Location)
	}
	if got := place(); got != "" {
		t.Fatalf("one person alone opens %s", got)
	}
	_, err = does(s, manager, w.now(), receipt.CaseID, access.ApproveBreakGlass, domain.ApproveBreakGlass{Glass: taken.CommandID})
	must(t, err)
	if got := place(); !strings.Contains(got, "river") {
		t.Fatalf("the approved grant opens %q", got)
	}
}

// A grant shows the classes that it names, each by itself, and no other.
func TestABrokenGlassShowsWhatItNames(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	for i, named := range []domain.Scope{domain.ScopeIdentity, domain.ScopeSensitive} {
		receipt := newCase(t, b, 36+uint64(i))
		grant := emergency
		grant.Scopes = []domain.Scope{named}
		_, err := does(b.Service, nurse, time.Now(), receipt.CaseID, access.BreakGlass, grant)
		must(t, err)
		view, err := b.Case(t.Context(), nurse, receipt.CaseID, time.Time{})
		must(t, err)
		for class, shown := range map[domain.Scope]bool{
			domain.ScopeIdentity: view.Screenings[0].Identity != nil, domain.ScopeSensitive: view.Screenings[0].Answers != nil,
		} {
			if shown != (class == named) {
				t.Errorf("a grant to read %s: %s is shown: %v", named, class, shown)
			}
		}
	}
}

// Whom the case accuses finds no case, and nothing of it waits for them.
func TestTheAccusedAgencySeesNothing(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt := newCase(t, b, 35)
	now := time.Now()
	if kinds := taskKinds(t, b.Service, officer, receipt.Position); len(kinds) == 0 {
		t.Fatal("nothing waited for the agency before")
	}
	excluded, err := does(b.Service, manager, now, receipt.CaseID, access.Exclude, domain.Exclude{
		Accused: domain.Accused{Agency: officer.Agency}, Reason: "the person names an officer of this division",
	})
	must(t, err)
	if _, err := b.Case(t.Context(), officer, receipt.CaseID, time.Time{}); !errors.Is(err, app.ErrNotFound) {
		t.Errorf("the case: got %v", err)
	}
	if _, err := does(b.Service, officer, now, receipt.CaseID, access.AddNote, domain.AddNote{Audience: domain.ForCase, Text: "t"}); !errors.Is(err, app.ErrNotFound) {
		t.Errorf("a command: got %v", err)
	}
	if _, err := does(b.Service, officer, now, receipt.CaseID, access.BreakGlass, emergency); !errors.Is(err, app.ErrNotFound) {
		t.Errorf("a broken glass: got %v", err)
	}
	if kinds := taskKinds(t, b.Service, officer, excluded.Position); len(kinds) != 0 {
		t.Errorf("still waits for them: %v", kinds)
	}
	view, err := b.Case(t.Context(), manager, receipt.CaseID, time.Time{})
	must(t, err)
	if view.Agency != "datip" || len(view.Exclusions) != 1 || view.Exclusions[0].Accused == nil || view.Exclusions[0].Accused.Agency != officer.Agency {
		t.Fatalf("the case is of %s and hides from %+v", view.Agency, view.Exclusions)
	}
	_, err = does(b.Service, manager, now, receipt.CaseID, access.Refer, domain.Refer{Referral: excluded.CommandID, To: officer.Agency, Services: []string{"basic"}})
	if !errors.Is(err, &domain.Error{Rule: "exclusion.excluded"}) {
		t.Errorf("a referral to the accused: got %v", err)
	}
}

// agreedErasure lets two people agree to erase a case.
func agreedErasure(t *testing.T, s *app.Service, caseID string) app.Receipt {
	t.Helper()
	now := time.Now()
	asked, err := does(s, manager, now, caseID, access.RequestErasure, domain.RequestErasure{Reason: domain.ErasureAsked})
	must(t, err)
	if _, err := does(s, manager, now, caseID, access.ApproveErasure, domain.ApproveErasure{Erasure: asked.CommandID}); err == nil {
		t.Fatal("one person alone erases a case")
	}
	approved, err := does(s, auditor, now, caseID, access.ApproveErasure, domain.ApproveErasure{Erasure: asked.CommandID})
	must(t, err)
	return approved
}

func readable(view app.CaseView) string {
	for _, s := range view.Screenings {
		if s.Answers != nil || s.Identity != nil || s.Findings != nil {
			return fmt.Sprintf("screening %s", s.ID)
		}
	}
	for _, r := range view.Records {
		for name, part := range r.Parts {
			if part != nil {
				return r.Type + " " + name
			}
		}
	}
	return ""
}

// After two people have agreed nothing can be read, at any moment of the case's past either, and a certificate says so.
func TestAnErasureLeavesNothingToRead(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt := newCase(t, b, 36)
	_, err := does(b.Service, manager, time.Now(), receipt.CaseID, access.AddNote, domain.AddNote{Audience: domain.ForCase, Text: "a secret"})
	must(t, err)
	before, err := b.Case(t.Context(), manager, receipt.CaseID, time.Time{})
	must(t, err)
	if readable(before) == "" {
		t.Fatal("nothing can be read before: the test shows nothing")
	}
	read := time.Now()
	agreedErasure(t, b.Service, receipt.CaseID)
	for _, asOf := range []time.Time{{}, read} {
		view, err := b.Case(t.Context(), manager, receipt.CaseID, asOf)
		must(t, err)
		if what := readable(view); what != "" {
			t.Errorf("as of %v %s can be read", asOf, what)
		}
	}
	erasure, err := b.Erasure(t.Context(), manager, receipt.CaseID)
	must(t, err)
	c := erasure.Certificate
	if erasure.Stage != domain.ErasureDone || c == nil || c.RequestedBy != manager.UserID || !slices.Equal(c.ApprovedBy, []string{auditor.UserID}) ||
		len(c.Keys) < 3 || c.Signature == "" || c.Synthetic || c.Positions["case.keys_destroyed"] == 0 {
		t.Fatalf("the certificate is %+v", c)
	}
	again, err := b.Erasure(t.Context(), manager, receipt.CaseID)
	must(t, err)
	if again.Certificate.Signature != c.Signature {
		t.Error("the certificate is signed otherwise the second time")
	}
	commits, err := b.log.Load(t.Context(), receipt.CaseID)
	must(t, err)
	for i, commit := range commits {
		if i > 0 && commit.Previous != commits[i-1].Digest {
			t.Errorf("commit %d does not follow the one before", commit.Number)
		}
	}
}

// breaksOff is a keeper of keys whose process dies before it destroys any, or right after.
type breaksOff struct {
	vault.Keeper

	after bool
}

func (b breaksOff) Destroy(ctx context.Context, caseID, reason string) error {
	if b.after {
		if err := b.Keeper.Destroy(ctx, caseID, reason); err != nil {
			return err
		}
	}
	return vault.ErrUnavailable
}

// A process that dies after two people have agreed leaves a case that nobody reads, whose erasure the next start carries out.
func TestAnErasureThatBrokeOffIsCarriedOutLater(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(vault.Keeper) vault.Keeper{
		"before the keys are gone": func(k vault.Keeper) vault.Keeper { return breaksOff{Keeper: k} },
		"after the keys are gone":  func(k vault.Keeper) vault.Keeper { return breaksOff{Keeper: k, after: true} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setUp(t)
			receipt := newCase(t, b, 37)
			taskKinds(t, b.Service, manager, receipt.Position) // the read models stand
			agreedErasure(t, serveOn(t, b, fault(b.vault), nil), receipt.CaseID)
			erasure, err := b.Erasure(t.Context(), manager, receipt.CaseID)
			must(t, err)
			if erasure.Stage != domain.ErasureAgreed {
				t.Fatalf("the erasure is %s: nothing broke", erasure.Stage)
			}
			view, err := b.Case(t.Context(), manager, receipt.CaseID, time.Time{})
			must(t, err)
			if what := readable(view); what != "" {
				t.Fatalf("%s can be read", what)
			}
			testenv.Eventually(t, time.Minute, func() bool {
				_, err := b.FinishErasures(t.Context())
				must(t, err)
				erasure, err = b.Erasure(t.Context(), manager, receipt.CaseID)
				must(t, err)
				return erasure.Stage == domain.ErasureDone
			})
			if n, err := b.FinishErasures(t.Context()); err != nil {
				t.Fatalf("once more: %d, %v", n, err)
			}
		})
	}
}

// An erasure that the log could not be told of at a start, because nothing may be written, is told to it once something may; nothing of the
// case can be read meanwhile.
func TestAnErasureIsToldToTheLogOnceItMayBeWritten(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt := newCase(t, b, 41)
	b.guard = new(guard.State)
	shut := serveAt(t, b, nil)
	taskKinds(t, shut, manager, receipt.Position) // the read models stand
	b.guard.Refuse(guard.DiskLow, "make space")
	must(t, b.vault.Destroy(t.Context(), receipt.CaseID, "erasure_request"))
	must(t, shut.HoldErasures(t.Context(), b.pools.Projector))
	tell := func() (commits int) {
		t.Helper()
		_, err := shut.FinishErasures(t.Context())
		must(t, err)
		view, err := shut.Case(t.Context(), manager, receipt.CaseID, time.Time{})
		must(t, err)
		if what := readable(view); what != "" || !view.Erased {
			t.Fatalf("%s can be read; erased: %v", what, view.Erased)
		}
		all, err := b.log.Load(t.Context(), receipt.CaseID)
		must(t, err)
		return len(all)
	}
	if n := tell(); n != 1 {
		t.Fatalf("%d commits while nothing may be written", n)
	}
	b.guard.Allow(guard.DiskLow)
	if n := tell(); n != 2 {
		t.Fatalf("%d commits: the log was not told", n)
	}
	if n := tell(); n != 2 {
		t.Fatalf("%d commits: the log was told twice", n)
	}
}

// countsCreations counts how often keys of a case were to be made.
type countsCreations struct {
	vault.Keeper

	creations atomic.Int32
}

func (c *countsCreations) Create(ctx context.Context, caseID string, g vault.Grant) (*vault.CaseKeys, bool, error) {
	c.creations.Add(1)
	return c.Keeper.Create(ctx, caseID, g)
}

// The keys of a new case are made early, and yet not before something may be written.
func TestNoKeysAreMadeWhileNothingMayBeWritten(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	b.guard = new(guard.State)
	keys := &countsCreations{Keeper: b.vault}
	shut := serveOn(t, b, keys, nil)
	id, body := form(t, 42)
	b.guard.Refuse(guard.DiskLow, "make space")
	if _, _, err := shut.SubmitScreening(t.Context(), officer, id, body); !errors.Is(err, app.ErrUnavailable) {
		t.Fatalf("while nothing may be written: got %v", err)
	}
	b.guard.Allow(guard.DiskLow)
	_, _, err := shut.SubmitScreening(t.Context(), officer, id, body)
	must(t, err)
	if n := keys.creations.Load(); n != 1 {
		t.Fatalf("keys were to be made %d times for one form that was taken", n)
	}
}

// failsOnce panics where the first keys are to be made.
type failsOnce struct {
	vault.Keeper

	failed atomic.Bool
}

func (f *failsOnce) Create(ctx context.Context, caseID string, g vault.Grant) (*vault.CaseKeys, bool, error) {
	if f.failed.CompareAndSwap(false, true) {
		panic("a fault of the program")
	}
	return f.Keeper.Create(ctx, caseID, g)
}

// Keys are made beside the request; what goes wrong there is the request's nevertheless, whose handler tells of it, and not the end of the
// process with all other requests.
func TestAFaultInMakingKeysIsThatOfOneRequest(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	faulty := serveOn(t, b, &failsOnce{Keeper: b.vault}, nil)
	id, body := form(t, 43)
	told := func() (v any) {
		defer func() { v = recover() }()
		_, _, _ = faulty.SubmitScreening(t.Context(), officer, id, body)
		return nil
	}()
	if told != "a fault of the program" {
		t.Fatalf("the request was told %v", told)
	}
	_, created, err := faulty.SubmitScreening(t.Context(), officer, id, body)
	if must(t, err); !created {
		t.Fatal("the form that was sent again did not open a case")
	}
}

func TestALegalHoldKeepsACase(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt := newCase(t, b, 38)
	now := time.Now()
	_, err := does(b.Service, manager, now, receipt.CaseID, access.SetLegalHold, domain.SetLegalHold{Basis: "black case 12/2569"})
	must(t, err)
	asked, err := does(b.Service, manager, now, receipt.CaseID, access.RequestErasure, domain.RequestErasure{Reason: domain.ErasureAsked})
	must(t, err)
	_, err = does(b.Service, auditor, now, receipt.CaseID, access.ApproveErasure, domain.ApproveErasure{Erasure: asked.CommandID})
	if !errors.Is(err, &domain.Error{Rule: "erasure.legal_hold"}) {
		t.Fatalf("got %v", err)
	}
	if _, _, err := b.Shred(t.Context(), receipt.CaseID, "erasure_request"); !errors.Is(err, &domain.Error{Rule: "erasure.legal_hold"}) {
		t.Fatalf("shred: got %v", err)
	}
}
