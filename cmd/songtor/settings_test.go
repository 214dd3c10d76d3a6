package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What has a password stands in a file, by the names of the flags, and counts for every command that has the flag.
func TestTheFileOfSettingsIsRead(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	file := filepath.Join(in.dir, "songtor.yaml")
	must(t, os.WriteFile(file, []byte("database: postgres://nobody@127.0.0.1:1/read_from_the_file\n"), 0o600))
	for _, command := range [][]string{{"keys", "status"}, {"verify"}, {"serve", "--listen", "127.0.0.1:0"}} {
		out, err := in.try("", append(command, "--config", file, "--data", in.data, "--kek", in.kek)...)
		if err == nil || !strings.Contains(out, "read_from_the_file") {
			t.Fatalf("%q: %v: %s", command, err, out) // a service with stores of its own would not end by itself
		}
	}
}

// What the environment says counts before the file, and what the command line says before both.
func TestTheFileOfSettingsCountsLast(t *testing.T) {
	in := newInstallation(t)
	file := filepath.Join(in.dir, "songtor.yaml")
	address := func(place string) string { return "postgres://nobody@127.0.0.1:1/from_the_" + place }
	must(t, os.WriteFile(file, []byte("database: "+address("file")+"\n"), 0o600))
	t.Setenv("SONGTOR_DATABASE", address("environment"))
	for want, flags := range map[string][]string{"from_the_environment": nil, "from_the_line": {"--database", address("line")}} {
		out, err := in.try("", append([]string{"keys", "status", "--config", file, "--data", in.data, "--kek", in.kek}, flags...)...)
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("%q: %v: %s", flags, err, out)
		}
	}
}

// A setting that no command has is a mistake, and so is a file of another shape. Neither is told with what stands there.
func TestAFileOfSettingsWithMistakesIsRefused(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	for content, want := range map[string]string{
		"databse: postgres://u:secret@h/d\n":            `"databse"`,
		"serve:\n  database: postgres://u:secret@h/d\n": `"serve"`,
		"postgres://u:secret@h/d\n":                     "NAME: VALUE",
		"database: [\n":                                 "yaml",
	} {
		file := filepath.Join(t.TempDir(), "songtor.yaml")
		must(t, os.WriteFile(file, []byte(content), 0o600))
		out, err := in.try("", "keys", "status", "--config", file, "--data", in.data, "--kek", in.kek)
		if err == nil || !strings.Contains(out, want) || strings.Contains(out, "secret") {
			t.Errorf("%q: %v: %s", content, err, out)
		}
	}
	must(t, os.WriteFile(filepath.Join(in.dir, "empty.yaml"), nil, 0o600))
	if out, err := in.try("", "wgss", "--help", "--config", filepath.Join(in.dir, "empty.yaml")); err != nil {
		t.Errorf("an empty file: %v: %s", err, out)
	}
}
