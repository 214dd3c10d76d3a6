// Package archive keeps the second copy: every message of the log and of the trail once more, in PostgreSQL.
//
// A log that lost its end or a message in its middle is put back from it (internal/guard). It is written behind the log and never in the
// way of a write: what has gathered is one transaction, in which rows and position move together, so that each message lies in it once.
// Each row carries the digest of its bytes and a chain over all rows before it, so that what was changed or taken away is noticed.
package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/internal/eventlog"
)

//go:embed schema.sql
var schema string

// ErrDamaged says that the copy is not what it was: a row is missing, or is not what its digests say.
var ErrDamaged = errors.New("the second copy is damaged")

// errMoved says that another process writes the copy.
var errMoved = errors.New("another process writes the second copy")

const (
	// pace is how long the copy gathers at least before it writes again. So long a message may lie in the log alone, and so seldom the copy
	// asks the disk, which the log needs more.
	pace = 50 * time.Millisecond
	// large is the number of messages from which a transaction has little to gain by waiting.
	large = 500
	// readRows is how many rows a reader holds at a time.
	readRows = 1000
	// retry is the pause after a fault that may pass, and between two questions for the right to write.
	retry = 250 * time.Millisecond
)

// Source is a stream as the archive reads it: eventlog.Log or eventlog.Trail.
type Source interface {
	FollowRaw(ctx context.Context, from uint64, fn func([]eventlog.Raw) error) error
}

// Archive is the second copy. Its methods may be called concurrently.
type Archive struct {
	owner *pgxpool.Pool
	db    *pgxpool.Pool
	log   *slog.Logger
}

// New makes the tables where they are missing. owner may make them and db, songtor_archive, adds to them and reads them.
func New(ctx context.Context, owner, db *pgxpool.Pool, log *slog.Logger) (*Archive, error) {
	err := pgx.BeginFunc(ctx, owner, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended('songtor/archive', 0))"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, schema)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("couldn't make the tables of the second copy: %w", err)
	}
	return &Archive{owner, db, log}, nil
}

// State is how far the copy of a stream has come.
type State struct {
	Position uint64
	Suspect  bool // the stream was found to differ from its copy
	// Beyond is the last message that it has after its position, 0 for none. Only damage explains one: both move in one transaction.
	Beyond uint64
	chain  []byte
}

// State returns how far the copy of a stream has come.
func (a *Archive) State(ctx context.Context, stream string) (s State, err error) {
	err = a.db.QueryRow(ctx, `select coalesce(p.position, 0), coalesce(p.suspect, false), coalesce(p.chain, ''),
			coalesce((select max(e.position) from archive.event_archive e where e.stream = $1 and e.position > coalesce(p.position, 0)), 0)
		from (values ($1)) as asked (stream) left join archive.progress p using (stream)`, stream).Scan(&s.Position, &s.Suspect, &s.chain, &s.Beyond)
	if err != nil {
		return s, fmt.Errorf("couldn't ask how far the second copy is: %w", err)
	}
	return s, nil
}

// Suspect notes whether the next start has to compare the whole stream with its copy.
func (a *Archive) Suspect(ctx context.Context, stream string, is bool) error {
	if _, err := a.db.Exec(ctx, "update archive.progress set suspect = $2 where stream = $1 and suspect <> $2", stream, is); err != nil {
		return fmt.Errorf("couldn't note that the log differs from its second copy: %w", err)
	}
	return nil
}

// Keep follows a stream and copies it until ctx ends. Of all processes on one database one copies; the others wait and take over. It
// survives the loss of the database and of the log, and ends with an error of the stream that no waiting mends: eventlog.ErrGap.
func (a *Archive) Keep(ctx context.Context, stream string, from Source) error {
	for said := ""; ; {
		err := a.lead(ctx, stream, from)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, eventlog.ErrGap):
			return err
		case err != nil && err.Error() != said: // an outage is told once
			said = err.Error()
			a.log.WarnContext(ctx, "the second copy pauses", slog.String("stream", stream), slog.Any("error", err))
		}
		pause(ctx, retry)
	}
}

