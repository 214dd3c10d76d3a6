package main

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"songtor/internal/quarantine"
	"songtor/internal/testenv"
)

// What a rejected form says of a person does not stay because nobody opens the list. The control is one whose time is not over.
func TestRejectedFormsGoThoughNobodyLooks(t *testing.T) {
	t.Parallel()
	stores, o := openService(t)
	rejected := func(ago time.Duration) (id string) {
		must(t, stores.pools.Store.QueryRow(t.Context(), `
			insert into quarantine.form (screening, digest, seal_key, enc, ciphertext, source, account, username, agency, role, held_at, state, decided_at)
			values (gen_random_uuid(), sha256('x'), 'k', 'e', 'c', 'file', 'a', 'u', 'g', 'responder', $1, 'rejected', $1) returning id`,
			time.Now().Add(-ago)).Scan(&id))
		return id
	}
	over, kept := rejected(quarantine.KeepRejected+time.Minute), rejected(quarantine.KeepRejected-time.Hour)
	isKept := func(id string) (there bool) {
		must(t, stores.pools.Store.QueryRow(t.Context(), "select ciphertext is not null from quarantine.form where id = $1", id).Scan(&there))
		return there
	}
	running, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- o.keep(running, slog.New(slog.DiscardHandler)) }()
	testenv.Eventually(t, time.Minute, func() bool { return !isKept(over) })
	if !isKept(kept) {
		t.Error("a rejection whose time is not over cannot be mended any more")
	}
	stop()
	must(t, <-ended)
}
