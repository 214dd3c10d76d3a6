package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"songtor/internal/app"
	"songtor/internal/synthetic"
)

// The planted words: nobody's name, and long enough to be found by no accident.
const (
	plantedName      = "Zebulonqvist"
	plantedNarrative = "xylophone-in-the-attic"
	plantedThai      = "นกฮูกสีม่วงเข้ม"
)

func TestNothingOfAFormLiesInClear(t *testing.T) {
	t.Parallel()
	in := install(t)
	officer := in.signIn(t, "officer")
	mustStatus(t, in.call(t, officer, http.MethodPut, "/api/v1/screenings/"+plantedID, plantedForm(t)), http.StatusCreated)
	in.plantCommands(t, officer)
	invalid := bytes.Replace(plantedForm(t), []byte(`"TH-`), []byte(`"XX-`), 1)
	refused := in.call(t, officer, http.MethodPut, "/api/v1/screenings/00000000-0000-4000-8000-000000000009", invalid)
	mustStatus(t, refused, http.StatusUnprocessableEntity)
	mustStatus(t, in.call(t, officer, http.MethodGet, "/api/v1/stages/screening/cases", nil), http.StatusOK)
	in.searchAnswers(t, refused)
	if err := in.end(syscall.SIGTERM); err != nil {
		t.Fatalf("ended with %v", err)
	}
	for _, found := range append(searchPlanted(t, in.data), in.searchRows(t)...) {
		t.Errorf("found in clear: %s", found)
	}
	if words := plantedIn([]byte(in.output.String())); len(words) > 0 {
		t.Errorf("found in the service's output: %v", words)
	}
}

// plantCommands tells the case the planted words in every way in which free text, a place or a file reaches it.
func (in *installation) plantCommands(t *testing.T, officer string) {
	t.Helper()
	at := "/api/v1/cases/" + app.CaseID(plantedID)
	for command, body := range map[string]string{
		"assess-safety":          `{"danger":"at_risk","measures":"` + plantedNarrative + `","safe_contact":"` + plantedThai + `"}`,
		"add-note":               `{"audience":"case","text":"` + plantedNarrative + `"}`,
		"appoint-representative": `{"kind":"support_person","name":"` + plantedName + `"}`,
		"place-in-shelter":       `{"provider":"shelter-women-central","location":"` + plantedThai + `"}`,
		"set-hold":               `{"basis":"` + plantedNarrative + `"}`,
	} {
		mustStatus(t, in.call(t, officer, http.MethodPost, at+"/"+command, []byte(body), "Idempotency-Key", uuid.NewString()), http.StatusCreated)
	}
	mustStatus(t, in.call(t, officer, http.MethodPut, at+"/files/00000000-0000-4000-8000-0000000000f1", []byte(plantedName),
		"Content-Type", "text/plain", "Songtor-File-Name", plantedNarrative+".txt"), http.StatusCreated)
	mustStatus(t, in.call(t, officer, http.MethodGet, at, nil), http.StatusOK)
}

// searchAnswers looks for the words in what the service says to those who may know nothing of a case: errors, its state and figures, and
// what it tells its operator.
func (in *installation) searchAnswers(t *testing.T, refused answer) {
	t.Helper()
	said := map[string][]byte{"a refusal": refused.body}
	for _, path := range []string{"/readyz", "/healthz", "/metrics", "/api/v1/stages", "/api/v1/cases/" + plantedID} {
		said[path] = in.call(t, "", http.MethodGet, path, nil).body
	}
	said["keys status"] = []byte(in.songtor(t, "", "keys", "status", "--data", in.data, "--kek", in.kek))
	said["rebuild"] = []byte(in.songtor(t, "", "rebuild", "--data", in.data, "--kek", in.kek))
	for where, body := range said {
		if words := plantedIn(body); len(words) > 0 {
			t.Errorf("%s says %v", where, words)
		}
	}
}

// searchRows reads every row of both databases, where compression hides words from a search of the files.
func (in *installation) searchRows(t *testing.T) []sighting {
	t.Helper()
	s, err := openStores(t.Context(), storeFlags{Data: in.data, keyFlags: keyFlags{KEK: in.kek}, Replicas: 1}, false, slog.New(slog.DiscardHandler))
	must(t, err)
	defer s.Close()
	return searchDatabases(t, s)
}

// searchDatabases reads as the superuser, from whom row-level security hides nothing.
func searchDatabases(t *testing.T, s *stores) []sighting {
	t.Helper()
	socket := s.pools.Migrate.Config().ConnConfig.Host
	return append(searchTables(t, connectAs(t, socket, admin, mainDatabase)), searchTables(t, connectAs(t, socket, admin, keysDatabase))...)
}

