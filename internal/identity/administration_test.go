package identity

import (
	"errors"
	"testing"
	"time"

	"songtor/domain"
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

func TestAGraveRoleNeedsASecondAdministrator(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	a := addAccount(t, s, "mali")
	session := begin(t, s, a)
	asking, confirming := Principal{UserID: addAccount(t, s, "one").ID}, Principal{UserID: addAccount(t, s, "two").ID}
	role := func() domain.Role { return mustResolve(t, s, session.Token).Role }

	if waits, err := s.SetPost(t.Context(), asking, a.ID, Post{Role: domain.Team, Agency: "datip"}); err != nil || waits || role() != domain.Team {
		t.Errorf("a role that is not grave: %v, %v, %s", waits, err, role())
	}
	if waits, err := s.SetPost(t.Context(), asking, a.ID, Post{Role: domain.Auditor, Agency: "datip"}); err != nil || !waits || role() != domain.Team {
		t.Errorf("a grave role: %v, %v, %s", waits, err, role())
	}
	if err := s.Confirm(t.Context(), asking, a.ID); !errors.Is(err, ErrOwnAccount) || role() != domain.Team {
		t.Errorf("confirmed by the one who asked: %v, %s", err, role())
	}
	if err := s.Confirm(t.Context(), Principal{UserID: a.ID}, a.ID); !errors.Is(err, ErrOwnAccount) || role() != domain.Team {
		t.Errorf("confirmed by the one who gets it: %v, %s", err, role())
	}
	if err := s.Confirm(t.Context(), confirming, a.ID); err != nil || role() != domain.Auditor {
		t.Errorf("confirmed by another: %v, %s", err, role())
	}
	if err := s.Confirm(t.Context(), confirming, a.ID); !errors.Is(err, ErrNoAccount) {
		t.Errorf("confirmed twice: %v", err)
	}
	if _, err := s.SetPost(t.Context(), Principal{UserID: a.ID}, a.ID, Post{Role: domain.Admin, Agency: "datip"}); !errors.Is(err, ErrOwnAccount) {
		t.Errorf("a role for oneself: %v", err)
	}
}

func TestAnInvitationToAGraveRoleNeedsASecondAdministrator(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	asking, confirming := Principal{UserID: addAccount(t, s, "one").ID}, Principal{UserID: addAccount(t, s, "two").ID}
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
	if a := redeemed("officer", Post{Role: domain.Team, Agency: "datip"}); a.Role != domain.Team {
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
	if err := s.Confirm(t.Context(), asking, a.ID); !errors.Is(err, ErrOwnAccount) || role() != domain.Responder {
		t.Errorf("confirmed by the one who invited: %v, %s", err, role())
	}
	if err := s.Confirm(t.Context(), confirming, a.ID); err != nil || role() != domain.CaseManager {
		t.Errorf("confirmed by another: %v, %s", err, role())
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