// lead copies where no other process does, over one connection, with whose end its right to write ends.
func (a *Archive) lead(ctx context.Context, stream string, from Source) error {
	conn, err := a.db.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("couldn't connect: %w", err)
	}
	defer conn.Release()
	var mine bool
	if err := conn.QueryRow(ctx, "select pg_try_advisory_lock(hashtextextended('songtor/archive/' || $1, 0))", stream).Scan(&mine); err != nil || !mine {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Conn().Close(closing) // the lock goes with it
	}()
	if err := begin(ctx, conn.Conn(), stream); err != nil {
		return err
	}
	at, err := a.State(ctx, stream)
	if err != nil {
		return err
	}
	return from.FollowRaw(ctx, at.Position, func(batch []eventlog.Raw) error {
		if err := add(ctx, conn.Conn(), stream, &at, batch); err != nil {
			return err
		}
		if len(batch) < large {
			pause(ctx, pace)
		}
		return nil
	})
}

// Add copies messages that follow right after what the copy has, while nobody else does.
func (a *Archive) Add(ctx context.Context, stream string, messages []eventlog.Raw) error {
	if len(messages) == 0 {
		return nil
	}
	at, err := a.State(ctx, stream)
	if err != nil {
		return err
	}
	conn, err := a.db.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("couldn't connect: %w", err)
	}
	defer conn.Release()
	if err := begin(ctx, conn.Conn(), stream); err != nil {
		return err
	}
	return add(ctx, conn.Conn(), stream, &at, messages)
}

// begin makes the row of a stream's position where there is none.
func begin(ctx context.Context, conn *pgx.Conn, stream string) error {
	if _, err := conn.Exec(ctx, "insert into archive.progress (stream) values ($1) on conflict do nothing", stream); err != nil {
		return fmt.Errorf("couldn't begin the second copy: %w", err)
	}
	return nil
}

