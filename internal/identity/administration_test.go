package identity

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/testenv"
)

// redeem makes an account of an invitation, with a passkey.
func redeem(t *testing.T, s *Service, invitation Invitation, username string) (Account, []Method) {
	t.Helper()
	a, err := s.Redeem(t.Context(), invitation.Code, Credentials{Username: username, Password: goodPassword})
	if err != nil {
		t.Fatal(err)
	}
	key := mustPasskey(t, s, signedIn(t, s, a), false)
	_, methods, err := bySignIn(t, s, key)
	if err != nil {
		t.Fatal(err)
	}
	return a, methods
}

func TestTheFirstAdministratorsBeginTogether(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	both, err := s.InviteFirst(t.Context(), "datip")
	if err != nil || len(both) != 2 {
		t.Fatalf("%v, %v", both, err)
	}
	one, methods := redeem(t, s, both[0], "first")
	session, err := s.Start(t.Context(), one, Evidence{Methods: methods})
	if err != nil {
		t.Fatal(err)
	}
	if p := mustResolve(t, s, session.Token); p.Assurance != TwoFactors || p.Role != domain.Admin {
		t.Errorf("alone, the first administrator is %v", p.Assurance)
	}
	redeem(t, s, both[1], "second")
	again, err := s.Start(t.Context(), one, Evidence{Methods: methods})
	if err != nil {
		t.Fatal(err)
	}
	if p := mustResolve(t, s, again.Token); p.Assurance != DeviceBound {
		t.Errorf("beside the second, the first administrator is %v", p.Assurance)
	}
	if more, err := s.InviteFirst(t.Context(), "datip"); err != nil || more != nil {
		t.Errorf("once there are accounts: %v, %v", more, err)
	}
}

func TestAnInvitationIsGoodOnceAndNotForLong(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{})
	both, err := s.InviteFirst(t.Context(), "datip")
	if err != nil {
		t.Fatal(err)
	}
	try := func(code, username string) error {
		_, err := s.Redeem(t.Context(), code, Credentials{Username: username, Password: goodPassword})
		return err
	}
	if err := try("AAAA-AAAA-AAAA-AAAA", "nid"); !errors.Is(err, ErrInvitation) {
		t.Errorf("an unknown code: %v", err)
	}
	if err := try(both[0].Code, "mali"); err != nil {
		t.Fatal(err)
	}
	if err := try(both[0].Code, "nid"); !errors.Is(err, ErrInvitation) {
		t.Errorf("again: %v", err)
	}
	if err := try(both[1].Code, "mali"); !errors.Is(err, ErrUsernameTaken) {
		t.Errorf("a name that is taken: %v", err)
	}
	clock.pass(firstInvitationTime)
	if err := try(both[1].Code, "nid"); !errors.Is(err, ErrInvitation) {
		t.Errorf("after a quarter of an hour: %v", err)
	}
	if n := count(t, s, "select count(*) from identity.account"); n != 1 {
		t.Errorf("%d accounts", n)
	}
}

// waitingFor is what waits for an account as administrators see it, nil for nothing.
func waitingFor(t *testing.T, s *Service, account string) *Waiting {
	t.Helper()
	listed, err := s.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(listed, func(l Listed) bool { return l.ID == account })
	return listed[i].Waiting
}

// ask asks for a post, which has to wait, and returns what the second administrator sees of it.
func ask(t *testing.T, s *Service, by Principal, account string, post Post) *Waiting {
	t.Helper()
	if waits, err := s.SetPost(t.Context(), by, account, post); err != nil || !waits {
		t.Fatalf("%+v waits: %v, %v", post, waits, err)
	}
	return waitingFor(t, s, account)
}

