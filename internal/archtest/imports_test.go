// Package archtest holds the layout to its rule: who may import whom.
package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// module is the path under which the rooms import each other.
const module = "songtor"

// rooms says for each room what it may import beside the standard library. The longest matching room counts. An entry that ends
// in a slash covers everything below it. "*" stands for anything of ours.
var rooms = map[string][]string{
	"domain":                     {},
	"projections":                {"songtor/domain", "songtor/projections/", "songtor/internal/database", "songtor/internal/lease", "songtor/internal/matching", "songtor/internal/paging", "github.com/go-json-experiment/json/", "github.com/jackc/pgx/v5/"},
	"schemas":                    {"github.com/santhosh-tekuri/jsonschema/v5/", "github.com/go-json-experiment/json/", "golang.org/x/text/"},
	"internal/eventlog":          {"songtor/domain", "github.com/nats-io/nats.go/", "github.com/go-json-experiment/json/"},
	"internal/vault":             {"songtor/domain", "songtor/internal/database", "songtor/internal/durable", "songtor/internal/lease", "github.com/tink-crypto/tink-go/v2/", "github.com/jackc/pgx/v5/", "golang.org/x/crypto/", "google.golang.org/protobuf/"},
	"internal/access":            {"songtor/domain", "github.com/cedar-policy/cedar-go/"},
	"internal/identity":          {"songtor/domain", "songtor/internal/database", "github.com/jackc/pgx/v5/", "golang.org/x/crypto/", "golang.org/x/text/", "golang.org/x/sync/", "golang.org/x/time/", "github.com/google/uuid", "github.com/go-webauthn/webauthn/", "github.com/pquerna/otp/", "github.com/coreos/go-oidc/v3/", "github.com/go-jose/go-jose/v4/", "golang.org/x/oauth2/"},
	"internal/accesslog":         {"songtor/domain", "songtor/internal/eventlog", "songtor/internal/lease", "songtor/internal/paging", "github.com/go-json-experiment/json/", "github.com/google/uuid", "github.com/jackc/pgx/v5/"},
	"internal/database":          {"github.com/jackc/pgx/v5/", "github.com/pressly/goose/v3/"},
	"internal/embedded":          {"songtor/internal/durable", "github.com/nats-io/nats.go/", "github.com/nats-io/nats-server/v2/", "github.com/jackc/pgx/v5/", "golang.org/x/sys/"},
	"internal/app":               {"songtor/domain", "songtor/schemas", "songtor/projections/", "songtor/internal/", "github.com/go-json-experiment/json/", "github.com/google/uuid"},
	"internal/synthetic":         {"songtor/domain", "songtor/schemas", "songtor/internal/app", "songtor/internal/identity", "songtor/internal/access", "github.com/google/uuid", "golang.org/x/sync/"},
	"internal/testenv":           {"songtor/internal/embedded", "github.com/descope/virtualwebauthn", "github.com/go-jose/go-jose/v4", "songtor/internal/database", "github.com/nats-io/", "github.com/jackc/pgx/v5/", "github.com/testcontainers/"},
	"internal/disclosure":        {"golang.org/x/sync/"},
	"internal/disclosure/verify": {},
	"internal/calendar":          {"songtor/domain", "github.com/go-json-experiment/json/"},
	"internal/retention":         {"songtor/domain", "github.com/go-json-experiment/json/"},
	"internal/limits":            {"songtor/domain", "songtor/schemas", "songtor/internal/calendar", "github.com/go-json-experiment/json/"},
	"internal/matching":          {"golang.org/x/text/"},
	"internal/files":             {"songtor/domain", "songtor/internal/database", "github.com/jackc/pgx/v5/", "github.com/google/uuid"},
	"internal/preferences":       {"songtor/domain", "songtor/internal/database", "github.com/jackc/pgx/v5/", "github.com/google/uuid"},
	"internal/quarantine":        {"songtor/domain", "songtor/internal/database", "github.com/jackc/pgx/v5/"},
	"internal/archtest":          {},
	"internal/faults":            {},
	"internal/paging":            {},
	"internal/paper":             {"github.com/go-text/typesetting/", "golang.org/x/image/"},
	"internal/letter":            {"songtor/domain", "songtor/schemas", "songtor/internal/calendar", "songtor/internal/paper", "songtor/web"},
	"internal/secret":            {},
	"internal/sheet":             {},
	"internal/release":           {"songtor/domain", "songtor/schemas", "songtor/projections/statistics", "songtor/internal/disclosure/", "songtor/internal/sheet", "github.com/go-json-experiment/json/", "github.com/xuri/excelize/v2/"},
	"internal/lease":             {"github.com/jackc/pgx/v5/"},
	"internal/logging":           {},
	"internal/telemetry":         {"github.com/prometheus/client_golang/", "go.opentelemetry.io/otel/"},
	"internal/rate":              {"golang.org/x/time/"},
	"internal/upload":            {"golang.org/x/sys/"},
	"web":                        {},
	"api":                        {"songtor/domain", "songtor/schemas", "songtor/projections/", "songtor/internal/app", "songtor/internal/access", "songtor/internal/accesslog", "songtor/internal/guard", "songtor/internal/identity", "songtor/internal/letter", "songtor/internal/paging", "songtor/internal/quarantine", "songtor/internal/rate", "songtor/internal/release", "songtor/internal/secret", "songtor/internal/sheet", "songtor/internal/telemetry", "github.com/labstack/echo/v4/", "github.com/go-jose/go-jose/v4", "github.com/go-json-experiment/json/", "github.com/google/uuid", "github.com/prometheus/client_golang/", "github.com/xuri/excelize/v2/"},
	"cmd":                        {"*"},

	"internal/backup":               {"songtor/internal/durable", "songtor/internal/eventlog", "songtor/internal/transparency", "songtor/internal/transparency/builder", "songtor/internal/vault", "filippo.io/age", "github.com/klauspost/compress/zstd", "github.com/go-json-experiment/json/", "github.com/jackc/pgx/v5/", "golang.org/x/mod/sumdb/"},
	"internal/archive":              {"songtor/internal/eventlog", "github.com/jackc/pgx/v5/"},
	"internal/guard":                {"songtor/internal/archive", "songtor/internal/eventlog", "github.com/jackc/pgx/v5/", "golang.org/x/sys/unix"},
	"internal/durable":              {},
	"internal/transparency":         {"songtor/internal/durable", "golang.org/x/mod/sumdb/"},
	"internal/transparency/builder": {"songtor/internal/durable", "songtor/internal/eventlog", "songtor/internal/transparency", "songtor/internal/transparency/witness", "golang.org/x/mod/sumdb/", "songtor/internal/database", "github.com/jackc/pgx/v5/", "golang.org/x/sync/"},
	"internal/transparency/witness": {"songtor/internal/durable", "songtor/internal/transparency", "golang.org/x/mod/sumdb/"},
}

