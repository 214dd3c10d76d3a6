package logging

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"songtor/internal/secret"
)

const planted = "Malee-Suksawat"

func lines(t *testing.T, log func(*slog.Logger)) (string, uint64) {
	t.Helper()
	var b bytes.Buffer
	h := NewHandler(slog.NewJSONHandler(&b, nil))
	log(slog.New(h))
	return b.String(), h.Dropped()
}

func TestOnlyKeysOfTheListAreWritten(t *testing.T) {
	t.Parallel()
	text, dropped := lines(t, func(l *slog.Logger) {
		l.Info("request", slog.String("route", "/api/v1/cases/:id"), slog.String("path", planted), slog.Group("", slog.String("name", planted), slog.Int("status", 200)))
		l.With(slog.String("name", planted), slog.String("request", "r1")).Warn("later", slog.Group("person", slog.String("status", planted)))
		l.WithGroup(planted).Info("grouped", slog.String("note", planted), slog.Duration("took", time.Second))
	})
	if strings.Contains(text, planted) {
		t.Errorf("wrote %s", text)
	}
	for _, want := range []string{`"route":"/api/v1/cases/:id"`, `"status":200`, `"request":"r1"`, `"took":1000000000`, `"msg":"later"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
	if dropped != 6 {
		t.Errorf("counted %d", dropped)
	}
}

// The control: without the handler the same lines hold what was planted.
func TestWithoutTheListEverythingIsWritten(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Info("request", slog.String("path", planted))
	if !strings.Contains(b.String(), planted) {
		t.Error("nothing is written at all")
	}
}

func TestASecretUnderAKnownKeyIsRedacted(t *testing.T) {
	t.Parallel()
	text, _ := lines(t, func(l *slog.Logger) { l.Info("m", slog.Any("reason", secret.TextOf(planted))) })
	if strings.Contains(text, planted) || !strings.Contains(text, secret.Redacted) {
		t.Errorf("wrote %s", text)
	}
}

// TestEveryKeyOfTheServiceIsOnTheList reads the sources, so that no line silently lacks what its author meant it to say.
func TestEveryKeyOfTheServiceIsOnTheList(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	found := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "internal/logging") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, key := range keysOf(t, path, source) {
			found++
			if !slices.Contains(keys, key) {
				t.Errorf("%s logs %q, which is not on the list", path, key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 20 {
		t.Errorf("found %d keys only: the reading is broken", found)
	}
}

// keysOf returns the keys of the attributes that a source makes by slog.String and its like.
func keysOf(t *testing.T, path string, source []byte) (all []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) < 2 {
			return true
		}
		fun, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		room, ok := fun.X.(*ast.Ident)
		key, isText := call.Args[0].(*ast.BasicLit)
		if ok && room.Name == "slog" && isText && key.Kind == token.STRING {
			if name, err := strconv.Unquote(key.Value); err == nil && fun.Sel.Name != "NewRecord" {
				all = append(all, name)
			}
		}
		return true
	})
	return all
}
