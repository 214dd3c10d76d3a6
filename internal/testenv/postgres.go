package testenv

import (
	"context"
	"fmt"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// startLimit bounds the start of the shared server, a container's image
// included.
const startLimit = 3 * time.Minute

// A sharedServer is the server of this test binary.
type sharedServer struct {
	admin   string // URL of the database for administration
	watcher *exec.Cmd
}

// shared starts the server of this test binary once.
var shared = sync.OnceValues(func() (sharedServer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	start := startShared
	if containersWanted() {
		start = startContainer
	}
	server, err := start(ctx)
	if err != nil {
		return sharedServer{}, err
	}
	return server, server.prepare(ctx)
})

// databases numbers the databases of this process.
var databases atomic.Int64

// Postgres makes a database for the test that is empty but for the wall of
// package database, drops it at the end of the test, and returns its URL for
// pgx, an administrator's.
func Postgres(tb testing.TB) string {
	tb.Helper()
	server, err := shared()
	if err != nil {
		tb.Fatalf("couldn't start a PostgreSQL for the tests: %v", err)
	}
	name := fmt.Sprintf("test_%d", databases.Add(1))
	// Copying files takes 25 ms, the usual way through the log 200 ms.
	if err := execute(tb.Context(), server.admin, "create database "+name+" template "+blank+" strategy file_copy"); err != nil {
		tb.Fatalf("couldn't make a database for the test: %v", err)
	}
	tb.Cleanup(func() {
		if err := execute(context.WithoutCancel(tb.Context()), server.admin, "drop database "+name+" with (force)"); err != nil {
			tb.Errorf("couldn't drop the test's database: %v", err)
		}
	})
	address, err := named(server.admin, name)
	if err != nil {
		tb.Fatalf("couldn't read the server's address: %v", err)
	}
	return address
}

func execute(ctx context.Context, url, statement string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}
