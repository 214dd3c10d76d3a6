package vault

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
