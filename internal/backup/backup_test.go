package backup_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"songtor/internal/backup"
	"songtor/internal/eventlog"
)

// signer signs with a key of its own.
type signer ed25519.PrivateKey

func newSigner() signer {
	return signer(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)))
}

func (s signer) key() ed25519.PublicKey { return ed25519.PublicKey(s[ed25519.SeedSize:]) }

// Public implements backup.Signer.
func (s signer) Public(context.Context) (ed25519.PublicKey, error) { return s.key(), nil }

// Sign implements backup.Signer.
func (s signer) Sign(_ context.Context, message []byte) ([]byte, error) {
	return ed25519.Sign(ed25519.PrivateKey(s), message), nil
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 123456789, time.UTC)

func messages(from, to uint64) []eventlog.Raw {
	var raws []eventlog.Raw
	for at := from; at <= to; at++ {
		raws = append(raws, eventlog.Raw{
			Position: at, Subject: fmt.Sprintf("nrm.case.00000000-0000-4000-8000-%012d", at%5), Accepted: noon.Add(time.Duration(at)), Data: fmt.Appendf(nil, "message %d", at),
		})
	}
	return raws
}

// written is a backup with a little of everything.
func written(t testing.TB) (stream []byte, m *backup.Manifest) {
	t.Helper()
	var out bytes.Buffer
	w, err := backup.NewWriter(&out, backup.Head{Kind: backup.KindData, MadeAt: noon.Truncate(time.Second), Program: "test"})
	must(t, err)
	w.Stream("NRM")
	w.Stream("ACCESS")
	must(t, w.Messages("NRM", messages(1, 12)))
	must(t, w.Messages("NRM", messages(13, 20)))
	must(t, w.Messages("ACCESS", messages(1, 3)))
	for _, name := range []string{"identity.account", "files.contents"} {
		rows, err := w.Table(name, []string{"id", "name"})
		must(t, err)
		for n := range 3 {
			_, err = fmt.Fprintf(rows, "%d\tsomebody\\nelse\n", n)
			must(t, err)
		}
	}
	must(t, w.File(backup.BookFile, []byte("checkpoints")))
	m, err = w.Close(t.Context(), newSigner(), func(m *backup.Manifest) error {
		m.Log, m.Models = "log", []backup.Model{{Name: "screening", Version: 3, Position: 20, Tables: []backup.ModelTable{{"cases", 2, "sum"}}}}
		return nil
	})
	must(t, err)
	return out.Bytes(), m
}

func TestWhatIsReadIsWhatWasWritten(t *testing.T) {
	t.Parallel()
	stream, wrote := written(t)
	var cases, access []eventlog.Raw
	var rows, file string
	var tables []string
	m, signature, err := backup.Read(bytes.NewReader(stream), backup.Visitor{
		Messages: func(name string, raws []eventlog.Raw) error {
			if name == "NRM" {
				cases = append(cases, raws...)
			} else {
				access = append(access, raws...)
			}
			return nil
		},
		Table: func(name string, columns []string) error {
			tables = append(tables, name)
			if !slices.Equal(columns, []string{"id", "name"}) {
				t.Errorf("the columns are %v", columns)
			}
			return nil
		},
		Rows:     func(piece []byte) error { rows += string(piece); return nil },
		EndTable: func() error { rows += ";"; return nil },
		File:     func(name string, content []byte) error { file += name + "=" + string(content); return nil },
	})
	must(t, err)
	if !reflect.DeepEqual(m, wrote) {
		t.Errorf("the manifest is %+v, and was %+v", m, wrote)
	}
	if !reflect.DeepEqual(cases, messages(1, 20)) || !reflect.DeepEqual(access, messages(1, 3)) {
		t.Errorf("there are %d and %d messages", len(cases), len(access))
	}
	const three = "0\tsomebody\\nelse\n1\tsomebody\\nelse\n2\tsomebody\\nelse\n;"
	if rows != three+three || !slices.Equal(tables, []string{"identity.account", "files.contents"}) || m.Tables[0].Rows != 3 {
		t.Errorf("the rows of %v are %q", tables, rows)
	}
	if file != "checkpoints=checkpoints" {
		t.Errorf("the file is %s", file)
	}
	must(t, signature.Verify(newSigner().key()))
	if err := signature.Verify(bytes.Repeat([]byte{1}, ed25519.PublicKeySize)); !errors.Is(err, backup.ErrForeign) {
		t.Errorf("by another key: %v", err)
	}
}

