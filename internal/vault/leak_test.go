package vault

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"

	"songtor/domain"
	"songtor/internal/testenv"
)

// The secrets of this test: a word of each scope that is sealed, and the bytes of the keys that sealed it.
var secretWords = []string{
	"นางสาวจันทร์เพ็ญ แก้วมณีโชติ", "Zwangsarbeit-auf-dem-Kutter-7431", "nationality:Absurdistan-5520", "Haus Abendstern, Soi 7442",
	"Befund-Ultraschall-9913", "Aktenzeichen-Rechtsrat-6620",
}

func TestNoWordAndNoKeyLiesInTheDatabase(t *testing.T) {
	t.Parallel()
	v, pool := leakVault(t)
	const id = "0b9d8e1c-52a4-4c6f-8d3e-7a1f00c2e9ab"
	if _, _, err := v.Create(t.Context(), id, Grant{Use: ToDecide}); err != nil {
		t.Fatal(err)
	}
	var keys *CaseKeys
	for _, scope := range domain.Scopes() {
		if slices.Contains(firstScopes(), scope) {
			continue
		}
		var err error
		if keys, err = v.Extend(t.Context(), id, Grant{Use: ToDecide}, scope); err != nil {
			t.Fatal(err)
		}
	}
	leakExec(t, pool, `create table readmodel (raw bytea, encoded text)`) // such as a projection keeps
	for i, scope := range domain.Scopes() {
		sealed, err := keys.Seal(scope, []byte("p"), []byte(secretWords[i]))
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := json.Marshal(sealed)
		if err != nil {
			t.Fatal(err)
		}
		leakExec(t, pool, `insert into readmodel values ($1, $2)`, sealed.Ciphertext, string(encoded))
	}
	secrets := caseSecrets(t, v, id)
	for _, word := range secretWords {
		secrets[word] = []byte(word)
	}
	secrets["the key of the pseudonyms"] = v.services.pseudonym
	secrets["the key of the blind indexes"] = v.services.blind
	secrets["the signing key"] = v.services.signs[LogReceipts].Seed()
	forms := hiddenForms(secrets)
	clean := dump(t, pool)
	leakExec(t, pool, `create table control (raw bytea)`)
	for _, needle := range forms {
		leakExec(t, pool, `insert into control values ($1)`, append([]byte("before "), needle...))
	}
	control := dump(t, pool)
	for form, needle := range forms {
		if bytes.Contains(clean, needle) {
			t.Errorf("%s lies in the database", form)
		}
		if !bytes.Contains(control, needle) {
			t.Errorf("the search is blind for %s", form)
		}
	}
}

func leakVault(t *testing.T) (*Vault, *pgxpool.Pool) {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), testenv.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	kek, err := OpenDevKEK(filepath.Join(t.TempDir(), "kek"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := Open(t.Context(), pool, kek, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v, pool
}

// caseSecrets returns the bytes of a case's keys.
func caseSecrets(t *testing.T, v *Vault, caseID string) map[string][]byte {
	t.Helper()
	id, err := parseUUID(caseID)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := v.stored(t.Context(), []uuid{id}, domain.Scopes())
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string][]byte{}
	kek := v.kek.latest()
	for scope, wrapped := range rows[id].wrapped {
		handle, err := kek.unwrapScope(wrapped, caseID, scope)
		if err != nil {
			t.Fatal(err)
		}
		key, err := onlyKey(handle)
		if err != nil {
			t.Fatal(err)
		}
		secrets[fmt.Sprintf("the key of scope %s", scope)] = key.KeyBytes().Data(insecuresecretdataaccess.Token{})
	}
	return secrets
}

// hiddenForms lists the forms in which each secret could lie, by what they are.
func hiddenForms(secrets map[string][]byte) map[string][]byte {
	forms := map[string][]byte{}
	for name, secret := range secrets {
		digits := []byte(hex.EncodeToString(secret))
		forms[name+" itself"], forms[name+" in hex"], forms[name+" in HEX"] = secret, digits, bytes.ToUpper(digits)
		for shift := range 3 {
			encoded := base64.StdEncoding.EncodeToString(append(make([]byte, shift), secret...))
			inner := strings.TrimRight(encoded, "=") // its ends depend on what stands around it
			forms[fmt.Sprintf("%s in base64 at offset %d", name, shift)] = []byte(inner[4 : len(inner)-2])
		}
		var little, big []byte
		for _, unit := range utf16.Encode([]rune(string(secret))) {
			little = append(little, byte(unit), byte(unit>>8))
			big = append(big, byte(unit>>8), byte(unit))
		}
		forms[name+" in little-endian UTF-16"], forms[name+" in big-endian UTF-16"] = little, big
	}
	return forms
}

var byteaText = regexp.MustCompile(`\\x([0-9a-f]+)`)

// dump is everything in every table: the rows as text, and the bytes that the text gives in hex.
func dump(t *testing.T, pool *pgxpool.Pool) []byte {
	t.Helper()
	var all bytes.Buffer
	for _, table := range leakStrings(t, pool, `select quote_ident(tablename) from pg_tables where schemaname = 'public'`) {
		for _, row := range leakStrings(t, pool, `select t::text from `+table+` t`) {
			all.WriteString(row + "\n")
			for _, match := range byteaText.FindAllStringSubmatch(row, -1) {
				raw, err := hex.DecodeString(match[1])
				if err != nil {
					t.Fatal(err)
				}
				all.Write(raw)
			}
		}
	}
	return all.Bytes()
}

func leakStrings(t *testing.T, pool *pgxpool.Pool, query string) []string {
	t.Helper()
	rows, err := pool.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return found
}

func leakExec(t *testing.T, pool *pgxpool.Pool, statement string, arguments ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), statement, arguments...); err != nil {
		t.Fatal(err)
	}
}
