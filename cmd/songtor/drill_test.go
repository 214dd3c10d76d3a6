package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/klauspost/compress/zstd"

	"songtor/domain"
	"songtor/internal/backup"
	"songtor/internal/database"
	"songtor/internal/eventlog"
	"songtor/internal/synthetic"
	"songtor/internal/testenv"
)

// TestTheRestoreDrill loses a service whole and brings it back from its backups, which were taken while it worked.
func TestTheRestoreDrill(t *testing.T) {
	t.Parallel()
	d := newDrill(t)
	d.mustShowNothing(t)
	d.mustRefuse(t)

	// With the erasures as they were when the backup was made, every read model has the rows that it had.
	then := d.restored(t, d.ledgerThen)
	if out := then.mustRestore(t); strings.Contains(out, "not compared") || !strings.Contains(out, "has the rows that it had") {
		t.Errorf("it says: %s", out)
	}
	then.mustHoldOnce(t)
	then.mustTellOtherRows(t)

	// With those of today, whoever was erased since the backup stays erased, and the service goes on.
	now := d.restored(t, d.ledgerNow)
	if out := now.mustRestore(t); !strings.Contains(out, "matching was built without 1 people who were erased since") {
		t.Errorf("it says: %s", out)
	}
	now.in.start(t)
	now.mustServe(t)
}

// drill is a service that was lost, and what is left of it.
type drill struct {
	in         *installation // its folder is gone
	identity   string
	recipients string
	file, keys string // backups
	oldKeys    string // a backup of the keys from before the backup
	ledgerOld  string // copies of the file of erasures: from before any, as of the backup, and the last
	ledgerThen string
	ledgerNow  string

	position uint64 // how far the backup reaches
	kept     string // the case with the planted words
	erased   string // before the backup
	later    string // after it
	receipts []sent
}

// sent is a form and its receipt.
type sent struct {
	given
	id   string
	form []byte
}

// newDrill runs a service, saves it while forms come in, and kills it and removes its folder in the middle of that.
func newDrill(t *testing.T) *drill {
	t.Helper()
	in := install(t)
	at := func(name string) string { return filepath.Join(in.dir, name) }
	d := &drill{in: in, identity: at("identity"), recipients: at("recipients"), ledgerOld: at("ledger.old"), ledgerThen: at("ledger.then"), ledgerNow: at("ledger.now")}
	must(t, os.WriteFile(d.recipients, []byte(recipientOf(t, in.songtor(t, "", "backup", "identity", d.identity))), 0o600))
	officer := in.signIn(t, "officer")
	d.caseload(t, officer)
	ledger := filepath.Join(in.data, "erasures.ledger")
	copyFile(t, ledger, d.ledgerOld)
	in.erase(t, d.erased)
	in.songtor(t, "", "rebuild", "matching", "statistics", "--data", in.data, "--kek", in.kek) // which would come to the erasure later
	d.oldKeys = d.save(t, "keys", "old-keys")

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var senders sync.WaitGroup
	var receiving sync.Mutex
	count := func() int {
		receiving.Lock()
		defer receiving.Unlock()
		return len(d.receipts)
	}
	for sender := range 3 {
		senders.Go(func() {
			for n := uint64(0); ctx.Err() == nil; n++ {
				if s, ok := in.send(ctx, officer, 1000*uint64(sender+1)+n); ok {
					receiving.Lock()
					d.receipts = append(d.receipts, s)
					receiving.Unlock()
				}
			}
		})
	}
	testenv.Eventually(t, time.Minute, func() bool { return count() >= 20 })
	d.file = d.save(t, "", "backup")
	d.keys = d.save(t, "keys", "keys")
	d.position = d.manifest(t).Streams[0].Position
	copyFile(t, ledger, d.ledgerThen)
	during := count()
	in.agreeToErase(t, d.later)
	copyFile(t, ledger, d.ledgerNow)
	testenv.Eventually(t, time.Minute, func() bool { return count() >= during+20 })
	_ = in.end(syscall.SIGKILL)
	stop()
	senders.Wait()
	must(t, os.RemoveAll(in.data))
	return d
}

