//go:build linux

package faults

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// insideVariable is what asVariable is for the program that runs in a machine.
const insideVariable = "SONGTOR_FAULTS_INSIDE"

// machine is a computer with a disk: a process that serves the file system of this package, and in a process namespace of its own the
// program. Cutting the power kills the first, and with it the disk's cache; the second and all its children die by that.
type machine struct {
	platter, cache, mount, mode string
	boots                       uint64
}

// needMachines tells whether there can be machines here.
func needMachines(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		lacks(t, "a power cut needs root, for a file system and namespaces of its own")
	}
	if f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0); err != nil {
		lacks(t, "a power cut needs /dev/fuse: "+err.Error())
	} else {
		f.Close()
	}
	probe := exec.CommandContext(t.Context(), "/bin/true")
	probe.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS}
	if err := probe.Run(); err != nil {
		lacks(t, "a power cut needs namespaces: "+err.Error())
	}
}

// newMachine makes a machine whose disk is seen at a folder, from inside alone. What lies in the folder is on its platter.
func newMachine(t *testing.T, mount, mode string) *machine {
	t.Helper()
	const memory = "/dev/shm"
	m := &machine{folder(t, memory), folder(t, memory), mount, mode, 0}
	copyTree(t, mount, m.platter)
	return m
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "cp", "-a", from+"/.", to).CombinedOutput(); err != nil {
		t.Fatalf("couldn't copy a tree: %v\n%s", err, out)
	}
}

// boot makes the cache of the next start: what is on the platter.
func (m *machine) boot(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir(m.cache)
	must(t, err)
	for _, e := range entries {
		must(t, os.RemoveAll(m.cache+"/"+e.Name()))
	}
	copyTree(t, m.platter, m.cache)
	m.boots++
}

// wrap has a command run in the machine.
func (m *machine) wrap(command *exec.Cmd) *exec.Cmd {
	inside := ""
	for _, variable := range command.Env {
		if len(variable) > len(asVariable) && variable[:len(asVariable)+1] == asVariable+"=" {
			inside = variable[len(asVariable)+1:]
		}
	}
	wrapped := exec.Command(os.Args[0], append([]string{
		m.cache, m.platter, m.mount, m.mode, strconv.FormatUint(seed()*1000+m.boots, 10), command.Path,
	}, command.Args[1:]...)...)
	wrapped.Env = append(os.Environ(), asVariable+"=machine", insideVariable+"="+inside)
	wrapped.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	return wrapped
}

// runMachine is the process that serves the disk and starts the program.
func runMachine() {
	runtime.LockOSThread() // the program dies when the thread that started it does
	if err := serveMachine(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serveMachine(arguments []string) error {
	choice, err := strconv.ParseUint(arguments[4], 10, 64)
	if err != nil {
		return err
	}
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("couldn't keep mounts apart: %w", err)
	}
	if err := mountDisk(arguments[0], arguments[1], arguments[2], arguments[3], rand.New(rand.NewPCG(choice, 0))); err != nil {
		return err
	}
	if err := keepDisk(); err != nil {
		return err
	}
	command := exec.Command(os.Args[0], arguments[5:]...)
	command.Env = append(os.Environ(), asVariable+"=inside")
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS}
	return command.Run()
}

// keepDisk keeps the program from inheriting the disk's connection to the kernel: a disk that lives on in its user never dies.
func keepDisk() error {
	const open = "/proc/self/fd"
	handles, err := os.ReadDir(open)
	if err != nil {
		return fmt.Errorf("couldn't list the open files: %w", err)
	}
	for _, h := range handles {
		if target, err := os.Readlink(filepath.Join(open, h.Name())); err == nil && target == "/dev/fuse" {
			fd, err := strconv.Atoi(h.Name())
			if err != nil {
				return err
			}
			syscall.CloseOnExec(fd)
		}
	}
	return nil
}

// runInside becomes the program, the first process of its namespace.
func runInside() {
	runtime.LockOSThread() // the signal at the parent's death belongs to the thread that becomes the program
	err := errors.Join(
		unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0),
		syscall.Mount("proc", "/proc", "proc", 0, ""),
		os.Setenv(asVariable, os.Getenv(insideVariable)),
	)
	if err == nil {
		err = syscall.Exec(os.Args[1], os.Args[1:], os.Environ())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
