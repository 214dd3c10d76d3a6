package builder

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/mod/sumdb/tlog"

	"songtor/internal/database"
	"songtor/internal/transparency"
)

//go:embed migrations/*.sql
var steps embed.FS

//go:embed grants.sql
var grants string

var migrations = database.Migrations{Steps: steps, Schema: "tree", Table: "tree.migrations", Grants: grants}

// Migrate brings the tables up to date, as their owner.
func Migrate(ctx context.Context, owner *pgxpool.Pool) error {
	if err := migrations.Up(ctx, owner); err != nil {
		return fmt.Errorf("couldn't migrate the tables of the trees: %w", err)
	}
	return nil
}

// store keeps one tree in PostgreSQL. It is a tlog.HashReader for as long as ctx of reader lives.
type store struct {
	db   *pgxpool.Pool
	tree transparency.Tree
}

// errMoved says that another process took the same messages into the tree first.
var errMoved = errors.New("the tree has moved")

// frontier reads the right edge of the tree.
func (s store) frontier(ctx context.Context) (*frontier, error) {
	f := &frontier{edges: map[int]tlog.Hash{}}
	err := s.db.QueryRow(ctx, "select size from tree.trees where tree = $1", s.tree).Scan(&f.size)
	if errors.Is(err, pgx.ErrNoRows) {
		_, err = s.db.Exec(ctx, "insert into tree.trees (tree, size) values ($1, 0) on conflict do nothing", s.tree)
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't read the size of a tree: %w", err)
	}
	for level, index := range edgesOf(f.size) {
		hashes, err := s.hashes(ctx, []int64{index})
		if err != nil {
			return nil, err
		}
		f.edges[level] = hashes[0]
	}
	return f, nil
}

// add stores the hashes that leaves after a size completed, and the new size, or nothing.
func (s store) add(ctx context.Context, from, to int64, hashes []tlog.Hash) error {
	first := tlog.StoredHashIndex(0, from)
	return pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		moved, err := tx.Exec(ctx, "update tree.trees set size = $3 where tree = $1 and size = $2", s.tree, from, to)
		switch {
		case err != nil:
			return fmt.Errorf("couldn't store the size of a tree: %w", err)
		case moved.RowsAffected() != 1:
			return errMoved
		}
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"tree", "hashes"}, []string{"tree", "index", "hash"},
			pgx.CopyFromSlice(len(hashes), func(i int) ([]any, error) {
				return []any{s.tree, first + int64(i), hashes[i][:]}, nil
			}))
		if err != nil {
			return fmt.Errorf("couldn't store the hashes of a tree: %w", err)
		}
		return nil
	})
}

// reader reads the tree for tlog's proofs.
func (s store) reader(ctx context.Context) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) { return s.hashes(ctx, indexes) })
}

func (s store) hashes(ctx context.Context, indexes []int64) ([]tlog.Hash, error) {
	rows, err := s.db.Query(ctx, "select index, hash from tree.hashes where tree = $1 and index = any($2)", s.tree, indexes)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the hashes of a tree: %w", err)
	}
	found := map[int64]tlog.Hash{}
	var index int64
	var hash []byte
	_, err = pgx.ForEachRow(rows, []any{&index, &hash}, func() error {
		found[index] = tlog.Hash(hash)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("couldn't read the hashes of a tree: %w", err)
	}
	ordered := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hash, ok := found[index]
		if !ok {
			return nil, fmt.Errorf("couldn't read the hashes of a tree: %w: index %d is missing", ErrBroken, index)
		}
		ordered[i] = hash
	}
	return ordered, nil
}

// signed is a checkpoint as it is kept.
type signed struct {
	transparency.Checkpoint
	note         []byte
	cosignatures int
	cosignedAt   time.Time
}

// sign keeps a signed checkpoint. The same one may be kept again.
func (s store) sign(ctx context.Context, size int64, note []byte, at time.Time) error {
	_, err := s.db.Exec(ctx, `insert into tree.checkpoints (tree, size, signed_at, note) values ($1, $2, $3, $4) on conflict do nothing`,
		s.tree, size, at, string(note))
	if err != nil {
		return fmt.Errorf("couldn't store a checkpoint: %w", err)
	}
	return nil
}

// cosign keeps a checkpoint with its cosignatures.
func (s store) cosign(ctx context.Context, size int64, note []byte, count int, at time.Time) error {
	_, err := s.db.Exec(ctx, `update tree.checkpoints set note = $3, cosignatures = $4, cosigned_at = $5 where tree = $1 and size = $2`,
		s.tree, size, string(note), count, at)
	if err != nil {
		return fmt.Errorf("couldn't store cosignatures: %w", err)
	}
	return nil
}

// lastSigned is the largest checkpoint, of size 0 where there is none.
func (s store) lastSigned(ctx context.Context) (signed, error) {
	return s.one(ctx, `select note, cosignatures, cosigned_at from tree.checkpoints where tree = $1 order by size desc limit 1`)
}

func (s store) lastSignedAt(ctx context.Context) (last Signed, err error) {
	err = s.db.QueryRow(ctx, `select size, signed_at from tree.checkpoints where tree = $1 order by size desc limit 1`, s.tree).Scan(&last.Size, &last.SignedAt)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Signed{}, fmt.Errorf("couldn't read when a checkpoint was signed: %w", err)
	}
	return last, nil
}

// best is the checkpoint for readers: of the last ten minutes before the largest, the one that most witnesses cosigned, and of those
// the largest. A witness that is away for a moment does not make readers wait, and neither does what was signed by a clock that ran ahead.
func (s store) best(ctx context.Context) (signed, error) {
	return s.one(ctx, `with latest as (select signed_at from tree.checkpoints where tree = $1 order by size desc limit 1)
		select note, cosignatures, cosigned_at from tree.checkpoints c, latest
		where tree = $1 and c.signed_at between latest.signed_at - interval '10 minutes' and latest.signed_at
		order by cosignatures desc, size desc limit 1`)
}

func (s store) one(ctx context.Context, query string) (signed, error) {
	var note string
	var c signed
	var at *time.Time
	err := s.db.QueryRow(ctx, query, s.tree).Scan(&note, &c.cosignatures, &at)
	if errors.Is(err, pgx.ErrNoRows) {
		return signed{}, nil
	}
	if err != nil {
		return signed{}, fmt.Errorf("couldn't read a checkpoint: %w", err)
	}
	if at != nil {
		c.cosignedAt = *at
	}
	c.note = []byte(note)
	if c.Checkpoint, err = transparency.ParseCheckpoint(c.note); err != nil {
		return signed{}, fmt.Errorf("%w: the last checkpoint in the database is damaged", ErrBroken)
	}
	return c, nil
}

// all hands over every checkpoint, the smallest first.
func (s store) all(ctx context.Context, fn func(note []byte) error) error {
	rows, err := s.db.Query(ctx, "select note from tree.checkpoints where tree = $1 order by size", s.tree)
	if err != nil {
		return fmt.Errorf("couldn't read the checkpoints: %w", err)
	}
	var note string
	if _, err := pgx.ForEachRow(rows, []any{&note}, func() error { return fn([]byte(note)) }); err != nil {
		return fmt.Errorf("couldn't read the checkpoints: %w", err)
	}
	return nil
}