// homes names the one place of each library that is not free for all.
var homes = map[string][]string{
	"github.com/labstack/echo/":              {"api"},
	"github.com/go-text/typesetting/":        {"internal/paper"},
	"github.com/cedar-policy/":               {"internal/access"},
	"filippo.io/age":                         {"internal/backup"},
	"github.com/nats-io/nats.go":             {"internal/eventlog", "internal/embedded", "internal/testenv", "cmd"},
	"github.com/nats-io/nats-server/":        {"internal/embedded", "internal/testenv"},
	"github.com/santhosh-tekuri/jsonschema/": {"schemas"},
	"github.com/testcontainers/":             {"internal/testenv"},
	"go.opentelemetry.io/":                   {"internal/telemetry"},
	"github.com/tink-crypto/":                {"internal/vault"},
	"songtor/internal/testenv":               {"internal/testenv"},
}

func TestEveryImportKeepsTheRule(t *testing.T) {
	t.Parallel()
	for file, imports := range sources(t) {
		for _, path := range imports {
			if why := forbidden(file, path); why != "" {
				t.Errorf("%s imports %s: %s", file, path, why)
			}
		}
	}
}

// What people read goes through the door of internal/database, which says for whom; a pool of one's own would go around it.
func TestReadersTakeTheDoor(t *testing.T) {
	t.Parallel()
	for file, imports := range sources(t) {
		for _, path := range imports {
			if aroundTheDoor(file, path) {
				t.Errorf("%s imports %s: what is read is read through database.Views", file, path)
			}
		}
	}
	for file, path := range map[string]string{
		"internal/app/queues.go":    "github.com/jackc/pgx/v5",
		"projections/inbox/list.go": "github.com/jackc/pgx/v5/pgxpool",
		"api/stages.go":             "github.com/jackc/pgx/v5/pgxpool",
	} {
		if !aroundTheDoor(file, path) {
			t.Errorf("%s may import %s", file, path)
		}
	}
}

