package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestLockDataRefusesASecondHolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b")
	first, err := LockData(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = LockData(dir)
	if !errors.Is(err, ErrDataInUse) || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("second lock: %v, want ErrDataInUse with our pid", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := LockData(dir)
	if err != nil {
		t.Fatalf("lock after Close: %v", err)
	}
	again.Close()
}

func TestLockDataMakesAClosedFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	lock, err := LockData(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	for path, want := range map[string]os.FileMode{dir: folderMode(), filepath.Join(dir, "songtor.lock"): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
	}
}

func TestLockDataFollowsNoPlantedLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target := filepath.Join(dir, "precious")
	if err := os.WriteFile(target, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(dir, "songtor.lock")); err != nil {
		t.Fatal(err)
	}
	if _, err := LockData(dir); err == nil {
		t.Error("a symbolic link was taken for the lock file")
	}
	if text, _ := os.ReadFile(target); string(text) != "kept" {
		t.Error("the link's target was overwritten")
	}
}
