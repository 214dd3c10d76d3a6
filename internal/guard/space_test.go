package guard

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// usual are the limits that songtor serve has where nobody says others.
var usual = Limits{Warn: 15, Refuse: 8, Stop: 3}

// smallDisk mounts a file system of 16 MiB. Where mounting is refused the test says so loudly: what it shows is not proven there.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("NOT PROVEN HERE: a small disk cannot be mounted (%v); run as root", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

func fill(t *testing.T, dir, name string, mib int) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), make([]byte, mib<<20), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Writing is refused before a disk is full, the access record a little later, and both go on by themselves when there is space.
func TestNothingIsTakenInBeforeTheDiskIsFull(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t)
	state := new(State)
	space := &Space{State: state, Folders: []*Folder{{Name: "log", Path: dir}}, Limits: usual, Log: slog.New(slog.DiscardHandler)}
	look := func() { space.Look(t.Context()) }
	look()
	if err := state.Writable(); err != nil || space.Folders[0].Free() == 0 {
		t.Fatalf("an empty disk: %v", err)
	}
	fill(t, dir, "most", 14) // 12 % are left: a warning
	look()
	if err := state.Writable(); err != nil || !space.warned {
		t.Fatalf("12 %% are left: %v", err)
	}
	fill(t, dir, "more", 1) // 6 %
	look()
	if !errors.Is(state.Writable(), ErrReadOnly) || state.Recordable() != nil {
		t.Fatal("6 % are left: nothing may be taken in, and everything be read")
	}
	if err := os.WriteFile(filepath.Join(dir, "last"), make([]byte, 900<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	look()
	if !errors.Is(state.Recordable(), ErrReadOnly) {
		t.Fatal("next to nothing is left, and the access record is written")
	}
	for _, name := range []string{"last", "more", "most"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	look()
	if state.Writable() != nil || state.Recordable() != nil {
		t.Fatal("there is space, and nothing is taken in")
	}

	// The control: without limits a disk fills up.
	space.Limits = Limits{}
	fill(t, dir, "most", 15)
	look()
	if state.Writable() != nil {
		t.Fatal("refused without a limit")
	}
}

func TestLimitsComeInTheirOrder(t *testing.T) {
	t.Parallel()
	for limits, good := range map[Limits]bool{usual: true, {}: true, {15, 3, 8}: false, {5, 8, 3}: false, {100, 8, 3}: false, {15, 8, -1}: false} {
		if (limits.Check() == nil) != good {
			t.Errorf("%+v: good is not %v", limits, good)
		}
	}
}
