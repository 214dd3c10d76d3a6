package eventlog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"songtor/domain"
	"songtor/internal/testenv"
)

// patience ends a Follow that does not end by itself.
func patience(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

var errEnough = errors.New("enough")

// collect returns a function for Follow that gathers commits and stops with errEnough when it has so many.
func collect(commits *[]domain.Commit, enough int) func([]domain.Commit) error {
	return func(batch []domain.Commit) error {
		if *commits = append(*commits, batch...); len(*commits) >= enough {
			return errEnough
		}
		return nil
	}
}

// countTo stops with errEnough when so many commits came.
func countTo(n *int, enough int) func([]domain.Commit) error {
	return func(batch []domain.Commit) error {
		if *n += len(batch); *n >= enough {
			return errEnough
		}
		return nil
	}
}

func positions(commits []domain.Commit) string {
	var b strings.Builder
	for _, c := range commits {
		fmt.Fprintf(&b, "%d ", c.Position)
	}
	return strings.TrimSpace(b.String())
}

// fill appends n cases of one commit each.
func fill(t testing.TB, l *Log, n int) {
	t.Helper()
	for range n {
		mustAppend(t, l, next(nil), 0)
	}
}

func TestFollowBeginsAfterAPosition(t *testing.T) {
	t.Parallel()
	l, _ := openLog(t)
	c := mustAppend(t, l, next(nil), 0)
	mustAppend(t, l, next(c), c.Position)
	fill(t, l, 3)
	for from, want := range map[uint64]string{0: "1 2 3 4 5", 3: "4 5"} {
		var got []domain.Commit
		err := l.Follow(patience(t), from, collect(&got, int(5-from)))
		if !errors.Is(err, errEnough) || !strings.Contains(err.Error(), "to 5") {
			t.Errorf("from %d: got %v", from, err)
		}
		if positions(got) != want {
			t.Errorf("from %d: got positions %s", from, positions(got))
		}
	}
	loaded := mustLoad(t, l, c.CaseID)
	var followed []domain.Commit
	_ = l.Follow(patience(t), 0, collect(&followed, 2))
	if followed[1].Digest != loaded[1].Digest || !followed[1].AcceptedAt.Equal(loaded[1].AcceptedAt) {
		t.Errorf("followed %+v, loaded %+v", followed[1], loaded[1])
	}
}

func TestFollowEndsWithItsContext(t *testing.T) {
	t.Parallel()
	l, _ := openLog(t)
	fill(t, l, 1)
	ctx, cancel := context.WithCancel(patience(t))
	err := l.Follow(ctx, 0, func([]domain.Commit) error {
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

func TestFollowGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	l, s := openLog(t)
	fill(t, l, 50)
	read := make(chan struct{})
	done := make(chan error, 1)
	var got []domain.Commit
	go func() {
		done <- l.Follow(patience(t), 0, func(batch []domain.Commit) error {
			got = append(got, batch...)
			switch len(got) {
			case 50:
				close(read)
			case 80:
				return errEnough
			}
			return nil
		})
	}()
	<-read
	s.Restart(t)
	testenv.Eventually(t, 10*time.Second, l.nc.IsConnected)
	fill(t, l, 30)
	if err := <-done; !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	for i, c := range got {
		if c.Position != uint64(i+1) {
			t.Fatalf("got positions %s", positions(got))
		}
	}
}

func TestFollowStopsAtWhatItCannotRead(t *testing.T) {
	t.Parallel()
	good, err := Encode(next(nil))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, old, new string
		want           error
	}{
		{"an unknown event", `"consent.given"`, `"consent.presumed"`, domain.ErrUnknownEvent},
		{"an unknown event version", `"consent.given","v":1`, `"consent.given","v":9`, domain.ErrUnknownEvent},
		{"an unknown commit version", `{"v":1`, `{"v":9`, ErrUnknownCommit},
		{"no commit at all", string(good), `hello`, ErrUnknownCommit},
		{"a commit of another case", "", "", ErrBrokenChain},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l, _ := openLog(t)
			fill(t, l, 2)
			if _, err := l.js.Publish(t.Context(), casePrefix+newID(), []byte(strings.Replace(string(good), tt.old, tt.new, 1))); err != nil {
				t.Fatal(err)
			}
			fill(t, l, 2)
			var got []domain.Commit
			err := l.Follow(patience(t), 0, collect(&got, 3))
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), "position 3") {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if positions(got) != "1 2" {
				t.Fatalf("handed over positions %s", positions(got))
			}
		})
	}
}

