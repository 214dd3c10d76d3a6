package deployments_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"songtor/internal/testenv"
)

// TestTheWitnessIsTheOneThatWasMade holds the unit to the file that verifying.md makes, and runs its command line with the keys of both logs as
// they stand in the unit's environment.
func TestTheWitnessIsTheOneThatWasMade(t *testing.T) {
	t.Parallel()
	unit, doc := readFile(t, "systemd/songtor-witness.service"), readFile(t, "verifying.md")
	start := regexp.MustCompile(`(?m)^ExecStart=/usr/bin/songtor-witness (serve (\S+) .*)$`).FindStringSubmatch(unit)
	if start == nil {
		t.Fatal("the unit starts no witness")
	}
	for _, command := range []string{"new", "serve"} {
		if !strings.Contains(doc, "songtor-witness "+command+" "+start[2]+" ") {
			t.Errorf("verifying.md does not %s %s", command, start[2])
		}
	}
	logs := map[string]note.Signer{}
	var keys []string
	for _, name := range []string{"log.example/cases", "log.example/access", "log.example/other"} {
		secret, key, err := note.GenerateKey(rand.Reader, name)
		must(t, err)
		logs[name], err = note.NewSigner(secret)
		must(t, err)
		keys = append(keys, key)
	}
	file, listen := filepath.Join(t.TempDir(), "witness"), freeAddress(t)
	line := strings.NewReplacer(start[2], file, "${SONGTOR_LOG_KEY}", strings.Join(keys[:2], ","), "127.0.0.1:8091", listen).Replace(start[1])
	startWitness(t, file, strings.Fields(line)...)
	testenv.Eventually(t, time.Minute, func() bool { return status(t, "http://"+listen+"/") == http.StatusNotFound })
	for name, want := range map[string]int{"log.example/cases": http.StatusOK, "log.example/access": http.StatusOK, "log.example/other": http.StatusNotFound} {
		if got := cosigned(t, listen, name, logs[name]); got != want {
			t.Errorf("for %s the witness answers %d", name, got)
		}
	}
}

// startWitness makes a witness and runs it until the test ends.
func startWitness(t *testing.T, file string, arguments ...string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "songtor-witness")
	build(t, program, "songtor-witness")
	if out, err := exec.CommandContext(t.Context(), program, "new", file, "--name", "witness.example").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	witness := exec.CommandContext(context.WithoutCancel(t.Context()), program, arguments...)
	var said bytes.Buffer
	witness.Stdout, witness.Stderr = &said, &said
	must(t, witness.Start())
	t.Cleanup(func() {
		must(t, witness.Process.Signal(os.Interrupt))
		if err := witness.Wait(); err != nil {
			t.Errorf("the witness ended with %v: %s", err, said.String())
		}
	})
}

// cosigned is how a witness answers the first checkpoint of a log.
func cosigned(t *testing.T, listen, origin string, by note.Signer) int {
	t.Helper()
	signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n1\n%s=\n", origin, strings.Repeat("A", 43))}, by)
	must(t, err)
	body := append([]byte("old 0\n\n"), signed...)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+listen+"/add-checkpoint", bytes.NewReader(body))
	must(t, err)
	response, err := http.DefaultClient.Do(request)
	must(t, err)
	must(t, response.Body.Close())
	return response.StatusCode
}
