package identity

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"songtor/domain"
	"songtor/internal/testenv"
)

const testOrigin = "http://localhost:8080"

// testSealer seals with a key of its own.
type testSealer struct{ cipher.AEAD }

func newTestSealer(tb testing.TB) testSealer {
	tb.Helper()
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		tb.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		tb.Fatal(err)
	}
	return testSealer{aead}
}

func (s testSealer) Seal(_ context.Context, place string, plain []byte) ([]byte, error) {
	return s.AEAD.Seal(nil, nil, plain, []byte(place)), nil
}

func (s testSealer) Open(_ context.Context, place string, sealed []byte) ([]byte, error) {
	return s.AEAD.Open(nil, nil, sealed, []byte(place))
}

// signedIn is an account with a session that begins with its password.
func signedIn(tb testing.TB, s *Service, a Account, methods ...Method) Principal {
	tb.Helper()
	session, err := s.Start(tb.Context(), a, Evidence{Methods: append([]Method{ByPassword}, methods...)})
	if err != nil {
		tb.Fatal(err)
	}
	return mustResolve(tb, s, session.Token)
}

// enrolCodes gives an account one-time codes and returns their secret and the recovery codes.
func enrolCodes(tb testing.TB, s *Service, clock *clock, p Principal) (secret string, recovery []string) {
	tb.Helper()
	made, err := s.BeginCodes(tb.Context(), p)
	if err != nil {
		tb.Fatal(err)
	}
	recovery, err = s.ConfirmCodes(tb.Context(), p, made.SetUp, codeAt(tb, made.Secret, clock.now()))
	if err != nil {
		tb.Fatal(err)
	}
	return made.Secret, recovery
}

func codeAt(tb testing.TB, secret string, at time.Time) string {
	tb.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		tb.Fatal(err)
	}
	return code
}

func TestACodeRaisesAPasswordAndIsGoodOnce(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{Sealer: newTestSealer(t)})
	a := addAccount(t, s, "mali")
	secret, _ := enrolCodes(t, s, clock, signedIn(t, s, a))
	clock.pass(codeStep)
	try := func(code string) ([]Method, error) {
		_, methods, err := s.SignIn(t.Context(), Credentials{Username: "mali", Password: goodPassword, Code: code})
		return methods, err
	}
	code := codeAt(t, secret, clock.now())
	methods, err := try(code)
	if err != nil || (Evidence{Methods: methods}).assurance() != TwoFactors {
		t.Fatalf("%v, %v", methods, err)
	}
	if _, err := try(code); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("the same code again: %v", err)
	}
	if _, err := try(codeAt(t, secret, clock.now().Add(-codeStep))); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("an older code after a newer one: %v", err)
	}
	for step, want := range map[time.Duration]error{-2: ErrBadCredentials, 2: ErrBadCredentials, 1: nil} {
		if _, err := try(codeAt(t, secret, clock.now().Add(step*codeStep))); !errors.Is(err, want) {
			t.Errorf("the code of %d steps away: %v, want %v", step, err, want)
		}
	}
	if methods, err := try(""); err != nil || (Evidence{Methods: methods}).assurance() != PasswordOnly {
		t.Errorf("without a code: %v, %v", methods, err)
	}
}

// Two processes that get one code at the same moment accept it once.
func TestOneCodeAtTwoProcessesIsTakenOnce(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{Sealer: newTestSealer(t)})
	other := startService(t, s.db, Options{Sealer: newTestSealer(t), Now: clock.now})
	a := addAccount(t, s, "mali")
	secret, _ := enrolCodes(t, s, clock, signedIn(t, s, a))
	for round := range 10 {
		clock.pass(time.Minute)
		code := codeAt(t, secret, clock.now())
		var taking sync.WaitGroup
		results := make(chan error, 2)
		for _, service := range []*Service{s, other} {
			taking.Go(func() { results <- service.acceptCode(t.Context(), a.ID, code) })
		}
		taking.Wait()
		if one, two := <-results, <-results; (one == nil) == (two == nil) {
			t.Fatalf("round %d: %v and %v", round, one, two)
		}
	}
}