func TestOtherSubjectsAreNoGap(t *testing.T) {
	t.Parallel()
	l, _ := openLog(t)
	for _, subject := range []string{"nrm.note", "nrm.other.x"} {
		if _, err := l.js.Publish(t.Context(), subject, []byte("no commit")); err != nil {
			t.Fatal(err)
		}
		fill(t, l, 1)
	}
	var got []domain.Commit
	if err := l.Scan(t.Context(), 0, 4, collect(&got, 100)); err != nil {
		t.Fatal(err)
	}
	if positions(got) != "2 4" {
		t.Fatalf("got positions %s", positions(got))
	}
}

func TestScanEndsWhereItIsTold(t *testing.T) {
	t.Parallel()
	l, _ := openLog(t)
	fill(t, l, 10)
	for _, tt := range []struct {
		from, to uint64
		want     string
	}{{0, 10, "1 2 3 4 5 6 7 8 9 10"}, {3, 6, "4 5 6"}, {9, 10, "10"}, {10, 10, ""}} {
		var got []domain.Commit
		if err := l.Scan(t.Context(), tt.from, tt.to, collect(&got, 100)); err != nil {
			t.Fatal(err)
		}
		if positions(got) != tt.want {
			t.Errorf("%d to %d gives %s", tt.from, tt.to, positions(got))
		}
	}
	if err := l.Scan(t.Context(), 0, 11, collect(new([]domain.Commit), 100)); !errors.Is(err, ErrGap) {
		t.Errorf("past the end: got %v, want ErrGap", err)
	}
}

