package eventlog

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"songtor/internal/testenv"
)

var discard = slog.New(slog.DiscardHandler)

func TestASafeStreamOpens(t *testing.T) {
	t.Parallel()
	l, s := openLog(t)
	fill(t, l, 1)
	nc := dial(t, s.URL)
	if err := CreateStream(t.Context(), nc, 1); err != nil {
		t.Fatalf("the second time: %v", err)
	}
	if err := l.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if head, err := l.Head(t.Context()); err != nil || head != 1 {
		t.Fatalf("head %d, %v", head, err)
	}
}

func TestAStreamIsNeverChangedOnTheQuiet(t *testing.T) {
	t.Parallel()
	s := testenv.NATS(t)
	nc := dial(t, s.URL)
	config := casesPlace.config(1)
	config.MaxAge = time.Hour
	if _, err := jetStream(t, nc).CreateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if err := CreateStream(t.Context(), nc, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), nc, Options{ServerReport: always(nc)}); !errors.Is(err, ErrUnsafeStream) {
		t.Fatalf("got %v, want ErrUnsafeStream", err)
	}
}

func TestWithoutAStreamNothingOpens(t *testing.T) {
	t.Parallel()
	nc := dial(t, testenv.NATS(t).URL)
	if _, err := Open(t.Context(), nc, Options{ServerReport: always(nc)}); !errors.Is(err, ErrNoStream) {
		t.Fatalf("got %v, want ErrNoStream", err)
	}
}

func TestAnUnsafeStreamIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		setting string
		spoil   func(*jetstream.StreamConfig)
	}{
		{"", func(*jetstream.StreamConfig) {}}, // the control
		{"storage", func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage }},
		{"persist_mode", func(c *jetstream.StreamConfig) { c.PersistMode = jetstream.AsyncPersistMode }},
		{"no_ack", func(c *jetstream.StreamConfig) { c.NoAck = true }},
		{"retention", func(c *jetstream.StreamConfig) { c.Retention = jetstream.InterestPolicy }},
		{"discard", func(c *jetstream.StreamConfig) { c.Discard = jetstream.DiscardOld }},
		{"max_age", func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour }},
		{"max_msgs", func(c *jetstream.StreamConfig) { c.MaxMsgs = 1000 }},
		{"max_bytes", func(c *jetstream.StreamConfig) { c.MaxBytes = 1 << 20 }},
		{"max_msgs_per_subject", func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject = 100 }},
		{"max_msg_size", func(c *jetstream.StreamConfig) { c.MaxMsgSize = 1 << 16 }},
		{"deny_delete", func(c *jetstream.StreamConfig) { c.DenyDelete = false }},
		{"deny_purge", func(c *jetstream.StreamConfig) { c.DenyPurge = false }},
		{"allow_rollup_hdrs", func(c *jetstream.StreamConfig) { c.AllowRollup, c.DenyPurge = true, false }},
		{"allow_msg_ttl", func(c *jetstream.StreamConfig) { c.AllowMsgTTL = true }},
		{"allow_msg_schedules", func(c *jetstream.StreamConfig) { c.AllowMsgSchedules, c.Discard = true, jetstream.DiscardOld }},
		{"allow_direct", func(c *jetstream.StreamConfig) { c.AllowDirect = false }},
		{"subjects", func(c *jetstream.StreamConfig) { c.Subjects = []string{"nrm.>", "other"} }},
		{"subjects", func(c *jetstream.StreamConfig) { c.Subjects = []string{"nrm.case.*"} }},
		{"first_seq", func(c *jetstream.StreamConfig) { c.FirstSeq = 100 }},
		{"republish", func(c *jetstream.StreamConfig) {
			c.RePublish = &jetstream.RePublish{Source: "nrm.>", Destination: "copy.>"}
		}},
		{"subject_transform", func(c *jetstream.StreamConfig) {
			c.SubjectTransform = &jetstream.SubjectTransformConfig{Source: "nrm.>", Destination: "nrm.x.>"}
		}},
		{"sources", func(c *jetstream.StreamConfig) { c.Sources = []*jetstream.StreamSource{{Name: "OTHER"}} }},
		{"mirror", func(c *jetstream.StreamConfig) {
			c.Mirror, c.Subjects, c.Discard = &jetstream.StreamSource{Name: "OTHER"}, nil, jetstream.DiscardOld
		}},
	}
	nc := dial(t, testenv.NATS(t).URL)
	js := jetStream(t, nc)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "OTHER", Subjects: []string{"another"}}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		config := casesPlace.config(1)
		tt.spoil(&config)
		if _, err := js.CreateStream(t.Context(), config); err != nil {
			t.Fatalf("%s: %v", tt.setting, err)
		}
		_, err := Open(t.Context(), nc, Options{ServerReport: always(nc)})
		switch {
		case tt.setting == "" && err != nil:
			t.Errorf("the safe stream is refused: %v", err)
		case tt.setting != "" && !(errors.Is(err, ErrUnsafeStream) && strings.Contains(err.Error(), tt.setting+" is")):
			t.Errorf("%s: got %v", tt.setting, err)
		}
		if err := js.DeleteStream(t.Context(), StreamName); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever setting the client library learns of must be either demanded or known to do no harm.
