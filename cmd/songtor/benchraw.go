package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"songtor/internal/embedded"
	"songtor/internal/eventlog"
)

// rawLog publishes messages of a size to a bare log with the service's own settings: the limit that no service on it can pass.
func rawLog(ctx context.Context, s shape, size int) (result, error) {
	dir, err := os.MkdirTemp("", "songtor-bench-")
	if err != nil {
		return result{}, fmt.Errorf("couldn't make a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	server, err := embedded.StartNATS(embedded.NATSConfig{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return result{}, err
	}
	defer server.Shutdown()
	nc, err := server.Connect()
	if err != nil {
		return result{}, err
	}
	defer nc.Close()
	if err := eventlog.CreateStream(ctx, nc, 1); err != nil {
		return result{}, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return result{}, err
	}
	payload := make([]byte, size)
	_, _ = rand.Read(payload) // never fails since Go 1.24
	r := offer(ctx, s, func(ctx context.Context, _ int) error {
		msg := &nats.Msg{Subject: "nrm.case." + uuid.NewString(), Data: payload}
		_, err := js.PublishMsg(ctx, msg, jetstream.WithExpectLastSequencePerSubject(0))
		return err
	})
	return r, r.firstErr
}
