package upload

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Limits of a worker: what a picture of MaxPixels needs, with room.
const (
	workerTime   = 20 * time.Second
	workerMemory = 1536 << 20 // bytes: a progressive JPEG needs up to thirty for a point while it is turned
	maxClean     = 64 << 20
)

// The answers of a worker are its exit status.
const (
	exitKind = iota + 10
	exitPixels
	exitDamaged
)

// Worker makes pictures clean in a process of its own, which is started for one picture, limits itself in memory, time and open files
// before it reads a byte, inherits neither environment nor files, and ends. A decoder that is tricked into something ends there, away
// from keys and cases (OWASP ASVS 5.0, 15.2.5).
type Worker struct {
	command func(ctx context.Context, kind string) *exec.Cmd
	slots   chan struct{}
}

// NewWorker returns a Worker that runs the program at path with the arguments and the media type behind them; the program has to call
// Work. As many pictures are worked on at once as slots.
func NewWorker(slots int, path string, arguments ...string) *Worker {
	return &Worker{
		command: func(ctx context.Context, kind string) *exec.Cmd {
			cmd := exec.CommandContext(ctx, path, append(arguments, kind)...) //nolint:gosec // this very program
			cmd.Env = []string{}
			cmd.Dir = string(os.PathSeparator)
			return cmd
		},
		slots: make(chan struct{}, slots),
	}
}

// Clean implements Cleaner. What can be refused by the head of the picture costs no process.
func (w *Worker) Clean(ctx context.Context, k Kind, picture []byte) ([]byte, error) {
	if err := checkSize(k, picture); err != nil {
		return nil, err
	}
	select {
	case w.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ErrBusy
	}
	defer func() { <-w.slots }()
	ctx, cancel := context.WithTimeout(ctx, workerTime)
	defer cancel()
	cmd := w.command(ctx, k.MediaType)
	cmd.Stdin = bytes.NewReader(picture)
	out := &bounded{most: maxClean}
	cmd.Stdout = out
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, ErrBusy
	case err != nil:
		return nil, workerError(err)
	case len(out.content) == 0:
		return nil, ErrDamaged
	}
	return out.content, nil
}

// workerError tells what a worker's end means. One that died by a limit or a fault of the decoder had a picture that did it.
func workerError(err error) error {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return fmt.Errorf("couldn't run the worker for pictures: %w", err)
	}
	switch exit.ExitCode() {
	case exitKind:
		return ErrKind
	case exitPixels:
		return ErrPixels
	}
	return ErrDamaged
}

// bounded is a writer that takes so many bytes and no more.
type bounded struct {
	content []byte
	most    int
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.content)+len(p) > b.most {
		return 0, io.ErrShortWrite
	}
	b.content = append(b.content, p...)
	return len(p), nil
}

// Work is what a worker does: it makes the picture that it reads clean, writes it, and returns the status to exit with.
func Work(mediaType string, in io.Reader, out io.Writer) int {
	if err := limitProcess(); err != nil {
		return exitDamaged
	}
	picture, err := io.ReadAll(in)
	if err != nil {
		return exitDamaged
	}
	clean, err := Inside{}.Clean(context.Background(), Kind{MediaType: strings.TrimSpace(mediaType)}, picture)
	switch {
	case errors.Is(err, ErrKind):
		return exitKind
	case errors.Is(err, ErrPixels):
		return exitPixels
	case err != nil:
		return exitDamaged
	}
	if _, err := out.Write(clean); err != nil {
		return exitDamaged
	}
	return 0
}
