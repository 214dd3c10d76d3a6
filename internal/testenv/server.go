package testenv

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"songtor/internal/database"
	"songtor/internal/embedded"
)

// A Server is a PostgreSQL of one test, which may stop and start it. It runs as
// it would in service, with fsync.
type Server struct {
	// URL names the empty database main; it stays the same over Stop and Start.
	URL string
	// KeysURL names the empty database main_keys of the same server.
	KeysURL string

	dir    string
	server *embedded.Postgres // nil while stopped
}

// PostgresServer starts a server that ends with the test.
func PostgresServer(tb testing.TB) *Server {
	tb.Helper()
	// The parent of tb.TempDir is closed to the user as whom root runs the server.
	dir, err := openFolder(os.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { os.RemoveAll(dir) })
	server := &Server{dir: filepath.Join(dir, "postgres")}
	tb.Cleanup(func() { server.stop(tb, context.WithoutCancel(tb.Context())) })
	server.Start(tb)
	if err := database.PrepareServer(tb.Context(), server.server.AdminURL("postgres")); err != nil {
		tb.Fatalf("couldn't prepare the test's server: %v", err)
	}
	for _, name := range []string{"main", "main_keys"} {
		if err := server.server.CreateDatabase(tb.Context(), name); err != nil {
			tb.Fatalf("couldn't make a database for the test: %v", err)
		}
	}
	server.URL, server.KeysURL = server.server.AdminURL("main"), server.server.AdminURL("main_keys")
	return server
}

// Start starts the stopped server on its data.
func (s *Server) Start(tb testing.TB) {
	tb.Helper()
	server, err := embedded.StartPostgres(tb.Context(), embedded.PostgresConfig{Dir: s.dir, Log: quiet()})
	if err != nil {
		tb.Fatalf("couldn't start a PostgreSQL for the test: %v", err)
	}
	s.server = server
}

// Stop stops the server, which closes its connections, and keeps its data. It
// may be called again.
func (s *Server) Stop(tb testing.TB) {
	tb.Helper()
	s.stop(tb, tb.Context())
}

func (s *Server) stop(tb testing.TB, ctx context.Context) {
	tb.Helper()
	if s.server == nil {
		return
	}
	if err := s.server.Stop(ctx); err != nil {
		tb.Errorf("couldn't stop the test's PostgreSQL: %v", err)
	}
	s.server = nil
}
