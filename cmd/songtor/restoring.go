package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/internal/backup"
	"songtor/internal/database"
	"songtor/internal/durable"
	"songtor/internal/embedded"
	"songtor/internal/eventlog"
	"songtor/internal/identity"
	"songtor/internal/transparency"
	"songtor/internal/vault"
)

// restoring is a restore at work.
type restoring struct {
	*restoreAllCmd

	tell       func(progress)
	identities []backup.Identity
	data, keys saved
	ledger     erasures
	erased     map[string]uint64 // where the log of the backup says of a case that its keys were destroyed
	lastCommit uint64            // position of the last message that is of a case
	different  []string          // lines about read models that are not as they were
}

// saved is a backup that was read to its end.
type saved struct {
	*backup.Manifest

	file      string
	signature backup.Signature
	ledger    []byte // nil for none
}

func (s saved) name() string { return filepath.Base(s.file) }

// readSaved reads a backup to its end, and with it whatever v wants.
func readSaved(file string, identities []backup.Identity, kind backup.Kind, v backup.Visitor) (s saved, err error) {
	s.file = file
	v.File = func(name string, content []byte) error {
		if name == backup.LedgerFile {
			s.ledger = slices.Clone(content)
		}
		return nil
	}
	if s.Manifest, s.signature, err = backup.ReadFile(file, identities, v); err != nil {
		return s, err
	}
	if s.Kind != kind {
		return s, fmt.Errorf("%s is a backup of the %s, and one of the %s is wanted", s.name(), s.Kind, kind)
	}
	return s, nil
}

func (r *restoring) say(format string, values ...any) {
	r.tell(progress{Message: fmt.Sprintf(format, values...)})
}

// read reads the backups to their ends, before anything is made.
func (r *restoring) read() error {
	var err error
	if r.identities, err = backup.Identities(r.Identity...); err != nil {
		return err
	}
	r.erased = map[string]uint64{}
	if r.data, err = readSaved(r.File, r.identities, backup.KindData, backup.Visitor{Messages: r.note}); err != nil {
		return err
	}
	r.say("read %s: it is whole", r.data.name())
	switch {
	case r.storeFlags.Keys != "" && r.KeysFile != "":
		return errors.New("with --keys the key service has the keys already: leave --keys-file away")
	case r.storeFlags.Keys != "":
		return nil
	case r.KeysFile == "":
		return errors.New("name the backup of the keys with --keys-file: without it nothing about anybody can be read")
	}
	if r.keys, err = readSaved(r.KeysFile, r.identities, backup.KindKeys, backup.Visitor{}); err != nil {
		return err
	}
	r.say("read %s: it is whole", r.keys.name())
	if end := r.data.Stream(eventlog.StreamName).Position; 0 < r.keys.Covers && r.keys.Covers < end {
		return fmt.Errorf("%s has the keys of everything up to position %d, and the log of %s ends at %d: name a backup of the keys that was made after it",
			r.keys.name(), r.keys.Covers, r.data.name(), end)
	}
	r.ledger, err = r.choose(r.ledgerPath(r.Data), r.data, r.keys)
	return err
}

// note keeps of the log's messages what the restore has to know before it begins.
func (r *restoring) note(stream string, raws []eventlog.Raw) error {
	for _, m := range raws {
		if stream != eventlog.StreamName || m.CaseID() == "" {
			continue
		}
		r.lastCommit = m.Position
		if eventlog.TellsOfErasure(m) {
			r.erased[m.CaseID()] = m.Position
		}
	}
	return nil
}

// begin refuses a folder with anything in it, and marks it as one that is not whole.
func (r *restoring) begin() error {
	entries, err := os.ReadDir(r.Data)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("couldn't look into the data folder: %w", err)
	}
	for _, e := range entries {
		// The file of erasures and the key of a demonstration may have been put there; a lock says nothing.
		if name := filepath.Join(r.Data, e.Name()); name != r.ledgerPath(r.Data) && name != demoKEK(r.Data) && e.Name() != "songtor.lock" {
			return fmt.Errorf("%w: there is %s", backup.ErrNotEmpty, name)
		}
	}
	lock, err := embedded.LockData(r.Data)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	return durable.WriteFile(filepath.Join(r.Data, unfinishedName), nil)
}

