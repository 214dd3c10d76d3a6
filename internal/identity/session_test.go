package identity

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/testenv"
)

func mustResolve(tb testing.TB, s *Service, token string) Principal {
	tb.Helper()
	p, err := s.Resolve(tb.Context(), token)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func stands(tb testing.TB, s *Service, token string) bool {
	tb.Helper()
	_, err := s.Resolve(tb.Context(), token)
	if err != nil && !errors.Is(err, ErrNoSession) {
		tb.Fatal(err)
	}
	return err == nil
}

func TestResolveGivesThePrincipal(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{})
	a := addAccount(t, s, "mali")
	session := begin(t, s, a)
	began := clock.now()
	if !session.ExpiresAt.Equal(began.Add(12*time.Hour)) || !session.StartedAt.Equal(began) {
		t.Errorf("the session is %+v", session)
	}
	clock.pass(5 * time.Minute)
	p := mustResolve(t, s, session.Token)
	if p.UserID != a.ID || p.Username != "mali" || p.Role != domain.Responder || p.Agency != "dopa" ||
		!slices.Equal(p.Provinces, a.Provinces) || p.SessionID != session.ID || !p.AuthTime.Equal(began) {
		t.Errorf("the principal is %+v", p)
	}
	if got := p.Actor(); got != (domain.Actor{User: a.ID, Agency: "dopa", Role: domain.Responder}) {
		t.Errorf("the actor is %+v", got)
	}
}

func TestTokensAreRandomAndNotKept(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	a := addAccount(t, s, "mali")
	one, two := begin(t, s, a), begin(t, s, a)
	raw, err := base64.RawURLEncoding.DecodeString(one.Token)
	if err != nil || len(raw) != 32 || one.Token == two.Token {
		t.Fatalf("tokens %q and %q", one.Token, two.Token)
	}
	var row string
	if err := s.db.QueryRow(t.Context(), "select string_agg(s::text, ' ') from identity.session s").Scan(&row); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(row, one.Token) || strings.Contains(row, hexOf(raw)) {
		t.Error("the token is kept")
	}
	if hash := hashToken(one.Token); !strings.Contains(row, hexOf(hash[:])) {
		t.Error("the search would not have found it: the hash is not there either")
	}
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var out bytes.Buffer
	for _, c := range b {
		out.WriteByte(digits[c>>4])
		out.WriteByte(digits[c&15])
	}
	return out.String()
}

func TestResolveRefuses(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	session := begin(t, s, addAccount(t, s, "mali"))
	for _, token := range []string{
		"", "x", session.Token[1:], session.Token + "=", " " + session.Token, session.ID,
		strings.Repeat("A", len(session.Token)), strings.Repeat("A", 1<<20), session.Token[:42] + "\x00",
	} {
		if stands(t, s, token) {
			t.Errorf("the token %.50q stands", token)
		}
	}
	if !stands(t, s, session.Token) {
		t.Error("the right one does not")
	}
}

func TestSessionsEndByIdling(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{})
	session := begin(t, s, addAccount(t, s, "mali"))
	for range 5 { // used now and then it goes on
		clock.pass(14 * time.Minute)
		if !stands(t, s, session.Token) {
			t.Fatal("it ended though it was used")
		}
	}
	clock.pass(15 * time.Minute)
	if stands(t, s, session.Token) {
		t.Error("it stands after 15 minutes unused")
	}
}

func TestSessionsEndAbsolutely(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{IdleLimit: time.Hour, AbsoluteLimit: 90 * time.Minute})
	session := begin(t, s, addAccount(t, s, "mali"))
	clock.pass(59 * time.Minute)
	if !stands(t, s, session.Token) {
		t.Fatal("it ended too soon")
	}
	clock.pass(31*time.Minute - time.Second)
	if !stands(t, s, session.Token) {
		t.Fatal("it ended too soon")
	}
	clock.pass(time.Second) // less than an answer is remembered
	if stands(t, s, session.Token) {
		t.Error("it stands past its end")
	}
}

func TestUseIsNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{})
	a := addAccount(t, s, "mali")
	session := begin(t, s, a)
	lastSeen := func() time.Time {
		sessions, err := s.Sessions(t.Context(), a.ID)
		if err != nil || len(sessions) != 1 || sessions[0].Token != "" {
			t.Fatalf("%+v, %v", sessions, err)
		}
		return sessions[0].LastSeenAt
	}
	began := clock.now()
	for _, step := range []struct {
		pass time.Duration
		want time.Duration // since the beginning
	}{
		{30 * time.Second, 0},
		{28 * time.Second, 0},
		{cacheTime, time.Minute},
		{58 * time.Second, time.Minute},
		{cacheTime, 2 * time.Minute},
	} {
		clock.pass(step.pass)
		mustResolve(t, s, session.Token)
		if got := lastSeen().Sub(began); got != step.want {
			t.Errorf("%v on, last seen at %v, want %v", clock.now().Sub(began), got, step.want)
		}
	}
}

func TestAnEleventhSessionEndsTheOldest(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{MaxSessions: 10})
	a, other := addAccount(t, s, "mali"), addAccount(t, s, "nid")
	others := begin(t, s, other)
	var tokens []string
	for range 12 {
		tokens = append(tokens, begin(t, s, a).Token)
		mustResolve(t, s, tokens[len(tokens)-1])
		clock.pass(time.Second / 10) // little enough for all to be remembered
	}
	for i, token := range tokens {
		if want := i >= 2; stands(t, s, token) != want {
			t.Errorf("session %d stands: %v", i, !want)
		}
	}
	if !stands(t, s, others.Token) {
		t.Error("another account's session ended")
	}
	if sessions, err := s.Sessions(t.Context(), a.ID); err != nil || len(sessions) != 10 {
		t.Errorf("%d sessions, %v", len(sessions), err)
	}
}

func TestSessionsThatStartTogetherKeepTheLimit(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{MaxSessions: 3})
	a := addAccount(t, s, "mali")
	var starting sync.WaitGroup
	for range 20 {
		starting.Go(func() {
			if _, err := s.Start(t.Context(), a, Evidence{Methods: []Method{ByPassword}}); err != nil {
				t.Error(err)
			}
		})
	}
	starting.Wait()
	if n := count(t, s, "select count(*) from identity.session"); n != 3 {
		t.Errorf("%d sessions, want 3", n)
	}
}

func TestASignInClearsAwayWhatHasRunOut(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{})
	a, other := addAccount(t, s, "mali"), addAccount(t, s, "nid")
	begin(t, s, a)
	clock.pass(10 * time.Minute)
	idle := begin(t, s, a)
	clock.pass(5 * time.Minute)
	begin(t, s, other)
	if n := count(t, s, "select count(*) from identity.session"); n != 2 {
		t.Errorf("%d sessions are kept, want 2", n)
	}
	if !stands(t, s, idle.Token) {
		t.Error("a session that stands was cleared away")
	}
}

func TestEndingCountsAtOnce(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	a, other := addAccount(t, s, "mali"), addAccount(t, s, "nid")
	one, two, others := begin(t, s, a), begin(t, s, a), begin(t, s, other)
	for _, session := range []Session{one, two, others} {
		mustResolve(t, s, session.Token) // and so remembers it
	}
	for range 2 {
		if err := s.End(t.Context(), one.Token); err != nil {
			t.Fatal(err)
		}
	}
	if stands(t, s, one.Token) || !stands(t, s, two.Token) || !stands(t, s, others.Token) {
		t.Error("End ended not just its session")
	}
	if err := s.EndAll(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	if stands(t, s, two.Token) || !stands(t, s, others.Token) {
		t.Error("EndAll ended not just the sessions of its account")
	}
}

// The sessions of one person, of an agency and of everybody are ended in different orders. Where two wait for each other the server undoes one,
// as the trigger does here.
func TestEndingIsDoneAgainWhereTheServerUndidIt(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(context.Context, *Service, Account) error{
		"of a person":  func(ctx context.Context, s *Service, a Account) error { return s.EndAll(ctx, a.ID) },
		"of an agency": func(ctx context.Context, s *Service, a Account) error { return s.EndAllOfAgency(ctx, a.Agency) },
		"of everybody": func(ctx context.Context, s *Service, _ Account) error { return s.EndEverybody(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := testService(t, Options{})
			a := addAccount(t, s, "mali")
			session := begin(t, s, a)
			execute(t, s, `
				create sequence identity.ended;
				create function identity.undo() returns trigger language plpgsql as $$ begin
					if nextval('identity.ended') < 3 then
						raise 'deadlock detected' using errcode = 'deadlock_detected';
					end if;
					return null;
				end $$;
				create trigger undo before delete on identity.session for each statement execute function identity.undo()`)
			if err := end(t.Context(), s, a); err != nil {
				t.Error(err)
			}
			if stands(t, s, session.Token) {
				t.Error("a session stands")
			}
		})
	}
}

// What another process does to the database is seen within the time for which an answer is remembered, and the control shows that
// it is remembered so long.
func TestChangesByOthersCountWithinTwoSeconds(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{})
	session := begin(t, s, addAccount(t, s, "mali"))
	mustResolve(t, s, session.Token)
	execute(t, s, "update identity.account set role = 'team', agency = 'datip'")
	clock.pass(cacheTime - time.Millisecond)
	if p := mustResolve(t, s, session.Token); p.Role != domain.Responder {
		t.Errorf("nothing is remembered: %s", p.Role)
	}
	clock.pass(time.Millisecond)
	if p := mustResolve(t, s, session.Token); p.Role != domain.Team || p.Agency != "datip" {
		t.Errorf("after two seconds: %+v", p)
	}
	execute(t, s, "update identity.account set active = false")
	clock.pass(cacheTime)
	if stands(t, s, session.Token) {
		t.Error("the session of a disabled account stands after two seconds")
	}
}

