package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"songtor/internal/lease"
	"songtor/internal/transparency"
	"songtor/internal/transparency/builder"
	"songtor/internal/transparency/witness"
	"songtor/internal/vault"
)

// logKeys lets the keys' keeper sign for the log: the private keys never leave it.
type logKeys struct{ keeper vault.Keeper }

// keyUses says which key of the keeper is for which use.
var keyUses = map[transparency.Use]vault.ServiceUse{
	transparency.UseCases:    vault.LogCases,
	transparency.UseAccess:   vault.LogAccess,
	transparency.UseReceipts: vault.LogReceipts,
}

// PublicKey implements transparency.Holder.
func (k logKeys) PublicKey(ctx context.Context, use transparency.Use) (ed25519.PublicKey, error) {
	return k.keeper.PublicKey(ctx, keyUses[use])
}

// Sign implements transparency.Holder.
func (k logKeys) Sign(ctx context.Context, use transparency.Use, message []byte) ([]byte, error) {
	return k.keeper.Sign(ctx, keyUses[use], message)
}

// openTrees makes what keeps the log's trees. The checkpoints lie in the data folder, apart from the database.
func (s *stores) openTrees(ctx context.Context, f storeFlags, logger *slog.Logger) error {
	var err error
	if s.logKeys, err = transparency.NewKeys(ctx, f.LogName, logKeys{s.vault}); err != nil {
		return err
	}
	witnesses, err := f.witnesses()
	if err != nil {
		return err
	}
	if err := builder.Migrate(ctx, s.pools.Migrate); err != nil {
		return err
	}
	s.book = filepath.Join(f.Data, "checkpoints")
	s.trees, err = builder.New(builder.Config{
		DB: s.pools.Store, Keys: s.logKeys, Book: s.book, Witnesses: witnesses, Log: logger,
		Alone: func(ctx context.Context, work func(context.Context) error) error {
			return lease.Hold(ctx, s.pools.Store, "songtor/trees", logger, work)
		},
		Streams: map[transparency.Tree]builder.Stream{transparency.Cases: s.log, transparency.Access: s.trail},
	})
	return err
}

func (f storeFlags) witnesses() ([]*witness.Client, error) {
	if len(f.Witness) != len(f.WitnessKey) {
		return nil, errors.New("every --witness needs its --witness-key, in the same order")
	}
	var clients []*witness.Client
	for i, url := range f.Witness {
		client, err := witness.NewClient(url, f.WitnessKey[i])
		if err != nil {
			return nil, err
		}
		clients = append(clients, client)
	}
	return clients, nil
}

// keepTrees keeps the trees until ctx ends. A log that is no longer the one that was signed does not keep the service from starting: it
// shows what it has, takes nothing in, and says why.
func keepTrees(ctx context.Context, trees *builder.Builder) error {
	if err := trees.Check(ctx); err != nil && !errors.Is(err, builder.ErrBroken) {
		return fmt.Errorf("couldn't compare the log with what was signed: %w", err)
	}
	return trees.Run(ctx)
}

// logCmd prints by which keys the log is known.
type logCmd struct {
	Keys logKeysCmd `cmd:"" help:"Print the log's verifier keys, as lines of a reader's policy."`
}

type logKeysCmd struct {
	storeFlags `embed:""`
}

// Run prints the keys.
func (c *logKeysCmd) Run(ctx context.Context, out io.Writer) error {
	return perform(ctx, c.storeFlags, task{LogKeys: true}, out)
}

func (o *operator) printLogKeys(tell func(progress)) {
	tell(progress{Message: "log " + o.logKeys.VerifierKey(transparency.Cases)})
	tell(progress{Message: "log " + o.logKeys.VerifierKey(transparency.Access)})
	tell(progress{Message: "receipts " + o.logKeys.ReceiptKey()})
}