// quiet takes the log of parts of the service that are at work in a command.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// fill fills the stores. Checkpoints come before the log: whoever opened the stores half-way would find a log that is shorter than was
// signed, and would not write to it.
func (r *restoring) fill(ctx context.Context) error {
	s := newStores()
	defer s.Close()
	if err := r.open(ctx, s); err != nil {
		return err
	}
	if err := signedBy(ctx, s.vault, r.data); err != nil {
		return err
	}
	if r.keys.Manifest != nil {
		if err := signedBy(ctx, s.vault, r.keys); err != nil {
			return err
		}
	}
	if err := backup.Authentic(r.data.Manifest, s.logKeys); err != nil {
		return err
	}
	r.say("both are signed by this service, and the log by its own keys")
	o, err := wire(ctx, s, isDemo(r.storeFlags), identity.Options{}, quiet())
	if err != nil {
		return err
	}
	if err := r.fillTables(ctx, s); err != nil {
		return err
	}
	if err := r.fillLog(ctx, s, o); err != nil {
		return err
	}
	for _, tree := range transparency.Trees() {
		err := s.trees.CatchUp(ctx, tree, func(done, total uint64) {
			r.tell(progress{Step: "growing the tree " + string(tree), Done: done, Total: total})
		})
		if err != nil {
			return err
		}
	}
	s.Close()
	if !r.NATS.Empty() {
		return nil
	}
	return durable.SyncTree(filepath.Join(r.Data, "nats"))
}

// open opens stores that must be empty, and fills the keys once all of them are found to be: they are what everything else is checked by.
func (r *restoring) open(ctx context.Context, s *stores) error {
	var err error
	if s.rules, err = r.ruleFlags.load(); err != nil {
		return err
	}
	lock, err := embedded.LockData(r.Data)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, func() { _ = lock.Close() })
	if err := s.openPools(ctx, r.storeFlags, quiet()); err != nil {
		return err
	}
	started := []string{"projections.positions", "tree.trees", "tree.hashes", "access.entries"}
	if err := backup.RequireEmpty(ctx, s.pools.Migrate, append(started, backup.Tables(backup.Truth)...)); err != nil {
		return err
	}
	if err := r.openLog(ctx, s); err != nil {
		return err
	}
	if err := r.openKeys(ctx, s); err != nil {
		return err
	}
	return s.openTrees(ctx, r.storeFlags, quiet())
}

func (r *restoring) openKeys(ctx context.Context, s *stores) error {
	if r.keys.Manifest != nil {
		pool, err := database.OpenPool(ctx, database.Keys, s.at.keys)
		if err != nil {
			return err
		}
		defer pool.Close()
		if err := fillKeys(ctx, pool, r.keys, r.identities); err != nil {
			return err
		}
		if err := r.ledger.put(); err != nil {
			return err
		}
	}
	return s.openKeys(ctx, r.storeFlags, isDemo(r.storeFlags), quiet())
}

// fillKeys fills an empty database of keys.
func fillKeys(ctx context.Context, pool *pgxpool.Pool, from saved, identities []backup.Identity) error {
	if err := backup.RequireEmpty(ctx, pool, backup.KeysTables()); err != nil {
		return err
	}
	if err := vault.Migrate(ctx, pool); err != nil {
		return err
	}
	load := backup.NewLoader(ctx, pool, backup.KeysTables())
	if _, _, err := backup.ReadFile(from.file, identities, load.Visitor()); err != nil {
		return err
	}
	return vault.ForgetLog(ctx, pool)
}

// signedBy fails where a backup was signed by another service.
func signedBy(ctx context.Context, keeper vault.Keeper, s saved) error {
	key, err := keeper.PublicKey(ctx, vault.Backups)
	if err != nil {
		return err
	}
	if err := s.signature.Verify(key); err != nil {
		return fmt.Errorf("%s: %w", s.name(), err)
	}
	return nil
}