func TestEverySettingIsJudged(t *testing.T) {
	t.Parallel()
	harmless := []string{
		"Name", "Description", "MaxConsumers", "Duplicates", "Placement", "Compression", "MirrorDirect", "ConsumerLimits", "Metadata",
		"Template", "AllowAtomicPublish", "AllowBatchPublish",
	}
	config := reflect.TypeFor[jetstream.StreamConfig]()
	for i := range config.NumField() {
		spoiled := casesPlace.config(1)
		if err := casesPlace.check(spoiled, 1); err != nil {
			t.Fatal(err)
		}
		spoilField(t, reflect.ValueOf(&spoiled).Elem().Field(i))
		refused := casesPlace.check(spoiled, 1) != nil
		if name := config.Field(i).Name; refused == slices.Contains(harmless, name) {
			t.Errorf("%s: refused is %v", name, refused)
		}
	}
}

// spoilField gives a field another value than a safe stream has.
func spoilField(t *testing.T, f reflect.Value) {
	t.Helper()
	switch f.Kind() {
	case reflect.Bool:
		f.SetBool(!f.Bool())
	case reflect.Int, reflect.Int32, reflect.Int64:
		f.SetInt(2)
		if f.Type() == reflect.TypeFor[jetstream.DiscardPolicy]() || f.Type() == reflect.TypeFor[jetstream.StorageType]() {
			f.SetInt(7)
		}
	case reflect.Uint8, reflect.Uint64:
		f.SetUint(2)
	case reflect.String:
		f.SetString("x")
	case reflect.Pointer:
		f.Set(reflect.New(f.Type().Elem()))
	case reflect.Slice:
		f.Set(reflect.MakeSlice(f.Type(), 2, 2))
	case reflect.Map, reflect.Struct:
		// Neither Metadata nor ConsumerLimits is demanded to be anything.
	default:
		t.Fatalf("a setting of kind %v", f.Kind())
	}
}

func TestReplicas(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		has, demanded int
		safe          bool
	}{{1, 0, true}, {1, 1, true}, {2, 1, false}, {3, 1, true}, {3, 3, true}, {5, 3, true}, {1, 3, false}, {3, 5, false}} {
		if err := casesPlace.check(casesPlace.config(tt.has), tt.demanded); (err == nil) != tt.safe {
			t.Errorf("%d replicas where %d are demanded: %v", tt.has, tt.demanded, err)
		}
	}
}

func TestSyncOfOneServer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		sync string
		want error
	}{{"always", nil}, {"2m", ErrUnsafeSync}, {"1s", ErrUnsafeSync}} {
		t.Run(tt.sync, func(t *testing.T) {
			t.Parallel()
			s := startServer(t, t.TempDir(), tt.sync, anyPort)
			admin, sys := dial(t, s.ClientURL(), as("admin")), dial(t, s.ClientURL(), as("sys"))
			if err := CreateStream(t.Context(), admin, 1); err != nil {
				t.Fatal(err)
			}
			_, err := Open(t.Context(), dial(t, s.ClientURL(), as("service")), Options{ServerReport: SystemReport(sys)})
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestSyncOfACluster(t *testing.T) {
	t.Parallel()
	servers := startCluster(t, "always", "2m")
	url := servers[0].ClientURL()
	if err := CreateStream(t.Context(), dial(t, url, as("admin")), 3); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), dial(t, url, as("service")), Options{Replicas: 3, ServerReport: SystemReport(dial(t, url, as("sys")))})
	if !errors.Is(err, ErrUnsafeSync) {
		t.Fatalf("one of three does not sync: got %v", err)
	}
}

func TestSyncMustBeProven(t *testing.T) {
	t.Parallel()
	l, s := openLog(t)
	nc := dial(t, s.URL)
	tests := map[string]func(context.Context) ([]ServerReport, error){
		"no report":      nil,
		"not the system": SystemReport(nc),
		"an error":       func(context.Context) ([]ServerReport, error) { return nil, errors.New("no") },
		"no server":      func(context.Context) ([]ServerReport, error) { return nil, nil },
		"another server": func(context.Context) ([]ServerReport, error) { return []ServerReport{{"x", true, 0}}, nil },
	}
	for name, report := range tests {
		if _, err := Open(t.Context(), l.nc, Options{ServerReport: report}); !errors.Is(err, ErrSyncUnproven) {
			t.Errorf("%s: got %v, want ErrSyncUnproven", name, err)
		}
	}
}

func TestCheckSync(t *testing.T) {
	t.Parallel()
	yes, no := func(n string) ServerReport { return ServerReport{n, true, 0} }, func(n string) ServerReport { return ServerReport{n, false, time.Minute} }
	for _, tt := range []struct {
		name    string
		holders []string
		reports []ServerReport
		want    error
	}{
		{"all", []string{"a", "b", "c"}, []ServerReport{yes("a"), yes("b"), yes("c")}, nil},
		{"more than hold it", []string{"a"}, []ServerReport{yes("a"), yes("b")}, nil},
		{"one is silent", []string{"a", "b", "c"}, []ServerReport{yes("a"), yes("b")}, ErrSyncUnproven},
		{"one does not sync", []string{"a", "b", "c"}, []ServerReport{yes("a"), no("b"), yes("c")}, ErrUnsafeSync},
		{"one that may get it does not sync", []string{"a"}, []ServerReport{yes("a"), no("b")}, ErrUnsafeSync},
		{"nobody holds it", nil, nil, ErrSyncUnproven},
	} {
		if err := CheckSync(tt.holders, tt.reports); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}

// A server that has just joined a cluster may not be heard at first.
func TestALateReportCounts(t *testing.T) {
	t.Parallel()
	l, _ := openLog(t)
	asked := 0
	late := func(ctx context.Context) ([]ServerReport, error) {
		if asked++; asked == 1 {
			return nil, nil
		}
		return always(l.nc)(ctx)
	}
	if _, err := Open(t.Context(), l.nc, Options{ServerReport: late}); err != nil {
		t.Fatal(err)
	}
}