// An answer read before a session ended must not be remembered after it.
func TestAnAnswerOvertakenByAnEndIsNotRemembered(t *testing.T) {
	t.Parallel()
	c := newCache(newClock().now, cacheTime)
	token, p := hashToken("t"), Principal{UserID: "u"}
	for name, end := range map[string]func(){
		"token":   func() { c.forgetToken(token) },
		"account": func() { c.forget(change{account: "u"}.concerns) },
	} {
		_, age, found := c.find(token)
		if found {
			t.Fatal("found before it was remembered")
		}
		end()
		c.remember(token, p, c.now().Add(time.Hour), age)
		if _, _, found := c.find(token); found {
			t.Errorf("remembered though the %s was forgotten meanwhile", name)
		}
	}
	_, age, _ := c.find(token)
	c.remember(token, p, c.now().Add(time.Hour), age)
	if _, _, found := c.find(token); !found {
		t.Error("not remembered though nothing was forgotten")
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	t.Parallel()
	clock := newClock()
	c := newCache(clock.now, cacheTime)
	fill := func(from int) {
		for i := range cacheMost + 100 {
			c.remember(tokenHash{byte(from), byte(i >> 16), byte(i >> 8), byte(i)}, Principal{}, clock.now().Add(time.Hour), 0)
		}
	}
	fill(1)
	if len(c.entries) != cacheMost {
		t.Errorf("%d entries", len(c.entries))
	}
	clock.pass(cacheTime)
	fill(2)
	if _, _, found := c.find(tokenHash{2}); !found || len(c.entries) != cacheMost {
		t.Errorf("old entries make no room: %d", len(c.entries))
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	a := addAccount(t, s, "mali")
	var working sync.WaitGroup
	for range 8 {
		working.Go(func() {
			for range 10 {
				session, err := s.Start(t.Context(), a, Evidence{Methods: []Method{ByPassword}})
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := s.Resolve(t.Context(), session.Token); err != nil && !errors.Is(err, ErrNoSession) {
					t.Error(err)
				}
				if err := s.End(t.Context(), session.Token); err != nil {
					t.Error(err)
				}
				if stands(t, s, session.Token) {
					t.Error("a session that was ended stands")
				}
			}
		})
	}
	working.Wait()
}

func BenchmarkResolve(b *testing.B) {
	pool := openPool(b, testenv.Postgres(b))
	s := startService(b, pool, Options{})
	session := begin(b, s, addAccount(b, s, "mali"))
	hash := hashToken(session.Token)
	b.Run("reference: a bare round trip", func(b *testing.B) {
		var n int
		for b.Loop() {
			if err := pool.QueryRow(b.Context(), "select $1::int", 7).Scan(&n); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("database", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := s.lookUp(b.Context(), hash); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("remembered", func(b *testing.B) {
		for b.Loop() {
			mustResolve(b, s, session.Token)
		}
	})
	b.Run("remembered, 64 clients", func(b *testing.B) {
		b.SetParallelism(64 / runtime.GOMAXPROCS(0))
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := s.Resolve(b.Context(), session.Token); err != nil {
					b.Error(err)
				}
			}
		})
	})
}
