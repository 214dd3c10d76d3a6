package transparency

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// policyKeys are keys to write policies with.
type policyKeys struct{ log, receipts, a, b, c string }

func keysForPolicies(t *testing.T) policyKeys {
	t.Helper()
	keys := keysOf(t, "log.example", 1)
	k := policyKeys{log: keys.VerifierKey(Cases), receipts: keys.ReceiptKey()}
	for i, into := range []*string{&k.a, &k.b, &k.c} {
		c, err := NewCosigner(fmt.Sprintf("w%d.example", i), secret(byte(10+i)), time.Now)
		must(t, err)
		*into = c.VerifierKey()
	}
	return k
}

func TestAQuorumIsMetByItsGroups(t *testing.T) {
	t.Parallel()
	k := keysForPolicies(t)
	witnesses := "witness A " + k.a + "\n\twitness B " + k.b + " https://b.example/\n# a comment\n\nwitness C " + k.c + "\n"
	for rule, met := range map[string][]string{
		"quorum none\n":                                           {"", "A", "ABC"},
		"quorum A\n":                                              {"A", "AB", "ABC"},
		"group g all A B C\nquorum g\n":                           {"ABC"},
		"group g any A B C\nquorum g\n":                           {"A", "B", "C", "AB", "AC", "BC", "ABC"},
		"group g 2 A B C\nquorum g\n":                             {"AB", "AC", "BC", "ABC"},
		"group g any A B\ngroup h all g C\nquorum h\n":            {"AC", "BC", "ABC"},
		"group g any A\ngroup h any B\ngroup i 2 g h\nquorum i\n": {"AB", "ABC"},
	} {
		p, err := ParsePolicy([]byte("log " + k.log + "\n" + witnesses + rule))
		must(t, err)
		for _, agreed := range []string{"", "A", "B", "C", "AB", "AC", "BC", "ABC"} {
			want := false
			for _, m := range met {
				want = want || m == agreed
			}
			if rule == "quorum none\n" {
				want = true
			} else if rule == "quorum A\n" {
				want = strings.Contains(agreed, "A")
			}
			if got := p.met(p.quorum, func(w string) bool { return strings.Contains(agreed, w) }); got != want {
				t.Errorf("%q with %q: met %t", rule, agreed, got)
			}
		}
	}
}

func TestAMalformedPolicyIsRefused(t *testing.T) {
	t.Parallel()
	k := keysForPolicies(t)
	a, b := "witness A "+k.a+"\n", "witness B "+k.b+"\n"
	for name, text := range map[string]string{
		"empty":                            "",
		"no quorum":                        "log " + k.log + "\n" + a,
		"two quorums":                      a + "quorum A\nquorum A\n",
		"a quorum that is not there":       a + "quorum B\n",
		"a quorum defined below":           "quorum A\n" + a,
		"an unknown line":                  "trust me\nquorum none\n",
		"a log without a key":              "log\nquorum none\n",
		"a log twice":                      "log " + k.log + "\nlog " + k.log + "\nquorum none\n",
		"a witness's key for a log":        "log " + k.a + "\nquorum none\n",
		"a log's key for a witness":        "witness A " + k.log + "\nquorum none\n",
		"a key with another id":            "log " + strings.Replace(k.log, "+", "+0", 1) + "\nquorum none\n",
		"a key under another name":         "log x" + k.log + "\nquorum none\n",
		"receipts without a key":           "receipts\nquorum none\n",
		"one key for two witnesses":        a + strings.Replace(a, "witness A", "witness B", 1) + "quorum A\n",
		"one name for two witnesses":       a + "witness A " + k.b + "\nquorum A\n",
		"a witness named none":             "witness none " + k.a + "\nquorum none\n",
		"a group of nobody":                "group g all\nquorum g\n",
		"a group of more than there are":   a + "group g 2 A\nquorum g\n",
		"a group of none":                  a + "group g 0 A\nquorum g\n",
		"a group of somebody unknown":      a + "group g any A B\nquorum g\n",
		"a group that is its own member":   a + "group g any A g\nquorum g\n",
		"a witness in two groups":          a + b + "group g any A\ngroup h all A B\nquorum h\n",
		"a witness twice in a group":       a + b + "group g 2 A A\nquorum g\n",
		"a number of members that is none": a + "group g most A\nquorum g\n",
	} {
		if _, err := ParsePolicy([]byte(text)); !errors.Is(err, ErrPolicy) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte("log a+00000000+AQ==\nwitness A b+00000000+BA==\ngroup g any A\nquorum g\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParsePolicy(text)
		if err != nil && !errors.Is(err, ErrPolicy) {
			t.Errorf("another error: %v", err)
		}
		if err == nil {
			p.met(p.quorum, func(string) bool { return false })
		}
	})
}

// FuzzVerify gives the verifier any bytes for a bundle, and for a receipt beside a true bundle: none may be taken for true, and none may stop
// it otherwise than with an error.
func FuzzVerify(f *testing.F) {
	w := newWorld(f, 7, 1)
	s := w.bundle(f, nil, w.cases[0], w.signed[len(w.signed)-1])
	file, err := s.Encode()
	must(f, err)
	given := w.receipt(f, s.entries[0].commit)
	receipt, signature, err := readReceipt(given)
	must(f, err)
	f.Add(file)
	f.Add(given)
	f.Add([]byte(`{"position":-1}`))
	f.Fuzz(func(t *testing.T, sent []byte) {
		if _, err := Verify(Question{Bundle: sent, Policy: w.policy}); err == nil && string(sent) != string(file) {
			t.Error("a bundle that nobody signed was taken for true")
		}
		r, by, err := readReceipt(sent)
		if err != nil && !errors.Is(err, ErrReceipt) {
			t.Errorf("another error: %v", err)
		}
		if _, err := Verify(Question{Bundle: file, Receipt: sent, Policy: w.policy}); err == nil && sent != nil && (r != receipt || by != signature) {
			t.Errorf("a receipt that nobody signed was taken for true: %s", sent)
		}
	})
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add([]byte("log.example/cases\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— log.example/cases AAAA\n"))
	f.Fuzz(func(t *testing.T, signed []byte) {
		c, err := ParseCheckpoint(signed)
		if err == nil && !strings.HasPrefix(string(signed), strings.TrimSuffix(c.Text(), "\n")) {
			t.Errorf("%q was read as %q", signed, c.Text())
		}
	})
}