// openLog opens streams that must be empty. The server in this process does not sync while it is filled; its files are put on disk as a
// whole before anything relies on them.
func (r *restoring) openLog(ctx context.Context, s *stores) error {
	if err := r.openStreams(ctx, s); err != nil {
		return err
	}
	for _, stream := range []interface {
		Head(context.Context) (uint64, error)
	}{s.log, s.trail} {
		switch head, err := stream.Head(ctx); {
		case err != nil:
			return err
		case head > 0:
			return fmt.Errorf("%w: a stream has %d messages", backup.ErrNotEmpty, head)
		}
	}
	return nil
}

func (r *restoring) openStreams(ctx context.Context, s *stores) error {
	if !r.NATS.Empty() {
		return s.openOutsideLog(ctx, r.storeFlags, quiet())
	}
	server, err := embedded.StartNATS(embedded.NATSConfig{Dir: filepath.Join(r.Data, "nats"), Log: quiet(), Unsynced: true})
	if err != nil {
		return err
	}
	s.closers = append(s.closers, server.Shutdown)
	nc, err := s.connect(server.Connect(eventlog.Noticing(quiet())))
	if err != nil {
		return err
	}
	if err := eventlog.CreateStream(ctx, nc, 1); err != nil {
		return err
	}
	s.log, s.trail, err = eventlog.OpenToRefill(nc, eventlog.Options{Logger: quiet()})
	return err
}

// fillTables restores what does not follow from the log.
func (r *restoring) fillTables(ctx context.Context, s *stores) error {
	v := backup.NewLoader(ctx, s.pools.Migrate, backup.Tables(backup.Truth)).Visitor()
	v.File = func(name string, content []byte) error {
		if name != backup.BookFile || len(content) == 0 {
			return nil
		}
		return durable.WriteFile(s.book, content)
	}
	if _, _, err := backup.ReadFile(r.data.file, r.identities, v); err != nil {
		return err
	}
	rows := uint64(0)
	for _, t := range r.data.Tables {
		rows += t.Rows
	}
	r.say("restored %d rows of %d tables", rows, len(r.data.Tables))
	return nil
}

// check opens the stores as the service will, and holds them to the backup.
func (r *restoring) check(ctx context.Context) error {
	s, err := openAnyStores(ctx, r.storeFlags, isDemo(r.storeFlags), quiet())
	if err != nil {
		return err
	}
	defer s.Close()
	for _, tree := range transparency.Trees() {
		if err := r.checkTree(ctx, s, tree); err != nil {
			return err
		}
	}
	erased, err := s.vault.Erasures(ctx)
	if err != nil {
		return err
	}
	r.say("%d erasures hold", len(erased.List))
	switch {
	case len(r.different) == 0:
		r.say("every read model that was compared has the rows that it had")
	case r.Differences:
		r.say("read models differ, which was to be accepted:\n  %s", strings.Join(r.different, "\n  "))
	default:
		return backup.Differ(r.different)
	}
	return nil
}

func (r *restoring) checkTree(ctx context.Context, s *stores, tree transparency.Tree) error {
	start, was := time.Now(), r.data.Stream(tree.Stream())
	found, err := s.trees.Verify(ctx, tree, func(done, total uint64) {
		r.tell(progress{Step: "verifying the tree " + string(tree), Done: done, Total: total})
	})
	if err != nil {
		return err
	}
	root, err := s.trees.RootOf(ctx, tree, int64(was.Position))
	if err != nil {
		return err
	}
	if found.Messages != was.Position || root.String() != was.Root {
		return fmt.Errorf("%w: the stream %s ends at %d and its tree is another than that of the backup at %d", backup.ErrDiffers, tree.Stream(), found.Messages, was.Position)
	}
	r.say("verified the tree %s: %d messages agree with %d checkpoints and with the root of the backup, in %s",
		tree, found.Messages, found.Checkpoints, time.Since(start).Round(time.Millisecond))
	return nil
}
