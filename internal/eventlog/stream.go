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

// Log is the log of one stream. Its methods may be called concurrently.
type Log struct {
	nc      *nats.Conn
	js      jetstream.JetStream
	options Options
	single  atomic.Bool // one server holds the stream, so that no other can answer with less
}

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
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("couldn't use JetStream: %w", err)
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	l := &Log{nc: nc, js: js, options: o}
	if err := l.Check(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// Check repeats the checks of Open. Settings can be changed while the service runs, so it is worth repeating now and then.
func (l *Log) Check(ctx context.Context) error {
	info, err := l.info(ctx)
	if err != nil {
		return err
	}
	l.single.Store(info.Config.Replicas == 1)
	if err := checkStream(info.Config, l.options.Replicas); err != nil {
		return err
	}
	return l.checkSync(ctx, l.holders(info))
}

// checkSync asks again where a server that holds the stream is silent: those of a cluster that has just started may not have found
// each other yet.
func (l *Log) checkSync(ctx context.Context, holders []string) error {
	if l.options.ServerReport == nil {
		return fmt.Errorf("%w: give the credentials of the system account, so that the servers can be asked", ErrSyncUnproven)
	}
	for attempt := 1; ; attempt++ {
		reports, err := l.options.ServerReport(ctx)
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

// Head returns the highest position in the log, and 0 for an empty log.
func (l *Log) Head(ctx context.Context) (uint64, error) {
	info, err := l.info(ctx)
	if err != nil {
		return 0, err
	}
	return info.State.LastSeq, nil
}

// CreateStream creates the log's stream with so many replicas where there is none. It never changes one that exists: Open says
// what is wrong with it. It needs rights that the running service does not have.
func CreateStream(ctx context.Context, nc *nats.Conn, replicas int) error {
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("couldn't use JetStream: %w", err)
	}
	_, err = js.CreateStream(ctx, safeConfig(replicas))
	if err != nil && !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return fmt.Errorf("couldn't create the stream %s: %w", StreamName, err)
	}
	return nil
}

func safeConfig(replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        StreamName,
		Description: "Songtor's log: every commit of every case, for ever",
		Subjects:    []string{Subjects},
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

func (l *Log) info(ctx context.Context) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	stream, err := l.js.Stream(ctx, StreamName)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return nil, ErrNoStream
	case err != nil:
		return nil, unavailable("ask for the stream "+StreamName, err)
	}
	info := stream.CachedInfo()
	if info.Cluster != nil && info.Cluster.Leader == "" {
		return nil, unavailable("ask for the stream "+StreamName, errors.New("it has no leader"))
	}
	return info, nil
}

// holders are the names of the servers that hold the stream.
func (l *Log) holders(info *jetstream.StreamInfo) []string {
	if info.Cluster == nil {
		return []string{l.nc.ConnectedServerName()}
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

// checkStream compares the settings that the server reports with what the log needs. Placement, compression, duplicate window,
// metadata and the like do no harm and are the operator's.
func checkStream(c jetstream.StreamConfig, replicas int) error {
	var wrong []string
	for _, d := range slices.Concat(kept(c), unchanged(c), placed(c, replicas)) {
		if !d.met {
			wrong = append(wrong, fmt.Sprintf("%s is %v", d.setting, d.found))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%w: %s", ErrUnsafeStream, strings.Join(wrong, "; "))
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

// placed are the settings by which the log finds its stream and reads it.
func placed(c jetstream.StreamConfig, replicas int) []demand {
	return []demand{
		{"subjects", slices.Equal(c.Subjects, []string{Subjects}), c.Subjects},
		{"allow_direct", c.AllowDirect, c.AllowDirect},
		{"num_replicas", c.Replicas >= replicas && c.Replicas != 2, c.Replicas}, // two stop when either stops
	}
}
