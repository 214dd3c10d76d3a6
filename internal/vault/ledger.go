package vault

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"songtor/internal/durable"
)

// ErrLedger says that the ledger of erasures is not the one that the database was served with: it is missing, shorter or altered.
// Nothing is served then, since what was erased could come back.
var ErrLedger = errors.New("the ledger of erasures does not hold what it must")

// Ledger is the file of erasures: a line for each case whose keys were destroyed, on disk before they are. It lies apart from the
// databases and their backups and is applied to them at every start, so that no backup brings back what was erased since it was made.
//
// Its first line names the ledger; every line bears a digest over itself and the digest before it, so that a line that is changed,
// dropped or inserted breaks all that follow. Several processes of one machine may work with one file. It holds ids and codes, and
// nothing of a person.
type Ledger struct {
	path  string
	begin bool
	sync  func(*os.File) error // tests let it fail

	mu      sync.Mutex
	id      uuid
	entries []ledgerEntry
	listed  map[uuid]bool
	size    int64 // of what was read
}

type ledgerEntry struct {
	Destruction
	id     uuid
	digest []byte
}

// ledgerLine is a line of the file. The first has Ledger, the others have Case and Reason.
type ledgerLine struct {
	Ledger string    `json:"ledger,omitempty"`
	Case   string    `json:"case,omitempty"`
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
	Digest string    `json:"digest"`
}

// NewLedger names the file of a ledger. Open reads it, and makes it where there is none and the database knows of none; where the
// database knows of one, begin must say that a new one is wanted: on another machine, or after the file was lost for good.
func NewLedger(path string, begin bool) *Ledger {
	return &Ledger{path: path, begin: begin, sync: (*os.File).Sync, listed: map[uuid]bool{}}
}

// open reads the file, and makes it where there is none and it may be made.
func (l *Ledger) open(mayBegin bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := os.Stat(l.path); errors.Is(err, fs.ErrNotExist) {
		if !mayBegin && !l.begin {
			return fmt.Errorf("%w: there is no %s, and this database was served with a ledger before. Put the file back. "+
				"Where it is lost for good, or this is another machine, --begin-erasure-ledger begins one with what the database knows", ErrLedger, l.path)
		}
		if err := l.create(); err != nil {
			return fmt.Errorf("couldn't make the ledger of erasures: %w", err)
		}
	}
	f, err := l.lock()
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // what was written is synced
	return l.readMore(f)
}

func (l *Ledger) create() error {
	var id uuid
	rand.Read(id[:])
	line, err := encodeLine(ledgerLine{Ledger: id.String(), At: time.Now().UTC(), Digest: hex.EncodeToString(ledgerDigest(id))})
	if err != nil {
		return err
	}
	err = writeNew(l.path, line)
	if errors.Is(err, fs.ErrExist) {
		return nil // another process was first
	}
	return err
}

// lock opens the file for this process alone until it is closed.
func (l *Ledger) lock() (*os.File, error) {
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, fmt.Errorf("couldn't open the ledger of erasures: %w", err)
	}
	info, err := f.Stat()
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = fmt.Errorf("%w: others than its owner may use %s", ErrExposed, l.path)
	}
	if err == nil {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("couldn't use the ledger of erasures: %w", err), f.Close())
	}
	return f, nil
}

// readMore reads the lines that came since the last time. A last line without an end was being written when the machine stopped:
// nothing was destroyed for it, and it is cut off.
func (l *Ledger) readMore(f *os.File) error {
	if _, err := f.Seek(l.size, io.SeekStart); err != nil {
		return fmt.Errorf("couldn't read the ledger of erasures: %w", err)
	}
	reader := bufio.NewReader(f)
	for {
		line, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return cut(f, l.size, len(line))
		}
		if err != nil {
			return fmt.Errorf("couldn't read the ledger of erasures: %w", err)
		}
		if err := l.take(line); err != nil {
			return fmt.Errorf("couldn't read %s, line %d: %w", l.path, len(l.entries)+1, err)
		}
		l.size += int64(len(line))
	}
}

func cut(f *os.File, size int64, torn int) error {
	if torn == 0 {
		return nil
	}
	if err := errors.Join(f.Truncate(size), f.Sync()); err != nil {
		return fmt.Errorf("couldn't mend the ledger of erasures: %w", err)
	}
	return nil
}

// take checks a line against the chain and keeps it.
func (l *Ledger) take(text []byte) error {
	var line ledgerLine
	if json.Unmarshal(text, &line) != nil {
		return fmt.Errorf("%w: it is no line of a ledger", ErrLedger)
	}
	if written, err := encodeLine(line); err != nil || !bytes.Equal(written, text) {
		return fmt.Errorf("%w: it is not as a ledger writes it", ErrLedger)
	}
	if l.size == 0 {
		id, err := parseUUID(line.Ledger)
		if err != nil || line.Digest != hex.EncodeToString(ledgerDigest(id)) {
			return fmt.Errorf("%w: it does not begin as one", ErrLedger)
		}
		l.id = id
		return nil
	}
	id, err := parseUUID(line.Case)
	if err != nil || !reasonCode.MatchString(line.Reason) {
		return fmt.Errorf("%w: it names no case", ErrLedger)
	}
	e := ledgerEntry{Destruction: Destruction{CaseID: line.Case, Reason: line.Reason, At: line.At}, id: id}
	e.digest = entryDigest(l.digest(), e.Destruction)
	if line.Digest != hex.EncodeToString(e.digest) {
		return fmt.Errorf("%w: the chain is broken", ErrLedger)
	}
	l.entries, l.listed[id] = append(l.entries, e), true
	return nil
}