func TestAGraveRoleNeedsASecondAdministrator(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	a := addAccount(t, s, "mali")
	session := begin(t, s, a)
	asking, confirming := administrator(t, s, "one"), administrator(t, s, "two")
	role := func() domain.Role { return mustResolve(t, s, session.Token).Role }

	if waits, err := s.SetPost(t.Context(), asking, a.ID, Post{Role: domain.Shelter, Agency: "datip"}); err != nil || waits || role() != domain.Shelter {
		t.Errorf("a role that is not grave: %v, %v, %s", waits, err, role())
	}
	seen := ask(t, s, asking, a.ID, Post{Role: domain.Auditor, Agency: "datip"}).Digest()
	if role() != domain.Shelter {
		t.Errorf("a grave role counts before it is confirmed: %s", role())
	}
	if err := s.Confirm(t.Context(), asking, a.ID, seen); !errors.Is(err, ErrOwnAccount) || role() != domain.Shelter {
		t.Errorf("confirmed by the one who asked: %v, %s", err, role())
	}
	if err := s.Confirm(t.Context(), Principal{UserID: a.ID}, a.ID, seen); !errors.Is(err, ErrOwnAccount) || role() != domain.Shelter {
		t.Errorf("confirmed by the one who gets it: %v, %s", err, role())
	}
	if err := s.Confirm(t.Context(), confirming, a.ID, ""); !errors.Is(err, ErrOtherRequest) || role() != domain.Shelter {
		t.Errorf("confirmed unseen: %v, %s", err, role())
	}
	if err := s.Confirm(t.Context(), confirming, a.ID, seen); err != nil || role() != domain.Auditor {
		t.Errorf("confirmed by another: %v, %s", err, role())
	}
	if err := s.Confirm(t.Context(), confirming, a.ID, seen); !errors.Is(err, ErrNoAccount) {
		t.Errorf("confirmed twice: %v", err)
	}
	if _, err := s.SetPost(t.Context(), Principal{UserID: a.ID}, a.ID, Post{Role: domain.Admin, Agency: "datip"}); !errors.Is(err, ErrOwnAccount) {
		t.Errorf("a role for oneself: %v", err)
	}
}

