package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/internal/embedded"
	"songtor/internal/guard"
	"songtor/internal/testenv"
	"songtor/internal/transparency/builder"
)

// faultsWanted says that the long forms of the fault tests are wanted, which take minutes.
func faultsWanted() bool { return os.Getenv("SONGTOR_FAULTS") != "" }

// kept is an installation with accepted screenings, of which damaged copies are made.
type kept struct {
	*installation
	officer string            // session
	bodies  map[string][]byte // of the screenings, by path
	was     map[string]answer // their receipts
	last    float64           // highest position of a receipt
}

const keptScreenings = 24

// keep makes an installation whose screenings are copied and signed, and stops it: by a kill, or cleanly.
func keep(t *testing.T, signal syscall.Signal) *kept {
	t.Helper()
	k := &kept{installation: install(t), bodies: map[string][]byte{}, was: map[string]answer{}}
	k.officer = k.signIn(t, "officer")
	for seed := range uint64(keptScreenings) {
		id, body := screeningFor(t, 500+seed)
		k.submit(t, id, body)
	}
	for range 3 { // the trail is no empty file either
		mustStatus(t, k.call(t, k.officer, http.MethodGet, "/api/v1/stages/screening/cases?limit=50", nil), http.StatusOK)
	}
	testenv.Eventually(t, 30*time.Second, func() bool {
		page := string(k.call(t, "", http.MethodGet, "/metrics", nil).body)
		return strings.Contains(page, fmt.Sprintf("songtor_tree_size{tree=\"cases\"} %.0f\n", k.last))
	})
	_ = k.end(signal)
	k.database(t, mainDatabase, func(conn *pgx.Conn) { // the second copy is complete
		var copied float64
		must(t, conn.QueryRow(t.Context(), "select position from archive.progress where stream = 'NRM'").Scan(&copied))
		if copied != k.last {
			t.Fatalf("the second copy has %v of %v", copied, k.last)
		}
	})
	return k
}

func (k *kept) submit(t *testing.T, id string, body []byte) {
	t.Helper()
	path := "/api/v1/screenings/" + id
	a := k.call(t, k.officer, http.MethodPut, path, body)
	mustStatus(t, a, http.StatusCreated)
	position, _ := a.field(t, "position").(float64)
	k.bodies[path], k.was[path], k.last = body, a, max(k.last, position)
}

// database does something to a database of an installation that does not run, as its superuser.
func (in *installation) database(t *testing.T, name string, do func(*pgx.Conn)) {
	t.Helper()
	pg, err := embedded.StartPostgres(t.Context(), embedded.PostgresConfig{Dir: filepath.Join(in.data, "postgres"), Log: quiet()})
	must(t, err)
	defer func() { must(t, pg.Stop(context.WithoutCancel(t.Context()))) }()
	conn, err := pgx.Connect(t.Context(), pg.AdminURL(name))
	must(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	do(conn)
}

// copied is a copy of the installation in a folder of its own. Copies are run one after the other, at the same address.
func (k *kept) copied(t *testing.T) *kept {
	t.Helper()
	dir, err := os.MkdirTemp("", "songtor-test-")
	must(t, err)
	must(t, os.Chmod(dir, 0o711))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	out, err := exec.CommandContext(t.Context(), "cp", "-a", k.dir+"/.", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("couldn't copy: %v %s", err, out)
	}
	c := *k
	in := *k.installation
	in.dir, in.data, in.kek = dir, filepath.Join(dir, "data"), filepath.Join(dir, "kek.json")
	in.keys = []string{"--kek", in.kek}
	c.installation = &in
	return &c
}

// began starts the service on what is there, and reports whether it serves, with what kills it. Where it does not serve it has ended by itself.
func (in *installation) began(t *testing.T) (kill func(), serves bool) {
	t.Helper()
	in.output = new(output)
	process := exec.Command(os.Args[0], append([]string{
		"serve", "--data", in.data, "--listen", strings.TrimPrefix(in.url, "http://"), "--no-rate-limits",
	}, in.keys...)...)
	process.Env = append(append(os.Environ(), asProgram+"=1"), in.environment...)
	process.Stdout, process.Stderr = in.output, in.output
	must(t, process.Start())
	ended := make(chan struct{})
	go func() { _ = process.Wait(); close(ended) }()
	kill = func() { _ = process.Process.Kill(); <-ended }
	t.Cleanup(kill)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		select {
		case <-ended:
			return kill, false
		default:
		}
		if resp, err := http.Get(in.url + "/healthz"); err == nil {
			_ = resp.Body.Close()
			return kill, true
		}
	}
	t.Fatalf("neither serves nor ends:\n%s", in.output)
	return kill, false
}

