package eventlog

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"songtor/domain"
)

// benchSize is what a screening's commit takes, in bytes.
const benchSize = 6 << 10

var noon = time.Date(2026, 3, 2, 12, 0, 0, 123456789, time.UTC)

// newID returns a random lower-case UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	h := hex.EncodeToString(b[:])
	return fmt.Sprintf("%s-%s-%s-%s-%s", h[0:8], h[8:12], h[12:16], h[16:20], h[20:32])
}

func sealed(scope domain.Scope, ciphertext []byte) domain.Private {
	return domain.Private{Scope: scope, Sealed: &domain.Sealed{KeyID: "k1", Ciphertext: ciphertext}}
}

// next returns a commit that follows the given one in its case; nil begins a case.
func next(previous *domain.Commit, events ...domain.Event) *domain.Commit {
	c := &domain.Commit{
		ID: newID(), CaseID: newID(), Number: 1, Command: "record-screening",
		Actor:      domain.Actor{User: "u1", Agency: "police", Role: domain.Responder},
		RecordedAt: noon,
		Standing: domain.Standing{
			Reference: "0123-4567-89AB-CDEF", Stage: domain.Screening, Status: domain.ToConclude, Agency: "police", Province: "TH-10", Since: noon,
		},
		Fingerprint: sealed(domain.ScopeSensitive, []byte("fingerprint")),
	}
	if previous != nil {
		c.CaseID, c.Number, c.Previous = previous.CaseID, previous.Number+1, previous.Digest
	}
	if len(events) == 0 {
		events = []domain.Event{&domain.ConsentGiven{Purpose: domain.ToReferral, Details: sealed(domain.ScopeSensitive, []byte("details"))}}
	}
	for _, e := range events {
		c.Facts = append(c.Facts, domain.Fact{HappenedAt: noon, Event: e})
	}
	return c
}

// benchCommit returns the first commit of a case, about benchSize bytes long, made as a screening makes it.
func benchCommit(t testing.TB) *domain.Commit {
	t.Helper()
	const part = (benchSize - 1340) * 3 / 4
	c := next(nil,
		&domain.CaseOpened{Reference: "0123-4567-89AB-CDEF", Agency: "police", Province: "TH-10"},
		&domain.ConsentGiven{Purpose: domain.ToScreening, Details: sealed(domain.ScopeSensitive, bytes.Repeat([]byte{7}, 60))},
		&domain.ScreeningRecorded{
			Screening: newID(), Form: "screening", FormVersion: 1, FormHash: Digest(nil),
			Answers:    sealed(domain.ScopeSensitive, bytes.Repeat([]byte{1}, part*6/10)),
			Identity:   sealed(domain.ScopeIdentity, bytes.Repeat([]byte{2}, part*2/10)),
			Categories: sealed(domain.ScopeStatistics, bytes.Repeat([]byte{3}, part/10)),
			Findings:   sealed(domain.ScopeSensitive, bytes.Repeat([]byte{4}, part/10)),
		},
	)
	data, err := Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) < benchSize*95/100 || len(data) > benchSize*105/100 {
		t.Fatalf("made %d bytes, want about %d", len(data), benchSize)
	}
	return c
}
