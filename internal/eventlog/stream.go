package eventlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// minMessageSize is what the stream must take at least, in bytes: a form of 256 KiB grows by half when its parts are sealed and
// encoded, and a commit may hold more than one.
const minMessageSize = 1 << 20

// reportAttempts bounds how often the servers are asked for a report that all of them must give.
const reportAttempts = 5

// Log is the log of the cases. Its methods may be called concurrently.
type Log struct{ *stream }

// stream is what the log and the trail share: one stream of the server whose settings were checked.
type stream struct {
	place

	nc      *nats.Conn
	js      jetstream.JetStream
	options Options
	single  atomic.Bool // one server holds the stream, so that no other can answer with less

	outages outages
	end     end
}

// place says what a stream is called, what lies in it and on which subjects.
type place struct{ name, description, subjects string }

var casesPlace = place{StreamName, "Songtor's log: every commit of every case, for ever", Subjects}

// Options say what Open demands.
type Options struct {
	// Replicas is the least number of servers that must hold the stream: 1 for a single server, 3 or 5 for a cluster. 0 means 1.
	Replicas int
	// ServerReport asks the servers whether they sync every write. It is required: an in-process server answers for itself, outside
	// servers answer to SystemReport.
	ServerReport func(context.Context) ([]ServerReport, error)
	// Logger takes the interruptions that Follow survives; nil means slog.Default.
	Logger *slog.Logger
}

// Open binds to the stream and checks that neither its settings nor those of its servers can lose or change a commit. It fails
// with ErrNoStream, ErrUnsafeStream, ErrUnsafeSync or ErrSyncUnproven, and with ErrUnavailable where the servers do not answer.
func Open(ctx context.Context, nc *nats.Conn, o Options) (*Log, error) {
	s, err := bind(ctx, nc, casesPlace, o)
	if err != nil {
		return nil, err
	}
	return &Log{s}, nil
}

func bind(ctx context.Context, nc *nats.Conn, p place, o Options) (*stream, error) {
	s, err := unchecked(nc, p, o)
	if err != nil {
		return nil, err
	}
	if err := s.Check(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func unchecked(nc *nats.Conn, p place, o Options) (*stream, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("couldn't use JetStream: %w", err)
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &stream{place: p, nc: nc, js: js, options: o}, nil
}

// Check repeats the checks of Open. Settings can be changed while the service runs, so it is worth repeating now and then.
func (s *stream) Check(ctx context.Context) error {
	info, err := s.info(ctx)
	if err != nil {
		return err
	}
	s.single.Store(info.Config.Replicas == 1)
	if err := s.check(info.Config, s.options.Replicas); err != nil {
		return err
	}
	return s.checkSync(ctx, s.holders(info))
}

// checkSync asks again where a server that holds the stream is silent: those of a cluster that has just started may not have found
// each other yet.
func (s *stream) checkSync(ctx context.Context, holders []string) error {
	if s.options.ServerReport == nil {
		return fmt.Errorf("%w: give the credentials of the system account, so that the servers can be asked", ErrSyncUnproven)
	}
	for attempt := 1; ; attempt++ {
		reports, err := s.options.ServerReport(ctx)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSyncUnproven, err)
		}
		if err := CheckSync(holders, reports); attempt == reportAttempts || !errors.Is(err, ErrSyncUnproven) {
			return err
		}
		if err := pause(ctx, 100*time.Millisecond, 300*time.Millisecond); err != nil {
			return fmt.Errorf("%w: %w", ErrSyncUnproven, err)
		}
	}
}

// Head returns the highest position in the stream, and 0 for an empty one.
func (s *stream) Head(ctx context.Context) (uint64, error) {
	info, err := s.info(ctx)
	if err != nil {
		return 0, err
	}
	return info.State.LastSeq, nil
}

const (
	// createTimeout bounds the making of the streams: the servers of a cluster elect a leader for each first.
	createTimeout = time.Minute
	// createTry is how long one request for it is waited for. A cluster that changes its leader just then never answers it.
	createTry = 10 * time.Second
)

// CreateStream creates the streams of the log and of the trail, with so many replicas, where there are none. It never changes one
// that exists: Open and OpenTrail say what is wrong with it. It needs rights that the running service does not have.
func CreateStream(ctx context.Context, nc *nats.Conn, replicas int) error {
	ctx, cancel := context.WithTimeout(ctx, createTimeout)
	defer cancel()
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("couldn't use JetStream: %w", err)
	}
	for _, p := range []place{casesPlace, trailPlace} {
		if err := p.create(ctx, js, replicas); err != nil && !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			return fmt.Errorf("couldn't create the stream %s: %w", p.name, err)
		}
	}
	return nil
}

func (p place) create(ctx context.Context, js jetstream.JetStream, replicas int) error {
	for {
		try, cancel := context.WithTimeout(ctx, createTry)
		_, err := js.CreateStream(try, p.config(replicas))
		cancel()
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
}

func (p place) config(replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        p.name,
		Description: p.description,
		Subjects:    []string{p.subjects},
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardNew,
		Replicas:    replicas,
		MaxMsgs:     -1, MaxBytes: -1, MaxMsgsPerSubject: -1, MaxConsumers: -1,
		MaxMsgSize:  minMessageSize,
		Duplicates:  2 * time.Minute,
		DenyDelete:  true,
		DenyPurge:   true,
		AllowDirect: true,
	}
}

