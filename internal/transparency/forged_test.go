package transparency

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"songtor/domain"
	"songtor/internal/eventlog"
)

// forgeriesEach is how often each way of forging is tried.
const forgeriesEach = 100

// forgery is one way to forge a bundle or a receipt. What it gives back has to be refused for the reason that it names. Where it says
// so, the forger has the service's own keys and signs anew; nobody has the keys of the witnesses.
type forgery struct {
	name   string
	refuse error
	forge  func(t *testing.T, w *world, r *rand.Rand) Question
}

func forgeries() []forgery {
	return slices.Concat(forgedHistories(), forgedMessages(), withheldMessages(), forgedTrees(), forgedPapers())
}

// forgedHistories tell another course of the case out of messages that are in the log, with the service's keys.
func forgedHistories() []forgery {
	return []forgery{
		{"drop a message", ErrChain, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 2)
			i := r.IntN(len(s.Messages) - 1)
			s.Messages = slices.Delete(s.Messages, i, i+1)
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
		{"repeat a message", ErrChain, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			i := r.IntN(len(s.Messages))
			s.Messages = slices.Insert(s.Messages, i, s.Messages[i])
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
		{"reorder messages", ErrChain, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 2)
			i := r.IntN(len(s.Messages) - 1)
			s.Messages[i], s.Messages[i+1] = s.Messages[i+1], s.Messages[i]
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
		{"splice in a message of another case", ErrOtherCase, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 2)
			other := w.bundle(t, r, w.caseBut(r, s.Case, s.tree), s.tree)
			s.Messages[r.IntN(len(s.Messages))] = other.Messages[r.IntN(len(other.Messages))]
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
		{"pass off another case's history", ErrOtherCase, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			s.Case = w.caseBut(r, s.Case, s.tree)
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
		{"cut off the end", ErrTruncated, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 2)
			s.Messages = s.Messages[:1+r.IntN(len(s.Messages)-1)]
			if r.IntN(2) == 0 {
				w.resign(t, s, w.keys.Origin(Cases))
			}
			return w.question(t, s)
		}},
		{"cut off the end and say so, without the service's keys", ErrNotServed, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 2)
			s.Messages = s.Messages[:1+r.IntN(len(s.Messages)-1)]
			s.Events = len(s.Messages)
			return w.question(t, s)
		}},
		{"cut off the end before what a receipt promises", ErrReceipt, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 2)
			keep := 1 + r.IntN(len(s.Messages)-1)
			receipt := w.receipt(t, s.entries[keep+r.IntN(len(s.entries)-keep)].commit)
			s.Messages = s.Messages[:keep]
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			q := w.question(t, s)
			q.Receipt = receipt
			return q
		}},
	}
}

