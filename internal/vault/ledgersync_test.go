package vault

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// disk is where a ledger lies: it may fail, and tells how often it was asked to keep what was written.
type disk struct {
	fails bool
	asked int
}

var errDisk = errors.New("the disk fails")

func (d *disk) sync(f *os.File) error {
	d.asked++
	if d.fails {
		return errDisk
	}
	return f.Sync()
}

// ledgerOn opens a ledger as another process does.
func ledgerOn(t *testing.T, path string) (*Ledger, *disk) {
	t.Helper()
	l, d := NewLedger(path, false), new(disk)
	l.sync = d.sync
	if err := l.open(true); err != nil {
		t.Fatal(err)
	}
	return l, d
}

// mustList holds the ledger to listing the one erasure.
func mustList(t *testing.T, l *Ledger) {
	t.Helper()
	if mark, err := l.add(erased); err != nil || mark.entries != 1 {
		t.Fatalf("the ledger has %d entries, not one: %v", mark.entries, err)
	}
}

var erased = Destruction{CaseID: "0b9d8e1c-52a4-4c6f-8d3e-7a1f00c2e9ab", Reason: "erasure_request", At: now()}

// As long as the disk does not keep a line, nobody is told that it does, also who finds it written. The control: what is written to a disk
// that keeps it is a line, once.
func TestALineCountsOnceItIsOnDisk(t *testing.T) {
	t.Parallel()
	l, d := ledgerOn(t, filepath.Join(t.TempDir(), "ledger"))
	d.fails = true
	for range 2 {
		if mark, err := l.add(erased); !errors.Is(err, ErrUnavailable) || !errors.Is(err, errDisk) {
			t.Fatalf("with a disk that fails the ledger has %d entries: %v", mark.entries, err)
		}
	}
	d.fails = false
	mustList(t, l)
	if d.asked != 3 {
		t.Errorf("the disk was asked %d times to keep it", d.asked)
	}
	again, _ := ledgerOn(t, l.path)
	mustList(t, again)
}

// A process that finds a line does not know whether the one that wrote it lived long enough to put it on disk.
func TestALineThatAnotherProcessWroteIsPutOnDisk(t *testing.T) {
	t.Parallel()
	first, _ := ledgerOn(t, filepath.Join(t.TempDir(), "ledger"))
	second, d := ledgerOn(t, first.path)
	mustList(t, first)
	d.fails = true
	if mark, err := second.add(erased); !errors.Is(err, ErrUnavailable) {
		t.Errorf("with a disk that fails the ledger has %d entries: %v", mark.entries, err)
	}
	d.fails = false
	mustList(t, second)
	if d.asked != 2 {
		t.Errorf("the disk was asked %d times to keep it", d.asked)
	}
	mustList(t, first) // the line is still there: what others wrote is never cut off
}
