package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// defaultMaxPayload is the largest message in bytes when none is configured.
const defaultMaxPayload = 1 << 20

// memoryLimit bounds streams kept in memory. The log is on disk; only the state
// of short-lived consumers is not.
const memoryLimit = 256 << 20

// natsReady bounds the opening of the listener. Reading the log, which may take
// longer, is over before.
const natsReady = 10 * time.Second

// NATSConfig says where the nats-server keeps the log and how it is reached.
type NATSConfig struct {
	// Dir is the folder of the store.
	Dir string
	// Log takes the server's warnings and errors; nil means slog.Default.
	Log *slog.Logger
	// MaxPayload is the largest message in bytes; 0 means 1 MiB.
	MaxPayload int32
	// Listen is a loopback host:port, port 0 for any free one. Whoever reaches
	// it may read and write everything. Empty means no listener.
	Listen string
	// Unsynced lets the server acknowledge writes that are not on disk yet. It is for filling an empty store, whose files are put on disk
	// after Shutdown and before anything relies on them.
	Unsynced bool
}

// NATS is a nats-server with JetStream in this process.
type NATS struct {
	server *server.Server
}

// NATSReport is what the running server says of itself. What was asked for is
// no proof: settings of different places override each other.
type NATSReport struct {
	Version    string // of the server
	SyncAlways bool   // each write is on disk before it is acknowledged
	StoreDir   string // of JetStream
	MaxStore   int64  // bytes of all streams on disk
	MaxMemory  int64  // bytes of all streams in memory
	MaxPayload int32  // bytes of one message
}

// StartNATS starts the server and returns when it accepts connections. Each
// write is synced to disk before it is acknowledged.
func StartNATS(config NATSConfig) (*NATS, error) {
	options, err := natsOptions(config)
	if err != nil {
		return nil, err
	}
	return startNATS(options, orDefault(config.Log))
}

// Connect opens a connection inside the process.
func (n *NATS) Connect(options ...nats.Option) (*nats.Conn, error) {
	conn, err := nats.Connect("", append(options, nats.InProcessServer(n.server))...)
	if err != nil {
		return nil, fmt.Errorf("couldn't connect to the nats-server: %w", err)
	}
	return conn, nil
}

// ClientURL is the address of the listener. Without one it means nothing.
func (n *NATS) ClientURL() string { return n.server.ClientURL() }

// Report asks the server for its settings.
func (n *NATS) Report() (NATSReport, error) {
	info, err := n.server.Jsz(&server.JSzOptions{Config: true})
	if err != nil {
		return NATSReport{}, fmt.Errorf("couldn't ask the nats-server about JetStream: %w", err)
	}
	if info.Disabled {
		return NATSReport{}, errors.New("JetStream is disabled on the nats-server")
	}
	general, err := n.server.Varz(&server.VarzOptions{})
	if err != nil {
		return NATSReport{}, fmt.Errorf("couldn't ask the nats-server about itself: %w", err)
	}
	return NATSReport{
		Version:    general.Version,
		SyncAlways: info.Config.SyncAlways,
		StoreDir:   info.Config.StoreDir,
		MaxStore:   info.Config.MaxStore,
		MaxMemory:  info.Config.MaxMemory,
		MaxPayload: int32(general.MaxPayload),
	}, nil
}

// Shutdown closes all connections and returns when the store is closed. It may
// be called again.
func (n *NATS) Shutdown() {
	n.server.Shutdown()
	n.server.WaitForShutdown()
}

func startNATS(options *server.Options, log *slog.Logger) (*NATS, error) {
	running, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("couldn't set up the nats-server: %w", err)
	}
	messages := &natsLog{log: log}
	running.SetLoggerV2(messages, false, false, false)
	running.Start()
	if err := messages.fatal(); err != nil {
		running.Shutdown()
		return nil, fmt.Errorf("couldn't start the nats-server: %w", err)
	}
	if !running.ReadyForConnections(natsReady) {
		running.Shutdown()
		return nil, fmt.Errorf("the nats-server was not ready after %v", natsReady)
	}
	return &NATS{server: running}, nil
}

// natsOptions leaves the size of the store to the disk: the server takes three
// quarters of what is free, and what the log already occupies.
func natsOptions(config NATSConfig) (*server.Options, error) {
	options := &server.Options{
		ServerName:         "songtor",
		DontListen:         config.Listen == "",
		NoSigs:             true,
		NoLog:              true,
		MaxPayload:         config.MaxPayload,
		JetStream:          true,
		StoreDir:           config.Dir,
		SyncAlways:         !config.Unsynced,
		JetStreamMaxMemory: memoryLimit,
	}
	if options.MaxPayload == 0 {
		options.MaxPayload = defaultMaxPayload
	}
	if config.Listen == "" {
		return options, nil
	}
	return options, listenOn(options, config.Listen)
}

func listenOn(options *server.Options, address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("couldn't read the nats-server's address: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return errors.New("the nats-server in this process has no access control and listens on a loopback address only")
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return fmt.Errorf("couldn't read the nats-server's port: %w", err)
	}
	options.Host, options.Port = host, int(number)
	if number == 0 {
		options.Port = server.RANDOM_PORT
	}
	return nil
}
