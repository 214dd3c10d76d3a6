package identity

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]error{
		"":                                     ErrPasswordTooShort,
		"xk4!vq9":                              ErrPasswordTooShort,
		"กขคงจฉช":                              ErrPasswordTooShort, // 7 runes, 21 bytes
		"xk4!vq9z":                             nil,
		"ปลาทอดกรอบ":                           nil,
		strings.Repeat("ก็", 64):               nil, // 128 runes
		strings.Repeat("ก็", 64) + "ก":         ErrPasswordTooLong,
		strings.Repeat("zq", 64):               nil,
		strings.Repeat("zq", 64) + "z":         ErrPasswordTooLong,
		strings.Repeat("z", 1<<20):             ErrPasswordTooLong,
		"\xff\xfe12345678":                     ErrPasswordTooLong,
		"password":                             ErrPasswordCommon,
		"PassWord":                             ErrPasswordCommon,
		"password1":                            ErrPasswordCommon,
		"2026Bangkok!!":                        ErrPasswordCommon,
		"ｐａｓｓｗｏｒｄ":                             ErrPasswordCommon, // full width
		"๑๒๓๔๕๖๗๘":                             ErrPasswordCommon, // Thai digits
		"รหัสผ่าน":                             ErrPasswordCommon,
		"สวัสดีครับ1":                          ErrPasswordCommon,
		"demo-only":                            ErrPasswordCommon,
		"Demo-Only":                            ErrPasswordCommon,
		"songtor2026":                          ErrPasswordCommon,
		"datip-2569":                           ErrPasswordCommon,
		"mali.mali":                            nil,
		"police 8812 9034 7756":                nil, // long enough that the beginning does not give it away
		"all lower case without digit or sign": nil,
	} {
		if _, err := checkPassword("mali", password); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%.20q: got %v, want %v", password, err, want)
		}
	}
}

// The marks above and below a letter come in either order from different keyboards.
func TestAPasswordIsOneInEitherOrderOfItsMarks(t *testing.T) {
	t.Parallel()
	one, err := checkPassword("mali", "กุ้งเผาตัวใหญ่")
	if err != nil {
		t.Fatal(err)
	}
	two, err := checkPassword("mali", "กุ้งเผาตัวใหญ่")
	if err != nil || one != two {
		t.Errorf("%q and %q differ, %v", one, two, err)
	}
}

func TestBlocklistIsSane(t *testing.T) {
	t.Parallel()
	if n := len(blocklist()); n < 500 {
		t.Errorf("only %d entries: the list was not read", n)
	}
	for entry := range blocklist() {
		if strings.HasPrefix(entry, "#") || entry != strings.TrimSpace(entry) || entry == "" {
			t.Errorf("the entry %q is none", entry)
		}
	}
}

func TestHashReadsBack(t *testing.T) {
	t.Parallel()
	h := hashPassword("correct", cheap())
	read, err := parseHash(h.String())
	if err != nil {
		t.Fatal(err)
	}
	if !read.matches("correct") || read.matches("Correct") || read.matches("") {
		t.Error("the hash that was read back does not tell passwords apart")
	}
	if other := hashPassword("correct", cheap()); other.String() == h.String() {
		t.Error("two hashes of one password are the same")
	}
}

// Where there is no account the answer takes as long, so that nobody learns by asking who has one. The control is an answer that costs
// little. What is compared is the time of a processor, from which nothing else that the machine does takes anything.
func TestWhoHasNoAccountWaitsAsLong(t *testing.T) { //nolint:paralleltest // measures what the process works
	h, err := newHasher(cost{passes: 2, memory: 16 * 1024, threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := h.hash(t.Context(), "correct")
	if err != nil {
		t.Fatal(err)
	}
	cheapest := &hasher{cost: h.cost, dummy: nobodys(cheap()), slots: h.slots}
	took := func(h *hasher, kept string) time.Duration {
		began := worked(t)
		if right, better, err := h.verify(t.Context(), kept, "wrong"); right || better != "" || err != nil {
			t.Fatalf("a wrong password gives %v, %q, %v", right, better, err)
		}
		return worked(t) - began
	}
	with, without, control := time.Hour, time.Hour, time.Hour
	for range 8 {
		with, without, control = min(with, took(h, kept)), min(without, took(h, "")), min(control, took(cheapest, ""))
	}
	if without < with/2 {
		t.Errorf("it takes %s without an account, %s with one", without, with)
	}
	if control >= with/2 {
		t.Errorf("a cheap answer takes %s: the comparison shows nothing", control)
	}
}

// worked is the time of a processor that this process has had.
func worked(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// The vector is of the reference implementation's own tests (phc-winner-argon2, src/test.c).
func TestHashAgreesWithTheReference(t *testing.T) {
	t.Parallel()
	const vector = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	h, err := parseHash(vector)
	if err != nil {
		t.Fatal(err)
	}
	if !h.matches("password") || h.matches("passwore") {
		t.Error("the reference's hash does not verify")
	}
}

func TestParseHashRefuses(t *testing.T) {
	t.Parallel()
	good := hashPassword("x", cheap()).String()
	if _, err := parseHash(good); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]string{
		"empty":          "",
		"plain":          "password",
		"other function": strings.Replace(good, "argon2id", "argon2i", 1),
		"other version":  strings.Replace(good, "v=19", "v=16", 1),
		"no passes":      strings.Replace(good, "t=1", "t=0", 1),
		"4 TiB":          strings.Replace(good, "m=8,", "m=4294967295,", 1),
		"many passes":    strings.Replace(good, "t=1", "t=4294967295", 1),
		"no threads":     strings.Replace(good, "p=1", "p=0", 1),
		"other order":    strings.Replace(good, "m=8,t=1", "t=1,m=8", 1),
		"plus sign":      strings.Replace(good, "m=8", "m=+8", 1),
		"padding":        good + "=",
		"cut off":        good[:len(good)-24],
		"one more part":  good + "$AAAA",
		"no salt":        "$argon2id$v=19$m=8,t=1,p=1$$" + strings.Repeat("A", 43),
	} {
		if _, err := parseHash(s); !errors.Is(err, errHash) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestHasherIsBusyWhenTheCallersTimeRunsOut(t *testing.T) {
	t.Parallel()
	h, err := newHasher(cheap())
	if err != nil {
		t.Fatal(err)
	}
	for range atOnce {
		if err := h.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error)
	go func() {
		_, _, err := h.verify(ctx, "", "password")
		waiting <- err
	}()
	cancel()
	if err := <-waiting; !errors.Is(err, ErrBusy) {
		t.Errorf("a third computation: %v, want ErrBusy", err)
	}
	h.leave()
	if _, _, err := h.verify(t.Context(), "", "password"); err != nil {
		t.Errorf("with a free slot: %v", err)
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add(hashPassword("x", cheap()).String())
	f.Add("$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parseHash(s)
		if err == nil && h.String() != s {
			t.Errorf("%q was read as %q", s, h.String())
		}
	})
}

func BenchmarkHash(b *testing.B) {
	for b.Loop() {
		hashPassword("password", defaultCost())
	}
}
