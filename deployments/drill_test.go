package deployments_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// drillIn runs the drills with a folder, where they must not begin.
func drillIn(t *testing.T, folder string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "bash", "deployments/drill.sh", "SongtorDown")
	command.Dir = ".."
	command.Env = append(os.Environ(), "DRILL="+folder)
	out, err := command.CombinedOutput()
	if err == nil {
		t.Errorf("drilled in %s: %s", folder, out)
	}
	return string(out)
}

// Who begins a drill while another one goes on is told so, and the other one goes on.
func TestASecondDrillEndsNoOther(t *testing.T) {
	t.Parallel()
	if l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:18081"); err == nil { // else a drill goes on
		defer l.Close()
	}
	folder := t.TempDir()
	service := exec.CommandContext(t.Context(), "sleep", "600")
	must(t, service.Start())
	ended := make(chan error, 1)
	go func() { ended <- service.Wait() }()
	must(t, os.WriteFile(filepath.Join(folder, "service.pid"), []byte(strconv.Itoa(service.Process.Pid)), 0o600))
	if out := drillIn(t, folder); !strings.Contains(out, "another drill") {
		t.Errorf("it says: %s", out)
	}
	if _, err := os.Stat(folder); err != nil {
		t.Errorf("the folder of the other drill is gone: %v", err)
	}
	if len(ended) > 0 {
		t.Error("the service of the other drill was ended")
		return
	}
	must(t, service.Process.Signal(syscall.SIGKILL))
	<-ended
}

// A folder for drills has programs in it that are run: it is not taken from somebody else, who knows its name beforehand.
func TestADrillTakesNobodysFolder(t *testing.T) {
	t.Parallel()
	others := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(others, link))
	folders := []string{link}
	if os.Geteuid() == 0 {
		must(t, os.Chown(others, 65534, 65534))
		folders = append(folders, others)
	}
	for _, folder := range folders {
		if out := drillIn(t, folder); !strings.Contains(out, "is not a folder of this user") {
			t.Errorf("it says: %s", out)
		}
	}
	if left, err := os.ReadDir(others); err != nil || len(left) > 0 {
		t.Errorf("the folder of somebody else has %v: %v", left, err)
	}
}
