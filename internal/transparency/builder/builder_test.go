package builder

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"

	"songtor/domain"
	"songtor/internal/eventlog"
	"songtor/internal/testenv"
	"songtor/internal/transparency"
	"songtor/internal/transparency/witness"
)

// bench is a log with its trees, on real servers.
type bench struct {
	log   *eventlog.Log
	trail *eventlog.Trail
	db    *pgxpool.Pool // as the service has it
	owner *pgxpool.Pool // of the tables: what a forger at the database may do
	nats  *testenv.NATSServer
	book  string
	keys  *transparency.Keys
}

func setUp(t testing.TB) *bench {
	t.Helper()
	b := &bench{nats: testenv.NATS(t), book: filepath.Join(t.TempDir(), "checkpoints")}
	pools := testenv.Database(t)
	must(t, Migrate(t.Context(), pools.Migrate))
	b.owner, b.db = pools.Migrate, pools.Store
	var err error
	b.keys, err = transparency.NewKeys(t.Context(), "log.example", make(transparency.Secret, transparency.SecretSize))
	must(t, err)
	b.openStreams(t)
	return b
}

func (b *bench) openStreams(t testing.TB) {
	t.Helper()
	nc, err := eventlog.Dial(b.nats.URL)
	must(t, err)
	t.Cleanup(nc.Close)
	must(t, eventlog.CreateStream(t.Context(), nc, 1))
	b.log, err = eventlog.Open(t.Context(), nc, always(nc))
	must(t, err)
	b.trail, err = eventlog.OpenTrail(t.Context(), nc, always(nc))
	must(t, err)
}

func always(nc *nats.Conn) eventlog.Options {
	return eventlog.Options{ServerReport: func(context.Context) ([]eventlog.ServerReport, error) {
		return []eventlog.ServerReport{{Name: nc.ConnectedServerName(), SyncAlways: true}}, nil
	}}
}

// builder makes a Builder as the service would at its start.
func (b *bench) builder(t testing.TB, witnesses ...*witness.Client) *Builder {
	t.Helper()
	made, err := New(Config{
		DB: b.db, Keys: b.keys, Book: b.book, Witnesses: witnesses, Log: slog.New(slog.DiscardHandler),
		Streams: map[transparency.Tree]Stream{transparency.Cases: b.log, transparency.Access: b.trail},
	})
	must(t, err)
	return made
}

// run runs a Builder until the test ends or the returned function is called.
func run(t testing.TB, b *Builder) func() {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() {
		if err := b.Run(ctx); err != nil {
			t.Errorf("the builder ended: %v", err)
		}
	})
	end := sync.OnceFunc(func() { stop(); running.Wait() })
	t.Cleanup(end)
	return end
}

// grow adds commits to a case of its own and returns its id.
func (b *bench) grow(t testing.TB, commits int) string {
	t.Helper()
	id, previous, position := uuid.NewString(), "", uint64(0)
	for n := 1; n <= commits; n++ {
		c := &domain.Commit{
			ID: uuid.NewString(), CaseID: id, Number: n, Previous: previous, Command: "open", RecordedAt: time.Now().UTC(),
			Facts: []domain.Fact{{HappenedAt: time.Now().UTC(), Event: &domain.CaseOpened{Reference: "NRM-1"}}},
		}
		must(t, b.log.Append(t.Context(), c, position))
		previous, position = c.Digest, c.Position
	}
	return id
}

