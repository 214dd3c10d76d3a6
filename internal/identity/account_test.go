package identity

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"songtor/domain"
	"songtor/schemas"
)

func isUnavailable(err error) bool { return errors.Is(err, ErrUnavailable) }

func TestCreateAccount(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{})
	made, err := s.CreateAccount(t.Context(), NewAccount{
		Username: "Mali.K-2", Password: goodPassword, Role: domain.Shelter, Agency: "shelter-north", Provinces: []string{"TH-65"},
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.ByUsername(t.Context(), "MALI.k-2")
	if err != nil {
		t.Fatal(err)
	}
	if found.ID != made.ID || found.Username != "mali.k-2" || found.Role != domain.Shelter || found.Agency != "shelter-north" ||
		!slices.Equal(found.Provinces, []string{"TH-65"}) || !found.Active || found.Demo ||
		!found.CreatedAt.Equal(clock.now()) || !found.PasswordChangedAt.Equal(clock.now()) {
		t.Errorf("found %+v", found)
	}
	if n := count(t, s, "select count(*) from identity.account where password_hash like '$argon2id$v=19$m=8,t=1,p=1$%'"); n != 1 {
		t.Error("the password is not kept as an argon2id hash")
	}
}

func TestCreateAccountRefuses(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	addAccount(t, s, "mali")
	addAccount(t, s, "kai")
	good := NewAccount{Username: "nid", Password: goodPassword, Role: domain.Team, Agency: "datip"}
	for name, c := range map[string]struct {
		change func(*NewAccount)
		want   error
	}{
		"taken":                {func(n *NewAccount) { n.Username = "mali" }, ErrUsernameTaken},
		"taken, other case":    {func(n *NewAccount) { n.Username = "MALI" }, ErrUsernameTaken},
		"taken, Kelvin sign":   {func(n *NewAccount) { n.Username = "\u212aai" }, ErrUsernameTaken},
		"one letter":           {func(n *NewAccount) { n.Username = "m" }, ErrUsername},
		"65 letters":           {func(n *NewAccount) { n.Username = strings.Repeat("m", 65) }, ErrUsername},
		"a megabyte":           {func(n *NewAccount) { n.Username = strings.Repeat("m", 1<<20) }, ErrUsername},
		"space":                {func(n *NewAccount) { n.Username = "ma li" }, ErrUsername},
		"Thai":                 {func(n *NewAccount) { n.Username = "มะลิ" }, ErrUsername},
		"Cyrillic look-alike":  {func(n *NewAccount) { n.Username = "m\u0430li" }, ErrUsername},
		"line end":             {func(n *NewAccount) { n.Username = "nid\n" }, ErrUsername},
		"NUL":                  {func(n *NewAccount) { n.Username = "nid\x00" }, ErrUsername},
		"no role":              {func(n *NewAccount) { n.Role = "" }, ErrRole},
		"unknown role":         {func(n *NewAccount) { n.Role = "root" }, ErrRole},
		"no agency":            {func(n *NewAccount) { n.Agency = "" }, ErrAgency},
		"the demo's password":  {func(n *NewAccount) { n.Password = DemoPassword }, ErrPasswordCommon},
		"username as password": {func(n *NewAccount) { n.Username, n.Password = "kanokwan", "KanokWan99" }, ErrPasswordCommon},
	} {
		n := good
		c.change(&n)
		if _, err := s.CreateAccount(t.Context(), n); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if n := count(t, s, "select count(*) from identity.account"); n != 2 {
		t.Errorf("%d accounts, want the first two alone", n)
	}
}

func TestSetPasswordEndsSessions(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{})
	a := addAccount(t, s, "mali")
	session := begin(t, s, a)
	mustResolve(t, s, session.Token)
	clock.pass(time.Second)
	if err := s.SetPassword(t.Context(), "Mali", "another kettle of ปลา"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Resolve(t.Context(), session.Token); !errors.Is(err, ErrNoSession) {
		t.Errorf("a session of the old password stands: %v", err)
	}
	if _, err := s.Start(t.Context(), a, Evidence{Methods: []Method{ByPassword}}); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("a session began with what the old password had proved: %v", err)
	}
	if _, err := s.Authenticate(t.Context(), "mali", goodPassword, noAddress); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := s.Authenticate(t.Context(), "mali", "another kettle of ปลา", noAddress); err != nil {
		t.Errorf("the new password: %v", err)
	}
	if err := s.SetPassword(t.Context(), "nobody", "another kettle of ปลา"); !errors.Is(err, ErrNoAccount) {
		t.Errorf("an unknown account: %v", err)
	}
	if err := s.SetPassword(t.Context(), "mali", "Bangkok2026!"); !errors.Is(err, ErrPasswordCommon) {
		t.Errorf("a common password: %v", err)
	}
}

func TestDisableEndsSessions(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	a := addAccount(t, s, "mali")
	session := begin(t, s, a)
	mustResolve(t, s, session.Token)
	for range 2 {
		if err := s.Disable(t.Context(), "mali"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Resolve(t.Context(), session.Token); !errors.Is(err, ErrNoSession) {
		t.Errorf("a session of a disabled account stands: %v", err)
	}
	if _, err := s.Authenticate(t.Context(), "mali", goodPassword, noAddress); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("a disabled account signs in: %v", err)
	}
	if _, err := s.Start(t.Context(), a, Evidence{Methods: []Method{ByPassword}}); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("a disabled account starts a session: %v", err)
	}
	if err := s.Disable(t.Context(), "nobody"); !errors.Is(err, ErrNoAccount) {
		t.Errorf("an unknown account: %v", err)
	}
}

func TestListIsByUsername(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	for _, name := range []string{"nid", "mali", "anong"} {
		addAccount(t, s, name)
	}
	accounts, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range accounts {
		names = append(names, a.Username)
	}
	if !slices.Equal(names, []string{"anong", "mali", "nid"}) {
		t.Errorf("listed %v", names)
	}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{AllowDemo: true})
	for range 2 {
		if err := s.EnsureDemo(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, s, "select count(*) from identity.account where demo"); n != len(DemoAccounts()) {
		t.Errorf("%d accounts of %d", n, len(DemoAccounts()))
	}
	serious := startService(t, s.db, Options{Now: clock.now})
	for _, d := range DemoAccounts() {
		a, err := s.Authenticate(t.Context(), d.Username, DemoPassword, noAddress)
		if err != nil || a.Role != d.Role || a.Agency != d.Agency || !a.Demo {
			t.Fatalf("%s: %+v, %v", d.Username, a, err)
		}
		session := begin(t, s, a)
		mustResolve(t, s, session.Token)
		if _, err := serious.Authenticate(t.Context(), d.Username, DemoPassword, noAddress); !errors.Is(err, ErrBadCredentials) {
			t.Errorf("%s signs in outside demo mode: %v", d.Username, err)
		}
		if _, err := serious.Resolve(t.Context(), session.Token); !errors.Is(err, ErrNoSession) {
			t.Errorf("%s's session stands outside demo mode: %v", d.Username, err)
		}
		if _, err := serious.Start(t.Context(), a, Evidence{Methods: []Method{ByPassword}}); !errors.Is(err, ErrBadCredentials) {
			t.Errorf("%s starts a session outside demo mode: %v", d.Username, err)
		}
	}
	if err := serious.EnsureDemo(t.Context()); !errors.Is(err, ErrDemoRefused) {
		t.Errorf("demo accounts outside demo mode: %v", err)
	}
	if _, err := serious.CreateDemoAccount(t.Context(), DemoAccounts()[0]); !errors.Is(err, ErrDemoRefused) {
		t.Errorf("a demo account outside demo mode: %v", err)
	}
}

func TestEnsureDemoLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{AllowDemo: true})
	own := addAccount(t, s, "admin")
	if err := s.EnsureDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, err := s.Authenticate(t.Context(), "admin", goodPassword, noAddress)
	if err != nil || a.ID != own.ID || a.Role != own.Role || a.Demo {
		t.Errorf("the account became %+v, %v", a, err)
	}
}

func TestDemoHasEveryRoleAtARealAgency(t *testing.T) {
	t.Parallel()
	roles := map[domain.Role]bool{}
	for _, d := range DemoAccounts() {
		roles[d.Role] = true
		if d.Username != string(d.Role) {
			t.Errorf("the account %s has the role %s", d.Username, d.Role)
		}
		if _, known := schemas.Agency(d.Agency); !known {
			t.Errorf("%s is at %s, which is on no list", d.Username, d.Agency)
		}
	}
	for _, role := range domain.Roles() {
		if !roles[role] {
			t.Errorf("the demo lacks the role %s", role)
		}
	}
}
