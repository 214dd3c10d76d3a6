package accesslog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Trail is where messages are made durable: eventlog.Trail.
type Trail interface {
	// Append returns the position of a message that is on disk.
	Append(ctx context.Context, data []byte) (uint64, error)
}

const (
	// writeTimeout bounds the writing of one message. Whoever waits for it would rather hear that nothing can be shown.
	writeTimeout = 3 * time.Second
	// maxQueue is how many calls may wait. A call that finds the queue full waits for a place in it.
	maxQueue = 4096
	// maxMessage is how many bytes of entries go into one message, a quarter of what the trail takes.
	maxMessage = 256 << 10
)

// Journal writes entries to the trail. One message is under way at a time; what has gathered meanwhile goes into the next, so that
// many callers share one write to the disk and a lone one waits for nobody. Its methods may be called concurrently.
type Journal struct {
	trail  Trail
	log    *slog.Logger
	places chan struct{} // one taken for each call that is queued or being written

	mu      sync.Mutex
	queue   []*call
	arrived chan struct{} // signals that the queue is no longer empty
	ending  chan struct{}
	ended   chan struct{}
	close   sync.Once

	written, failed, held atomic.Int64
}

// call is one call of Record or Note.
type call struct {
	entries  []jsontext.Value
	size     int
	kept     bool // nobody waits for it, and it stays queued until it is written
	position uint64
	err      error
	done     chan struct{} // closed when position or err is set
}

// NewJournal returns a journal on a trail. Close ends it.
func NewJournal(t Trail, log *slog.Logger) *Journal { return newJournal(t, log, maxQueue) }

func newJournal(t Trail, log *slog.Logger, places int) *Journal {
	j := &Journal{
		trail: t, log: log, places: make(chan struct{}, places),
		arrived: make(chan struct{}, 1), ending: make(chan struct{}), ended: make(chan struct{}),
	}
	if j.log == nil {
		j.log = slog.Default()
	}
	go j.run()
	return j
}

// Close writes what is queued, as far as the trail takes it within the time that one message may take, and ends the journal. Calls
// that come later fail.
func (j *Journal) Close() {
	j.close.Do(func() { close(j.ending) })
	<-j.ended
}

// Record implements Recorder.
func (j *Journal) Record(ctx context.Context, entries ...Entry) (uint64, error) {
	c, err := newCall(entries, false)
	if err != nil {
		return 0, err
	}
	if err := j.enqueue(ctx, c); err != nil {
		return 0, err
	}
	select {
	case <-c.done:
		return c.position, c.err
	case <-ctx.Done():
		j.withdraw(c)
		return 0, unavailable(ctx.Err())
	case <-j.ended:
		return c.atEnd()
	}
}

// atEnd is what came of a call by the time that the journal has ended.
func (c *call) atEnd() (uint64, error) {
	select {
	case <-c.done:
		return c.position, c.err
	default:
		return 0, unavailable(errEnded)
	}
}

// Note implements Recorder.
func (j *Journal) Note(ctx context.Context, entries ...Entry) error {
	c, err := newCall(entries, true)
	if err != nil {
		return err
	}
	return j.enqueue(ctx, c)
}

// Stats is how much a journal has written since it was made.
type Stats struct {
	Written int64 // entries on disk
	Failed  int64 // entries of calls that were told so
	Held    int64 // entries of denials that are not on disk yet
	Waiting int64 // calls that are queued or being written
}

// Stats returns the figures.
func (j *Journal) Stats() Stats {
	return Stats{j.written.Load(), j.failed.Load(), j.held.Load(), int64(len(j.places))}
}

func newCall(entries []Entry, kept bool) (*call, error) {
	c := &call{kept: kept, done: make(chan struct{})}
	for _, e := range entries {
		b, err := encode(e)
		if err != nil {
			return nil, err
		}
		c.entries, c.size = append(c.entries, b), c.size+len(b)
	}
	if len(entries) == 0 || c.size > maxMessage {
		return nil, fmt.Errorf("%w: a call needs entries, and no more than fit a message", ErrMalformed)
	}
	return c, nil
}

func (j *Journal) enqueue(ctx context.Context, c *call) error {
	select {
	case j.places <- struct{}{}:
	case <-j.ending:
		return unavailable(errEnded)
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
	if c.kept {
		j.held.Add(int64(len(c.entries)))
	}
	j.mu.Lock()
	j.queue = append(j.queue, c)
	j.mu.Unlock()
	j.wake()
	return nil
}

func (j *Journal) wake() {
	select {
	case j.arrived <- struct{}{}:
	default:
	}
}

// withdraw takes a call that nobody waits for any longer out of the queue. One that is being written stays.
func (j *Journal) withdraw(c *call) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if i := slices.Index(j.queue, c); i >= 0 {
		j.queue = slices.Delete(j.queue, i, i+1)
		<-j.places
	}
}

func (j *Journal) run() {
	defer close(j.ended)
	for {
		select {
		case <-j.arrived:
			j.write(context.Background())
		case <-j.ending:
			j.drain()
			return
		}
	}
}

// write writes one message with as much of the queue as fits, and leaves a signal where something remains.
func (j *Journal) write(ctx context.Context) {
	calls := j.next()
	if len(calls) == 0 {
		return
	}
	position, err := j.append(ctx, calls)
	var again []*call
	for _, c := range calls {
		n := int64(len(c.entries))
		switch {
		case err == nil:
			j.written.Add(n)
		case c.kept:
			again = append(again, c)
			continue
		default:
			j.failed.Add(n)
		}
		if c.kept {
			j.held.Add(-n)
		}
		c.position, c.err = position, err
		close(c.done)
		<-j.places
	}
	j.mu.Lock()
	j.queue = append(again, j.queue...)
	more := len(j.queue) > 0
	j.mu.Unlock()
	if more {
		j.wake()
	}
}

// next takes the first calls that fit one message out of the queue.
func (j *Journal) next() []*call {
	j.mu.Lock()
	defer j.mu.Unlock()
	n, size := 0, 0
	for n < len(j.queue) && size+j.queue[n].size <= maxMessage {
		size += j.queue[n].size
		n++
	}
	calls := slices.Clone(j.queue[:n])
	j.queue = slices.Delete(j.queue, 0, n)
	return calls
}

func (j *Journal) append(ctx context.Context, calls []*call) (uint64, error) {
	var entries []jsontext.Value
	for _, c := range calls {
		entries = append(entries, c.entries...)
	}
	data, err := join(entries)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	position, err := j.trail.Append(ctx, data)
	if err != nil {
		j.log.Warn("the access record is not available: nothing is shown", slog.Any("error", err))
		return 0, unavailable(err)
	}
	return position, nil
}

// drain writes what is queued when the journal ends. What the trail does not take is counted as failed and said.
func (j *Journal) drain() {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	for ctx.Err() == nil && j.waiting() > 0 {
		j.write(ctx)
	}
	if held := j.held.Load(); held > 0 {
		j.log.Error("denials could not be recorded before the end", slog.Int64("entries", held))
	}
}

func (j *Journal) waiting() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.queue)
}

var errEnded = errors.New("the journal has ended")

func unavailable(err error) error {
	return fmt.Errorf("couldn't record: %w: %w", ErrUnavailable, err)
}