func TestTheSecretIsNotInTheDatabase(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{Sealer: newTestSealer(t)})
	a := addAccount(t, s, "mali")
	secret, recovery := enrolCodes(t, s, clock, signedIn(t, s, a))
	var rows string
	err := s.db.QueryRow(t.Context(), `select (select string_agg(c::text, ' ') from identity.code_secret c) ||
		(select string_agg(r::text, ' ') from identity.recovery_code r)`).Scan(&rows)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := recoveryAlphabet.DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{secret, hexOf(raw), recovery[0], ungrouped(recovery[0])} {
		if strings.Contains(rows, word) {
			t.Error("a secret is kept in clear")
		}
	}
	if !strings.Contains(rows, hexOf(hashCode(recovery[0]))) {
		t.Error("the search would not have found it: the hash is not there either")
	}
}

func TestRecoveryCodesAreGoodOnce(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{Sealer: newTestSealer(t)})
	a := addAccount(t, s, "mali")
	_, recovery := enrolCodes(t, s, clock, signedIn(t, s, a))
	if len(recovery) != recoveryCodes {
		t.Fatalf("%d recovery codes", len(recovery))
	}
	for try, want := range []error{nil, ErrBadCredentials} {
		_, methods, err := s.SignIn(t.Context(), Credentials{Username: "mali", Password: goodPassword, Code: strings.ToLower(recovery[3])})
		if !errors.Is(err, want) || err == nil && (Evidence{Methods: methods}).assurance() != TwoFactors {
			t.Errorf("try %d: %v, %v", try, methods, err)
		}
	}
	if f, err := s.FactorsOf(t.Context(), a.ID); err != nil || f.RecoveryCodes != recoveryCodes-1 {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestTwentyWrongCodesLockThem(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{Sealer: newTestSealer(t)})
	a := addAccount(t, s, "mali")
	secret, recovery := enrolCodes(t, s, clock, signedIn(t, s, a))
	for range codeWrongMost {
		if err := s.acceptCode(t.Context(), a.ID, "000000"); !errors.Is(err, ErrBadCredentials) {
			t.Fatal(err)
		}
	}
	clock.pass(time.Minute)
	try := func(password, code string) error {
		_, _, err := s.SignIn(t.Context(), Credentials{Username: "mali", Password: password, Code: code})
		return err
	}
	for password, want := range map[string]error{goodPassword: ErrCodesLocked, "another river kettle": ErrBadCredentials} {
		if err := try(password, codeAt(t, secret, clock.now())); !errors.Is(err, want) {
			t.Errorf("the right code after %d wrong ones: %v, want %v", codeWrongMost, err, want)
		}
	}
	if f, err := s.FactorsOf(t.Context(), a.ID); err != nil || !f.Codes || !f.CodesLocked {
		t.Errorf("what the account can show: %+v, %v", f, err)
	}
	if err := try(goodPassword, recovery[0]); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
	if f, err := s.FactorsOf(t.Context(), a.ID); err != nil || f.CodesLocked {
		t.Errorf("what it can show after a recovery code: %+v, %v", f, err)
	}
	if err := try(goodPassword, codeAt(t, secret, clock.now())); err != nil {
		t.Errorf("the right code after a recovery code: %v", err)
	}
}