// aroundTheDoor reports whether a file could ask the database for no viewer: the use cases and the API with anything of pgx, the rooms of
// the read models with a pool. The runner itself, which writes, is no reader.
func aroundTheDoor(file, path string) bool {
	const pgx = "github.com/jackc/pgx/"
	switch {
	case strings.HasPrefix(file, "internal/app/"), strings.HasPrefix(file, "api/"):
		return strings.HasPrefix(path, pgx)
	case strings.HasPrefix(file, "projections/"):
		return strings.Count(file, "/") > 1 && strings.HasSuffix(path, "/pgxpool")
	}
	return false
}

func TestTheRuleRefuses(t *testing.T) {
	t.Parallel()
	for file, path := range map[string]string{
		"domain/case.go":            "github.com/google/uuid",
		"projections/runner.go":     "songtor/internal/eventlog",
		"api/cases.go":              "github.com/jackc/pgx/v5",
		"internal/app/execute.go":   "github.com/labstack/echo/v4",
		"cmd/songtor/serve.go":      "songtor/internal/testenv",
		"internal/nowhere/other.go": "songtor/domain",
	} {
		if forbidden(file, path) == "" {
			t.Errorf("%s may import %s", file, path)
		}
	}
}

// forbidden says why a file may not import a path, or nothing where it may.
func forbidden(file, path string) string {
	room := roomOf(file)
	if room == "" {
		return "the file lies in no room of the layout"
	}
	for prefix, allowed := range homes {
		if strings.HasPrefix(path, prefix) && !contains(allowed, room) {
			return "its home is " + strings.Join(allowed, ", ")
		}
	}
	if !strings.Contains(strings.SplitN(path, "/", 2)[0], ".") && !strings.HasPrefix(path, module+"/") {
		return "" // the standard library
	}
	for _, allowed := range rooms[room] {
		if allowed == "*" || path == strings.TrimSuffix(allowed, "/") || strings.HasSuffix(allowed, "/") && strings.HasPrefix(path, allowed) {
			return ""
		}
	}
	if path == module+"/"+room || strings.HasPrefix(path, module+"/"+room+"/") {
		return ""
	}
	return "the room " + room + " may not"
}

func roomOf(file string) string {
	best := ""
	for room := range rooms {
		if strings.HasPrefix(file, room+"/") && len(room) > len(best) {
			best = room
		}
	}
	return best
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// sources returns the imports of every Go file that is not a test, by its path from the root of the module.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]string{}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".")) && path != root:
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(name)], err = importsOf(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("found only %d files: the walk is broken", len(files))
	}
	return files
}

func importsOf(path string) ([]string, error) {
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var imports []string
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		imports = append(imports, p)
	}
	return imports, nil
}