func TestAnInvitationToAGraveRoleNeedsASecondAdministrator(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	asking, confirming := administrator(t, s, "one"), administrator(t, s, "two")
	redeemed := func(username string, post Post) Account {
		t.Helper()
		invitation, err := s.Invite(t.Context(), asking, post)
		if err != nil {
			t.Fatal(err)
		}
		a, err := s.Redeem(t.Context(), invitation.Code, Credentials{Username: username, Password: goodPassword})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if a := redeemed("officer", Post{Role: domain.Shelter, Agency: "datip"}); a.Role != domain.Shelter {
		t.Errorf("a role that is not grave: %s", a.Role)
	}
	a := redeemed("mali", Post{Role: domain.CaseManager, Agency: "datip"})
	role := func() domain.Role {
		found, err := s.ByID(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		return found.Role
	}
	if a.Role != domain.Responder || a.Agency != "datip" {
		t.Errorf("a grave role before it is confirmed: %s of %s", a.Role, a.Agency)
	}
	seen := waitingFor(t, s, a.ID).Digest()
	if err := s.Confirm(t.Context(), asking, a.ID, seen); !errors.Is(err, ErrOwnAccount) || role() != domain.Responder {
		t.Errorf("confirmed by the one who invited: %v, %s", err, role())
	}
	if err := s.Confirm(t.Context(), confirming, a.ID, seen); err != nil || role() != domain.CaseManager {
		t.Errorf("confirmed by another: %v, %s", err, role())
	}
}

// Whoever asks could put more in the place of what the second administrator has looked at.
func TestOnlyWhatWasLookedAtIsConfirmed(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{})
	a := addAccount(t, s, "mali")
	asking, confirming := administrator(t, s, "one"), administrator(t, s, "two")
	other := administrator(t, s, "three")
	looked := Post{Role: domain.CaseManager, Agency: "ngo-sapan-jai", Provinces: []string{"TH-50"}}
	ways := map[string]func(){
		"another role":   func() { ask(t, s, asking, a.ID, Post{domain.Admin, looked.Agency, looked.Provinces}) },
		"another agency": func() { ask(t, s, asking, a.ID, Post{looked.Role, "datip", looked.Provinces}) },
		"more provinces": func() { ask(t, s, asking, a.ID, Post{looked.Role, looked.Agency, []string{"TH-50", "TH-10"}}) },
		"every province": func() { ask(t, s, asking, a.ID, Post{looked.Role, looked.Agency, nil}) },
		"somebody else":  func() { ask(t, s, other, a.ID, looked) },
		"another time":   func() { clock.pass(time.Microsecond); ask(t, s, asking, a.ID, looked) },
	}
	for name, replace := range ways {
		seen := ask(t, s, asking, a.ID, looked).Digest()
		replace()
		if err := s.Confirm(t.Context(), confirming, a.ID, seen); !errors.Is(err, ErrOtherRequest) {
			t.Errorf("%s was confirmed unseen: %v", name, err)
		}
		if now, err := s.ByID(t.Context(), a.ID); err != nil || now.Role != a.Role || now.Agency != a.Agency {
			t.Errorf("%s: %s of %s, %v", name, now.Role, now.Agency, err)
		}
	}
	seen := ask(t, s, asking, a.ID, looked).Digest()
	if err := s.Confirm(t.Context(), confirming, a.ID, seen); err != nil {
		t.Errorf("the control: %v", err)
	}
}

// However the two fall together, what was not looked at is not confirmed.
func TestARequestThatIsReplacedAtTheSameMomentIsNotConfirmed(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	a := addAccount(t, s, "mali")
	asking, confirming := administrator(t, s, "one"), administrator(t, s, "two")
	for range 50 {
		if _, err := s.SetPost(t.Context(), asking, a.ID, Post{Role: domain.Responder, Agency: "datip"}); err != nil {
			t.Fatal(err)
		}
		seen := ask(t, s, asking, a.ID, Post{Role: domain.CaseManager, Agency: "ngo-sapan-jai"}).Digest()
		replaced := make(chan error, 1)
		go func() {
			_, err := s.SetPost(context.WithoutCancel(t.Context()), asking, a.ID, Post{Role: domain.Admin, Agency: "datip"})
			replaced <- err
		}()
		confirmed := s.Confirm(t.Context(), confirming, a.ID, seen)
		if err := <-replaced; err != nil || confirmed != nil && !errors.Is(confirmed, ErrOtherRequest) {
			t.Fatalf("replaced %v, confirmed %v", err, confirmed)
		}
		now, err := s.ByID(t.Context(), a.ID)
		if want := map[bool]domain.Role{true: domain.CaseManager, false: domain.Responder}[confirmed == nil]; err != nil || now.Role != want {
			t.Fatalf("%s after %v, %v", now.Role, confirmed, err)
		}
		if w := waitingFor(t, s, a.ID); w == nil || w.Post.Role != domain.Admin {
			t.Fatalf("after %v there waits %+v", confirmed, w)
		}
	}
}

// A request that something else was decided after would count later than anybody thinks.
func TestNothingWaitsOnceTheAccountIsDecidedOn(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	a := addAccount(t, s, "mali")
	asking, confirming := administrator(t, s, "one"), administrator(t, s, "two")
	to := func(post Post) func() error {
		return func() error {
			waits, err := s.SetPost(t.Context(), asking, a.ID, post)
			if waits {
				return errors.New("it waits")
			}
			return err
		}
	}
	for name, decide := range map[string]func() error{
		"another role":         to(Post{Role: domain.Shelter, Agency: "datip"}),
		"the same role":        to(Post{Role: a.Role, Agency: a.Agency}),
		"shut":                 func() error { return s.SetActive(t.Context(), asking, a.ID, false) },
		"shut at the terminal": func() error { return s.Disable(t.Context(), a.Username) },
	} {
		seen := ask(t, s, asking, a.ID, Post{Role: domain.Admin, Agency: "datip"}).Digest()
		if err := decide(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if w := waitingFor(t, s, a.ID); w != nil {
			t.Errorf("%s: there still waits %+v", name, w.Post)
		}
		if err := s.Confirm(t.Context(), confirming, a.ID, seen); !errors.Is(err, ErrNoAccount) {
			t.Errorf("%s: confirmed after it: %v", name, err)
		}
		if now, err := s.ByID(t.Context(), a.ID); err != nil || now.Role == domain.Admin {
			t.Errorf("%s: %s, %v", name, now.Role, err)
		}
	}
}

// One administrator alone takes away, and gives nothing that is grave: not the same role where it opens more either.
func TestMoreOfAGraveRoleNeedsASecondAdministrator(t *testing.T) {
	t.Parallel()
	held := Post{domain.CaseManager, "ngo-sapan-jai", []string{"TH-50", "TH-57"}}
	for name, c := range map[string]struct {
		post  Post
		waits bool
	}{
		"the same":              {held, false},
		"the supervisor":        {Post{held.Role, "datip", held.Provinces}, true},
		"of every case":         {Post{domain.Team, held.Agency, held.Provinces}, true},
		"a larger role":         {Post{domain.Admin, held.Agency, held.Provinces}, true},
		"another province":      {Post{held.Role, held.Agency, []string{"TH-50", "TH-10"}}, true},
		"every province":        {Post{held.Role, held.Agency, nil}, true},
		"none named":            {Post{held.Role, held.Agency, []string{}}, true},
		"one province less":     {Post{held.Role, held.Agency, []string{"TH-57"}}, false},
		"no grave role":         {Post{domain.Responder, "datip", nil}, false},
		"no grave role at home": {Post{domain.Responder, held.Agency, held.Provinces}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := testService(t, Options{})
			a := addAccount(t, s, "mali")
			session := begin(t, s, a)
			asking, confirming := administrator(t, s, "one"), administrator(t, s, "two")
			if err := s.Confirm(t.Context(), confirming, a.ID, ask(t, s, asking, a.ID, held).Digest()); err != nil {
				t.Fatal(err)
			}
			waits, err := s.SetPost(t.Context(), asking, a.ID, c.post)
			if err != nil || waits != c.waits {
				t.Errorf("waits: %v, %v", waits, err)
			}
			want := c.post
			if c.waits {
				want = held
			}
			p := mustResolve(t, s, session.Token)
			if got := (Post{p.Role, p.Agency, p.Provinces}); !reflect.DeepEqual(got, want) {
				t.Errorf("it is %+v, want %+v", got, want)
			}
		})
	}
	if every := (Post{held.Role, held.Agency, nil}); held.graverThan(every) {
		t.Error("some provinces are more than all")
	}
}

// A row of a demonstration that got into another database stands for nobody there, whatever else was made of it.
func TestDevIdentityCannotShip(t *testing.T) {
	t.Parallel()
	demo, clock := testService(t, Options{AllowDemo: true})
	if err := demo.EnsureDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, err := demo.ByUsername(t.Context(), "admin")
	if err != nil {
		t.Fatal(err)
	}
	session := begin(t, demo, a)
	if p := mustResolve(t, demo, session.Token); !p.Demo || p.Assurance != DeviceBound {
		t.Fatalf("%+v", p)
	}
	own := begin(t, demo, addAccount(t, demo, "mali"))
	if p := mustResolve(t, demo, own.Token); !p.Demo {
		t.Error("an account of its own in a demonstration is not one of the demonstration")
	}
	serious := startService(t, demo.db, Options{Now: clock.now})
	for name, token := range map[string]string{"a demo account's": session.Token, "an own account's": own.Token} {
		if stands(t, serious, token) {
			t.Errorf("%s session of a demonstration stands outside it", name)
		}
	}
	execute(t, serious, "update identity.account set demo = false")
	if stands(t, serious, session.Token) {
		t.Error("it stands when the account is made to look like another")
	}
	execute(t, serious, "update identity.account set demo = true")
	execute(t, serious, "update identity.session set demo = false")
	if stands(t, serious, session.Token) {
		t.Error("it stands when the session is made to look like another")
	}
	execute(t, serious, "update identity.account set demo = false")
	clock.pass(time.Second)
	if !stands(t, serious, session.Token) {
		t.Error("the control: with both gone the session stands, so it was they that kept it out")
	}
}

// administrator makes an account that administers.
func administrator(t *testing.T, s *Service, username string) Principal {
	t.Helper()
	a, err := s.CreateAccount(t.Context(), NewAccount{Username: username, Password: goodPassword, Role: domain.Admin, Agency: "datip"})
	if err != nil {
		t.Fatal(err)
	}
	return Principal{UserID: a.ID, Role: domain.Admin, Agency: a.Agency}
}

// Each of two administrators may take the other's right away, at the same moment and at two processes of the service. Had both of them
// done it, nobody would be left who lets anybody in.
func TestOfTwoAdministratorsWhoShutEachOtherOneRemains(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(*Service, Principal, Principal) error{
		"shutting": func(s *Service, by, other Principal) error {
			return s.SetActive(context.Background(), by, other.UserID, false)
		},
		"another role": func(s *Service, by, other Principal) error {
			_, err := s.SetPost(context.Background(), by, other.UserID, Post{Role: domain.Responder, Agency: "datip"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, clock := testService(t, Options{})
			second := startService(t, s.db, Options{Now: clock.now})
			one, two := administrator(t, s, "one"), administrator(t, s, "two")
			for range 20 {
				var errs [2]error
				var both sync.WaitGroup
				both.Go(func() { errs[0] = take(s, one, two) })
				both.Go(func() { errs[1] = take(second, two, one) })
				both.Wait()
				if left := count(t, s, "select count(*) from identity.account where active and role = 'admin'"); left != 1 {
					t.Fatalf("%d administrators are left: %v", left, errs)
				}
				if !errors.Is(errors.Join(errs[:]...), ErrNoAdministrator) {
					t.Errorf("the later one was told %v", errs)
				}
				execute(t, s, "update identity.account set active = true, role = 'admin'")
			}
		})
	}
}

// Whoever has an administrator's account for an hour would otherwise stay, by the invitations that they made in it.
func TestWhatAnAdministratorHasHandedOutEndsWithTheRight(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*Service, Principal, Account) error{
		"shut": func(s *Service, by Principal, a Account) error {
			return s.SetActive(context.Background(), by, a.ID, false)
		},
		"shut at once": func(s *Service, _ Principal, a Account) error { return s.Disable(context.Background(), a.Username) },
		"another role": func(s *Service, by Principal, a Account) error {
			_, err := s.SetPost(context.Background(), by, a.ID, Post{Role: domain.Responder, Agency: "datip"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := testService(t, Options{})
			thief, other := administrator(t, s, "thief"), administrator(t, s, "other")
			mali := addAccount(t, s, "mali")
			invitation, err := s.Invite(t.Context(), thief, Post{Role: domain.Committee, Agency: "datip"})
			if err != nil {
				t.Fatal(err)
			}
			ticket, err := s.IssueTicket(t.Context(), thief, "mali")
			if err != nil {
				t.Fatal(err)
			}
			ask(t, s, thief, mali.ID, Post{Role: domain.Auditor, Agency: "datip"})
			a, err := s.ByID(t.Context(), thief.UserID)
			if err != nil {
				t.Fatal(err)
			}
			if err := end(s, other, a); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Redeem(t.Context(), invitation.Code, Credentials{Username: "nid", Password: goodPassword}); !errors.Is(err, ErrInvitation) {
				t.Errorf("the invitation: %v", err)
			}
			if waits := waitingFor(t, s, mali.ID); waits != nil {
				t.Errorf("what was asked for still waits: %+v", waits)
			}
			if n := count(t, s, "select count(*) from identity.ticket"); n != 0 || ticket.Code == "" {
				t.Errorf("%d tickets are left", n)
			}
			// A request that was let in before, or by a process that remembers the session, hands out nothing more.
			if late, err := s.Invite(t.Context(), thief, Post{Role: domain.Committee, Agency: "datip"}); !errors.Is(err, ErrNoAdministrator) || late.Code != "" {
				t.Errorf("an invitation after the end: %v", err)
			}
			if late, err := s.InviteProvider(t.Context(), thief, mali.ID); !errors.Is(err, ErrNoAdministrator) || late.Code != "" {
				t.Errorf("a link after the end: %v", err)
			}
			if late, err := s.IssueTicket(t.Context(), thief, "mali"); !errors.Is(err, ErrNoAccount) || late.Code != "" {
				t.Errorf("a ticket after the end: %v", err)
			}
		})
	}
}

// Two who have asked for each other's posts lose their right at the same moment: what the one has asked for is what waits for the other. Each
// taking back is held after its first step, so that both have begun.
func TestTwoWhoAskedForEachOtherLoseTheirRightAtOnce(t *testing.T) {
	t.Parallel()
	shutting := func(t *testing.T, s *Service, by Principal, account string) error {
		t.Helper()
		return s.SetActive(t.Context(), by, account, false)
	}
	moving := func(t *testing.T, s *Service, by Principal, account string) error {
		t.Helper()
		_, err := s.SetPost(t.Context(), by, account, Post{Role: domain.Responder, Agency: "datip"})
		return err
	}
	confirming := func(t *testing.T, s *Service, by Principal, account string) error {
		t.Helper()
		return s.Confirm(t.Context(), by, account, waitingFor(t, s, account).Digest())
	}
	type take func(*testing.T, *Service, Principal, string) error
	for name, c := range map[string]struct {
		held     string // the table at which both wait
		one, two take
	}{
		"both are shut":            {"ticket", shutting, shutting},
		"both get another role":    {"invitation", moving, moving},
		"both roles are confirmed": {"invitation", confirming, confirming},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := testService(t, Options{})
			first, second := administrator(t, s, "one"), administrator(t, s, "two")
			third, fourth := administrator(t, s, "three"), administrator(t, s, "four")
			ask(t, s, first, second.UserID, Post{Role: domain.Auditor, Agency: "datip"})
			ask(t, s, second, first.UserID, Post{Role: domain.Auditor, Agency: "datip"})
			holding, err := s.db.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = holding.Rollback(context.WithoutCancel(t.Context())) }()
			if _, err := holding.Exec(t.Context(), "lock table identity."+c.held+" in share mode"); err != nil {
				t.Fatal(err)
			}
			var errs [2]error
			var both sync.WaitGroup
			both.Go(func() { errs[0] = c.one(t, s, third, first.UserID) })
			both.Go(func() { errs[1] = c.two(t, s, fourth, second.UserID) })
			waitForLocks(t, s, 2)
			if err := holding.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
			both.Wait()
			for _, err := range errs {
				if err != nil && !errors.Is(err, ErrNoAccount) { // nothing waits any more where its asker had the right no more
					t.Errorf("one of them was not done: %v", err)
				}
			}
		})
	}
}

// The terminal resets an account that an administrator is about to shut. The administrator is first at the account, the terminal at its
// sessions.
func TestAResetAtTheTerminalWaitsForWhoeverHasTheAccount(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	by, a := administrator(t, s, "one"), addAccount(t, s, "mali")
	begin(t, s, a)
	holding, err := s.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holding.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := holding.Exec(t.Context(), "select from identity.account where id = $1 for update", a.ID); err != nil {
		t.Fatal(err)
	}
	errs := make(chan error, 2)
	for i, act := range []func() error{
		func() error { return s.SetActive(t.Context(), by, a.ID, false) },
		func() error { return s.ResetFactors(t.Context(), a.Username) },
	} {
		go func() { errs <- act() }()
		waitForLocks(t, s, i+1)
	}
	if err := holding.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(<-errs, <-errs); err != nil {
		t.Errorf("one of them was not done: %v", err)
	}
}

// waitForLocks returns once so many wait for what others have locked.
func waitForLocks(t *testing.T, s *Service, n int) {
	t.Helper()
	testenv.Eventually(t, 30*time.Second, func() bool {
		return count(t, s, "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == n
	})
}
