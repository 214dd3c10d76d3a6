package testenv

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// helperVariable has the test binary start the shared server and wait to be
// killed, in place of running tests.
const helperVariable = "SONGTOR_TESTENV_HELPER"

func TestMain(m *testing.M) {
	if os.Getenv(helperVariable) != "" {
		hold()
	}
	os.Exit(m.Run())
}

func hold() {
	server, err := startShared(context.Background())
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(server.admin)
	select {}
}

func TestKilledTestsLeaveNothing(t *testing.T) {
	t.Parallel()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), helperVariable+"=1")
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	admin := strings.TrimSpace(line)
	if err := execute(t.Context(), admin, "select 1"); err != nil {
		t.Fatalf("the helper's server does not answer at %s: %v", admin, err)
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	command.Wait()
	folder := folderOf(t, admin)
	Eventually(t, 30*time.Second, func() bool {
		_, err := os.Stat(folder)
		return errors.Is(err, os.ErrNotExist)
	})
}

// folderOf is the folder of the whole cluster, of which the URL names the socket's.
func folderOf(t *testing.T, admin string) string {
	t.Helper()
	address, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	socketDir := address.Query().Get("host")
	return filepath.Dir(filepath.Dir(socketDir))
}