// caseload makes cases of every kind that the service has: forms in a batch, one with the planted words and a file, and two for erasure.
func (d *drill) caseload(t *testing.T, officer string) {
	t.Helper()
	in := d.in
	var lines bytes.Buffer
	for _, form := range synthetic.Forms(4711, 150, time.Now().UTC()) {
		must(t, json.NewEncoder(&lines).Encode(form))
	}
	mustStatus(t, in.call(t, officer, http.MethodPost, "/api/v1/screenings/batch", lines.Bytes(), "Content-Type", "application/x-ndjson"), http.StatusOK)
	receipt := in.call(t, officer, http.MethodPut, "/api/v1/screenings/"+plantedID, plantedForm(t))
	mustStatus(t, receipt, http.StatusCreated)
	d.kept, _ = receipt.field(t, "case_id").(string)
	in.plantCommands(t, officer)
	for i, into := range []*string{&d.erased, &d.later} {
		s, ok := in.send(t.Context(), officer, 77+uint64(i))
		if !ok {
			t.Fatal("a form was not taken in")
		}
		*into = s.CaseID
		mustStatus(t, in.call(t, officer, http.MethodPost, "/api/v1/cases/"+s.CaseID+"/add-note",
			[]byte(`{"audience":"case","text":"`+plantedNarrative+`"}`), "Idempotency-Key", uuid.NewString()), http.StatusCreated)
	}
	mustStatus(t, in.call(t, in.signIn(t, "manager"), http.MethodPut, "/api/v1/filters/mine", []byte(`{"stage":"screening","query":"due=overdue"}`)), http.StatusOK)
}

// save makes a backup beside the running service.
func (d *drill) save(t *testing.T, kind, name string) string {
	t.Helper()
	file := filepath.Join(d.in.dir, name)
	args := []string{"backup", file, "--recipients", d.recipients, "--data", d.in.data, "--kek", d.in.kek}
	if kind != "" {
		args = slices.Insert(args, 1, kind)
	}
	if out := d.in.songtor(t, "", args...); !strings.Contains(out, "read back and whole") {
		t.Fatalf("it says: %s", out)
	}
	return file
}

// manifest is what the backup says of itself.
func (d *drill) manifest(t *testing.T) *backup.Manifest {
	t.Helper()
	identities, err := backup.Identities(d.identity)
	must(t, err)
	m, _, err := backup.ReadFile(d.file, identities, backup.Visitor{})
	must(t, err)
	return m
}

// send sends a form once. It is false where there was no receipt: the service may have been killed.
func (in *installation) send(ctx context.Context, token string, seed uint64) (sent, bool) {
	form := synthetic.Forms(seed, 1, time.Now().UTC())[0]
	body, err := form.Body()
	if err != nil {
		return sent{}, false
	}
	s := sent{id: form.ID, form: body}
	a, err := in.ask(ctx, token, http.MethodPut, "/api/v1/screenings/"+s.id, body)
	if err != nil || a.status != http.StatusCreated || json.Unmarshal(a.body, &s.given) != nil {
		return sent{}, false
	}
	s.body = a.body
	return s, true
}

// mustShowNothing looks for the planted words: in the files as they lie, and in what the identity of backups opens.
func (d *drill) mustShowNothing(t *testing.T) {
	t.Helper()
	identities, err := backup.Identities(d.identity)
	must(t, err)
	for _, file := range []string{d.file, d.keys} {
		sealed, err := os.ReadFile(file)
		must(t, err)
		opened := unpacked(t, sealed, identities)
		for what, content := range map[string][]byte{"sealed": sealed, "opened": opened} {
			if words := plantedIn(content); len(words) > 0 {
				t.Errorf("%s, %s, shows %v", filepath.Base(file), what, words)
			}
		}
		if bytes.Contains(sealed, []byte("nrm.case.")) {
			t.Errorf("%s lies in clear", filepath.Base(file))
		}
		if file == d.file && (!bytes.Contains(opened, []byte("nrm.case."+d.kept)) || !bytes.Contains(opened, []byte("officer"))) {
			t.Errorf("%s is opened and shows nothing at all", filepath.Base(file))
		}
	}
	// The control: a word that is not sealed is found.
	var clear bytes.Buffer
	w, err := backup.NewWriter(&clear, backup.Head{})
	must(t, err)
	must(t, w.File("note", []byte(plantedThai)))
	_, err = w.Close(t.Context(), newOtherSigner(t), func(*backup.Manifest) error { return nil })
	must(t, err)
	if len(plantedIn(unzipped(t, &clear))) == 0 {
		t.Error("a word in clear is not found")
	}
}

func unpacked(t *testing.T, sealed []byte, identities []backup.Identity) []byte {
	t.Helper()
	opened, err := backup.Open(bytes.NewReader(sealed), identities)
	must(t, err)
	return unzipped(t, opened)
}

func unzipped(t *testing.T, from io.Reader) []byte {
	t.Helper()
	plain, err := zstd.NewReader(from)
	must(t, err)
	defer plain.Close()
	content, err := io.ReadAll(plain)
	must(t, err)
	return content
}

