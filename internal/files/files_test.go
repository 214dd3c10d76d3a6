package files_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
	"songtor/internal/files"
	"songtor/internal/testenv"
)

func newStore(t *testing.T) (*files.Store, *pgxpool.Pool) {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), testenv.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	store, err := files.New(t.Context(), pool, pool)
	if err != nil {
		t.Fatal(err)
	}
	return store, pool
}

func TestAContentIsFoundByItsCase(t *testing.T) {
	t.Parallel()
	store, pool := newStore(t)
	caseID, other := uuid.NewString(), uuid.NewString()
	sealed := domain.Sealed{KeyID: "k1", Ciphertext: bytes.Repeat([]byte{7}, 1<<20)}
	blob, err := store.Add(t.Context(), caseID, sealed)
	if err != nil {
		t.Fatal(err)
	}
	got, err := files.Get(t.Context(), pool, caseID, blob)
	if err != nil || got.KeyID != "k1" || !bytes.Equal(got.Ciphertext, sealed.Ciphertext) {
		t.Fatalf("got key %q, %d bytes, %v", got.KeyID, len(got.Ciphertext), err)
	}
	if _, err := files.Get(t.Context(), pool, other, blob); !errors.Is(err, files.ErrNone) {
		t.Errorf("another case finds it: %v", err)
	}
}

func TestRemoveTakesTheContentsOfOneCase(t *testing.T) {
	t.Parallel()
	store, pool := newStore(t)
	gone, stays := uuid.NewString(), uuid.NewString()
	sealed := domain.Sealed{KeyID: "k1", Ciphertext: []byte{1}}
	first, err1 := store.Add(t.Context(), gone, sealed)
	second, err2 := store.Add(t.Context(), stays, sealed)
	if err := errors.Join(err1, err2, store.Remove(t.Context(), gone)); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Get(t.Context(), pool, gone, first); !errors.Is(err, files.ErrNone) {
		t.Errorf("the removed content: %v", err)
	}
	if _, err := files.Get(t.Context(), pool, stays, second); err != nil {
		t.Errorf("the other case's content: %v", err)
	}
}
