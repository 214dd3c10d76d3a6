package durable

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// smallDisk mounts a file system of 64 KiB. Where mounting is refused the test says so loudly: what it shows is not proven there.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("NOT PROVEN HERE: a small disk cannot be mounted (%v); run as root", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

// fill takes up room, and returns what gives it back.
func fill(t *testing.T, dir string, bytes int) (free func()) {
	t.Helper()
	rest := filepath.Join(dir, "rest")
	if err := os.WriteFile(rest, make([]byte, bytes), 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(rest); err != nil {
			t.Fatal(err)
		}
	}
}

func holds(t *testing.T, file string, want []byte) {
	t.Helper()
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file has %d bytes, want %d: %v", len(got), len(want), err)
	}
}

func TestWhatWasAppendedIsWholeOrNotThere(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t)
	file := filepath.Join(dir, "book")
	first, second := bytes.Repeat([]byte("1"), 3000), bytes.Repeat([]byte("2"), 3000)
	if err := Append(file, first); err != nil {
		t.Fatal(err)
	}
	free := fill(t, dir, 60<<10) // the page that the file has is all there is
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n, err := f.Write(second); n == 0 || n == len(second) || !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("this disk tears no write: %d, %v", n, err)
	}
	if err := f.Truncate(int64(len(first))); err != nil {
		t.Fatal(err)
	}
	if err := Append(file, second); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("on a full disk: %v", err)
	}
	holds(t, file, first)
	free()
	if err := Append(file, second); err != nil {
		t.Error(err)
	}
	holds(t, file, append(first, second...))
}

func TestAFileIsReplacedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t)
	file := filepath.Join(dir, "certificate")
	before, after := []byte("before"), bytes.Repeat([]byte("after"), 2000)
	if err := WriteFile(file, before); err != nil {
		t.Fatal(err)
	}
	free := fill(t, dir, 56<<10)
	if err := WriteFile(file, after); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("on a full disk: %v", err)
	}
	holds(t, file, before)
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("a piece is left: %v, %v", left, err)
	}
	free()
	if err := WriteFile(file, after); err != nil {
		t.Error(err)
	}
	holds(t, file, after)
	if of, err := os.Stat(file); err != nil || of.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v, %v", of.Mode(), err)
	}
}

func TestALockIsOfOneAlone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "lock")
	held, err := Lock(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(file); !errors.Is(err, ErrLocked) {
		t.Errorf("a second one: %v", err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Lock(file)
	if err != nil {
		t.Fatalf("once it was let go: %v", err)
	}
	again.Close()
}