// mustRefuse tries to restore what is not whole, not the service's own, or not enough.
func (d *drill) mustRefuse(t *testing.T) {
	t.Helper()
	other := filepath.Join(d.in.dir, "other-identity")
	otherRecipient := recipientOf(t, d.in.songtor(t, "", "backup", "identity", other))
	if strings.Contains(otherRecipient, "SECRET") {
		t.Error("an identity is printed")
	}
	usual := []string{"--keys-file", d.keys, "--identity", d.identity, "--ledger-copy", d.ledgerNow}
	with := func(flag, value string) []string {
		args := slices.Clone(usual)
		args[slices.Index(args, flag)+1] = value
		return args
	}
	without := func(flag string) []string {
		at := slices.Index(usual, flag)
		return slices.Delete(slices.Clone(usual), at, at+2)
	}
	for name, try := range map[string]struct {
		args  []string
		found string
	}{
		"without an identity":             {append([]string{d.file}, without("--identity")...), "--identity"},
		"with another identity":           {append([]string{d.file}, with("--identity", other)...), "no identity at hand opens the backup"},
		"without the file of erasures":    {append([]string{d.file}, without("--ledger-copy")...), "--ledger-copy"},
		"with an old file of erasures":    {append([]string{d.file}, with("--ledger-copy", d.ledgerOld)...), "does not list 1 of the erasures"},
		"without the keys":                {append([]string{d.file}, without("--keys-file")...), "--keys-file"},
		"with older keys":                 {append([]string{d.file}, with("--keys-file", d.oldKeys)...), "made after it"},
		"with the keys for everything":    {append([]string{d.keys}, usual...), "one of the data is wanted"},
		"a byte of which is another":      {append([]string{d.flipped(t)}, usual...), "damaged"},
		"that breaks off":                 {append([]string{d.cutOff(t)}, usual...), "damaged"},
		"into a folder that is not empty": {append([]string{d.file, "--data", d.in.dir}, usual...), "into empty stores only"},
	} {
		data := filepath.Join(d.in.dir, "refused")
		args := append([]string{"restore"}, try.args...)
		if !slices.Contains(args, "--data") {
			args = append(args, "--data", data)
		}
		out, err := d.in.try("", append(args, "--kek", d.in.kek)...)
		if err == nil || !strings.Contains(out, try.found) {
			t.Errorf("a backup %s: %v\n%s", name, err, out)
		}
		if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a backup %s leaves something behind", name)
			must(t, os.RemoveAll(data))
		}
	}
	d.mustRefuseAStrangers(t)
}

func (d *drill) flipped(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(d.file)
	must(t, err)
	content[len(content)/2] ^= 0x10
	return d.write(t, "flipped", content)
}

func (d *drill) cutOff(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(d.file)
	must(t, err)
	return d.write(t, "cut-off", content[:len(content)*3/4])
}

func (d *drill) write(t *testing.T, name string, content []byte) string {
	t.Helper()
	file := filepath.Join(d.in.dir, name)
	must(t, os.WriteFile(file, content, 0o600))
	return file
}

// mustRefuseAStrangers drops one event from the backup and makes all counts and digests good again, as somebody can who knows the
// recipients: the reading finds nothing wrong, and the service's own keys do.
func (d *drill) mustRefuseAStrangers(t *testing.T) {
	t.Helper()
	file := filepath.Join(d.in.dir, "strangers")
	d.rewrite(t, file, func(r eventlog.Raw) bool { return r.Position != d.position-3 })
	if out := d.in.songtor(t, "", "backup", "verify", file, "--identity", d.identity); !strings.Contains(out, "WHOLE") {
		t.Errorf("of a backup that was made well it says: %s", out)
	}
	data := filepath.Join(d.in.dir, "strangers-data")
	out, err := d.in.try("", "restore", file, "--keys-file", d.keys, "--identity", d.identity, "--ledger-copy", d.ledgerThen, "--data", data, "--kek", d.in.kek)
	if err == nil || !strings.Contains(out, "another key signed it") {
		t.Errorf("a backup without one event: %v\n%s", err, out)
	}
	out, err = d.in.try("", "serve", "--data", data, "--kek", d.in.kek, "--listen", "127.0.0.1:0")
	if err == nil || !strings.Contains(out, "has not come to its end") {
		t.Errorf("half a restore is served: %v\n%s", err, out)
	}
}

// otherSigner signs with a key that is nobody's.
type otherSigner ed25519.PrivateKey