// forgedMessages change what a message says, with the service's keys.
func forgedMessages() []forgery {
	return []forgery{
		{"alter a byte of a message", ErrNotInTree, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			m := &s.Messages[r.IntN(len(s.Messages))]
			m.Data = bytes.Clone(m.Data)
			m.Data[r.IntN(len(m.Data))] ^= byte(1 + r.IntN(255))
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
		{"insert a message that was never accepted", ErrNotInTree, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			last := s.entries[len(s.entries)-1]
			c := last.commit
			c.Number, c.Previous = c.Number+1, c.Digest
			data, err := eventlog.Encode(&c)
			must(t, err)
			at := 1 + r.Uint64N(uint64(s.tree.size))
			proof, err := tlog.ProveRecord(s.tree.size, int64(at)-1, w.reader())
			must(t, err)
			s.Messages = append(s.Messages, Message{Position: at, AcceptedAt: last.commit.AcceptedAt, Data: data, Proof: proof})
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
		{"swap what two messages say", ErrNotInTree, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 2)
			i := r.IntN(len(s.Messages) - 1)
			s.Messages[i].Data, s.Messages[i+1].Data = s.Messages[i+1].Data, s.Messages[i].Data
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
		{"encrypt again", ErrNotInTree, func(t *testing.T, w *world, r *rand.Rand) Question {
			return w.reseal(t, r, key1)
		}},
		{"encrypt again under another key", ErrNotInTree, func(t *testing.T, w *world, r *rand.Rand) Question {
			return w.reseal(t, r, key2)
		}},
		{"have the log take what is sealed under another key", ErrKeys, func(t *testing.T, w *world, r *rand.Rand) Question {
			id := w.rekeyed[r.IntN(len(w.rekeyed))]
			return w.question(t, w.bundle(t, r, id, w.rekeyedTree))
		}},
		{"move a message to another position", ErrNotInTree, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			m := &s.Messages[r.IntN(len(s.Messages))]
			for was := m.Position; m.Position == was; {
				m.Position = 1 + r.Uint64N(uint64(s.tree.size))
			}
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
		{"alter a proof", ErrNotInTree, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			m := &s.Messages[r.IntN(len(s.Messages))]
			m.Proof = slices.Clone(m.Proof)
			switch i := r.IntN(len(m.Proof)); r.IntN(4) {
			case 0:
				m.Proof = slices.Delete(m.Proof, i, i+1)
			case 1:
				m.Proof = slices.Insert(m.Proof, i, m.Proof[i])
			default:
				m.Proof[i][r.IntN(tlog.HashSize)] ^= byte(1 + r.IntN(255))
			}
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
	}
}

// withheldMessages hide behind a message that is withheld what is not so, with the service's keys.
func withheldMessages() []forgery {
	return []forgery{
		{"drop a message before one that is withheld", ErrChain, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 3)
			i := 1 + r.IntN(len(s.Messages)-2)
			s.Messages[i].Withhold()
			s.Messages = slices.Delete(s.Messages, i-1, i)
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
		{"repeat a message as one that is withheld", ErrChain, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			again := s.Messages[r.IntN(len(s.Messages))]
			again.Withhold()
			s.Messages = append(s.Messages, again)
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
		{"withhold a message that was never accepted", ErrNotInTree, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			m := &s.Messages[r.IntN(len(s.Messages))]
			m.Data = append(bytes.Clone(m.Data), ' ')
			m.Withhold()
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
		{"pass off another case's message as one that is withheld", ErrNotInTree, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			m := &s.Messages[len(s.Messages)-1]
			*m = w.bundle(t, r, w.caseBut(r, s.Case, s.tree), s.tree).Messages[0]
			m.Withhold()
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
		{"show what is said to be withheld", ErrFormat, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			m := &s.Messages[r.IntN(len(s.Messages))]
			data := m.Data
			m.Withhold()
			m.Data = data
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
	}
}

// forgedTrees show another tree than the one that the witnesses know, with the service's keys.
func forgedTrees() []forgery {
	return []forgery{
		{"fork the log", ErrWitnesses, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.fork.honest(t, r, 1)
			text, _, _ := strings.Cut(s.Checkpoint, "\n\n")
			honest := w.signed[r.IntN(len(w.signed))]
			signatures := strings.SplitAfter(s.Checkpoint[len(text)+2:], "\n")
			s.Checkpoint = text + "\n\n" + signatures[0] // the log's own
			if r.IntN(2) == 0 {
				s.Checkpoint += strings.SplitAfterN(honest.note[strings.Index(honest.note, "\n\n")+2:], "\n", 2)[1]
			}
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
		{"have too few witnesses, or such as nobody knows", ErrWitnesses, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			signed, err := w.keys.SignCheckpoint(t.Context(), Cases, s.tree.size, w.root(t, s.tree.size))
			must(t, err)
			var strangers []*Cosigner
			for i := range 3 { // with the names of those who are known
				stranger, err := NewCosigner(fmt.Sprintf("w%d.example", i), secret(byte(100+i)), func() time.Time { return w.now })
				must(t, err)
				strangers = append(strangers, stranger)
			}
			s.Checkpoint = cosign(t, string(signed), append(strangers, w.witnesses[:r.IntN(2)]...)...)
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
		{"show a checkpoint that nobody signed", ErrUnsigned, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			impostor := keysOf(t, "log.example", 99)
			signed, err := impostor.SignCheckpoint(t.Context(), Cases, s.tree.size, w.root(t, s.tree.size))
			must(t, err)
			if r.IntN(2) == 0 { // or the right signature, under another text
				signed = []byte(strings.Replace(s.Checkpoint, fmt.Sprintf("\n%d\n", s.tree.size), fmt.Sprintf("\n%d\n", s.tree.size+1), 1))
			}
			s.Checkpoint = cosign(t, string(signed), w.witnesses...)
			must(t, w.keys.SignBundle(t.Context(), s.Bundle))
			return w.question(t, s)
		}},
		{"show another log", ErrOrigin, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			tree := []Tree{Cases, Access}[r.IntN(2)]
			other := w.keys // its own tree of the access record
			if tree == Cases {
				other = keysOf(t, "other.example", 2)
			}
			signed, err := other.SignCheckpoint(t.Context(), tree, s.tree.size, w.root(t, s.tree.size))
			must(t, err)
			s.Checkpoint = cosign(t, string(signed), w.witnesses...)
			w.resign(t, s, other.Origin(tree))
			return w.question(t, s)
		}},
		{"show the checkpoint of a time before", ErrStale, func(t *testing.T, w *world, r *rand.Rand) Question {
			for {
				s := w.honest(t, r, 2)
				old := w.signed[r.IntN(len(w.signed))]
				if uint64(old.size) < s.Messages[len(s.Messages)-1].Position {
					s.Checkpoint = old.note
					must(t, w.keys.SignBundle(t.Context(), s.Bundle))
					return w.question(t, s)
				}
			}
		}},
		{"hold back what came later", ErrStale, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			q := w.question(t, s)
			q.Since = s.tree.at.Add(time.Duration(1+r.IntN(1e6)) * time.Second)
			return q
		}},
	}
}

// forgedPapers change what surrounds the messages, without any key.
func forgedPapers() []forgery {
	return []forgery{
		{"alter when a message was accepted", ErrNotServed, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			m := &s.Messages[r.IntN(len(s.Messages))]
			m.AcceptedAt = m.AcceptedAt.Add(time.Duration(1+r.IntN(1e6)) * time.Second)
			return w.question(t, s)
		}},
		{"alter any byte of the file", nil, func(t *testing.T, w *world, r *rand.Rand) Question {
			q := w.question(t, w.honest(t, r, 1))
			q.Bundle[r.IntN(len(q.Bundle))] ^= byte(1 + r.IntN(255))
			return q
		}},
		{"add or take a byte anywhere in the file", nil, func(t *testing.T, w *world, r *rand.Rand) Question {
			q := w.question(t, w.honest(t, r, 1))
			if i := r.IntN(len(q.Bundle)); r.IntN(2) == 0 {
				q.Bundle = slices.Delete(q.Bundle, i, i+1)
			} else {
				q.Bundle = slices.Insert(q.Bundle, i, " \n\t,1"[r.IntN(5)])
			}
			return q
		}},
		{"alter a receipt", ErrReceipt, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			q := w.question(t, s)
			place := []string{`"digest":"`, `"signature":"`, `"case_id":"`, `"command_id":"`, `"key_id":"`, `"position":`}[r.IntN(6)]
			at := bytes.Index(s.receipt, []byte(place)) + len(place)
			q.Receipt = bytes.Clone(s.receipt)
			for was := q.Receipt[at]; q.Receipt[at] == was; {
				q.Receipt[at] = "0123456789"[r.IntN(10)]
			}
			return q
		}},
		{"show a receipt that somebody else signed", ErrReceipt, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			q := w.question(t, s)
			w.keys, s.receipt = keysOf(t, "log.example", 98), nil
			q.Receipt = w.receipt(t, s.entries[0].commit)
			w.keys = keysOf(t, "log.example", 1)
			return q
		}},
		{"show a receipt of another case", ErrReceipt, func(t *testing.T, w *world, r *rand.Rand) Question {
			s := w.honest(t, r, 1)
			q := w.question(t, s)
			q.Receipt = w.bundle(t, r, w.caseBut(r, s.Case, s.tree), s.tree).receipt
			return q
		}},
	}
}

// caseBut is another case that is in a tree.
func (w *world) caseBut(r *rand.Rand, id string, tree signedTree) string {
	for {
		if e := w.log[r.Int64N(tree.size)]; e.caseID != id {
			return e.caseID
		}
	}
}

// reseal puts another ciphertext in the place of one, in any message, with the service's keys.
func (w *world) reseal(t *testing.T, r *rand.Rand, key string) Question {
	t.Helper()
	s := w.honest(t, r, 1)
	i := r.IntN(len(s.entries))
	c := s.entries[i].commit
	sealed := *c.Fingerprint.Sealed
	sealed.KeyID, sealed.Ciphertext = key, bytes.Clone(sealed.Ciphertext)
	_, _ = randomBytes{r}.Read(sealed.Ciphertext)
	c.Fingerprint.Sealed = &sealed
	var err error
	s.Messages[i].Data, err = eventlog.Encode(&c)
	must(t, err)
	must(t, w.keys.SignBundle(t.Context(), s.Bundle))
	return w.question(t, s)
}

// forgersWorld is a world with all that forgers need: cases of which the log took a part under another key, and a fork of the log.
func forgersWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, 1, 150)
	w.fork = newWorld(t, 2, 150)
	r := rand.New(rand.NewPCG(3, 3))
	for _, id := range w.cases[:20] {
		w.append(t, r, id, key2)
		w.rekeyed = append(w.rekeyed, id)
	}
	w.sign(t)
	last := len(w.signed) - 1
	w.signed, w.rekeyedTree = w.signed[:last], w.signed[last]
	return w
}

// refusals are all errors that Verify may give.
func refusals() []error {
	return []error{
		ErrFormat, ErrCheckpoint, ErrOrigin, ErrUnsigned, ErrWitnesses, ErrStale, ErrNotInTree, ErrOtherCase, ErrChain, ErrKeys, ErrTruncated,
		ErrNotServed, ErrReceipt,
	}
}

func TestForgedHistoriesAreRefused(t *testing.T) {
	t.Parallel()
	w := forgersWorld(t)
	r := rand.New(rand.NewPCG(4, 4))
	forged := 0
	for _, f := range forgeries() {
		for range forgeriesEach {
			_, err := Verify(f.forge(t, w, r))
			forged++
			switch {
			case err == nil:
				t.Errorf("%s: it was taken for true", f.name)
			case f.refuse != nil && !errors.Is(err, f.refuse):
				t.Errorf("%s: refused for the wrong reason: %v", f.name, err)
			case !slices.ContainsFunc(refusals(), func(named error) bool { return errors.Is(err, named) }):
				t.Errorf("%s: refused without a reason: %v", f.name, err)
			}
		}
	}
	honest := 0
	for range 2000 {
		s := w.honest(t, r, 1)
		withheld := r.IntN(1 + len(s.Messages))
		for _, i := range r.Perm(len(s.Messages))[:withheld] {
			s.Messages[i].Withhold()
		}
		must(t, w.keys.SignBundle(t.Context(), s.Bundle))
		q := w.question(t, s)
		if r.IntN(2) == 0 {
			q.Receipt = s.receipt
		}
		if r.IntN(2) == 0 {
			q.Since = s.tree.at
		}
		found, err := Verify(q)
		if err != nil {
			t.Errorf("an honest bundle was refused: %v", err)
		} else if found.Withheld != withheld || len(found.Events) != len(s.Messages)-withheld {
			t.Errorf("of %d messages, %d of them withheld, it found %+v", len(s.Messages), withheld, found)
		}
		honest++
	}
	if forged < 2000 || honest < 2000 {
		t.Errorf("tried %d forged and %d honest bundles", forged, honest)
	}
	t.Logf("refused %d forged bundles of %d kinds; accepted %d honest ones", forged, len(forgeries()), honest)
}

// TestEveryCheckIsNeeded is the negative control: with any one of its checks taken out, Verify takes some forgery for true, and the test
// above would see it.
func TestEveryCheckIsNeeded(t *testing.T) {
	t.Parallel()
	w := forgersWorld(t)
	for i := range checks() {
		without := slices.Delete(checks(), i, i+1)
		r := rand.New(rand.NewPCG(5, uint64(i)))
		deceived := map[string]bool{}
		for _, f := range forgeries() {
			for range 6 {
				if _, err := verify(f.forge(t, w, r), without); err == nil {
					deceived[f.name] = true
				}
			}
		}
		if len(deceived) == 0 {
			t.Errorf("no forgery needs the check %d", i)
		}
		t.Logf("without check %d: %v", i, reflect.ValueOf(deceived).MapKeys())
	}
}

// TestTwoHistoriesOfOneLog has a service that shows two readers two histories. Witnesses sign one of them at most, so that no more than
// one reader is deceived, and where they sign neither, none.
func TestTwoHistoriesOfOneLog(t *testing.T) {
	t.Parallel()
	w := forgersWorld(t)
	r := rand.New(rand.NewPCG(6, 6))
	for name, one := range map[string]*world{"one": w, "the other": w.fork} {
		s := one.honest(t, r, 1)
		signed, err := w.keys.SignCheckpoint(t.Context(), Cases, s.tree.size, one.root(t, s.tree.size))
		must(t, err)
		s.Checkpoint = string(signed)
		must(t, w.keys.SignBundle(t.Context(), s.Bundle))
		q := w.question(t, s)
		if _, err := Verify(q); !errors.Is(err, ErrWitnesses) {
			t.Errorf("the reader of %s was told: %v", name, err)
		}
		if q.Policy, err = ParsePolicy(fmt.Appendf(nil, "log %s\nreceipts %s\nquorum none\n", w.keys.VerifierKey(Cases), w.keys.ReceiptKey())); err != nil {
			t.Fatal(err)
		}
		if _, err := Verify(q); err != nil { // the control: it is the witnesses who tell
			t.Errorf("without witnesses the reader of %s was told: %v", name, err)
		}
	}
}

// TestAnErasedCaseStillVerifies has a case whose keys were destroyed: what happened can be checked, what was said is gone.
func TestAnErasedCaseStillVerifies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 8, 5)
	r := rand.New(rand.NewPCG(8, 8))
	id := w.cases[0]
	before, err := Verify(w.question(t, w.bundle(t, r, id, w.signed[len(w.signed)-1])))
	must(t, err)
	w.appendEvent(t, r, id, key1, &domain.KeysDestroyed{Reason: "erasure_request"})
	w.sign(t)
	after, err := Verify(w.question(t, w.bundle(t, r, id, w.signed[len(w.signed)-1])))
	must(t, err)
	if before.Sealed == 0 || before.Erased != 0 || after.Sealed != 0 || after.Erased <= before.Sealed || after.Messages != before.Messages+1 {
		t.Errorf("before %+v, after %+v", before, after)
	}
}
