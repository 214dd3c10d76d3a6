package archtest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// exposers are the files that take a secret out of its type: each hands it on to what needs it, and to nothing that prints.
var exposers = []string{
	"api/accounts.go", "api/session.go", // to internal/identity
	"cmd/songtor/keyservice.go", "cmd/songtor/stores.go", // to the drivers of NATS and PostgreSQL
	"cmd/songtor/release.go", // a session's token, to internal/identity
	"internal/secret/secret.go",
}

func TestSecretsComeOutInFewPlaces(t *testing.T) {
	t.Parallel()
	found := 0
	for file := range sources(t) {
		source, err := os.ReadFile(filepath.Join("..", "..", file))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(source), ".Expose()") {
			continue
		}
		found++
		if !slices.Contains(exposers, file) {
			t.Errorf("%s takes a secret out of its type", file)
		}
	}
	if found != len(exposers) {
		t.Errorf("%d files do, %d are listed", found, len(exposers))
	}
}
