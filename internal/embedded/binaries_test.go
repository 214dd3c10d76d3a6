package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fakeServer makes a folder whose postgres answers with the version.
func fakeServer(t *testing.T, version string, programs ...string) string {
	t.Helper()
	dir := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %s'\n", version)
	for _, name := range programs {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFindBinaries(t *testing.T) {
	t.Parallel()
	both := []string{"postgres", "initdb"}
	old := fakeServer(t, "13.4", both...)
	fifteen := fakeServer(t, "15.18 (Debian 15.18-0+deb12u1)", both...)
	seventeen := fakeServer(t, "17beta1", both...)
	stray := fakeServer(t, "17.2", "initdb")
	wrapper := fakeServer(t, "17.2", "postgres")
	for name, test := range map[string]struct {
		dirs []string
		want int
		dir  string // "": ErrNoPostgres
		text string
	}{
		"first of two":              {dirs: []string{fifteen, seventeen}, dir: fifteen},
		"the cluster's own version": {dirs: []string{fifteen, seventeen}, want: 17, dir: seventeen},
		"only the wrong version":    {dirs: []string{seventeen}, want: 15, text: "made by PostgreSQL 15"},
		"too old is passed over":    {dirs: []string{old, fifteen}, dir: fifteen},
		"only too old":              {dirs: []string{old}, text: "PostgreSQL 13 in " + old},
		"initdb alone":              {dirs: []string{stray}, text: "apt-get install postgresql"},
		"postgres alone":            {dirs: []string{wrapper}, text: "brew install postgresql"},
		"missing folder":            {dirs: []string{filepath.Join(t.TempDir(), "none")}, text: "--database URL"},
		"nowhere to look":           {dirs: []string{}, text: "dnf install postgresql-server"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := findBinaries(t.Context(), test.dirs, test.want)
			if found.dir != test.dir {
				t.Errorf("found %q, want %q", found.dir, test.dir)
			}
			if test.dir != "" && err != nil {
				t.Errorf("unexpected error: %v", err)
			}
			if test.dir == "" && (!errors.Is(err, ErrNoPostgres) || !strings.Contains(err.Error(), test.text)) {
				t.Errorf("error %v, want ErrNoPostgres that says %q", err, test.text)
			}
		})
	}
}

func TestPathDirsFollowsLinks(t *testing.T) {
	t.Parallel()
	real, err := filepath.EvalSymlinks(fakeServer(t, "15.1", "postgres", "initdb"))
	if err != nil {
		t.Fatal(err)
	}
	links := t.TempDir()
	if err := os.Symlink(filepath.Join(real, "postgres"), filepath.Join(links, "postgres")); err != nil {
		t.Fatal(err)
	}
	got := pathDirs(filepath.Join(links, "none") + ":" + links)
	if len(got) != 1 || got[0] != real {
		t.Errorf("pathDirs = %v, want %s", got, real)
	}
}

func TestSortNewestFirst(t *testing.T) {
	t.Parallel()
	dirs := []string{"/opt/9.6/bin", "/opt/15/bin", "/opt/17/bin", "/opt/16/bin"}
	sortNewestFirst(dirs)
	want := []string{"/opt/17/bin", "/opt/16/bin", "/opt/15/bin", "/opt/9.6/bin"}
	if !slices.Equal(dirs, want) {
		t.Errorf("order %v, want %v", dirs, want)
	}
}