func newOtherSigner(t *testing.T) otherSigner {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	must(t, err)
	return otherSigner(key)
}

// Public implements backup.Signer.
func (s otherSigner) Public(context.Context) (ed25519.PublicKey, error) {
	return ed25519.PublicKey(s[ed25519.SeedSize:]), nil
}

// Sign implements backup.Signer.
func (s otherSigner) Sign(_ context.Context, message []byte) ([]byte, error) {
	return ed25519.Sign(ed25519.PrivateKey(s), message), nil
}

// rewrite makes a backup anew, for the same recipients, of the events that keep lets stay.
func (d *drill) rewrite(t *testing.T, to string, keep func(eventlog.Raw) bool) {
	t.Helper()
	identities, err := backup.Identities(d.identity)
	must(t, err)
	recipients, err := backup.Recipients(d.recipients)
	must(t, err)
	was := d.manifest(t)
	_, err = backup.WriteFile(to, recipients, func(out io.Writer) error {
		w, err := backup.NewWriter(out, was.Head)
		must(t, err)
		position := map[string]uint64{}
		for _, s := range was.Streams {
			w.Stream(s.Name)
		}
		var rows io.Writer
		_, _, err = backup.ReadFile(d.file, identities, backup.Visitor{
			Messages: func(stream string, raws []eventlog.Raw) error {
				raws = slices.DeleteFunc(raws, func(r eventlog.Raw) bool { return stream == eventlog.StreamName && !keep(r) })
				for i := range raws {
					position[stream]++
					raws[i].Position = position[stream]
				}
				return w.Messages(stream, raws)
			},
			Table: func(name string, columns []string) (err error) {
				rows, err = w.Table(name, columns)
				return err
			},
			Rows: func(piece []byte) error { _, err := rows.Write(piece); return err },
			File: w.File,
		})
		must(t, err)
		_, err = w.Close(t.Context(), newOtherSigner(t), func(m *backup.Manifest) error {
			m.Log, m.Models = was.Log, was.Models
			for i := range m.Streams {
				m.Streams[i].Checkpoint = was.Streams[i].Checkpoint
			}
			return nil
		})
		return err
	})
	must(t, err)
}

// restoredDrill is a restore of the drill into a folder of its own.
type restoredDrill struct {
	*drill
	in     *installation
	ledger string
}

func (d *drill) restored(t *testing.T, ledger string) restoredDrill {
	t.Helper()
	in := *d.in
	in.data = filepath.Join(d.in.dir, "restored with "+filepath.Base(ledger))
	return restoredDrill{d, &in, ledger}
}

func (r restoredDrill) mustRestore(t *testing.T) string {
	t.Helper()
	out := r.in.songtor(t, "", "restore", r.file, "--keys-file", r.keys, "--identity", r.identity, "--ledger-copy", r.ledger, "--data", r.in.data, "--kek", r.in.kek)
	if !strings.Contains(out, "RESTORED") || strings.Count(out, "and with the root of the backup") != 2 {
		t.Fatalf("it says: %s", out)
	}
	return out
}

