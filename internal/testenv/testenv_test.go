package testenv_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go/jetstream"

	"songtor/internal/testenv"
)

func TestPostgresGivesEachCallAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	for i := range 3 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			conn := connect(t, testenv.Postgres(t))
			if _, err := conn.Exec(t.Context(), "create table only_here (n int)"); err != nil {
				t.Errorf("the database is not empty: %v", err)
			}
		})
	}
}

func TestPostgresDropsTheDatabase(t *testing.T) {
	t.Parallel()
	var url string
	t.Run("use", func(t *testing.T) {
		url = testenv.Postgres(t)
		connect(t, url)
	})
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		conn.Close(t.Context())
		t.Error("the database outlived its test")
	}
}

func TestPostgresServerComesBackWithItsData(t *testing.T) {
	t.Parallel()
	server := testenv.PostgresServer(t)
	conn := connect(t, server.URL)
	if _, err := conn.Exec(t.Context(), "create table kept as select 7 as n"); err != nil {
		t.Fatal(err)
	}
	server.Stop(t)
	if _, err := pgx.Connect(t.Context(), server.URL); err == nil {
		t.Fatal("a stopped server answers")
	}
	server.Start(t)
	var n int
	if err := connect(t, server.URL).QueryRow(t.Context(), "select n from kept").Scan(&n); err != nil || n != 7 {
		t.Errorf("read %d, %v after the restart, want 7", n, err)
	}
	connect(t, server.KeysURL)
}

func TestNATSKeepsStoreAndAddressOverRestart(t *testing.T) {
	t.Parallel()
	server := testenv.NATS(t)
	url := server.URL
	log, err := jetstream.New(server.Connect(t))
	if err != nil {
		t.Fatal(err)
	}
	_, err = log.CreateStream(t.Context(), jetstream.StreamConfig{Name: "T", Subjects: []string{"t.>"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := log.Publish(t.Context(), "t.a", []byte("x")); err != nil {
		t.Fatal(err)
	}
	server.Restart(t)
	if server.URL != url {
		t.Errorf("address %s after the restart, want %s", server.URL, url)
	}
	again, err := jetstream.New(server.Connect(t))
	if err != nil {
		t.Fatal(err)
	}
	stream, err := again.Stream(t.Context(), "T")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.GetMsg(t.Context(), 1); err != nil {
		t.Errorf("the message is gone: %v", err)
	}
}

func TestEventually(t *testing.T) {
	t.Parallel()
	calls := 0
	testenv.Eventually(t, time.Minute, func() bool { calls++; return calls == 3 })
	if calls != 3 {
		t.Errorf("asked %d times, want 3", calls)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatalf("couldn't connect: %v", err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}
