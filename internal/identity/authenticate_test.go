package identity

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"songtor/internal/testenv"
)

var noAddress netip.Addr

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	want := addAccount(t, s, "mali")
	for _, username := range []string{"mali", "MALI", "Mali"} {
		a, err := s.Authenticate(t.Context(), username, goodPassword, netip.MustParseAddr("192.0.2.1"))
		if err != nil || a.ID != want.ID || a.Role != want.Role || a.Agency != want.Agency ||
			!slices.Equal(a.Provinces, want.Provinces) || !a.PasswordChangedAt.Equal(want.PasswordChangedAt) {
			t.Errorf("%s: %+v, %v", username, a, err)
		}
	}
}

func TestEveryFailedSignInLooksTheSame(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	addAccount(t, s, "mali")
	addAccount(t, s, "gone")
	if err := s.Disable(t.Context(), "gone"); err != nil {
		t.Fatal(err)
	}
	addAccount(t, s, "broken")
	execute(t, s, "update identity.account set password_hash = 'x' where username = 'broken'")
	for name, c := range map[string][2]string{
		"wrong password":      {"mali", "wrong"},
		"no password":         {"mali", ""},
		"password in part":    {"mali", goodPassword[:len(goodPassword)-1]},
		"password and more":   {"mali", goodPassword + "x"},
		"password and NUL":    {"mali", goodPassword + "\x00"},
		"invalid UTF-8":       {"mali", "\xff"},
		"a megabyte":          {"mali", strings.Repeat("x", 1<<20)},
		"unknown":             {"nobody", goodPassword},
		"no username":         {"", goodPassword},
		"impossible username": {"ma li\x00", goodPassword},
		"disabled":            {"gone", goodPassword},
		"unreadable hash":     {"broken", goodPassword},
		"as SQL":              {"' or true --", "' or true --"},
	} {
		fresh := startService(t, s.db, Options{}) // with no attempts behind it
		a, err := fresh.Authenticate(t.Context(), c[0], c[1], noAddress)
		if !errors.Is(err, ErrBadCredentials) || err.Error() != ErrBadCredentials.Error() || a.ID != "" {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

// What is compared is the processor's time, which other work on the machine hardly changes. The test is not parallel, so that it
// is this test's alone.
func TestEveryFailedSignInTakesAsLong(t *testing.T) {
	pool := openPool(t, testenv.Postgres(t))
	s, err := newService(t.Context(), pool, Options{}, cost{passes: 3, memory: 16 * 1024, threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	addAccount(t, s, "mali")
	addAccount(t, s, "gone")
	if err := s.Disable(t.Context(), "gone"); err != nil {
		t.Fatal(err)
	}
	best := map[string]time.Duration{}
	for range 4 {
		for _, c := range [][2]string{{"mali", "wrong password"}, {"nobody", goodPassword}, {"gone", goodPassword}, {"\x00", ""}} {
			began := processorTime(t)
			if _, err := s.Authenticate(t.Context(), c[0], c[1], noAddress); !errors.Is(err, ErrBadCredentials) {
				t.Fatal(err)
			}
			if took := processorTime(t) - began; best[c[0]] == 0 || took < best[c[0]] {
				best[c[0]] = took
			}
		}
	}
	reference := best["mali"]
	for username, took := range best {
		if took < reference*6/10 || took > reference*17/10 {
			t.Errorf("%q took %v, a wrong password %v", username, took, reference)
		}
	}
}

// processorTime is what this process has used.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func TestAWeakHashIsReplacedAtSignIn(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{})
	a := addAccount(t, s, "mali")
	stronger, err := newService(t.Context(), s.db, Options{Now: clock.now}, cost{passes: 2, memory: 16, threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	hash := func() (h string) {
		if err := s.db.QueryRow(t.Context(), "select password_hash from identity.account where id = $1", a.ID).Scan(&h); err != nil {
			t.Fatal(err)
		}
		return h
	}
	before := hash()
	if _, err := stronger.Authenticate(t.Context(), "mali", "wrong", noAddress); !errors.Is(err, ErrBadCredentials) || hash() != before {
		t.Errorf("a wrong password: %v, replaced: %v", err, hash() != before)
	}
	signedIn, err := stronger.Authenticate(t.Context(), "mali", goodPassword, noAddress)
	if err != nil || !strings.HasPrefix(hash(), "$argon2id$v=19$m=16,t=2,p=1$") {
		t.Errorf("%v, the hash is %.30s", err, hash())
	}
	begin(t, stronger, signedIn) // the password is the same: what was proved before stays proved
	after := hash()
	for _, service := range []*Service{s, stronger} { // neither the same cost nor a weaker one replaces it
		if _, err := service.Authenticate(t.Context(), "mali", goodPassword, noAddress); err != nil || hash() != after {
			t.Errorf("%v, replaced: %v", err, hash() != after)
		}
	}
}

func TestFiveFailedAttemptsOnAnAccountInAMinute(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{})
	addAccount(t, s, "mali")
	for _, username := range []string{"mali", "nobody"} { // an account that is not there is limited as well
		for i := range limitAnAccount {
			from := netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", i))
			if _, err := s.Authenticate(t.Context(), username, "wrong", from); !errors.Is(err, ErrBadCredentials) {
				t.Fatalf("attempt %d: %v", i, err)
			}
			clock.pass(time.Second)
		}
		_, err := s.Authenticate(t.Context(), strings.ToUpper(username), goodPassword, noAddress)
		limited, ok := errors.AsType[*TooMany](err)
		if !ok || !errors.Is(err, ErrTooMany) || limited.RetryAfter != limitWindow-limitAnAccount*time.Second {
			t.Fatalf("%s: %v", username, err)
		}
		if strings.Contains(err.Error(), username) {
			t.Errorf("the error names the account: %v", err)
		}
	}
	clock.pass(limitWindow)
	if _, err := s.Authenticate(t.Context(), "mali", goodPassword, noAddress); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

func TestTwentyFailedAttemptsFromAnAddressInAMinute(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{})
	addAccount(t, s, "mali")
	for i := range limitAnAddress {
		// One subscriber's addresses of IPv6, and one address of IPv4 in both ways of writing it.
		for _, from := range []string{fmt.Sprintf("2001:db8::%x", i+1), []string{"192.0.2.1", "::ffff:192.0.2.1"}[i%2]} {
			username := fmt.Sprintf("nobody-%d-%d", i, len(from))
			if _, err := s.Authenticate(t.Context(), username, "wrong", netip.MustParseAddr(from)); !errors.Is(err, ErrBadCredentials) {
				t.Fatalf("attempt %d from %s: %v", i, from, err)
			}
		}
	}
	for _, from := range []string{"2001:db8::ffff", "192.0.2.1", "::ffff:192.0.2.1"} {
		if _, err := s.Authenticate(t.Context(), "mali", goodPassword, netip.MustParseAddr(from)); !errors.Is(err, ErrTooMany) {
			t.Errorf("from %s: %v", from, err)
		}
	}
	for _, from := range []string{"2001:db8:0:1::1", "192.0.2.2", ""} {
		address, _ := netip.ParseAddr(from)
		if _, err := s.Authenticate(t.Context(), "mali", goodPassword, address); err != nil {
			t.Errorf("from %q: %v", from, err)
		}
	}
	clock.pass(limitWindow)
	if _, err := s.Authenticate(t.Context(), "mali", goodPassword, netip.MustParseAddr("192.0.2.1")); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

func TestRightPasswordsAreNotLimited(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	addAccount(t, s, "mali")
	from := netip.MustParseAddr("192.0.2.1")
	for i := range 2 * limitAnAddress {
		if _, err := s.Authenticate(t.Context(), "mali", goodPassword, from); err != nil {
			t.Fatalf("sign-in %d: %v", i, err)
		}
	}
	if len(s.limits.accounts.attempts)+len(s.limits.addresses.attempts) != 0 {
		t.Error("sign-ins that succeeded are remembered as attempts")
	}
	// Nor do they make the count of failed ones any smaller.
	for range limitAnAccount {
		if _, err := s.Authenticate(t.Context(), "mali", "wrong", from); !errors.Is(err, ErrBadCredentials) {
			t.Fatal(err)
		}
	}
	if _, err := s.Authenticate(t.Context(), "mali", goodPassword, from); !errors.Is(err, ErrTooMany) {
		t.Errorf("after five wrong ones: %v", err)
	}
}

// Guesses sent all at once must not pass before the first is found wrong.
func TestGuessesAtOnceAreLimited(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	addAccount(t, s, "mali")
	var guessing sync.WaitGroup
	errs := make(chan error, 50)
	for range cap(errs) {
		guessing.Go(func() {
			_, err := s.Authenticate(t.Context(), "mali", "wrong", noAddress)
			errs <- err
		})
	}
	guessing.Wait()
	close(errs)
	judged := 0
	for err := range errs {
		switch {
		case errors.Is(err, ErrBadCredentials):
			judged++
		case !errors.Is(err, ErrTooMany):
			t.Error(err)
		}
	}
	if judged != limitAnAccount {
		t.Errorf("%d guesses were judged, want %d", judged, limitAnAccount)
	}
}

func TestAFloodOfNamesLetsNobodyNewIn(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newLimits(clock.now).accounts
	for i := range limitedSubjects {
		if _, wait := w.take(fmt.Sprint(i), true); wait != 0 {
			t.Fatalf("name %d waits %v", i, wait)
		}
	}
	if _, wait := w.take("one more", true); wait != limitWindow {
		t.Errorf("one more waits %v", wait)
	}
	if _, wait := w.take("7", true); wait != 0 {
		t.Errorf("one that is remembered waits %v", wait)
	}
	clock.pass(limitWindow)
	if _, wait := w.take("one more", true); wait != 0 || len(w.attempts) != 1 {
		t.Errorf("a minute later it waits %v among %d", wait, len(w.attempts))
	}
}

func TestNothingPersonalIsLoggedOrSaid(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	server := testenv.PostgresServer(t)
	s := startService(t, openPool(t, server.URL), Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	a := addAccount(t, s, "zq-planted-name")
	session := begin(t, s, a)
	said := ""
	say := func(err error) {
		if err != nil {
			said += err.Error() + "\n"
		}
	}
	attempt := func() {
		_, err := s.Authenticate(t.Context(), a.Username, "zq-planted-secret", noAddress)
		say(err)
		_, err = s.CreateAccount(t.Context(), NewAccount{Username: a.Username, Password: "zq-planted-secret", Role: a.Role, Agency: a.Agency})
		say(err)
		_, err = s.Resolve(t.Context(), session.Token)
		say(err)
		say(s.SetPassword(t.Context(), a.Username, "zq-planted-secret"))
	}
	for range limitAnAccount + 1 {
		attempt()
	}
	server.Stop(t)
	attempt()
	if len(strings.Split(said, "\n")) < 10 {
		t.Fatalf("hardly an error was met:\n%s", said)
	}
	for _, planted := range []string{"zq-planted", session.Token, "$argon2id"} {
		if strings.Contains(said, planted) || strings.Contains(log.String(), planted) {
			t.Errorf("%s in an error or in the log:\n%s\n%s", planted, said, log.String())
		}
	}
}