// open opens the stores of a service that is stopped.
func (in *installation) open(t *testing.T) *stores {
	t.Helper()
	s, err := openStores(t.Context(), storeFlags{Data: in.data, keyFlags: keyFlags{KEK: in.kek}, Replicas: 1}, false, slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(s.Close)
	return s
}

// mustHoldOnce looks into the log for every receipt that was given before the position of the backup.
func (r restoredDrill) mustHoldOnce(t *testing.T) {
	t.Helper()
	s := r.in.open(t)
	defer s.Close()
	head, err := s.log.Head(t.Context())
	must(t, err)
	if head != r.position {
		t.Errorf("the log ends at %d, and the backup at %d", head, r.position)
	}
	held := map[string]int{}
	at := map[string]uint64{}
	must(t, s.log.Scan(t.Context(), 0, head, func(commits []domain.Commit) error {
		for i := range commits {
			held[commits[i].Digest]++
			at[commits[i].Digest] = commits[i].Position
		}
		return nil
	}))
	before := 0
	for _, g := range r.receipts {
		want := 0
		if g.Position <= head {
			want = 1
			before++
		}
		if held[g.Digest] != want || want == 1 && at[g.Digest] != g.Position {
			t.Errorf("what the receipt of position %d promises is there %d times, at %d", g.Position, held[g.Digest], at[g.Digest])
		}
	}
	if before < 20 || before == len(r.receipts) {
		t.Fatalf("of %d receipts %d are of the time before the backup: it was not taken while the service worked", len(r.receipts), before)
	}
}

// mustTellOtherRows is the control of the comparison: one row that is other, missing or new, and the digests differ in its table alone.
func (r restoredDrill) mustTellOtherRows(t *testing.T) {
	t.Helper()
	r.in.asSuperuser(t, func(main, _ *pgxpool.Pool) {
		projector, audit := r.asRole(t, main, database.Projector), r.asRole(t, main, database.Audit)
		was, err := backup.Models(t.Context(), projector, audit)
		must(t, err)
		if found := backup.Differences(was, was); len(found) > 0 || len(was) < 14 {
			t.Fatalf("%d read models differ from themselves: %v", len(was), found)
		}
		for table, change := range map[string]string{
			"screening.cases":    `update screening.cases set status = status || 'x' where case_id = (select min(case_id::text)::uuid from screening.cases)`,
			"timeline.entries":   `delete from timeline.entries where ctid = (select min(ctid) from timeline.entries)`,
			"matching.tokens":    `insert into matching.tokens select token || '\x00', case_id, kind from matching.tokens limit 1`,
			"statistics.persons": `update statistics.persons set facts = facts || '{"x":1}' where ctid = (select min(ctid) from statistics.persons)`,
			"access.entries":     `update access.readers set purpose = purpose || 'x' where id = (select min(id) from access.readers)`,
		} {
			_, err := main.Exec(t.Context(), change)
			must(t, err)
			made, err := backup.Models(t.Context(), projector, audit)
			must(t, err)
			found := backup.Differences(was, made)
			if len(found) != 1 || !strings.HasPrefix(found[0], table+":") {
				t.Errorf("another row in %s: found %q", table, found)
			}
			was = made
		}
	})
}

// asRole connects to the database of a superuser's connection as one of the roles.
func (r restoredDrill) asRole(t *testing.T, main *pgxpool.Pool, role database.Role) *pgxpool.Pool {
	t.Helper()
	pool, err := database.OpenPool(t.Context(), role, main.Config().ConnString())
	must(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// mustServe uses the restored service.
func (r restoredDrill) mustServe(t *testing.T) {
	t.Helper()
	in := r.in
	officer, manager := in.byPasskey(t, "officer"), in.byPasskey(t, "manager")
	in.mustShow(t, r.kept)
	file := in.call(t, manager, http.MethodGet, "/api/v1/cases/"+r.kept+"/files/00000000-0000-4000-8000-0000000000f1", nil)
	if file.status != http.StatusOK || string(file.body) != plantedName {
		t.Errorf("the file is %d %s", file.status, file.body)
	}
	filters := in.call(t, manager, http.MethodGet, "/api/v1/filters", nil)
	if !bytes.Contains(filters.body, []byte(`"mine"`)) {
		t.Errorf("the filter is lost: %s", filters.body)
	}
	in.mustNotShow(t, "after the restore", r.erased)
	in.mustNotShow(t, "erased after the backup", r.later)
	r.mustHonour(t, officer)
}

// mustHonour repeats every form: those from before the backup have their receipts, the others are taken in now. Every receipt then is in
// the signed tree.
func (r restoredDrill) mustHonour(t *testing.T, officer string) {
	t.Helper()
	a := new(auditOf)
	for _, s := range r.receipts {
		again := r.in.call(t, officer, http.MethodPut, "/api/v1/screenings/"+s.id, s.form)
		switch {
		case s.Position <= r.position && (again.status != http.StatusOK || !bytes.Equal(again.body, s.body)):
			t.Fatalf("the receipt of position %d is %d %s, and was %s", s.Position, again.status, again.body, s.body)
		case s.Position > r.position && again.status != http.StatusCreated:
			t.Fatalf("what came after the backup is not taken in again: %d %s", again.status, again.body)
		}
		g := given{at: time.Now(), body: again.body}
		must(t, json.Unmarshal(again.body, &g))
		a.give(g)
	}
	ctx, stop := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() { r.in.watch(ctx, t, officer, a) })
	testenv.Eventually(t, time.Minute, func() bool { return !a.waiting() })
	stop()
	watching.Wait()
	for _, g := range a.receipts {
		r.in.mustInclude(t, officer, a, g)
	}
	r.in.mustVerify(t, a.receipts[0])
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	must(t, err)
	must(t, os.WriteFile(to, content, 0o600))
}

// recipientOf finds the recipient in what the command printed.
func recipientOf(t *testing.T, out string) string {
	t.Helper()
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "age1") {
			return line
		}
	}
	t.Fatalf("no recipient in %q", out)
	return ""
}