// verdict is what a service made of its damage.
type verdict string

const (
	served    verdict = "serves everything and takes in"
	repaired  verdict = "repaired, serves everything and takes in"
	readOnly  verdict = "is read-only and says why"
	unstarted verdict = "does not start and says why"
	closed    verdict = "keeps the cases closed, says that they are damaged, and goes on with all others"
	lost      verdict = "LOST OR WRONG WITHOUT A WORD"
)

// judge starts a damaged installation and looks what is left of the screenings. No receipt may change, and no position may be given out
// again, unless the service takes nothing in and says why.
func (k *kept) judge(t *testing.T) (verdict, string) {
	t.Helper()
	kill, serves := k.began(t)
	if !serves {
		return unstarted, firstError(k.output.String())
	}
	defer kill()
	if !k.settled(t) {
		return unstarted, firstError(k.output.String())
	}
	wrong, shut, damaged := "", false, 0
	for path, body := range k.bodies {
		again := k.call(t, k.officer, http.MethodPut, path, body)
		switch {
		case again.refusedAs("read-only"):
			shut = true
		case again.refusedAs("case-damaged"):
			damaged++
		case again.status != http.StatusOK || !bytes.Equal(again.body, k.was[path].body):
			wrong = fmt.Sprintf("a receipt became %d %s", again.status, again.body)
		}
	}
	id, body := screeningFor(t, 9000)
	fresh := k.call(t, k.officer, http.MethodPut, "/api/v1/screenings/"+id, body)
	switch {
	case fresh.refusedAs("read-only"):
		shut = true
	case fresh.status == http.StatusCreated:
		if position, _ := fresh.field(t, "position").(float64); position <= k.last {
			wrong = fmt.Sprintf("position %v was given out again", position)
		}
	default:
		wrong = fmt.Sprintf("a new screening: %d %s", fresh.status, fresh.body)
	}
	ready := k.call(t, "", http.MethodGet, "/readyz", nil)
	output := k.output.String()
	switch {
	case shut && ready.status == http.StatusOK && ready.field(t, "status") == "read_only":
		if list := k.call(t, k.officer, http.MethodGet, "/api/v1/stages/screening/cases?limit=50", nil); list.status != http.StatusOK {
			return lost, fmt.Sprintf("nothing can be read: %d %s", list.status, list.body)
		}
		return readOnly, string(ready.body)
	case wrong != "":
		return lost, wrong
	case shut:
		return lost, "refuses without saying why: " + string(ready.body)
	case damaged > 0 && !k.counts(t, damaged):
		return lost, "counts no damaged case"
	case damaged > 0 && (ready.status != http.StatusOK || ready.field(t, "status") != "ready"):
		return lost, "more than the damaged cases is affected: " + string(ready.body)
	case damaged > 0:
		return closed, fmt.Sprintf("%d of %d", damaged, len(k.bodies))
	case strings.Contains(output, "put back"), strings.Contains(output, "anew from"), strings.Contains(output, "copied anew"):
		return repaired, firstError(output)
	}
	return served, ""
}

// refusedAs reports whether an answer asks to come again, with a problem of a kind.
func (a answer) refusedAs(kind string) bool {
	return a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "" &&
		bytes.Contains(a.body, []byte(`"type":"urn:songtor:problem:`+kind+`"`))
}

// counts reports whether a service has counted at least so many requests that met damaged cases.
func (k *kept) counts(t *testing.T, damaged int) bool {
	t.Helper()
	for line := range strings.Lines(string(k.call(t, "", http.MethodGet, "/metrics", nil).body)) {
		if rest, is := strings.CutPrefix(line, "songtor_damaged_cases_met_total "); is {
			n, err := strconv.Atoi(strings.TrimSpace(rest))
			return err == nil && n >= damaged
		}
	}
	return false
}

// settled waits until the service is ready or says why it is not, and reports whether it is still there: one whose read models have applied
// more than its log has ends again.
func (in *installation) settled(t *testing.T) bool {
	t.Helper()
	for range 50 {
		resp, err := http.Get(in.url + "/readyz")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return true
		}
		time.Sleep(100 * time.Millisecond)
	}
	return true
}

