package vault

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzKEKFile holds that no key file makes the service fail otherwise than by an error, and that none is quoted in one.
func FuzzKEKFile(f *testing.F) {
	for _, passphrase := range []string{"", "correct horse battery"} {
		path := filepath.Join(f.TempDir(), "kek.json")
		if err := CreateKEK(path, []byte(passphrase)); err != nil {
			f.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add([]byte(`{"version":1,"type":"QZXMARKER"}`))
	f.Add([]byte(`{"version":1,"type":"dev","keyset":"AAAA"}`))
	f.Add([]byte(`QZXMARKER`))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "kek.json")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenKEK(path, nil)
		if len(content) > 8 && err != nil && strings.Contains(err.Error(), string(content)) {
			t.Fatalf("the error quotes the file: %v", err)
		}
	})
}

// FuzzParseLedger holds that a ledger is refused as one or lists an erasure for each line after the first, and is the same when it is written
// line by line again.
func FuzzParseLedger(f *testing.F) {
	l := NewLedger(filepath.Join(f.TempDir(), "ledger"), true)
	must := func(err error) {
		if err != nil {
			f.Fatal(err)
		}
	}
	must(l.open(true))
	content := func() []byte {
		c, err := os.ReadFile(l.path)
		must(err)
		return c
	}
	f.Add(content())
	for _, id := range []string{"0b9f2ad6-5a0e-4f0e-9a67-0d6c1e6c7d11", "0b9f2ad6-5a0e-4f0e-9a67-0d6c1e6c7d12"} {
		_, err := l.add(Destruction{CaseID: id, Reason: "erasure_request", At: time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)})
		must(err)
		f.Add(content())
	}
	f.Add(bytes.Replace(content(), []byte("erasure_request"), []byte("retention_over"), 1))
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		c, err := ParseLedger(content)
		if err != nil {
			if !errors.Is(err, ErrLedger) {
				t.Errorf("another error: %v", err)
			}
			return
		}
		if lines := bytes.Count(content, []byte("\n")); len(c.Entries) >= lines || !bytes.Equal(c.Content(), content) {
			t.Errorf("%d lines list %d erasures", lines, len(c.Entries))
		}
		copied := NewLedger(filepath.Join(t.TempDir(), "ledger"), false)
		first := content[:bytes.IndexByte(content, '\n')+1]
		if err := writeNew(copied.path, first); err != nil {
			t.Fatal(err)
		}
		if _, err := copied.add(c.Entries...); err != nil {
			t.Fatal(err)
		}
		if again, err := os.ReadFile(copied.path); err != nil || !bytes.Equal(again, content) {
			t.Errorf("%q was written again as %q (%v)", content, again, err)
		}
	})
}
