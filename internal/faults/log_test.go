//go:build linux

package faults

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go"
	"golang.org/x/mod/sumdb/tlog"

	"songtor/internal/eventlog"
	"songtor/internal/transparency"
)

// receipt is what a client was given for a command.
type receipt struct {
	CommandID string `json:"command_id"`
	CaseID    string `json:"case_id"`
	Reference string `json:"case_reference"`
	Position  uint64 `json:"position"`
	Digest    string `json:"digest"`
}

// entry is a commit as the log has it.
type entry struct {
	position uint64
	caseID   string
	command  string
	digest   string
	number   int
	previous string
}

// losses is what the log says of the receipts.
type losses struct {
	lost    int
	doubled int
	faults  []string
}

func (l *losses) say(format string, values ...any) {
	l.faults = append(l.faults, fmt.Sprintf(format, values...))
}

// audit holds the log against the receipts: each is there once, at its place and as it says; no command is there twice; and every
// case is an unbroken chain.
func audit(receipts []receipt, log []entry) losses {
	var l losses
	at, commands, heads := map[uint64]entry{}, map[string]uint64{}, map[string]entry{}
	for i, e := range log {
		if e.position != uint64(i+1) {
			l.say("position %d comes after %d others", e.position, i)
		}
		if earlier, twice := commands[e.command]; twice {
			l.doubled++
			l.say("command %s is at positions %d and %d", e.command, earlier, e.position)
		}
		if head := heads[e.caseID]; e.number != head.number+1 || e.previous != head.digest {
			l.say("position %d does not follow from the commit before it in its case", e.position)
		}
		at[e.position], commands[e.command], heads[e.caseID] = e, e.position, e
	}
	for _, r := range receipts {
		e, found := at[r.Position]
		if !found || e.command != r.CommandID || e.caseID != r.CaseID || e.digest != r.Digest {
			l.lost++
			l.say("the receipt of command %s for position %d is not honoured", r.CommandID, r.Position)
		}
	}
	return l
}

// openLog opens the log at a server for reading, whatever the server does with its disk.
func openLog(t *testing.T, url string) *eventlog.Log {
	t.Helper()
	nc, err := eventlog.Dial(url)
	must(t, err)
	t.Cleanup(nc.Close)
	return logOf(t, nc)
}

func logOf(t *testing.T, nc *nats.Conn) *eventlog.Log {
	t.Helper()
	log, err := eventlog.Open(t.Context(), nc, eventlog.Options{ServerReport: credulous(nc)})
	must(t, err)
	return log
}

// credulous takes for granted that every server of the log syncs every write. The service asks them; a control must get past that.
func credulous(nc *nats.Conn) func(context.Context) ([]eventlog.ServerReport, error) {
	return func(context.Context) ([]eventlog.ServerReport, error) {
		reports := []eventlog.ServerReport{{Name: nc.ConnectedServerName(), SyncAlways: true}}
		for _, name := range nodeNames {
			reports = append(reports, eventlog.ServerReport{Name: name, SyncAlways: true})
		}
		return reports, nil
	}
}

// readLog reads all that lies in the log, and the root of the tree that follows from it.
func readLog(t *testing.T, log *eventlog.Log) ([]entry, tlog.Hash) {
	t.Helper()
	head, err := log.Head(t.Context())
	must(t, err)
	var entries []entry
	var hashes stored
	err = log.ScanRaw(t.Context(), 0, head, func(records []eventlog.Raw) error {
		for _, r := range records {
			c, err := eventlog.Decode(r.Data)
			if err != nil {
				return err
			}
			digest := sha256.Sum256(r.Data)
			entries = append(entries, entry{r.Position, c.CaseID, c.ID, hex.EncodeToString(digest[:]), c.Number, c.Previous})
			leaf := transparency.LeafOf(transparency.Cases, r.Position, r.Subject, r.Data)
			more, err := tlog.StoredHashes(int64(len(entries)-1), leaf.Data(), hashes)
			if err != nil {
				return err
			}
			hashes = append(hashes, more...)
		}
		return nil
	})
	must(t, err)
	if len(entries) == 0 {
		return nil, tlog.Hash{}
	}
	root, err := tlog.TreeHash(int64(len(entries)), hashes)
	must(t, err)
	return entries, root
}

// stored are the hashes of a tree, in memory.
type stored []tlog.Hash

// ReadHashes implements tlog.HashReader.
func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(s)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		found[i] = s[index]
	}
	return found, nil
}
