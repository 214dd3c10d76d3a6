package embedded

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// ErrDataInUse says that another process, named in the text by its pid, works
// on the data folder.
var ErrDataInUse = errors.New("the data folder is in use")

// A Lock keeps every other service away from a data folder. It ends with Close
// or with the process, however the process ends.
type Lock struct {
	file *os.File
}

// LockData makes the data folder dir if it is missing and locks it for this
// process. The folder is made with the mode 0700; by root with 0711, because
// the unprivileged user that runs PostgreSQL has to pass through it. The mode
// of a folder that exists is left alone. When another process holds the lock,
// the error is ErrDataInUse.
func LockData(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, folderMode()); err != nil {
		return nil, fmt.Errorf("couldn't make the data folder: %w", err)
	}
	return lockFile(filepath.Join(dir, "songtor.lock"))
}

// Close gives the folder free. The file stays: removing it would let two
// processes lock two different files of one name.
func (l *Lock) Close() error {
	if err := l.file.Close(); err != nil {
		return fmt.Errorf("couldn't release the data folder: %w", err)
	}
	return nil
}

// folderMode is the mode of a folder that PostgreSQL's user must pass through.
func folderMode() os.FileMode {
	if os.Geteuid() == 0 {
		return 0o711
	}
	return 0o700
}

// lockFile takes the advisory lock of the file at path and writes the pid of
// this process into it.
func lockFile(path string) (*Lock, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("couldn't open the lock file: %w", err)
	}
	if err := flock(file); err != nil {
		defer file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w by process %s (lock file %s)", ErrDataInUse, holder(file), path)
		}
		return nil, fmt.Errorf("couldn't lock %s: %w", path, err)
	}
	if err := writePID(file); err != nil {
		file.Close()
		return nil, fmt.Errorf("couldn't write the lock file: %w", err)
	}
	return &Lock{file: file}, nil
}

func flock(file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// holder reads the pid of the process that holds the lock. Between its lock and
// its write the file is empty or old, so the pid informs and decides nothing.
func holder(file *os.File) string {
	text, err := io.ReadAll(io.LimitReader(file, 20))
	pid := strings.TrimSpace(string(text))
	if err != nil || pid == "" {
		return "unknown"
	}
	return pid
}

func writePID(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}