// frames cuts a stream into its frames.
func frames(t testing.TB, stream []byte) [][]byte {
	t.Helper()
	plain := unzip(t, stream)
	var all [][]byte
	for len(plain) > 0 {
		end := 5 + int(binary.BigEndian.Uint32(plain[1:]))
		all, plain = append(all, plain[:end]), plain[end:]
	}
	return all
}

func unzip(t testing.TB, stream []byte) []byte {
	t.Helper()
	z, err := zstd.NewReader(bytes.NewReader(stream))
	must(t, err)
	defer z.Close()
	plain, err := io.ReadAll(z)
	must(t, err)
	return plain
}

// compressing is made once: making one costs more than what it compresses here.
var compressing = sync.OnceValue(func() *zstd.Encoder {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		panic(err)
	}
	return z
})

func zip(plain []byte) []byte { return compressing().EncodeAll(plain, nil) }

// mustBeDamaged reads a changed stream. A change that leaves its manifest alone is noticed by reading; one of the manifest, by its signature.
func mustBeDamaged(t *testing.T, what string, plain []byte) {
	t.Helper()
	_, signature, err := backup.Read(bytes.NewReader(zip(plain)), backup.Visitor{})
	if err == nil {
		err = signature.Verify(newSigner().key())
	}
	if !errors.Is(err, backup.ErrDamaged) && !errors.Is(err, backup.ErrForeign) {
		t.Errorf("%s: %v", what, err)
	}
}

// Every bit counts, and so does every frame: none can be changed, dropped, doubled or moved.
func TestNothingInABackupCanBeChanged(t *testing.T) {
	t.Parallel()
	stream, _ := written(t)
	plain := unzip(t, stream)
	for at := range plain {
		changed := bytes.Clone(plain)
		changed[at] ^= 1 << (at % 8)
		mustBeDamaged(t, fmt.Sprintf("byte %d is another", at), changed)
	}
	for at := 0; at < len(plain); at += 7 {
		mustBeDamaged(t, fmt.Sprintf("it breaks off after %d bytes", at), plain[:at])
	}
	all := frames(t, stream)
	for i := range all {
		mustBeDamaged(t, fmt.Sprintf("frame %d is dropped", i), slices.Concat(slices.Concat(all[:i]...), slices.Concat(all[i+1:]...)))
		mustBeDamaged(t, fmt.Sprintf("frame %d is doubled", i), slices.Concat(slices.Concat(all[:i+1]...), slices.Concat(all[i:]...)))
		if i > 0 {
			moved := slices.Clone(all)
			moved[i-1], moved[i] = moved[i], moved[i-1]
			mustBeDamaged(t, fmt.Sprintf("frame %d is moved", i), slices.Concat(moved...))
		}
	}
	mustBeDamaged(t, "something comes after its end", append(bytes.Clone(plain), 0))
	// The control: the same stream, unchanged, is read.
	_, signature, err := backup.Read(bytes.NewReader(zip(plain)), backup.Visitor{})
	must(t, err)
	must(t, signature.Verify(newSigner().key()))
}

