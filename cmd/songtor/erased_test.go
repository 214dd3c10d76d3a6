package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/internal/embedded"
)

// moment is a copy of every store at one time.
type moment struct {
	name, folder string
}

// save copies the databases, the log and the ledger while the service is stopped, as a backup of the whole data folder does.
func (in *installation) save(t *testing.T, name string) moment {
	t.Helper()
	must(t, in.end(syscall.SIGTERM))
	m := moment{name, filepath.Join(in.dir, "saved "+name)}
	copyFolder(t, in.data, m.folder)
	in.start(t)
	return m
}

// restore puts some of the stores back as they were. The ledger of erasures stays as it is now: it is in no backup of a database.
func (in *installation) restore(t *testing.T, m moment, stores ...string) {
	t.Helper()
	must(t, in.end(syscall.SIGTERM))
	for _, store := range stores {
		must(t, os.RemoveAll(filepath.Join(in.data, store)))
		copyFolder(t, filepath.Join(m.folder, store), filepath.Join(in.data, store))
	}
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// erase has two people agree to the erasure of a case.
func (in *installation) erase(t *testing.T, caseID string) {
	t.Helper()
	in.songtor(t, testPassword+"\n", "user", "add", "second", "--role", "auditor", "--agency", "datip", "--data", in.data, "--kek", in.kek)
	in.agreeToErase(t, caseID)
}

// agreeToErase is erase where the second person has an account.
func (in *installation) agreeToErase(t *testing.T, caseID string) {
	t.Helper()
	at := "/api/v1/cases/" + caseID
	id := uuid.NewString()
	manager := in.signIn(t, "manager")
	mustStatus(t, in.call(t, manager, http.MethodPost, at+"/request-erasure", []byte(`{"reason":"erasure_request"}`), "Idempotency-Key", id), http.StatusCreated)
	second := in.signIn(t, "second")
	mustStatus(t, in.call(t, second, http.MethodPost, at+"/approve-erasure", fmt.Appendf(nil, `{"erasure_id":%q}`, id), "Idempotency-Key", uuid.NewString()), http.StatusCreated)
	in.songtor(t, "", "shred", caseID, "--yes", "--data", in.data, "--kek", in.kek)
}

// Promise 17: after the restore of every state of the stores from before an erasure, nothing of the person can be read.
func TestErasedStaysErased(t *testing.T) {
	t.Parallel()
	in := install(t)
	officer := in.signIn(t, "officer")
	receipt := in.call(t, officer, http.MethodPut, "/api/v1/screenings/"+plantedID, plantedForm(t))
	mustStatus(t, receipt, http.StatusCreated)
	caseID, _ := receipt.field(t, "case_id").(string)
	mustStatus(t, in.call(t, officer, http.MethodPut, "/api/v1/cases/"+caseID+"/files/00000000-0000-4000-8000-0000000000f1", []byte(plantedName),
		"Content-Type", "text/plain", "Songtor-File-Name", "note.txt"), http.StatusCreated)
	in.mustShow(t, caseID)
	before := in.save(t, "before")
	in.erase(t, caseID)
	in.mustNotShow(t, "after the erasure", caseID)

	for _, stores := range [][]string{{"postgres"}, {"postgres", "nats", "checkpoints"}} {
		in.restore(t, before, stores...)
		in.start(t)
		in.mustNotShow(t, fmt.Sprintf("with %v as before the erasure", stores), caseID)
		in.mustHoldNothing(t, fmt.Sprintf("with %v as before the erasure", stores), caseID)
		in.songtor(t, "", "rebuild", "--data", in.data, "--kek", in.kek)
		in.mustNotShow(t, fmt.Sprintf("with %v as before the erasure, rebuilt", stores), caseID)
	}

	// A log that is older than what was signed of it is read and not written to, although it has to be told of the erasure: what it lacks is
	// to be looked for first.
	in.restore(t, before, "postgres", "nats")
	in.start(t)
	in.mustBeReadOnly(t, "signed")
	in.mustNotShow(t, "with a log older than the last signature", caseID)
	in.mustHoldNothing(t, "with a log older than the last signature", caseID)
	in.mustBeReadOnly(t, "signed")
	must(t, in.end(syscall.SIGTERM))

	// Without the ledger the service does not start either.
	ledger := filepath.Join(in.data, "erasures.ledger")
	must(t, os.Rename(ledger, ledger+".away"))
	if out, err := in.try("", "serve", "--data", in.data, "--kek", in.kek, "--listen", "127.0.0.1:0"); err == nil || !bytes.Contains([]byte(out), []byte("ledger")) {
		t.Fatalf("without the ledger: %v\n%s", err, out)
	}

	// The control: a ledger begun anew knows nothing of the erasure, and the restored stores show the case again.
	in.restore(t, before, "postgres", "nats", "checkpoints")
	must(t, os.Rename(filepath.Join(before.folder, "erasures.ledger"), ledger))
	in.start(t)
	in.mustShow(t, caseID)
}

// mustBeReadOnly holds that nothing is taken in, with the reason at /readyz, which goes on answering that the service can be asked.
func (in *installation) mustBeReadOnly(t *testing.T, why string) {
	t.Helper()
	ready := in.call(t, "", http.MethodGet, "/readyz", nil)
	mustStatus(t, ready, http.StatusOK)
	if ready.field(t, "status") != "read_only" || !bytes.Contains(ready.body, []byte(why)) {
		t.Fatalf("/readyz says %s", ready.body)
	}
	id, body := screeningFor(t, 77)
	refused := in.call(t, in.signIn(t, "officer"), http.MethodPut, "/api/v1/screenings/"+id, body)
	if !refused.refusedAs("read-only") {
		t.Fatalf("a form was answered %s %v", refused.body, refused.header)
	}
}

func (in *installation) mustShow(t *testing.T, caseID string) {
	t.Helper()
	a := in.call(t, in.signIn(t, "manager"), http.MethodGet, "/api/v1/cases/"+caseID, nil)
	if a.status != http.StatusOK || !bytes.Contains(a.body, []byte(plantedNarrative)) {
		t.Fatalf("the case cannot be read: %d %s", a.status, a.body)
	}
}

func (in *installation) mustNotShow(t *testing.T, when, caseID string) {
	t.Helper()
	manager := in.signIn(t, "manager")
	at := "/api/v1/cases/" + caseID
	for _, path := range []string{at, at + "/timeline", at + "/duplicates", at + "/files/00000000-0000-4000-8000-0000000000f1", "/api/v1/stages/screening/cases"} {
		a := in.call(t, manager, http.MethodGet, path, nil)
		if words := plantedIn(a.body); len(words) > 0 {
			t.Errorf("%s %s shows %v", when, path, words)
		}
	}
	a := in.call(t, manager, http.MethodGet, at, nil)
	if a.status != http.StatusOK || a.field(t, "erased") != true {
		t.Errorf("%s the case does not say that it is erased: %d %s", when, a.status, a.body)
	}
}

// mustHoldNothing looks into the tables of files and of blind indexes for rows of a case.
func (in *installation) mustHoldNothing(t *testing.T, when, caseID string) {
	t.Helper()
	must(t, in.end(syscall.SIGTERM))
	in.asSuperuser(t, func(main, _ *pgxpool.Pool) {
		for _, table := range []string{"files.contents", "matching.persons", "matching.tokens", "matching.languages"} {
			var rows int
			must(t, main.QueryRow(t.Context(), `select count(*) from `+table+` where case_id = $1`, caseID).Scan(&rows))
			if rows > 0 {
				t.Errorf("%s the table %s holds %d rows of the case", when, table, rows)
			}
		}
	})
	in.start(t)
}

// asSuperuser opens the databases of a service that is stopped to one whom no row-level security keeps from any row.
func (in *installation) asSuperuser(t *testing.T, do func(main, keys *pgxpool.Pool)) {
	t.Helper()
	pg, err := embedded.StartPostgres(t.Context(), embedded.PostgresConfig{Dir: filepath.Join(in.data, "postgres"), Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	defer func() { must(t, pg.Stop(context.Background())) }()
	main, err := pgxpool.New(t.Context(), pg.AdminURL(mainDatabase))
	must(t, err)
	defer main.Close()
	keys, err := pgxpool.New(t.Context(), pg.AdminURL(keysDatabase))
	must(t, err)
	defer keys.Close()
	do(main, keys)
}
