package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// LedgerCopy is a ledger of erasures as a file or a backup has it.
type LedgerCopy struct {
	ID      string // of the ledger
	Entries []Destruction

	content []byte
}

// ReadLedger reads a ledger, which a service may be working with. It fails with ErrLedger where the file is none.
func ReadLedger(path string) (LedgerCopy, error) {
	f, err := os.Open(path)
	if err != nil {
		return LedgerCopy{}, fmt.Errorf("couldn't read the ledger of erasures: %w", err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH); err != nil {
		return LedgerCopy{}, fmt.Errorf("couldn't read the ledger of erasures: %w", err)
	}
	content, err := io.ReadAll(f)
	if err != nil {
		return LedgerCopy{}, fmt.Errorf("couldn't read the ledger of erasures: %w", err)
	}
	return ParseLedger(content[:bytes.LastIndexByte(content, '\n')+1]) // a last line without an end was never acted on
}

// ParseLedger reads the content of a ledger and checks every line against the one before. It fails with ErrLedger.
func ParseLedger(content []byte) (LedgerCopy, error) {
	l := NewLedger("", false)
	for line := range bytes.Lines(content) {
		if err := l.take(line); err != nil {
			return LedgerCopy{}, fmt.Errorf("couldn't read line %d: %w", len(l.entries)+1, err)
		}
		l.size += int64(len(line))
	}
	if l.size == 0 {
		return LedgerCopy{}, fmt.Errorf("%w: it is empty", ErrLedger)
	}
	return LedgerCopy{l.id.String(), l.all(), content}, nil
}

// Content is the ledger's bytes.
func (c LedgerCopy) Content() []byte { return c.content }

// Missing counts the erasures that another ledger lists and this one does not.
func (c LedgerCopy) Missing(other LedgerCopy) int {
	listed := make(map[string]bool, len(c.Entries))
	for _, d := range c.Entries {
		listed[d.CaseID] = true
	}
	missing := 0
	for _, d := range other.Entries {
		if !listed[d.CaseID] {
			missing++
		}
	}
	return missing
}

// Place writes the ledger to a file that must not exist yet.
func (c LedgerCopy) Place(path string) error {
	err := writeNew(path, c.content)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("couldn't place the ledger of erasures: %s is there already: %w", path, err)
	}
	if err != nil {
		return fmt.Errorf("couldn't place the ledger of erasures: %w", err)
	}
	return nil
}