func TestAMissingPositionIsAGap(t *testing.T) {
	t.Parallel()
	s := testenv.NATS(t)
	nc := dial(t, s.URL)
	js := jetStream(t, nc)
	config := casesPlace.config(1)
	config.DenyDelete = false
	made, err := js.CreateStream(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	l := &Log{&stream{place: casesPlace, nc: nc, js: js, options: Options{Logger: discard}}}
	fill(t, l, 4)
	if err := made.DeleteMsg(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	var got []domain.Commit
	if err := l.Follow(patience(t), 0, collect(&got, 3)); !errors.Is(err, ErrGap) {
		t.Fatalf("got %v, want ErrGap", err)
	}
	if positions(got) != "1 2" {
		t.Fatalf("handed over positions %s", positions(got))
	}
}

func TestALogThatIsShorterThanItWasIsAGap(t *testing.T) {
	t.Parallel()
	l, _ := openLog(t)
	fill(t, l, 2)
	if err := l.Follow(patience(t), 5, collect(new([]domain.Commit), 1)); !errors.Is(err, ErrGap) {
		t.Fatalf("got %v, want ErrGap", err)
	}
}

// A server that comes back with another log, however long, is met with ErrGap: the last message read is no longer the same.
func TestALogThatWasExchangedIsAGap(t *testing.T) {
	t.Parallel()
	otherDir := t.TempDir()
	other := startServer(t, otherDir, "always", anyPort)
	prepare(t, other.ClientURL(), 6)
	stopServer(other)
	first := startServer(t, t.TempDir(), "always", anyPort)
	address := strings.TrimPrefix(first.ClientURL(), "nats://")
	l := prepare(t, first.ClientURL(), 3)
	read := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- l.Follow(patience(t), 0, func(batch []domain.Commit) error {
			if batch[len(batch)-1].Position == 3 {
				close(read)
			}
			return nil
		})
	}()
	<-read
	stopServer(first)
	startServer(t, otherDir, "always", address)
	if err := <-done; !errors.Is(err, ErrGap) {
		t.Fatalf("got %v, want ErrGap", err)
	}
}

func prepare(t *testing.T, url string, commits int) *Log {
	t.Helper()
	nc := dial(t, url, as("admin"))
	if err := CreateStream(t.Context(), nc, 1); err != nil {
		t.Fatal(err)
	}
	l := open(t, nc, Options{ServerReport: always(nc), Logger: discard})
	fill(t, l, commits)
	return l
}

// A batch is what has gathered while the receiver was busy: sending to gather returns when it has taken the record over.
func TestABatchIsWhatHasGathered(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	records, batches := make(chan Raw), make(chan batch[domain.Commit])
	go func() { _ = gather(ctx, records, commitsOnly, batches) }()
	data, err := Encode(benchCommit(t))
	if err != nil {
		t.Fatal(err)
	}
	c, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	r := Raw{Subject: casePrefix + c.CaseID, Data: data}
	for range 100 {
		records <- r
	}
	if got := len((<-batches).items); got != 100 {
		t.Fatalf("the batch has %d commits", got)
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for range batchCommits + 500 {
			records <- r
		}
	}()
	var sizes []int
	for total := 0; total < batchCommits+500; {
		b := <-batches
		total += len(b.items)
		sizes = append(sizes, len(b.items))
	}
	<-sent
	for _, n := range sizes {
		if n > batchCommits || n > batchBytes/len(data)+1 {
			t.Fatalf("batches of %v", sizes)
		}
	}
}

func TestReadingSurvivesALostConsumer(t *testing.T) {
	t.Parallel()
	l, _ := openLog(t)
	fill(t, l, 1)
	lost := make(chan struct{})
	done := make(chan error, 1)
	var got []domain.Commit
	go func() {
		done <- l.Follow(patience(t), 0, func(batch []domain.Commit) error {
			if got = append(got, batch...); len(got) == 1 {
				close(lost)
			}
			if len(got) >= 3 {
				return errEnough
			}
			return nil
		})
	}()
	<-lost
	stream, err := l.js.Stream(t.Context(), StreamName)
	if err != nil {
		t.Fatal(err)
	}
	deleteConsumers(t, stream)
	fill(t, l, 2)
	if err := <-done; !errors.Is(err, errEnough) || positions(got) != "1 2 3" {
		t.Fatalf("got %v with positions %s", err, positions(got))
	}
}

// delivery is a message as a consumer delivers it.
type delivery struct {
	jetstream.Msg
	consumer, stream uint64
}

func (d delivery) Metadata() (*jetstream.MsgMetadata, error) {
	return &jetstream.MsgMetadata{Sequence: jetstream.SequencePair{Consumer: d.consumer, Stream: d.stream}}, nil
}
func (d delivery) Subject() string      { return "nrm.note" }
func (d delivery) Data() []byte         { return nil }
func (d delivery) Headers() nats.Header { return nil }

// What got lost on the way from the server is fetched again; what the server does not have is a gap. The two must not be mixed up.
func TestALostDeliveryIsNoGap(t *testing.T) {
	t.Parallel()
	if _, err := received(delivery{consumer: 3, stream: 9}, 2); !errors.Is(err, errInterrupted) {
		t.Fatalf("got %v, want errInterrupted", err)
	}
	r, err := received(delivery{consumer: 2, stream: 9}, 2)
	if err != nil {
		t.Fatal(err)
	}
	at := &cursor{position: 7}
	if _, err := at.advance(r); !errors.Is(err, ErrGap) {
		t.Fatalf("got %v, want ErrGap", err)
	}
}

func deleteConsumers(t *testing.T, stream jetstream.Stream) {
	t.Helper()
	names := stream.ConsumerNames(t.Context())
	for name := range names.Name() {
		if err := stream.DeleteConsumer(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	if names.Err() != nil {
		t.Fatal(names.Err())
	}
}