// info is what the leader says of the stream, where it is believed, and of the messages that the options ask for.
func (s *stream) info(ctx context.Context, more ...jetstream.StreamInfoOpt) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	began, reached := time.Now(), s.end.reached()
	info, err := s.described(ctx, more)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fmt.Errorf("%w %s", ErrNoStream, s.name)
	}
	if err == nil {
		err = s.believed(info, reached)
	}
	if err == nil {
		s.outages.answered(&s.outages.reads)
		return info, nil
	}
	s.unanswered(ctx, &s.outages.reads, began, err)
	return nil, unavailable("ask for the stream "+s.name, err)
}

func (s *stream) described(ctx context.Context, more []jetstream.StreamInfoOpt) (*jetstream.StreamInfo, error) {
	found, err := s.js.Stream(ctx, s.name)
	if err != nil {
		return nil, err
	}
	if len(more) == 0 {
		return found.CachedInfo(), nil // it was just asked for
	}
	return found.Info(ctx, more...)
}

// believed fails where the answer is that of a server which knows less than others, to a question that was asked when the stream had reached
// a position.
func (s *stream) believed(info *jetstream.StreamInfo, reached uint64) error {
	if info.Cluster != nil && info.Cluster.Leader == "" {
		return errors.New("it has no leader")
	}
	return s.end.told(info.State.LastSeq, reached, time.Now(), s.patience())
}

// holders are the names of the servers that hold the stream.
func (s *stream) holders(info *jetstream.StreamInfo) []string {
	if info.Cluster == nil {
		return []string{s.nc.ConnectedServerName()}
	}
	names := []string{info.Cluster.Leader}
	for _, peer := range info.Cluster.Replicas {
		names = append(names, peer.Name)
	}
	return names
}

// A demand is one setting of the stream and what it has to be.
type demand struct {
	setting string
	met     bool
	found   any
}

// check compares the settings that the server reports with what it needs. Placement, compression, duplicate window,
// metadata and the like do no harm and are the operator's.
func (p place) check(c jetstream.StreamConfig, replicas int) error {
	var wrong []string
	for _, d := range slices.Concat(kept(c), unchanged(c), p.placed(c, replicas)) {
		if !d.met {
			wrong = append(wrong, fmt.Sprintf("%s is %v", d.setting, d.found))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%w: %s: %s", ErrUnsafeStream, p.name, strings.Join(wrong, "; "))
	}
	return nil
}

// kept are the settings under which a message that was acknowledged stays.
func kept(c jetstream.StreamConfig) []demand {
	return []demand{
		{"storage", c.Storage == jetstream.FileStorage, c.Storage},
		{"persist_mode", c.PersistMode == jetstream.DefaultPersistMode, c.PersistMode}, // async cancels the sync of every write
		{"no_ack", !c.NoAck, c.NoAck},
		{"retention", c.Retention == jetstream.LimitsPolicy, c.Retention},
		{"discard", c.Discard == jetstream.DiscardNew, c.Discard},
		{"discard_new_per_subject", !c.DiscardNewPerSubject, c.DiscardNewPerSubject},
		{"max_age", c.MaxAge == 0, c.MaxAge},
		{"max_msgs", c.MaxMsgs <= 0, c.MaxMsgs},
		{"max_bytes", c.MaxBytes <= 0, c.MaxBytes},
		{"max_msgs_per_subject", c.MaxMsgsPerSubject <= 0, c.MaxMsgsPerSubject},
		{"max_msg_size", c.MaxMsgSize <= 0 || c.MaxMsgSize >= minMessageSize, c.MaxMsgSize},
		{"allow_msg_ttl", !c.AllowMsgTTL, c.AllowMsgTTL},
		{"subject_delete_marker_ttl", c.SubjectDeleteMarkerTTL == 0, c.SubjectDeleteMarkerTTL},
		{"sealed", !c.Sealed, c.Sealed},
	}
}

// unchanged are the settings under which what lies in the stream is what was published to it, and nothing else.
func unchanged(c jetstream.StreamConfig) []demand {
	return []demand{
		{"deny_delete", c.DenyDelete, c.DenyDelete},
		{"deny_purge", c.DenyPurge, c.DenyPurge},
		{"allow_rollup_hdrs", !c.AllowRollup, c.AllowRollup},
		{"allow_msg_schedules", !c.AllowMsgSchedules, c.AllowMsgSchedules}, // schedules clear deny_purge without a word
		{"allow_msg_counter", !c.AllowMsgCounter, c.AllowMsgCounter},
		{"mirror", c.Mirror == nil, "set"},
		{"sources", len(c.Sources) == 0, "set"},
		{"subject_transform", c.SubjectTransform == nil, "set"},
		{"republish", c.RePublish == nil, "set"},
		{"first_seq", c.FirstSeq <= 1, c.FirstSeq},
	}
}

// placed are the settings by which the stream is found and read.
func (p place) placed(c jetstream.StreamConfig, replicas int) []demand {
	return []demand{
		{"subjects", slices.Equal(c.Subjects, []string{p.subjects}), c.Subjects},
		{"allow_direct", c.AllowDirect, c.AllowDirect},
		{"num_replicas", c.Replicas >= replicas && c.Replicas != 2, c.Replicas}, // two stop when either stops
	}
}