// firstError is the first line of an output that tells of trouble.
func firstError(output string) string {
	for line := range strings.Lines(output) {
		if strings.Contains(line, "second copy") || strings.Contains(line, "songtor:") || strings.Contains(line, `"level":"ERROR"`) {
			return strings.TrimSpace(line)
		}
	}
	return strings.TrimSpace(output)
}

// A wound is one kind of damage.
type wound struct {
	name   string
	clean  bool // after a clean stop; otherwise after a kill
	short  bool // also tried in the short form
	log    bool // to the log itself
	closes bool // to keys: without its keys a case cannot be opened, and nothing but a backup of the keys brings them back
	strike func(t *testing.T, k *kept)
}

func (k *kept) stream(name, file string) string {
	return filepath.Join(k.data, "nats", "jetstream", "$G", "streams", name, filepath.FromSlash(file))
}

// edits are the ways in which a file is damaged.
var edits = []struct {
	name string
	edit func(content []byte) []byte
}{
	{"one bit in the middle", func(b []byte) []byte { b[len(b)/2] ^= 4; return b }},
	{"one bit at the beginning", func(b []byte) []byte { b[min(60, len(b)-1)] ^= 1; return b }},
	{"one bit at the end", func(b []byte) []byte { b[len(b)-3] ^= 1; return b }},
	{"half of it", func(b []byte) []byte { return b[:len(b)/2] }},
	{"its last bytes", func(b []byte) []byte { return b[:len(b)-7] }},
	{"a page of zeros", func(b []byte) []byte {
		clear(b[len(b)/4 : min(len(b), len(b)/4+4096)])
		return b
	}},
	{"twice in a row", func(b []byte) []byte { return append(b, b...) }},
	{"empty", func([]byte) []byte { return nil }},
	{"gone", nil},
}

func damageFile(path func(k *kept) string, edit func([]byte) []byte) func(*testing.T, *kept) {
	return func(t *testing.T, k *kept) {
		t.Helper()
		file := path(k)
		if edit == nil {
			must(t, os.Remove(file))
			return
		}
		content, err := os.ReadFile(file)
		must(t, err)
		must(t, os.WriteFile(file, edit(content), 0o600))
	}
}

func damageRows(database, statement string) func(*testing.T, *kept) {
	return func(t *testing.T, k *kept) {
		t.Helper()
		k.database(t, database, func(conn *pgx.Conn) {
			changed, err := conn.Exec(t.Context(), statement)
			must(t, err)
			if changed.RowsAffected() == 0 {
				t.Fatalf("%s: nothing is damaged", statement)
			}
		})
	}
}