// What is shown to a person in one tab is not confirmed by another's: they would be left with a secret that they never put anywhere.
func TestASetUpThatWasBegunAgainIsOver(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{Sealer: newTestSealer(t)})
	a := addAccount(t, s, "mali")
	p := signedIn(t, s, a)
	begun := func() CodeSecret {
		made, err := s.BeginCodes(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	confirmed := func(made CodeSecret, code string) error {
		_, err := s.ConfirmCodes(t.Context(), p, made.SetUp, code)
		return err
	}
	first, second := begun(), begun()
	if err := confirmed(first, codeAt(t, first.Secret, clock.now())); !errors.Is(err, ErrSetUpOver) {
		t.Errorf("the first one's code: %v", err)
	}
	for range codeWrongMost {
		if err := confirmed(second, "000000"); !errors.Is(err, ErrBadCredentials) {
			t.Fatalf("a wrong code: %v", err)
		}
		clock.pass(time.Minute) // for the limit
	}
	if err := confirmed(second, codeAt(t, second.Secret, clock.now())); !errors.Is(err, ErrSetUpOver) {
		t.Errorf("the right code after %d wrong ones: %v", codeWrongMost, err)
	}
	third := begun()
	if err := confirmed(third, codeAt(t, third.Secret, clock.now())); err != nil {
		t.Errorf("begun again: %v", err)
	}
	p = signedIn(t, s, a, ByCode)
	if err := confirmed(second, "000000"); !errors.Is(err, ErrSetUpOver) {
		t.Errorf("once another was confirmed: %v", err)
	}
}

// meanwhileSealer does something after a secret was read and before the code of it is taken.
type meanwhileSealer struct {
	Sealer
	meanwhile func()
}

func (s *meanwhileSealer) Open(ctx context.Context, place string, sealed []byte) ([]byte, error) {
	s.meanwhile()
	return s.Sealer.Open(ctx, place, sealed)
}

func TestASetUpThatIsBegunAgainMeanwhileIsNotConfirmed(t *testing.T) {
	t.Parallel()
	sealer := &meanwhileSealer{Sealer: newTestSealer(t)}
	s, clock := testService(t, Options{Sealer: sealer})
	p := signedIn(t, s, addAccount(t, s, "mali"))
	made, err := s.BeginCodes(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	sealer.meanwhile = func() {
		if _, err := s.BeginCodes(t.Context(), p); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.ConfirmCodes(t.Context(), p, made.SetUp, codeAt(t, made.Secret, clock.now())); err == nil {
		t.Error("it was confirmed")
	}
	if f, err := s.FactorsOf(t.Context(), p.UserID); err != nil || f.Codes {
		t.Errorf("a secret counts of which no code was shown: %+v, %v", f, err)
	}
}

// What a session shows decides which factors it may add: a password, or a password and a code that somebody was tricked out of, give
// nobody a passkey.
func TestFactorsAreAddedByThoseWhoShowAsStrongOnes(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{Sealer: newTestSealer(t)})
	a := addAccount(t, s, "mali")
	enrolCodes(t, s, clock, signedIn(t, s, a))
	password := signedIn(t, s, a)
	var stepUp *StepUp
	if _, err := s.BeginPasskey(t.Context(), password); !errors.As(err, &stepUp) || stepUp.Need != TwoFactors {
		t.Errorf("with a password alone: %v", err)
	}
	two := signedIn(t, s, a, ByCode)
	if _, err := s.BeginPasskey(t.Context(), two); err != nil {
		t.Errorf("while enrolment is open: %v", err)
	}
	clock.pass(enrolmentTime)
	two = signedIn(t, s, a, ByCode)
	if _, err := s.BeginPasskey(t.Context(), two); !errors.Is(err, ErrEnrolmentClosed) {
		t.Errorf("a passkey on a code, when enrolment is closed: %v", err)
	}
	clock.pass(FreshFor + time.Second)
	if err := s.RemoveCodes(t.Context(), two); !errors.As(err, &stepUp) || !stepUp.Fresh {
		t.Errorf("an old session takes codes away: %v", err)
	}
}

// passkeyOf enrols a passkey for a principal.
func passkeyOf(tb testing.TB, s *Service, p Principal, copied bool) (*testenv.Passkey, error) {
	tb.Helper()
	key := testenv.NewPasskey(testOrigin, copied)
	challenge, err := s.BeginPasskey(tb.Context(), p)
	if err != nil {
		return nil, err
	}
	_, err = s.FinishPasskey(tb.Context(), p, challenge.Ceremony, "security-key", key.Register(tb, optionsOf(tb, challenge)))
	return key, err
}

func optionsOf(tb testing.TB, c Challenge) []byte {
	tb.Helper()
	encoded, err := json.Marshal(c.Options)
	if err != nil {
		tb.Fatal(err)
	}
	return encoded
}

func mustPasskey(tb testing.TB, s *Service, p Principal, copied bool) *testenv.Passkey {
	tb.Helper()
	key, err := passkeyOf(tb, s, p, copied)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// bySignIn signs in by a passkey, which may be tampered with before it answers.
func bySignIn(tb testing.TB, s *Service, key *testenv.Passkey) (Account, []Method, error) {
	tb.Helper()
	challenge, err := s.BeginPasskeySignIn(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return s.PasskeySignIn(tb.Context(), challenge.Ceremony, key.SignIn(tb, optionsOf(tb, challenge)))
}

func TestPasskeysSayWhetherTheyCanBeCopied(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	for copied, want := range map[bool]Assurance{true: Phishproof, false: DeviceBound} {
		a := addAccount(t, s, map[bool]string{true: "mali", false: "nid"}[copied])
		key := mustPasskey(t, s, signedIn(t, s, a), copied)
		for range 2 {
			found, methods, err := bySignIn(t, s, key)
			if err != nil || found.ID != a.ID || (Evidence{Methods: methods}).assurance() != want {
				t.Errorf("copied %v: %v, %v", copied, methods, err)
			}
		}
	}
}

func TestAnAdministratorsPasskeyCannotBeCopied(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	a, err := s.CreateAccount(t.Context(), NewAccount{Username: "boss", Password: goodPassword, Role: domain.Admin, Agency: "datip"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := passkeyOf(t, s, signedIn(t, s, a), true); !errors.Is(err, ErrPasskeyCopied) {
		t.Errorf("a passkey that can be copied: %v", err)
	}
	mustPasskey(t, s, signedIn(t, s, a), false)
}

func TestForgedPasskeyAnswersAreRefused(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{})
	a := addAccount(t, s, "mali")
	for name, tamper := range map[string]func(*testenv.Passkey){
		"another site between":     func(k *testenv.Passkey) { k.Party.Origin = "https://songtor.example.net" },
		"another site's passkey":   func(k *testenv.Passkey) { k.Party.ID = "evil.example" },
		"no user verification":     func(k *testenv.Passkey) { k.Authenticator.Options.UserNotVerified = true },
		"nobody there":             func(k *testenv.Passkey) { k.Authenticator.Options.UserNotPresent = true },
		"another person's handle":  func(k *testenv.Passkey) { k.Authenticator.Options.UserHandle = make([]byte, 16) },
		"another key":              func(k *testenv.Passkey) { k.Credential.Key = testenv.NewPasskey(testOrigin, false).Credential.Key },
		"an unknown credential":    func(k *testenv.Passkey) { k.Credential.ID = make([]byte, 32) },
		"claims that it is copied": func(k *testenv.Passkey) { k.Authenticator.Options.BackupEligible = true },
	} {
		if err := s.ResetFactors(t.Context(), "mali"); err != nil {
			t.Fatal(err)
		}
		key := mustPasskey(t, s, signedIn(t, s, a), false)
		if _, _, err := bySignIn(t, s, key); err != nil {
			t.Fatalf("%s: the control: %v", name, err)
		}
		tamper(key)
		if _, _, err := bySignIn(t, s, key); !errors.Is(err, ErrBadCredentials) {
			t.Errorf("%s: %v", name, err)
		}
	}
	key := mustPasskey(t, s, signedIn(t, s, addAccount(t, s, "nid")), false)
	challenge, err := s.BeginPasskeySignIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer := key.SignIn(t, optionsOf(t, challenge))
	if _, _, err := s.PasskeySignIn(t.Context(), challenge.Ceremony, answer); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.PasskeySignIn(t.Context(), challenge.Ceremony, answer); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("the same answer again: %v", err)
	}
	late, err := s.BeginPasskeySignIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	clock.pass(ceremonyTime)
	if _, _, err := s.PasskeySignIn(t.Context(), late.Ceremony, key.SignIn(t, optionsOf(t, late))); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("an answer after five minutes: %v", err)
	}
}

// A counter that goes backwards says that there are two of a passkey. Neither signs anybody in any more.
func TestACopiedAuthenticatorIsLocked(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	a := addAccount(t, s, "mali")
	key := mustPasskey(t, s, signedIn(t, s, a), false)
	for range 3 {
		if _, _, err := bySignIn(t, s, key); err != nil {
			t.Fatal(err)
		}
	}
	clone := *key
	clone.Credential.Counter = 0
	for i, k := range []*testenv.Passkey{&clone, key} {
		if _, _, err := bySignIn(t, s, k); !errors.Is(err, ErrBadCredentials) {
			t.Errorf("number %d: %v", i, err)
		}
	}
	if f, err := s.FactorsOf(t.Context(), a.ID); err != nil || !f.Passkeys[0].Locked {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestStepUpChangesTheTokenAndNeverLowers(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{Sealer: newTestSealer(t)})
	a := addAccount(t, s, "mali")
	key := mustPasskey(t, s, signedIn(t, s, a), false)
	session := begin(t, s, a)
	p := mustResolve(t, s, session.Token)
	_, methods, err := bySignIn(t, s, key)
	if err != nil {
		t.Fatal(err)
	}
	clock.pass(time.Minute)
	raised, err := s.Raise(t.Context(), p, methods)
	if err != nil || raised.ID != session.ID || raised.Assurance != DeviceBound || !raised.AuthenticatedAt.Equal(clock.now()) {
		t.Fatalf("%+v, %v", raised, err)
	}
	if stands(t, s, session.Token) {
		t.Error("the old token stands")
	}
	up := mustResolve(t, s, raised.Token)
	if up.Assurance != DeviceBound || !up.AuthTime.Equal(clock.now()) {
		t.Errorf("%+v", up)
	}
	var stepUp *StepUp
	if _, err := s.Raise(t.Context(), up, []Method{ByPassword, ByCode}); !errors.As(err, &stepUp) {
		t.Errorf("a code makes a passkey's session new: %v", err)
	}
}

// Programs show a code in two groups, and a Thai keyboard may have no other digits than its own.
func TestACodeIsTakenAsItIsShownAndTyped(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{Sealer: newTestSealer(t)})
	a := addAccount(t, s, "mali")
	secret, _ := enrolCodes(t, s, clock, signedIn(t, s, a))
	thai := strings.NewReplacer("0", "๐", "1", "๑", "2", "๒", "3", "๓", "4", "๔", "5", "๕", "6", "๖", "7", "๗", "8", "๘", "9", "๙")
	for name, typed := range map[string]func(code string) string{
		"in two groups": func(code string) string { return code[:3] + " " + code[3:] },
		"Thai digits":   thai.Replace,
		"both":          func(code string) string { return thai.Replace(code[:3] + " " + code[3:]) },
	} {
		clock.pass(2 * codeStep)
		code := typed(codeAt(t, secret, clock.now()))
		if _, _, err := s.SignIn(t.Context(), Credentials{Username: "mali", Password: goodPassword, Code: code}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whoever knows a name can use its attempts up from anywhere. That keeps nobody from going on who is signed in.
func TestAttemptsOfOthersDoNotKeepASignedInPersonOut(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{Sealer: newTestSealer(t)})
	a := addAccount(t, s, "mali")
	p := signedIn(t, s, a)
	secret, _ := enrolCodes(t, s, clock, p)
	clock.pass(codeStep)
	for range limitAnAccount {
		if _, _, err := s.SignIn(t.Context(), Credentials{Username: "mali", Password: "guessed"}); !errors.Is(err, ErrBadCredentials) {
			t.Fatal(err)
		}
	}
	if _, err := s.ShowAgain(t.Context(), p, Credentials{Code: codeAt(t, secret, clock.now())}); err != nil {
		t.Errorf("a code right after the password: %v", err)
	}
	if _, err := s.ShowAgain(t.Context(), p, Credentials{Password: goodPassword}); err != nil {
		t.Errorf("a password: %v", err)
	}
	for range limitAnAccount {
		if _, err := s.ShowAgain(t.Context(), p, Credentials{Password: "guessed"}); !errors.Is(err, ErrBadCredentials) {
			t.Fatal(err)
		}
	}
	if _, err := s.ShowAgain(t.Context(), p, Credentials{Password: goodPassword}); !errors.Is(err, ErrTooMany) {
		t.Errorf("after five wrong ones under the session: %v", err)
	}
}