// add writes rows and moves the position in one transaction, and then at.
func add(ctx context.Context, conn *pgx.Conn, stream string, at *State, batch []eventlog.Raw) error {
	var (
		next                   = State{Position: at.Position, chain: at.chain}
		positions, accepted    []int64
		subjects               []string
		contents, digests, all [][]byte
	)
	for _, r := range batch {
		if r.Position != next.Position+1 {
			return fmt.Errorf("couldn't copy: %w: position %d comes after %d", eventlog.ErrGap, r.Position, next.Position)
		}
		digest := sha256.Sum256(r.Data)
		next.Position, next.chain = r.Position, link(next.chain, r, digest[:])
		positions, accepted, subjects = append(positions, int64(r.Position)), append(accepted, r.Accepted.UnixNano()), append(subjects, r.Subject)
		contents, digests, all = append(contents, r.Data), append(digests, digest[:]), append(all, next.chain)
	}
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		moved, err := tx.Exec(ctx, "update archive.progress set position = $3, chain = $4 where stream = $1 and position = $2",
			stream, int64(at.Position), int64(next.Position), next.chain)
		if err == nil && moved.RowsAffected() != 1 {
			err = errMoved
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into archive.event_archive (stream, position, subject, accepted, bytes, digest, chain)
			select $1, * from unnest($2::bigint[], $3::text[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bytea[])`,
			stream, positions, subjects, accepted, contents, digests, all)
		return err
	})
	if err != nil {
		return fmt.Errorf("couldn't write the second copy: %w", err)
	}
	*at = next
	return nil
}

// link continues the chain by a message.
func link(chain []byte, r eventlog.Raw, digest []byte) []byte {
	h := sha256.New()
	h.Write(chain)
	var numbers [16]byte
	binary.BigEndian.PutUint64(numbers[:8], r.Position)
	binary.BigEndian.PutUint64(numbers[8:], uint64(r.Accepted.UnixNano()))
	h.Write(numbers[:])
	h.Write([]byte(r.Subject))
	h.Write([]byte{0})
	h.Write(digest)
	return h.Sum(nil)
}

// Read hands over the messages after one position up to another, which the copy must have reached, each as it was copied. It fails with
// ErrDamaged at the first that is not, and with fn's error.
func (a *Archive) Read(ctx context.Context, stream string, after, to uint64, fn func([]eventlog.Raw) error) error {
	end, err := a.State(ctx, stream)
	if err != nil {
		return err
	}
	if to > end.Position {
		return fmt.Errorf("%w: it ends at position %d, not at %d", ErrDamaged, end.Position, to)
	}
	at := State{Position: after}
	if after > 0 {
		err := a.db.QueryRow(ctx, "select chain from archive.event_archive where stream = $1 and position = $2", stream, int64(after)).Scan(&at.chain)
		if errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("%w: position %d is missing", ErrDamaged, after)
		} else if err != nil {
			return fmt.Errorf("couldn't read the second copy: %w", err)
		}
	}
	for at.Position < to {
		batch, err := a.batch(ctx, stream, &at, to)
		if err != nil {
			return err
		}
		if at.Position == end.Position && !bytes.Equal(at.chain, end.chain) {
			return fmt.Errorf("%w: its chain up to position %d is another", ErrDamaged, end.Position)
		}
		if err := fn(batch); err != nil {
			return err
		}
	}
	return nil
}

// batch reads the next rows and moves at over them.
func (a *Archive) batch(ctx context.Context, stream string, at *State, to uint64) ([]eventlog.Raw, error) {
	rows, err := a.db.Query(ctx, `select position, subject, accepted, bytes, digest, chain from archive.event_archive
		where stream = $1 and position > $2 and position <= $3 order by position limit $4`, stream, int64(at.Position), int64(to), readRows)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the second copy: %w", err)
	}
	var batch []eventlog.Raw
	var r eventlog.Raw
	var accepted int64
	var digest, chain []byte
	_, err = pgx.ForEachRow(rows, []any{&r.Position, &r.Subject, &accepted, &r.Data, &digest, &chain}, func() error {
		sum := sha256.Sum256(r.Data)
		r.Accepted = time.Unix(0, accepted).UTC()
		if r.Position != at.Position+1 || !bytes.Equal(sum[:], digest) || !bytes.Equal(link(at.chain, r, digest), chain) {
			return fmt.Errorf("%w at position %d", ErrDamaged, at.Position+1)
		}
		at.Position, at.chain = r.Position, bytes.Clone(chain)
		batch = append(batch, eventlog.Raw{Position: r.Position, Subject: r.Subject, Accepted: r.Accepted, Data: bytes.Clone(r.Data)})
		return nil
	})
	switch {
	case err != nil && !errors.Is(err, ErrDamaged):
		return nil, fmt.Errorf("couldn't read the second copy: %w", err)
	case err != nil:
		return nil, err
	case len(batch) == 0:
		return nil, fmt.Errorf("%w: position %d is missing", ErrDamaged, at.Position+1)
	}
	return batch, nil
}

// Renew throws the copy of a stream away, so that it is made anew from the stream. It is for a copy that is damaged beside a log that is not.
func (a *Archive) Renew(ctx context.Context, stream string) error {
	err := pgx.BeginFunc(ctx, a.owner, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "delete from archive.event_archive where stream = $1", stream); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "delete from archive.progress where stream = $1", stream)
		return err
	})
	if err != nil {
		return fmt.Errorf("couldn't throw the second copy away: %w", err)
	}
	return nil
}

// Copy is the copy of one stream, as those read it who read streams.
type Copy struct {
	Of     *Archive
	Stream string
}

// Head is the last position that was copied.
func (c Copy) Head(ctx context.Context) (uint64, error) {
	s, err := c.Of.State(ctx, c.Stream)
	return s.Position, err
}

// Extent is what was copied; nobody knows more of a copy than it says itself.
func (c Copy) Extent(ctx context.Context, _ uint64) (eventlog.Extent, error) {
	last, err := c.Head(ctx)
	return eventlog.Extent{Last: last, Whole: true}, err
}

// ScanRaw reads as Archive.Read does.
func (c Copy) ScanRaw(ctx context.Context, from, to uint64, fn func([]eventlog.Raw) error) error {
	return c.Of.Read(ctx, c.Stream, from, to, fn)
}

// FollowRaw is not for a copy: whoever wants what comes reads the stream.
func (Copy) FollowRaw(context.Context, uint64, func([]eventlog.Raw) error) error {
	return errors.New("a copy is not followed")
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