// wounds are all kinds of damage: to each file of the log's store after a kill and after a clean stop, to the trail, to the second copy,
// the trees, the checkpoints and the keys.
func wounds() []wound {
	var all []wound
	for _, clean := range []bool{false, true} {
		stop := map[bool]string{false: "after a kill", true: "after a clean stop"}[clean]
		for _, file := range []struct{ stream, name string }{
			{"NRM", "msgs/1.blk"}, {"NRM", "msgs/index.db"}, {"NRM", "meta.inf"}, {"NRM", "meta.sum"}, {"ACCESS", "msgs/1.blk"},
		} {
			if clean && file.stream == "ACCESS" || !clean && file.name == "msgs/index.db" {
				continue // a kill leaves no index
			}
			for _, e := range edits {
				all = append(all, wound{
					name: fmt.Sprintf("%s of %s %s: %s", file.name, file.stream, stop, e.name), clean: clean, log: file.stream == "NRM",
					short:  file.stream == "NRM" && file.name == "msgs/1.blk" && (e.name == "its last bytes" && !clean || e.name == "one bit in the middle" && clean),
					strike: damageFile(func(k *kept) string { return k.stream(file.stream, file.name) }, e.edit),
				})
			}
		}
	}
	book := func(k *kept) string { return filepath.Join(k.data, "checkpoints") }
	for _, e := range edits {
		all = append(all, wound{name: "the checkpoints: " + e.name, strike: damageFile(book, e.edit)})
	}
	for name, statement := range map[string]string{
		"the second copy: one byte":               "update archive.event_archive set bytes = set_byte(bytes, 40, get_byte(bytes, 40) # 1) where stream = 'NRM' and position = 7",
		"the second copy: a row less":             "delete from archive.event_archive where stream = 'NRM' and position = 7",
		"the second copy: the last rows less":     "delete from archive.event_archive where stream = 'NRM' and position > 15",
		"the second copy: everything":             "delete from archive.event_archive",
		"the second copy: its position too small": "update archive.progress set position = 10 where stream = 'NRM'",
		"the second copy: its position too large": "update archive.progress set position = 1000 where stream = 'NRM'",
		"the second copy: its position forgotten": "delete from archive.progress",
		"the trees: one hash":                     "update tree.hashes set hash = set_byte(hash, 3, get_byte(hash, 3) # 1) where index = 4",
		"the trees: no hashes":                    "delete from tree.hashes",
		"the trees: the last checkpoint":          "update tree.checkpoints set note = overlay(note placing '~' from 31) where size = (select max(size) from tree.checkpoints)",
		"the access record: a position too far":   "update access.progress set position = 1000",
		"the read models: a position too far":     "update projections.positions set position = 1000 where name = 'screening'",
	} {
		all = append(all, wound{name: name, short: name == "the second copy: one byte", strike: damageRows(mainDatabase, statement)})
	}
	for name, statement := range map[string]string{
		"the keys: one bit of a wrapped key": "update case_keys set sensitive = set_byte(sensitive, 20, get_byte(sensitive, 20) # 1)",
		"the keys: one bit of one case's":    "update case_keys set sensitive = set_byte(sensitive, 20, get_byte(sensitive, 20) # 1) where case_id = (select min(case_id::text)::uuid from case_keys)",
		"the keys: all rows":                 "delete from case_keys",
	} {
		all = append(all, wound{name: name, closes: true, strike: damageRows(keysDatabase, statement)})
	}
	return append(all, wound{name: "the key file: one bit", strike: damageFile(func(k *kept) string { return k.kek }, edits[0].edit)})
}

// unguarded makes the service of a test one that does not hold its log against anything.
const unguarded = "SONGTOR_TEST_UNGUARDED"

func guardNothing() {
	guarding.start = func(*guard.Guard, context.Context) error { return nil }
	guarding.run = func(_ *guard.Guard, ctx context.Context) { <-ctx.Done() }
	guarding.trees = func(ctx context.Context, _ *builder.Builder) error { <-ctx.Done(); return nil }
	guarding.models = func(o *operator, ctx context.Context) error {
		_ = o.runner.Run(ctx) // also where they have applied more than the log has
		<-ctx.Done()
		return nil
	}
}

// Whatever is damaged, the service serves what it accepted, repairs it, or takes nothing in and says why. The long form tries every kind. The
// control: where nothing holds the log against what is known of it elsewhere, the same damage to it loses what was accepted.
func TestNoDamageLosesAnythingWithoutAWord(t *testing.T) {
	t.Parallel()
	after := map[bool]*kept{false: keep(t, syscall.SIGKILL)}
	after[true] = after[false].copied(t)
	after[true].start(t)
	must(t, after[true].end(syscall.SIGTERM))
	count := map[verdict]int{}
	for _, w := range wounds() {
		if !w.short && !faultsWanted() {
			continue
		}
		t.Run(w.name, func(t *testing.T) {
			found, why := after[w.clean].hit(t, w, true)
			count[found]++
			if found == lost || found == closed && !w.closes || found != closed && w.closes || found == unstarted && why == "" {
				t.Errorf("%s: %s", found, why)
			}
		})
	}
	t.Logf("%v", count)
	for _, w := range wounds() {
		if !w.short || !w.log {
			continue
		}
		t.Run("the control, "+w.name, func(t *testing.T) {
			if found, _ := after[w.clean].hit(t, w, false); found != lost {
				t.Errorf("%s: nothing is lost without the guard, so that the test shows nothing", found)
			}
		})
	}
}

// hit strikes a copy of an installation and judges what its service makes of that, with or without the guard.
func (k *kept) hit(t *testing.T, w wound, guarded bool) (verdict, string) {
	t.Helper()
	c := k.copied(t)
	defer os.RemoveAll(c.dir)
	if !guarded {
		c.environment = []string{unguarded + "=1"}
	}
	w.strike(t, c)
	found, why := c.judge(t)
	t.Logf("%s: %.300s", found, why)
	return found, why
}