func searchTables(t *testing.T, db *pgx.Conn) []sighting {
	t.Helper()
	rows, err := db.Query(t.Context(), `select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`)
	must(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	if len(tables) == 0 {
		t.Fatal("there are no tables to search")
	}
	var found []sighting
	for _, table := range tables {
		rows, err := db.Query(t.Context(), `select row_to_json(r)::text from `+table+` r`)
		must(t, err)
		texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
		must(t, err)
		for _, word := range plantedIn([]byte(strings.Join(texts, "\n"))) {
			found = append(found, sighting{"postgres", table, word})
		}
	}
	return found
}

// The control: the same words written to the same stores without sealing are found in the files and in the rows.
func TestTheSearchFindsWhatIsNotSealed(t *testing.T) {
	t.Parallel()
	in := install(t)
	must(t, in.end(syscall.SIGTERM))
	s, err := openStores(t.Context(), storeFlags{Data: in.data, keyFlags: keyFlags{KEK: in.kek}, Replicas: 1}, false, slog.New(slog.DiscardHandler))
	must(t, err)
	defer s.Close()
	whole := connectAs(t, s.pools.Migrate.Config().ConnConfig.Host, admin, mainDatabase)
	_, err = whole.Exec(t.Context(), `create table unsealed as select '`+plantedName+`' as body`)
	must(t, err)
	_, err = s.keys.Exec(t.Context(), `create table unsealed as select encode($1, 'base64') as body`, []byte("x"+plantedNarrative+"xx"))
	must(t, err)
	if found := searchDatabases(t, s); len(found) < 2 {
		t.Fatalf("in the rows only %v is found", found)
	}
	s.Close()
	must(t, os.WriteFile(filepath.Join(in.data, "nats", "unsealed"), encodings(plantedThai)["utf-16 le"], 0o600))
	places := map[string]bool{}
	for _, found := range searchPlanted(t, in.data) {
		places[found.store] = true
	}
	if !places["postgres"] || !places["nats"] {
		t.Fatalf("in the files the words are found only in %v", places)
	}
}

func TestTheSearchKnowsEveryEncoding(t *testing.T) {
	t.Parallel()
	for name, encoded := range encodings(plantedThai) {
		if len(plantedIn(append([]byte("before "), encoded...))) == 0 {
			t.Errorf("%s is not found", name)
		}
	}
}

const plantedID = "00000000-0000-4000-8000-00000000c0de"

// plantedForm is a synthetic form whose name and narratives carry the planted words.
func plantedForm(t *testing.T) []byte {
	t.Helper()
	for seed := uint64(1); ; seed++ {
		form := synthetic.Forms(seed, 1, time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))[0]
		if _, named := form.Answers["d_name_said"]; !named {
			continue
		}
		form.ID = ""
		answer := func(words string) map[string]any { return map[string]any{"state": "answered", "value": words} }
		form.Answers["d_name_said"] = answer(plantedName)
		form.Answers["f_narrative"] = answer("They said " + plantedNarrative + ".")
		form.Answers["h_narrative"] = answer(plantedThai)
		body, err := json.Marshal(form)
		must(t, err)
		return body
	}
}

type sighting struct{ store, file, encoding string }

func (s sighting) String() string { return fmt.Sprintf("%s in %s", s.encoding, s.file) }

// searchPlanted reads every file below dir: the log, PostgreSQL's heap and write-ahead log, and whatever else is there.
func searchPlanted(t *testing.T, dir string) []sighting {
	t.Helper()
	var found []sighting
	files := 0
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		for _, word := range plantedIn(content) {
			found = append(found, sighting{storeOf(dir, path), path, word})
		}
		return err
	}))
	if files < 100 {
		t.Fatalf("searched only %d files", files)
	}
	return found
}

func storeOf(dir, path string) string {
	for _, store := range []string{"postgres", "nats"} {
		if bytes.Contains([]byte(path[len(dir):]), []byte(store)) {
			return store
		}
	}
	return "other"
}

// plantedIn returns the planted words in a text, by word and encoding.
func plantedIn(content []byte) []string {
	var words []string
	for _, word := range []string{plantedName, plantedNarrative, plantedThai} {
		for encoding, encoded := range encodings(word) {
			if bytes.Contains(content, encoded) {
				words = append(words, word+" as "+encoding)
			}
		}
	}
	return words
}

// encodings are the forms in which a word may lie in a file. Base64 depends on where in its group of three bytes the word begins,
// so its ends are cut to what does not depend on the neighbours.
func encodings(word string) map[string][]byte {
	forms := map[string][]byte{
		"utf-8":     []byte(word),
		"hex":       []byte(hex.EncodeToString([]byte(word))),
		"HEX":       bytes.ToUpper([]byte(hex.EncodeToString([]byte(word)))),
		"json":      bytes.Trim(escaped(word), `"`),
		"percent":   []byte(url.PathEscape(word)),
		"utf-16 le": utf16Bytes(word, binary.LittleEndian),
		"utf-16 be": utf16Bytes(word, binary.BigEndian),
	}
	for shift := range 3 {
		padded := append(make([]byte, shift), word...)
		for name, encoding := range map[string]*base64.Encoding{"base64": base64.StdEncoding, "base64url": base64.URLEncoding} {
			encoded := encoding.EncodeToString(padded[:len(padded)/3*3])
			forms[fmt.Sprintf("%s at %d", name, shift)] = []byte(encoded[(shift*4+2)/3:])
		}
	}
	return forms
}

func escaped(word string) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(word)) {
		if unit < 0x80 {
			out = append(out, byte(unit))
			continue
		}
		out = fmt.Appendf(out, `\u%04x`, unit)
	}
	return out
}

func utf16Bytes(word string, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(word)) {
		out = order.AppendUint16(out, unit)
	}
	return out
}
