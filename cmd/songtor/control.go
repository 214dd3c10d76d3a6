package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"songtor/internal/embedded"
	"songtor/internal/identity"
)

// controlPath names the control socket of a data folder. Only the service's own user may reach it. Addresses of Unix sockets are
// short, so a data folder with a long name has its socket elsewhere.
func controlPath(data string) (string, error) {
	path := filepath.Join(data, "control.sock")
	if len(path) < 100 {
		return path, nil
	}
	sum := sha256.Sum256([]byte(data))
	dir := filepath.Join(os.TempDir(), "songtor-"+hex.EncodeToString(sum[:8]))
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("couldn't make a folder for the control socket: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 {
		return "", fmt.Errorf("the folder %s of the control socket is not a folder of this user alone", dir)
	}
	return filepath.Join(dir, "control.sock"), nil
}

// serveControl offers the operator's tasks on the control socket until ctx ends. The data folder's lock guarantees that a socket
// which is there already belongs to nobody.
func serveControl(ctx context.Context, data string, o *operator, logger *slog.Logger) error {
	path, err := controlPath(data)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("couldn't remove a stale control socket: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return fmt.Errorf("couldn't open the control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("couldn't close the control socket to others: %w", err)
	}
	server := &http.Server{Handler: controlHandler(o), ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			logger.ErrorContext(ctx, "the control socket closed", slog.Any("error", err))
		}
	}()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return nil
}

// controlHandler answers a task with its progress, a JSON line each.
func controlHandler(o *operator) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var t task
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&t); err != nil {
			http.Error(w, "not a task", http.StatusBadRequest)
			return
		}
		lines := json.NewEncoder(w)
		tell := func(p progress) {
			_ = lines.Encode(p)
			_ = http.NewResponseController(w).Flush()
		}
		if err := o.do(r.Context(), t, tell); err != nil {
			tell(progress{Error: err.Error()})
		}
	})
}

// perform carries out a task and prints how it goes.
func perform(ctx context.Context, f storeFlags, t task, out io.Writer) error {
	return carryOut(ctx, f, t, printer(out))
}

// carryOut carries out a task: here where the data folder is free, through the control socket where a service runs on it.
func carryOut(ctx context.Context, f storeFlags, t task, tell func(progress)) error {
	f.Kept = t.Backup != nil
	s, err := openStores(ctx, f, isDemo(f), quiet())
	if errors.Is(err, embedded.ErrDataInUse) {
		return ask(ctx, f.Data, t, tell)
	}
	if err != nil {
		return err
	}
	defer s.Close()
	o, err := newOperator(ctx, s, isDemo(f), identity.Options{}, quiet())
	if err != nil {
		return err
	}
	return o.do(ctx, t, tell)
}

// isDemo reports whether the data folder is one of the demonstration, which alone has a key of the dev type.
func isDemo(f storeFlags) bool {
	_, err := os.Stat(demoKEK(f.Data))
	return err == nil && f.KEK == ""
}

// lineLimit bounds a line of progress, in bytes. Those with a piece of a backup are the longest.
const lineLimit = 1 << 20

// ask sends a task to the running service and passes on what it says.
func ask(ctx context.Context, data string, t task, tell func(progress)) error {
	path, err := controlPath(data)
	if err != nil {
		return err
	}
	body, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("couldn't encode the task: %w", err)
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dial}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://control/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("couldn't reach the running service: %w", err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Buffer(nil, lineLimit); lines.Scan(); {
		var p progress
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return fmt.Errorf("couldn't read the service's answer: %w", err)
		}
		if p.Error != "" {
			return errors.New(p.Error)
		}
		tell(p)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("couldn't read the service's answer: %w", err)
	}
	return nil
}
