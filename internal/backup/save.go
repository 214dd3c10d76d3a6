package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/mod/sumdb/tlog"

	"songtor/internal/eventlog"
	"songtor/internal/transparency"
	"songtor/internal/transparency/builder"
	"songtor/internal/vault"
)

// The files in a backup.
const (
	BookFile   = "checkpoints"
	LedgerFile = "erasures.ledger"
)

// Log is a stream of the log, as eventlog has it.
type Log interface {
	Head(ctx context.Context) (uint64, error)
	ScanRaw(ctx context.Context, from, to uint64, fn func([]eventlog.Raw) error) error
}

// Tell is told how a step goes; total is 0 where it is not known.
type Tell func(step string, done, total uint64)

// Source is what a backup of everything but the keys is made from.
type Source struct {
	Logs      map[transparency.Tree]Log
	Trees     *transparency.Keys
	Signer    Signer
	DB        *pgxpool.Pool // as songtor_backup
	Projector *pgxpool.Pool
	Audit     *pgxpool.Pool
	Book      string // file of the checkpoints
	Ledger    string // file of erasures; empty where another process has it
	Program   string
}

// Save writes a backup of everything but the keys. The service may be working meanwhile.
func Save(ctx context.Context, out io.Writer, s Source, tell Tell) (*Manifest, error) {
	w, err := NewWriter(out, Head{Kind: KindData, MadeAt: time.Now().UTC().Truncate(time.Second), Program: s.Program})
	if err != nil {
		return nil, err
	}
	tell("adding up the read models", 0, 0)
	models, err := modelsOf(ctx, s.Projector, s.Audit, oneCore)
	if err != nil {
		return nil, err
	}
	ends := map[transparency.Tree]uint64{}
	for tree, log := range s.Logs {
		if ends[tree], err = log.Head(ctx); err != nil {
			return nil, err
		}
	}
	for _, tree := range transparency.Trees() {
		if err := saveStream(ctx, w, tree, s.Logs[tree], ends[tree], tell); err != nil {
			return nil, err
		}
	}
	if err := s.saveTables(ctx, w, ends, tell); err != nil {
		return nil, err
	}
	if err := s.saveFiles(w, ends); err != nil {
		return nil, err
	}
	return w.Close(ctx, s.Signer, func(m *Manifest) error {
		m.Models, m.Log = models, strings.TrimSuffix(s.Trees.Origin(transparency.Cases), "/"+string(transparency.Cases))
		return s.signRoots(ctx, m)
	})
}

func saveStream(ctx context.Context, w *Writer, tree transparency.Tree, log Log, end uint64, tell Tell) error {
	name := tree.Stream()
	w.Stream(name)
	return log.ScanRaw(ctx, 0, end, func(raws []eventlog.Raw) error {
		tell("reading the stream "+name, raws[len(raws)-1].Position, end)
		return w.Messages(name, raws)
	})
}

func (s Source) saveTables(ctx context.Context, w *Writer, ends map[transparency.Tree]uint64, tell Tell) error {
	return frozen(ctx, s.DB, oneCore, func(tx pgx.Tx) error {
		names := Tables(Truth)
		for i, name := range names {
			tell("reading the tables", uint64(i+1), uint64(len(names)))
			condition := ""
			if name == "tree.checkpoints" {
				condition = fmt.Sprintf(" where tree = '%s' and size <= %d or tree = '%s' and size <= %d",
					transparency.Cases, ends[transparency.Cases], transparency.Access, ends[transparency.Access])
			}
			if err := saveTable(ctx, tx, w, name, condition); err != nil {
				return err
			}
		}
		return nil
	})
}

func saveTable(ctx context.Context, tx pgx.Tx, w *Writer, name, condition string) error {
	rows, err := tx.Query(ctx, `select attname from pg_attribute
		where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`, name)
	if err != nil {
		return fmt.Errorf("couldn't read the columns of %s: %w", name, err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("couldn't read the columns of %s: %w", name, err)
	}
	to, err := w.Table(name, columns)
	if err != nil {
		return err
	}
	_, err = tx.Conn().PgConn().CopyTo(ctx, to, "copy (select "+list(columns)+" from "+quoted(name)+condition+") to stdout")
	if err != nil {
		return fmt.Errorf("couldn't read the rows of %s: %w", name, err)
	}
	return nil
}

func list(columns []string) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = pgx.Identifier{c}.Sanitize()
	}
	return strings.Join(names, ", ")
}

func quoted(name string) string { return pgx.Identifier(strings.SplitN(name, ".", 2)).Sanitize() }

func (s Source) saveFiles(w *Writer, ends map[transparency.Tree]uint64) error {
	most := map[string]int64{}
	for tree, end := range ends {
		most[s.Trees.Origin(tree)] = int64(end)
	}
	book, err := builder.ReadBook(s.Book, most)
	if err != nil {
		return err
	}
	if err := w.File(BookFile, book); err != nil || s.Ledger == "" {
		return err
	}
	return saveLedger(w, s.Ledger)
}

func saveLedger(w *Writer, path string) error {
	ledger, err := vault.ReadLedger(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("couldn't save the erasures: %w", err)
	}
	if err != nil {
		return err
	}
	return w.File(LedgerFile, ledger.Content())
}

// signRoots has the log's own keys sign the trees as they are at the end of the backup.
func (s Source) signRoots(ctx context.Context, m *Manifest) error {
	for i := range m.Streams {
		stream := &m.Streams[i]
		if stream.Position == 0 {
			continue
		}
		root, err := tlog.ParseHash(stream.Root)
		if err != nil {
			return fmt.Errorf("couldn't sign a root: %w", err)
		}
		note, err := s.Trees.SignCheckpoint(ctx, treeOf(stream.Name), int64(stream.Position), root)
		if err != nil {
			return err
		}
		stream.Checkpoint = string(note)
	}
	return nil
}

// KeysSource is what a backup of the keys is made from.
type KeysSource struct {
	DB      *pgxpool.Pool // of the keys' database
	Signer  Signer
	Ledger  string                                // file of erasures
	Head    func(context.Context) (uint64, error) // of the log; nil where this process does not reach it
	Program string
}

// SaveKeys writes a backup of the database of the wrapped keys.
func SaveKeys(ctx context.Context, out io.Writer, s KeysSource, tell Tell) (*Manifest, error) {
	w, err := NewWriter(out, Head{Kind: KindKeys, MadeAt: time.Now().UTC().Truncate(time.Second), Program: s.Program})
	if err != nil {
		return nil, err
	}
	covers := uint64(0)
	if s.Head != nil {
		if covers, err = s.Head(ctx); err != nil {
			return nil, err
		}
	}
	err = frozen(ctx, s.DB, oneCore, func(tx pgx.Tx) error {
		for i, name := range keysTables {
			tell("reading the keys", uint64(i+1), uint64(len(keysTables)))
			if err := saveTable(ctx, tx, w, name, ""); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := saveLedger(w, s.Ledger); err != nil {
		return nil, err
	}
	return w.Close(ctx, s.Signer, func(m *Manifest) error {
		m.Covers = covers
		return nil
	})
}
