package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// ErrUnreachable says that the user who runs PostgreSQL may not enter a folder
// above the database. The text names the folder.
var ErrUnreachable = errors.New("the database's user cannot reach the data folder")

// An account is the user as whom PostgreSQL runs.
type account struct {
	name       string
	uid, gid   int
	credential *syscall.Credential // nil: this process's own user
}

// serverAccount is this process's own user, or, for root, as whom PostgreSQL
// refuses to run, the user postgres or nobody.
func serverAccount() (account, error) {
	if uid := os.Geteuid(); uid != 0 {
		return account{name: "the current user", uid: uid, gid: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if found, err := user.Lookup(name); err == nil {
			return unprivileged(found)
		}
	}
	return account{}, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")
}

func unprivileged(u *user.User) (account, error) {
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("couldn't read the id of user %s: %w", u.Username, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("couldn't read the group of user %s: %w", u.Username, err)
	}
	return account{
		name:       u.Username,
		uid:        int(uid),
		gid:        int(gid),
		credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)},
	}, nil
}

// attributes are those of a child that runs as this account, in a process group
// of its own (the terminal's Ctrl-C must not end it before the service has
// stopped) and, where the system can do it, with onDeath as the signal it gets
// when the thread that started it ends.
func (a account) attributes(onDeath syscall.Signal) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true, Credential: a.credential}
	signalOnDeath(attributes, onDeath)
	return attributes
}

// makeFolder makes a folder for this account alone. An existing folder must be
// a real one that belongs to the account or to this process's user; a folder
// planted by somebody else is refused.
func (a account) makeFolder(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	owner := int(info.Sys().(*syscall.Stat_t).Uid) //nolint:errcheck // what os.Stat gives on Unix
	if !info.IsDir() || (owner != a.uid && owner != os.Geteuid()) {
		return fmt.Errorf("%s exists and belongs to somebody else", dir)
	}
	if owner != a.uid {
		if err := os.Lchown(dir, a.uid, a.gid); err != nil {
			return err
		}
	}
	return os.Chmod(dir, 0o700)
}

// checkReach asks the system, as this account, whether every folder from the
// root down to dir lets it pass. Asking the system rather than reading mode
// bits takes access lists and mount options into account.
func (a account) checkReach(ctx context.Context, dir string) error {
	if a.credential == nil {
		return nil
	}
	const firstClosed = `for folder; do test -x "$folder" || { printf %s "$folder"; exit 1; }; done`
	ask := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", firstClosed, "sh"}, chain(dir)...)...)
	ask.Dir = "/"
	ask.SysProcAttr = &syscall.SysProcAttr{Credential: a.credential}
	var out bytes.Buffer
	ask.Stdout = &out
	err := ask.Run()
	if ctx.Err() != nil {
		return fmt.Errorf("couldn't check whether user %s can reach the data folder: %w", a.name, ctx.Err())
	}
	if err != nil && out.Len() > 0 {
		return fmt.Errorf("%w: user %s, who runs PostgreSQL because root may not, is not allowed to pass through %s; "+
			"choose a folder elsewhere, for example --data /var/lib/songtor, or allow it with chmod o+x", ErrUnreachable, a.name, out.String())
	}
	if err != nil {
		return fmt.Errorf("couldn't check whether user %s can reach the data folder: %w", a.name, err)
	}
	return nil
}

// chain lists dir and the folders above it, the root first.
func chain(dir string) []string {
	folders := []string{"/"}
	for at, part := range strings.Split(strings.Trim(dir, "/"), "/") {
		if part != "" {
			folders = append(folders, filepath.Join(folders[at], part))
		}
	}
	return folders
}
