package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// The figure of the age of a backup is what an alarm stands on: it has to be of one that is there.
func TestTheAgeOfABackupIsOfOneThatIsThere(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.start(t)

	for _, part := range []string{partData, partKeys} {
		// The service hands everything over to somebody whose disk is full.
		must(t, ask(t.Context(), in.data, task{Backup: &backupTask{Keys: part == partKeys}}, func(progress) {}))
		if in.saved(t, part) {
			t.Errorf("%s: a backup that nobody wrote counts", part)
		}
	}
	recipients := in.recipients(t)
	in.backUp(t, "save", recipients)
	in.backUp(t, "keys", recipients)
	if !in.saved(t, partData) || !in.saved(t, partKeys) {
		t.Error("backups that were written do not count")
	}
}

// recipients makes an identity that opens backups, and the file of its recipient.
func (in *installation) recipients(t *testing.T) string {
	t.Helper()
	path := filepath.Join(in.dir, "recipients")
	must(t, os.WriteFile(path, []byte(recipientOf(t, in.songtor(t, "", "backup", "identity", filepath.Join(in.dir, "identity")))), 0o600))
	return path
}

func (in *installation) backUp(t *testing.T, part, recipients string) {
	t.Helper()
	in.songtor(t, "", "backup", part, in.dir, "--data", in.data, "--kek", in.kek, "--recipients", recipients)
}

// saved reports whether the figures know a backup of a part.
func (in *installation) saved(t *testing.T, part string) bool {
	t.Helper()
	page := in.call(t, "", http.MethodGet, "/metrics", nil).body
	age := regexp.MustCompile(`(?m)^songtor_backup_age_seconds\{part="` + part + `"\} (\S+)$`).FindSubmatch(page)
	if age == nil {
		t.Fatalf("there is no figure of the %s", part)
	}
	return string(age[1]) != "+Inf"
}

// A note is made anew: one that another user made is no obstacle, and a link in its place is not followed.
func TestANoteOfABackupIsMadeAnew(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	elsewhere := filepath.Join(data, "elsewhere")
	must(t, os.WriteFile(elsewhere, []byte("text"), 0o600))
	must(t, os.Symlink(elsewhere, backedUp(data, partData)))
	for range 2 {
		must(t, noteBackup(data, partData))
	}
	content, err := os.ReadFile(elsewhere)
	info, lost := os.Lstat(backedUp(data, partData))
	if err != nil || lost != nil || string(content) != "text" || !info.Mode().IsRegular() {
		t.Errorf("%v, %v: %q", err, lost, content)
	}
}
