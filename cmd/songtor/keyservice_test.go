package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"songtor/internal/testenv"
)

// separate is a service whose keys are held by a key service, with the secret bytes of its key-encryption key.
type separate struct {
	*installation
	keyservice *exec.Cmd
	secret     []byte
}

// installSeparate starts a key service and a service that asks it.
func installSeparate(t *testing.T) *separate {
	t.Helper()
	in := &separate{installation: newInstallation(t)}
	in.secret = kekSecret(t, in.kek)
	in.keyservice = in.startKeyService(t)
	in.begin(t)
	return in
}

// startKeyService starts a key service with the installation's key and lets the service ask it.
func (in *installation) startKeyService(t *testing.T) *exec.Cmd {
	t.Helper()
	socket := filepath.Join(in.dir, "keys.sock")
	process := exec.Command(os.Args[0], "keyservice", "--kek", in.kek, "--data", filepath.Join(in.dir, "keys"), "--socket", socket)
	process.Env = append(os.Environ(), asProgram+"=1")
	var output bytes.Buffer
	process.Stdout, process.Stderr = &output, &output
	must(t, process.Start())
	t.Cleanup(func() {
		must(t, process.Process.Signal(syscall.SIGTERM))
		if err := process.Wait(); err != nil {
			t.Errorf("the key service ended with %v\n%s", err, output.String())
		}
	})
	testenv.Eventually(t, time.Minute, func() bool { _, err := os.Stat(socket); return err == nil })
	in.keys = []string{"--keys", "unix:" + socket}
	return process
}

// kekSecret is the key in a key file in clear: the last 32 bytes before what ends the Tink keyset.
func kekSecret(t *testing.T, path string) []byte {
	t.Helper()
	var file struct{ Versions []struct{ Keyset []byte } }
	content, err := os.ReadFile(path)
	must(t, err)
	must(t, json.Unmarshal(content, &file))
	keyset := file.Versions[0].Keyset
	marker := []byte{0x1a, 32} // field 3 of XAesGcmKey: 32 bytes
	at := bytes.LastIndex(keyset, marker)
	if at < 0 || len(keyset) < at+2+32 {
		t.Fatalf("no key of 32 bytes in %s", base64.StdEncoding.EncodeToString(keyset))
	}
	return keyset[at+2 : at+2+32]
}

// Promise 9, the part on memory: the process that serves the web has no key-encryption key. The key service, which has it, is the control.
func TestTheWebProcessHasNoKEK(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("NOT PROVEN: only root reads the memory of these processes, which is as it should be")
	}
	in := installSeparate(t)
	officer := in.signIn(t, "officer")
	receipt := in.call(t, officer, http.MethodPut, "/api/v1/screenings/"+plantedID, plantedForm(t))
	mustStatus(t, receipt, http.StatusCreated)
	caseID, _ := receipt.field(t, "case_id").(string)
	in.mustShow(t, caseID)
	if n := inMemory(t, in.process.Process.Pid, in.secret); n != 0 {
		t.Errorf("the key-encryption key lies %d times in the memory of the web process", n)
	}
	if n := inMemory(t, in.keyservice.Process.Pid, in.secret); n == 0 {
		t.Error("the search does not find the key-encryption key where it must be")
	}
	for _, pid := range []int{in.process.Process.Pid, in.keyservice.Process.Pid} {
		limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
		must(t, err)
		if !strings.Contains(strings.Join(strings.Fields(string(limits)), " "), "Max core file size 0 0") {
			t.Errorf("the process %d may dump its memory", pid)
		}
	}
	out := in.songtor(t, "", append([]string{"keys", "rotate", "--data", in.data}, in.keys...)...)
	if !strings.Contains(out, "wrapped anew") {
		t.Errorf("keys rotate prints %s", out)
	}
	in.mustShow(t, caseID)
}

// inMemory counts how often some bytes lie in what a process may read of its memory.
func inMemory(t *testing.T, pid int, secret []byte) int {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	must(t, err)
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	must(t, err)
	defer memory.Close()
	found, searched := 0, 0
	for line := range strings.Lines(string(maps)) {
		fields := strings.Fields(line)
		from, to, ok := strings.Cut(fields[0], "-")
		if !ok || !strings.HasPrefix(fields[1], "rw") {
			continue
		}
		start, err := strconv.ParseInt(from, 16, 64)
		must(t, err)
		end, err := strconv.ParseInt(to, 16, 64)
		must(t, err)
		content := make([]byte, end-start)
		n, err := memory.ReadAt(content, start)
		if err != nil && !errors.Is(err, io.EOF) && n == 0 {
			continue // a part that cannot be read holds nothing
		}
		searched += n
		found += bytes.Count(content[:n], secret)
	}
	if searched < 1<<20 {
		t.Fatalf("searched only %d bytes of the memory of %d", searched, pid)
	}
	return found
}