// signed waits until the trees that the database has are signed up to the ends of the streams.
func (b *bench) signed(t testing.TB, made *Builder, tree transparency.Tree, size uint64) transparency.Checkpoint {
	t.Helper()
	var last transparency.Checkpoint
	testenv.Eventually(t, 30*time.Second, func() bool {
		note, err := made.Checkpoint(t.Context(), tree)
		if err != nil {
			return false
		}
		last, err = transparency.ParseCheckpoint(note)
		must(t, err)
		return last.Size == int64(size)
	})
	return last
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// witnessOf runs a witness of the log.
func (b *bench) witnessOf(t testing.TB, name string) *witness.Client {
	t.Helper()
	file := filepath.Join(t.TempDir(), "witness")
	key, err := witness.Create(file, name)
	must(t, err)
	w, err := witness.Open(file, b.keys.VerifierKey(transparency.Cases), b.keys.VerifierKey(transparency.Access))
	must(t, err)
	t.Cleanup(w.Close)
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	client, err := witness.NewClient(server.URL, key)
	must(t, err)
	return client
}

// oracle is the tree as another library computes it from the stream.
func (b *bench) oracle(t testing.TB) *testonly.Tree {
	t.Helper()
	tree := testonly.New(rfc6962.DefaultHasher)
	head, err := b.log.Head(t.Context())
	must(t, err)
	must(t, b.log.ScanRaw(t.Context(), 0, head, func(batch []eventlog.Raw) error {
		for _, m := range batch {
			tree.AppendData(transparency.LeafOf(transparency.Cases, m.Position, m.Subject, m.Data).Data())
		}
		return nil
	}))
	return tree
}

func TestTheTreeIsThatOfAnotherLibrary(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	made := b.builder(t)
	run(t, made)
	for range 30 {
		b.grow(t, 5)
	}
	head, err := b.log.Head(t.Context())
	must(t, err)
	last := b.signed(t, made, transparency.Cases, head)
	oracle := b.oracle(t)
	if string(oracle.Hash()) != string(last.Root[:]) {
		t.Fatal("the roots differ")
	}
	for position := uint64(1); position <= head; position++ {
		hashes, err := made.Inclusion(t.Context(), transparency.Cases, int64(position), last.Size)
		must(t, err)
		var path [][]byte
		for _, h := range hashes {
			path = append(path, h[:])
		}
		must(t, proof.VerifyInclusion(rfc6962.DefaultHasher, position-1, head, oracle.LeafHash(position-1), path, last.Root[:]))
	}
	for size := uint64(1); size <= head; size += 7 {
		hashes, err := made.Consistency(t.Context(), transparency.Cases, int64(size), last.Size)
		must(t, err)
		var path [][]byte
		for _, h := range hashes {
			path = append(path, h[:])
		}
		must(t, proof.VerifyConsistency(rfc6962.DefaultHasher, size, head, path, oracle.HashAt(size), last.Root[:]))
	}
}

func TestTheTreesGoOnAfterAnyInterruption(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	for range 4 {
		made := b.builder(t)
		must(t, made.Check(t.Context()))
		end := run(t, made)
		for range 20 {
			b.grow(t, 5)
		}
		end()
	}
	_, err := b.trail.Append(t.Context(), []byte(`{"id":"1"}`))
	must(t, err)
	made := b.builder(t)
	run(t, made)
	head, err := b.log.Head(t.Context())
	must(t, err)
	last := b.signed(t, made, transparency.Cases, head)
	if string(b.oracle(t).Hash()) != string(last.Root[:]) {
		t.Error("the roots differ")
	}
	b.signed(t, made, transparency.Access, 1)
	found, err := made.Verify(t.Context(), transparency.Cases, func(uint64, uint64) {})
	must(t, err)
	if found.Messages != head || found.Checkpoints < 2 {
		t.Errorf("verified %+v of %d messages", found, head)
	}
	if err := made.Intact(); err != nil {
		t.Errorf("the log counts as broken: %v", err)
	}
}

func TestWitnessesCosignWhatTheServiceSigns(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	made := b.builder(t, b.witnessOf(t, "w1.example"), b.witnessOf(t, "w2.example"))
	run(t, made)
	id := b.grow(t, 3)
	cosigned := func(size int) {
		testenv.Eventually(t, 30*time.Second, func() bool {
			note, err := made.Checkpoint(t.Context(), transparency.Cases)
			return err == nil && strings.Contains(string(note), fmt.Sprintf("\n%d\n", size)) &&
				strings.Contains(string(note), "— w1.example ") && strings.Contains(string(note), "— w2.example ")
		})
	}
	cosigned(3)
	for range 20 {
		b.grow(t, 5)
	}
	cosigned(103)
	messages, err := b.log.LoadRaw(t.Context(), id)
	must(t, err)
	if _, err := made.Bundle(t.Context(), id, messages, nil); err != nil {
		t.Error(err)
	}
}

// TestABrokenLogIsNoticed changes what is kept in every way in which it can come to differ from the log.
func TestABrokenLogIsNoticed(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, b *bench){
		"nothing": func(*testing.T, *bench) {},
		"the log is shorter": func(t *testing.T, b *bench) {
			b.nats = testenv.NATS(t)
			b.openStreams(t)
			b.grow(t, 90)
		},
		"the log is another": func(t *testing.T, b *bench) {
			b.nats = testenv.NATS(t)
			b.openStreams(t)
			b.grow(t, 100)
		},
		"a stored hash is another": func(t *testing.T, b *bench) {
			_, err := b.owner.Exec(t.Context(), `update tree.hashes set hash = sha256(hash) where tree = 'cases' and index = (select max(index) from tree.hashes)`)
			must(t, err)
		},
		"a stored hash is missing": func(t *testing.T, b *bench) {
			_, err := b.owner.Exec(t.Context(), `delete from tree.hashes where tree = 'cases' and index = (select max(index) from tree.hashes)`)
			must(t, err)
		},
		"the book says something else": func(t *testing.T, b *bench) {
			note, err := b.keys.SignCheckpoint(t.Context(), transparency.Cases, 100, [32]byte{1})
			must(t, err)
			must(t, os.WriteFile(b.book, append(note, '\n'), 0o600))
		},
		"the book is damaged": func(t *testing.T, b *bench) {
			content, err := os.ReadFile(b.book)
			must(t, err)
			content[len("log.example/cases\n")] ^= 1
			must(t, os.WriteFile(b.book, content, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setUp(t)
			b.grow(t, 100)
			made := b.builder(t)
			end := run(t, made)
			b.signed(t, made, transparency.Cases, 100)
			end()
			spoil(t, b)
			again := b.builder(t)
			err := again.Check(t.Context())
			if err == nil {
				_, err = again.Verify(t.Context(), transparency.Cases, func(uint64, uint64) {})
			}
			if name == "nothing" {
				must(t, err)
				must(t, again.Intact())
			} else if !errors.Is(err, ErrBroken) {
				t.Errorf("it was not noticed: %v", err)
			}
		})
	}
}

// TestALogThatWasExchangedStopsTheWrites leaves the service running on a log that another has taken the place of.
func TestALogThatWasExchangedStopsTheWrites(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	b.grow(t, 100)
	made := b.builder(t)
	end := run(t, made)
	b.signed(t, made, transparency.Cases, 100)
	end()
	b.nats = testenv.NATS(t)
	b.openStreams(t)
	b.grow(t, 100)
	again := b.builder(t)
	run(t, again)
	testenv.Eventually(t, 30*time.Second, func() bool { return errors.Is(again.Intact(), ErrBroken) })
}

// TestReadersGetTheLatestAlsoAfterAWrongClock signs by a clock that is weeks ahead and then by one that was set right: readers get what was
// signed last.
func TestReadersGetTheLatestAlsoAfterAWrongClock(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	made := b.builder(t)
	run(t, made)
	b.grow(t, 3)
	b.signed(t, made, transparency.Cases, 3)
	_, err := b.owner.Exec(t.Context(), "update tree.checkpoints set signed_at = signed_at + interval '20 days'")
	must(t, err)
	b.grow(t, 2)
	b.signed(t, made, transparency.Cases, 5)
}

// TestTheServiceCannotTakeBackWhatIsSigned tries it with the service's own rights in the database.
func TestTheServiceCannotTakeBackWhatIsSigned(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	for _, statement := range []string{
		"delete from tree.hashes", "delete from tree.checkpoints", "delete from tree.trees", "truncate tree.hashes",
		"update tree.hashes set hash = ''", "update tree.checkpoints set size = 1", "drop table tree.checkpoints",
	} {
		if _, err := b.db.Exec(t.Context(), statement); err == nil {
			t.Errorf("the service may %s", statement)
		}
	}
}

// TestWhatAPowerCutLeavesOfTheBookIsPassedOver cuts the book anywhere in its last entry.
func TestWhatAPowerCutLeavesOfTheBookIsPassedOver(t *testing.T) {
	t.Parallel()
	keys, err := transparency.NewKeys(t.Context(), "log.example", make(transparency.Secret, transparency.SecretSize))
	must(t, err)
	verifier := keys.Verifier(transparency.Cases)
	first, err := keys.SignCheckpoint(t.Context(), transparency.Cases, 1, [32]byte{1})
	must(t, err)
	second, err := keys.SignCheckpoint(t.Context(), transparency.Cases, 2, [32]byte{2})
	must(t, err)
	file := filepath.Join(t.TempDir(), "checkpoints")
	for cut := range len(second) {
		must(t, os.WriteFile(file, append(append([]byte{}, append(first, '\n')...), second[:cut]...), 0o600))
		b, err := openBook(file)
		must(t, err)
		must(t, b.add(second))
		entries, err := b.read(verifier)
		if err != nil || len(entries) != 2 || entries[1].Size != 2 {
			t.Fatalf("cut after %d bytes: %d entries, %v", cut, len(entries), err)
		}
	}
}
