package builder

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"songtor/internal/eventlog"
	"songtor/internal/transparency"
)

// messageSize is that of a commit with a screening, in bytes.
const messageSize = 4096

// batch makes messages after a position.
func batch(after uint64, n int, caseID string) []eventlog.Raw {
	messages := make([]eventlog.Raw, n)
	for i := range messages {
		data := fmt.Appendf(nil, `{"id":"%d","case":%q,"more":"`, after+uint64(i), caseID)
		data = append(append(data, bytes.Repeat([]byte("x"), messageSize-len(data)-2)...), `"}`...)
		messages[i] = eventlog.Raw{Position: after + uint64(i) + 1, Subject: "nrm.case." + caseID, Accepted: time.Now(), Data: data}
	}
	return messages
}

// BenchmarkTakingIn measures how many messages a second one tree takes in, hashes and stores, in batches as the log gives them.
func BenchmarkTakingIn(b *testing.B) {
	bench := setUp(b)
	made := bench.builder(b)
	g := made.growth[transparency.Cases]
	must(b, g.check(b.Context()))
	const size = 2000
	messages := batch(0, size, uuid.NewString())
	var at uint64
	for b.Loop() {
		for i := range messages {
			messages[i].Position = at + uint64(i) + 1
		}
		must(b, g.take(b.Context(), messages))
		at += size
	}
	b.ReportMetric(float64(at)/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkBundle measures the making of a bundle of 20 messages in a tree of 100,000, its size without the messages, and its check.
func BenchmarkBundle(b *testing.B) {
	bench := setUp(b)
	made := bench.builder(b)
	g := made.growth[transparency.Cases]
	must(b, g.check(b.Context()))
	id := uuid.NewString()
	var mine []eventlog.Raw
	for at := uint64(0); at < 100_000; at += 2000 {
		messages := batch(at, 2000, id)
		if at%10_000 == 0 {
			mine = append(mine, messages[0], messages[1])
		}
		must(b, g.take(b.Context(), messages))
	}
	must(b, g.signWhenDue(b.Context()))
	b.Run("make", func(b *testing.B) {
		var file []byte
		for b.Loop() {
			var err error
			file, err = made.Bundle(b.Context(), id, mine, nil)
			must(b, err)
		}
		base64 := (messageSize + 2) / 3 * 4
		b.ReportMetric(float64(len(file)-len(mine)*base64)/float64(len(mine)), "proof-bytes/message")
	})
	b.Run("check", func(b *testing.B) {
		file, err := made.Bundle(b.Context(), id, mine, nil)
		must(b, err)
		policy, err := transparency.ParsePolicy(fmt.Appendf(nil, "log %s\nquorum none\n", bench.keys.VerifierKey(transparency.Cases)))
		must(b, err)
		for b.Loop() {
			_, _ = transparency.Verify(transparency.Question{Bundle: file, Policy: policy}) // refused at the numbers, after all proofs
		}
	})
}

// BenchmarkReceipt measures what a receipt adds to a write.
func BenchmarkReceipt(b *testing.B) {
	keys, err := transparency.NewKeys(b.Context(), "log.example", atHand{ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))})
	must(b, err)
	r := transparency.Receipt{CaseID: uuid.NewString(), CommandID: uuid.NewString(), Position: 1, Digest: fmt.Sprintf("%x", sha256.Sum256(nil))}
	for b.Loop() {
		_, err := keys.SignReceipt(b.Context(), r)
		must(b, err)
	}
}

// atHand is a key that is ready, as that of the keys' keeper is.
type atHand struct{ private ed25519.PrivateKey }

func (h atHand) PublicKey(context.Context, transparency.Use) (ed25519.PublicKey, error) {
	return h.private.Public().(ed25519.PublicKey), nil
}

func (h atHand) Sign(_ context.Context, _ transparency.Use, message []byte) ([]byte, error) {
	return ed25519.Sign(h.private, message), nil
}