// digest is that of the last line.
func (l *Ledger) digest() []byte {
	if len(l.entries) == 0 {
		return ledgerDigest(l.id)
	}
	return l.entries[len(l.entries)-1].digest
}

func ledgerDigest(id uuid) []byte {
	sum := sha256.Sum256(joined("erasure ledger", id.String()))
	return sum[:]
}

func entryDigest(before []byte, d Destruction) []byte {
	sum := sha256.Sum256(joined("erasure", string(before), d.CaseID, d.Reason, d.At.UTC().Format(time.RFC3339Nano)))
	return sum[:]
}

func encodeLine(line ledgerLine) ([]byte, error) {
	text, err := json.Marshal(line)
	if err != nil {
		return nil, fmt.Errorf("couldn't encode a line of the ledger: %w", err)
	}
	return append(text, '\n'), nil
}

// ledgerMark is how far a ledger had come.
type ledgerMark struct {
	id      uuid
	entries int
	digest  []byte
}

// add writes destructions that are not in the ledger yet, returns when all that it lists is on disk, and says how far it has come.
func (l *Ledger) add(destructions ...Destruction) (ledgerMark, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, err := l.lock()
	if err != nil {
		return ledgerMark{}, err
	}
	defer func() { _ = f.Close() }() // what was written is synced
	if err := l.readMore(f); err != nil {
		return ledgerMark{}, err
	}
	lines, err := l.missing(destructions)
	if err != nil {
		return ledgerMark{}, err
	}
	if err := l.keep(f, lines); err != nil {
		return ledgerMark{}, fmt.Errorf("couldn't write the ledger of erasures: %w: %w", ErrUnavailable, err)
	}
	if err := l.readMore(f); err != nil { // what was written is read as every start will
		return ledgerMark{}, err
	}
	return ledgerMark{l.id, len(l.entries), l.digest()}, nil
}

// missing makes the lines of destructions that are not in the ledger yet.
func (l *Ledger) missing(destructions []Destruction) (lines []byte, err error) {
	before := l.digest()
	for _, d := range destructions {
		id, err := parseUUID(d.CaseID)
		if err != nil {
			return nil, err
		}
		if l.listed[id] {
			continue
		}
		before = entryDigest(before, d)
		line, err := encodeLine(ledgerLine{Case: d.CaseID, Reason: d.Reason, At: d.At.UTC(), Digest: hex.EncodeToString(before)})
		if err != nil {
			return nil, err
		}
		lines = append(lines, line...)
	}
	return lines, nil
}

// keep writes lines and returns when they are on disk, and those before them too, also where there is none to write: whoever wrote those, here
// or in another process, may have ended in between.
func (l *Ledger) keep(f *os.File, lines []byte) error {
	_, err := f.Write(lines)
	if err == nil {
		err = errors.Join(l.sync(f), durable.SyncFolder(filepath.Dir(l.path)))
	}
	if err != nil && len(lines) > 0 {
		// A sync that fails may drop what it was to put on disk, and the next one then succeeds. So the lines are written anew next time.
		return errors.Join(err, f.Truncate(l.size))
	}
	return err
}

// all returns what the ledger lists.
func (l *Ledger) all() []Destruction {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]Destruction, len(l.entries))
	for i, e := range l.entries {
		list[i] = e.Destruction
	}
	return list
}

// check fails with ErrLedger where the ledger had come further when this database was served with it, or has other entries in those
// places. A ledger that the database does not know of, where it knows of others, was begun after it was saved: then it lists everything
// that was destroyed before.
func (l *Ledger) check(known []ledgerMark, destroyed []Destruction) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range known {
		if m.id == l.id {
			return l.reaches(m)
		}
	}
	if len(known) == 0 || l.begin {
		return nil
	}
	for _, d := range destroyed {
		if id, err := parseUUID(d.CaseID); err != nil || !l.listed[id] {
			return fmt.Errorf("%w: %s is not the ledger that this database was served with", ErrLedger, l.path)
		}
	}
	return nil
}

func (l *Ledger) reaches(m ledgerMark) error {
	switch {
	case m.entries == 0:
		return nil
	case m.entries > len(l.entries):
		return fmt.Errorf("%w: %s lists %d erasures, and this database was served with %d", ErrLedger, l.path, len(l.entries), m.entries)
	case !slices.Equal(m.digest, l.entries[m.entries-1].digest):
		return fmt.Errorf("%w: %s lists other erasures than this database was served with", ErrLedger, l.path)
	}
	return nil
}