func TestPositionsFollowEachOther(t *testing.T) {
	t.Parallel()
	w, err := backup.NewWriter(io.Discard, backup.Head{})
	must(t, err)
	w.Stream("NRM")
	must(t, w.Messages("NRM", messages(1, 2)))
	if err := w.Messages("NRM", messages(4, 4)); !errors.Is(err, backup.ErrDamaged) {
		t.Errorf("with a gap: %v", err)
	}
}

// A file has its name when it is whole, and what it holds opens for its recipients alone.
func TestTheFileOfABackup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	recipients, identity := newRecipients(t, dir, "one")
	_, other := newRecipients(t, dir, "two")
	stream, wrote := written(t)
	fill := func(out io.Writer) error { _, err := out.Write(stream); return err }
	w, err := backup.WriteFile(dir, recipients, fill)
	must(t, err)
	if name := filepath.Base(w.File); name != "songtor-20260302T120000Z-20.backup" {
		t.Errorf("it is named %s", name)
	}
	m, _, err := backup.ReadFile(w.File, identity, backup.Visitor{})
	must(t, err)
	if !reflect.DeepEqual(m, wrote) {
		t.Error("it is another backup")
	}
	if _, _, err := backup.ReadFile(w.File, other, backup.Visitor{}); !errors.Is(err, backup.ErrIdentity) {
		t.Errorf("another identity: %v", err)
	}
	if _, err := backup.WriteFile(dir, recipients, fill); !errors.Is(err, os.ErrExist) {
		t.Errorf("over one that is there: %v", err)
	}
	if _, err := backup.WriteFile(filepath.Join(dir, "half"), recipients, func(out io.Writer) error {
		_, err := out.Write(stream[:len(stream)-20])
		return err
	}); !errors.Is(err, backup.ErrDamaged) {
		t.Errorf("of half a stream: %v", err)
	}
	if _, err := backup.WriteFile(filepath.Join(dir, "nobody"), nil, fill); err == nil {
		t.Error("it is written for nobody")
	}
	mustHold(t, dir, "one", "one.recipients", filepath.Base(w.File), "two", "two.recipients")
}

func TestBackupsOfKeysEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for _, name := range []string{
		"songtor-keys-20261121T115959Z.backup", "songtor-keys-20261121T120000Z.backup", "songtor-keys-20261128T000000Z.backup",
		"songtor-20250101T000000Z-7.backup", "songtor-keys-notes.txt", "songtor-keys-20250101T000000Z.backup.copy",
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	removed, err := backup.RemoveOldKeys(dir, now)
	must(t, err)
	if !slices.Equal(removed, []string{"songtor-keys-20261121T115959Z.backup"}) {
		t.Errorf("removed %v", removed)
	}
	mustHold(t, dir, "songtor-20250101T000000Z-7.backup", "songtor-keys-20250101T000000Z.backup.copy", "songtor-keys-20261121T120000Z.backup",
		"songtor-keys-20261128T000000Z.backup", "songtor-keys-notes.txt")
}

func TestAnIdentityThatOthersMayReadIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	newRecipients(t, dir, "one")
	must(t, os.Chmod(filepath.Join(dir, "one"), 0o640))
	if _, err := backup.Identities(filepath.Join(dir, "one")); err == nil {
		t.Error("it is read")
	}
	if _, err := backup.NewIdentity(filepath.Join(dir, "one")); !errors.Is(err, os.ErrExist) {
		t.Errorf("an identity is overwritten: %v", err)
	}
}

func newRecipients(t *testing.T, dir, name string) ([]backup.Recipient, []backup.Identity) {
	t.Helper()
	file := filepath.Join(dir, name)
	line, err := backup.NewIdentity(file)
	must(t, err)
	must(t, os.WriteFile(file+".recipients", []byte(line+"\n"), 0o600))
	recipients, err := backup.Recipients(file + ".recipients")
	must(t, err)
	identities, err := backup.Identities(file)
	must(t, err)
	return recipients, identities
}

func mustHold(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if !slices.Equal(names, want) {
		t.Errorf("the folder holds %v", names)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
