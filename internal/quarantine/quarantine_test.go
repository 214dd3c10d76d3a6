package quarantine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
	"songtor/internal/quarantine"
	"songtor/internal/testenv"
)

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newStore(t *testing.T) (*quarantine.Store, *clock) {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), testenv.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	c := &clock{time.Date(2026, time.November, 1, 9, 0, 0, 0, time.UTC)}
	store, err := quarantine.New(t.Context(), pool, pool, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return store, c
}

func arrival(screening string, ciphertext byte) quarantine.Arrival {
	return quarantine.Arrival{
		Screening: screening, Sealed: quarantine.Sealed{Key: "2026-11", Enc: []byte{1}, Ciphertext: []byte{ciphertext}},
		Source: quarantine.FromDevice, Device: "d", Officer: domain.Actor{User: "u", Agency: "rtp-atpd", Role: domain.Responder}, Username: "officer",
	}
}

func TestAFormIsKeptOnceByScreeningAndDigest(t *testing.T) {
	t.Parallel()
	store, _ := newStore(t)
	screening := uuid.NewString()
	ids := map[string]bool{}
	for i, ciphertext := range []byte{7, 7, 8} {
		form, isNew, err := store.Hold(t.Context(), arrival(screening, ciphertext))
		if err != nil || isNew != (i != 1) {
			t.Fatalf("arrival %d: new %v, %v", i, isNew, err)
		}
		ids[form.ID] = true
	}
	if len(ids) != 2 { // the same id with other content is kept too: a person decides which of them it is
		t.Errorf("%d forms are kept", len(ids))
	}
}

func TestARejectedFormsContentGoesAfterAWhile(t *testing.T) {
	t.Parallel()
	store, c := newStore(t)
	all := quarantine.Keeps{All: true}
	rejected, _, err1 := store.Hold(t.Context(), arrival(uuid.NewString(), 7))
	held, _, err2 := store.Hold(t.Context(), arrival(uuid.NewString(), 8))
	if err := errors.Join(err1, err2, store.Reject(t.Context(), rejected.ID, "m", quarantine.NotTheirs)); err != nil {
		t.Fatal(err)
	}
	bytesAfter := func(passed time.Duration) (ofRejected, ofHeld int) {
		c.at = c.at.Add(passed)
		if err := store.LetRejectedGo(t.Context()); err != nil {
			t.Fatal(err)
		}
		first, _, err1 := store.Get(t.Context(), all, rejected.ID)
		second, _, err2 := store.Get(t.Context(), all, held.ID)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		return first.Bytes, second.Bytes
	}
	if gone, stays := bytesAfter(quarantine.KeepRejected - time.Minute); gone == 0 || stays == 0 {
		t.Error("the control: before its time the content is there")
	}
	if gone, stays := bytesAfter(2 * time.Minute); gone != 0 || stays == 0 {
		t.Errorf("after its time %d bytes of the rejected form are kept, %d of the held one", gone, stays)
	}
}

func TestWhatIsReleasedIsNotRejected(t *testing.T) {
	t.Parallel()
	store, _ := newStore(t)
	form, _, err := store.Hold(t.Context(), arrival(uuid.NewString(), 7))
	if err := errors.Join(err, store.Release(t.Context(), form.ID, "m")); err != nil {
		t.Fatal(err)
	}
	if err := store.Reject(t.Context(), form.ID, "m", quarantine.Trial); !errors.Is(err, quarantine.ErrDecided) {
		t.Errorf("rejecting what was released: %v", err)
	}
	if _, _, err := store.Get(t.Context(), quarantine.Keeps{Agency: "other"}, form.ID); !errors.Is(err, quarantine.ErrNone) {
		t.Errorf("another agency finds it: %v", err)
	}
}
