package embedded

import (
	"net"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

func TestNATSReportsThatItSyncsAlways(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	report := reportOf(t, startTestNATS(t, NATSConfig{Dir: dir, Log: quiet(), MaxPayload: 2 << 20}))
	if !report.SyncAlways {
		t.Error("the server does not sync always")
	}
	if want := filepath.Join(dir, "jetstream"); report.StoreDir != want {
		t.Errorf("store in %s, want %s", report.StoreDir, want)
	}
	if report.MaxPayload != 2<<20 || report.MaxMemory != memoryLimit || report.Version == "" {
		t.Errorf("unexpected report %+v", report)
	}
	if report.MaxStore < 1<<30 {
		t.Errorf("the store may hold %d bytes only", report.MaxStore)
	}
}

// The control: the report is the server's own, not what we wish.
func TestNATSReportsWhenItDoesNot(t *testing.T) {
	t.Parallel()
	options, err := natsOptions(NATSConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	options.SyncAlways = false
	running, err := startNATS(options, quiet())
	if err != nil {
		t.Fatal(err)
	}
	defer running.Shutdown()
	if reportOf(t, running).SyncAlways {
		t.Error("the report claims a sync that is off")
	}
}

func TestNATSKeepsMessagesOverRestart(t *testing.T) {
	t.Parallel()
	config := NATSConfig{Dir: t.TempDir(), Log: quiet()}
	first := startTestNATS(t, config)
	log := jetStream(t, first)
	_, err := log.CreateStream(t.Context(), jetstream.StreamConfig{Name: "T", Subjects: []string{"t.>"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := log.Publish(t.Context(), "t.a", []byte("kept")); err != nil {
		t.Fatal(err)
	}
	first.Shutdown()
	first.Shutdown()
	stream, err := jetStream(t, startTestNATS(t, config)).Stream(t.Context(), "T")
	if err != nil {
		t.Fatal(err)
	}
	message, err := stream.GetMsg(t.Context(), 1)
	if err != nil || string(message.Data) != "kept" {
		t.Errorf("read %v, %v after the restart", message, err)
	}
}

func TestNATSListensOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	silent := startTestNATS(t, NATSConfig{Dir: t.TempDir(), Log: quiet()})
	if address := silent.server.Addr(); address != nil {
		t.Errorf("a server without a listener listens on %v", address)
	}
	listening := startTestNATS(t, NATSConfig{Dir: t.TempDir(), Log: quiet(), Listen: "127.0.0.1:0"})
	address, err := url.Parse(listening.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialTimeout("tcp", address.Host, 5*time.Second)
	if err != nil {
		t.Fatalf("nobody listens on %s: %v", address.Host, err)
	}
	conn.Close()
}

func TestNATSRefusesAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:4222", ":4222", "192.0.2.1:4222", "localhost", "127.0.0.1:70000"} {
		if running, err := StartNATS(NATSConfig{Dir: t.TempDir(), Log: quiet(), Listen: address}); err == nil {
			running.Shutdown()
			t.Errorf("address %q was accepted", address)
		}
	}
}

func TestNATSReportsWhyItDidNotStart(t *testing.T) {
	t.Parallel()
	if running, err := StartNATS(NATSConfig{Dir: "/dev/null/store", Log: quiet()}); err == nil {
		running.Shutdown()
		t.Error("a store that cannot be made was accepted")
	}
}

func startTestNATS(t *testing.T, config NATSConfig) *NATS {
	t.Helper()
	before := time.Now()
	running, err := StartNATS(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("started in %v", time.Since(before).Round(time.Microsecond))
	t.Cleanup(running.Shutdown)
	return running
}

func reportOf(t *testing.T, running *NATS) NATSReport {
	t.Helper()
	report, err := running.Report()
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func jetStream(t *testing.T, running *NATS) jetstream.JetStream {
	t.Helper()
	conn, err := running.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	log, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return log
}
