package eventlog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
)

// ServerReport is what one JetStream server says of how it writes.
type ServerReport struct {
	Name         string // of the server, as in its configuration
	SyncAlways   bool   // every write is on disk before it is acknowledged
	SyncInterval time.Duration
}

// CheckSync holds what servers report against what the log needs: each server that holds the stream has reported, and each that
// reported syncs every write, since the stream may move to it. It fails with ErrSyncUnproven or ErrUnsafeSync.
func CheckSync(holders []string, reports []ServerReport) error {
	for _, r := range reports {
		if !r.SyncAlways {
			return fmt.Errorf("%w: %s has sync_interval %v; set \"sync_interval: always\"", ErrUnsafeSync, r.Name, r.SyncInterval)
		}
	}
	if len(holders) == 0 {
		return fmt.Errorf("%w: nobody is known to hold the stream", ErrSyncUnproven)
	}
	for _, name := range holders {
		if !slices.ContainsFunc(reports, func(r ServerReport) bool { return r.Name == name }) {
			return fmt.Errorf("%w: server %q holds the stream and has not reported", ErrSyncUnproven, name)
		}
	}
	return nil
}

// Gathering the answers of an unknown number of servers ends when none has come for quiet; the first may take longer.
const (
	firstAnswer = 2 * time.Second
	quiet       = 300 * time.Millisecond
)

// SystemReport returns a function that asks all servers over a connection of their system account.
func SystemReport(nc *nats.Conn) func(context.Context) ([]ServerReport, error) {
	return func(ctx context.Context) ([]ServerReport, error) {
		inbox := nc.NewInbox()
		answers, err := nc.SubscribeSync(inbox)
		if err != nil {
			return nil, fmt.Errorf("couldn't ask the servers: %w", err)
		}
		defer func() { _ = answers.Unsubscribe() }()
		if err := nc.PublishRequest("$SYS.REQ.SERVER.PING.JSZ", inbox, []byte(`{"config":true}`)); err != nil {
			return nil, fmt.Errorf("couldn't ask the servers: %w", err)
		}
		return gatherReports(ctx, answers)
	}
}

func gatherReports(ctx context.Context, answers *nats.Subscription) ([]ServerReport, error) {
	var reports []ServerReport
	for wait := firstAnswer; ; wait = quiet {
		m, err := nextWithin(ctx, answers, wait)
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, fmt.Errorf("couldn't ask the servers: %w", ctx.Err())
		case err != nil && len(reports) == 0:
			return nil, fmt.Errorf("no server answered as it does to a user of the system account: %w", err)
		case errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded):
			return reports, nil
		case err != nil:
			return nil, fmt.Errorf("couldn't ask the servers: %w", err)
		}
		report, enabled, err := readReport(m.Data)
		if err != nil {
			return nil, err
		}
		if enabled {
			reports = append(reports, report)
		}
	}
}

func nextWithin(ctx context.Context, s *nats.Subscription, wait time.Duration) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	return s.NextMsgWithContext(ctx)
}

// readReport reads one server's answer. The second result is false for a server without JetStream, which holds no stream.
func readReport(data []byte) (ServerReport, bool, error) {
	var answer struct {
		Server struct {
			Name string `json:"name"`
		} `json:"server"`
		Data struct {
			Disabled bool `json:"disabled"`
			Config   struct {
				SyncAlways   bool          `json:"sync_always"`
				SyncInterval time.Duration `json:"sync_interval"`
			} `json:"config"`
		} `json:"data"`
		Error *struct {
			Description string `json:"description"`
		} `json:"error"`
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return ServerReport{}, false, fmt.Errorf("couldn't read a server's report: %w", err)
	}
	if answer.Error != nil {
		return ServerReport{}, false, fmt.Errorf("server %s does not report: %s", answer.Server.Name, answer.Error.Description)
	}
	config := answer.Data.Config
	return ServerReport{answer.Server.Name, config.SyncAlways, config.SyncInterval}, !answer.Data.Disabled, nil
}
