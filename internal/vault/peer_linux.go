package vault

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// peerOf is the user id of the process at the other end of a Unix socket, as the kernel knows it.
func peerOf(conn net.Conn) (int, error) {
	unix, ok := conn.(*net.UnixConn)
	if !ok {
		return 0, errors.New("not a Unix socket")
	}
	raw, err := unix.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("couldn't look at a connection: %w", err)
	}
	var credentials *syscall.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		credentials, failed = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err = errors.Join(err, failed); err != nil {
		return 0, fmt.Errorf("couldn't ask who is at the other end: %w", err)
	}
	return int(credentials.Uid), nil
}

// HideMemory keeps this process's memory from being written to a core dump and from being read by other processes of its user.
func HideMemory() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return fmt.Errorf("couldn't switch core dumps off: %w", err)
	}
	if _, _, failed := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0); failed != 0 {
		return fmt.Errorf("couldn't hide the process's memory: %w", failed)
	}
	return nil
}
