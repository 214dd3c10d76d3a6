package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/internal/identity"
)

// rounds is how often each side of a comparison is measured, in turn; the median counts.
const rounds = 3

// figure is one measurement beside its reference, measured in the same run on the same machine.
type figure struct {
	Name      string  `json:"name"`
	Ours      float64 `json:"ours"`
	Reference float64 `json:"reference"`
	Ratio     float64 `json:"ratio"` // ours over reference
	Unit      string  `json:"unit"`
}

// suite is a service of its own with fresh data, and what was measured on it.
type suite struct {
	dir     string
	url     string
	process *exec.Cmd
	client  *benchClient
	figures []figure
	small   reading // of the demonstration's caseload alone
	out     io.Writer
}

// runSuite measures everything on fresh data, at last with a caseload of so many cases, and prints it as a table; path gets the same
// as JSON.
func runSuite(ctx context.Context, out io.Writer, cases int, path string) (err error) {
	s := &suite{out: out}
	if s.dir, err = os.MkdirTemp("", "songtor-bench-"); err != nil {
		return fmt.Errorf("couldn't make a folder: %w", err)
	}
	defer os.RemoveAll(s.dir)
	if err := os.Chmod(s.dir, 0o711); err != nil { // the private PostgreSQL may run as another user
		return err
	}
	if err := s.start(ctx); err != nil {
		return err
	}
	defer s.stop()
	large := func(ctx context.Context) error { return s.growingPages(ctx, cases) }
	for _, measure := range []func(context.Context) error{
		s.readSmall, s.incident, s.intake, s.latency, s.visibility, s.memory, s.rebuild, large,
	} {
		if err := measure(ctx); err != nil {
			return err
		}
	}
	return s.report(path)
}

// start runs the service as its operators do, in a process of its own.
func (s *suite) start(ctx context.Context) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := listener.Addr().String()
	_ = listener.Close()
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("couldn't find this program: %w", err)
	}
	s.process = exec.CommandContext(ctx, self, "serve", "--demo", "--data", filepath.Join(s.dir, "data"), "--listen", address)
	s.process.Cancel = func() error { return s.process.Process.Signal(syscall.SIGTERM) }
	s.process.Stderr = os.Stderr
	if err := s.process.Start(); err != nil {
		return fmt.Errorf("couldn't start the service: %w", err)
	}
	s.url = "http://" + address
	fmt.Fprintln(s.out, "starting a service of its own with the synthetic caseload ...")
	if err := waitReady(ctx, s.url); err != nil {
		return err
	}
	s.client, err = signIn(ctx, s.url, "responder", demoPassword, 64)
	return err
}

// stop ends the service. Its data stays for the measurements that open it themselves.
func (s *suite) stop() {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Signal(syscall.SIGTERM)
	_ = s.process.Wait()
	s.process = nil
}

func waitReady(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
		if err != nil {
			return err
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		if !waitUntil(ctx, time.Now().Add(50*time.Millisecond)) {
			return errors.New("the service did not become ready")
		}
	}
}

func (s *suite) add(name, unit string, ours, reference float64) {
	f := figure{Name: name, Ours: ours, Reference: reference, Ratio: ours / reference, Unit: unit}
	s.figures = append(s.figures, f)
	fmt.Fprintf(s.out, "%s: %.2f %s, reference %.2f, ratio %.2f\n", f.Name, f.Ours, f.Unit, f.Reference, f.Ratio)
}

// compare measures both sides in turn and returns the median of each.
func compare(ours, reference func() (float64, error)) (mine, theirs float64, err error) {
	var mines, theirsAll []float64
	for range rounds {
		for _, side := range []struct {
			measure func() (float64, error)
			values  *[]float64
		}{{reference, &theirsAll}, {ours, &mines}} {
			v, err := side.measure()
			if err != nil {
				return 0, 0, err
			}
			*side.values = append(*side.values, v)
		}
	}
	return median(mines), median(theirsAll), nil
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// readSmall reads cases while there is only the caseload of the demonstration, for later comparison.
func (s *suite) readSmall(ctx context.Context) error {
	manager, err := signIn(ctx, s.url, "casemanager", demoPassword, 1)
	if err != nil {
		return err
	}
	s.small, err = manager.reads(ctx)
	return err
}

// messageBytes is the mean size of the message that a screening leaves in the log, found by submitting for a second.
func (s *suite) messageBytes(ctx context.Context) (int, error) {
	before, err := folderBytes(filepath.Join(s.dir, "data", "nats"))
	if err != nil {
		return 0, err
	}
	r, err := s.client.submit(ctx, shape{clients: 8, duration: time.Second})
	if err != nil {
		return 0, err
	}
	after, err := folderBytes(filepath.Join(s.dir, "data", "nats"))
	return int(after-before) / len(r.latencies), err
}

func folderBytes(dir string) (int64, error) {
	var total int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}

// intake: accepted screenings a second at 64 clients, over bare publishes of the same bytes at the same sync.
func (s *suite) intake(ctx context.Context) error {
	load := shape{clients: 64, duration: 8 * time.Second}
	size, err := s.messageBytes(ctx)
	if err != nil {
		return err
	}
	ours, reference, err := compare(
		func() (float64, error) { r, err := s.client.submit(ctx, load); return r.perSecond(), err },
		func() (float64, error) { r, err := rawLog(ctx, load, size); return r.perSecond(), err },
	)
	if err != nil {
		return err
	}
	s.add("accepted screenings, 64 clients, over bare publishes of the same bytes", "1/s", ours, reference)
	return nil
}

// latency: at 50 a second, over bare publishes at the same rate.
func (s *suite) latency(ctx context.Context) error {
	load := shape{clients: 16, rate: 50, duration: 12 * time.Second}
	size, err := s.messageBytes(ctx)
	if err != nil {
		return err
	}
	for _, p := range []float64{50, 99} {
		ours, reference, err := compare(
			func() (float64, error) {
				r, err := s.client.submit(ctx, load)
				return milliseconds(r.percentile(p)), err
			},
			func() (float64, error) { r, err := rawLog(ctx, load, size); return milliseconds(r.percentile(p)), err },
		)
		if err != nil {
			return err
		}
		s.add(fmt.Sprintf("acceptance at 50 a second, p%.0f, over the bare publish", p), "ms", ours, reference)
	}
	return nil
}

// visibility: from the receipt to the answer of the stage view that has it, over the limit of 50 ms.
func (s *suite) visibility(ctx context.Context) error {
	r, err := s.client.visible(ctx, shape{clients: 32, rate: 200, duration: 10 * time.Second})
	if err != nil {
		return err
	}
	s.add("from receipt to stage view at 200 a second, p99, over the limit", "ms", milliseconds(r.percentile(99)), 50)
	return nil
}

// memory: what the service's own process holds after all this, over a GiB.
func (s *suite) memory(context.Context) error {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		return fmt.Errorf("couldn't read the service's memory: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				return err
			}
			s.add("memory of the service's process, over 1 GiB", "MiB", float64(kib)/1024, 1024)
		}
	}
	return nil
}

// rebuild: rows a second of all read models built anew, over a plain COPY of as many timeline rows.
func (s *suite) rebuild(ctx context.Context) error {
	s.stop()
	f := storeFlags{Data: filepath.Join(s.dir, "data"), Replicas: 1}
	stores, err := openStores(ctx, f, true, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer stores.Close()
	o, err := newOperator(ctx, stores, true, identity.Options{}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	start := time.Now()
	if err := o.runner.Rebuild(ctx, nil, func(uint64, uint64) {}); err != nil {
		return err
	}
	took := time.Since(start)
	rows, copied, err := copyAgain(ctx, stores)
	if err != nil {
		return err
	}
	s.add("rebuild of all read models, events, over COPY of the timeline's rows", "1/s", float64(rows)/took.Seconds(), float64(rows)/copied.Seconds())
	return nil
}

// copyAgain reads the timeline into memory and times a plain COPY of it into an empty table with the same columns and indexes.
func copyAgain(ctx context.Context, s *stores) (int, time.Duration, error) {
	rows, err := s.pools.Projector.Query(ctx, `select * from timeline.entries`)
	if err != nil {
		return 0, 0, err
	}
	var columns []string
	for _, d := range rows.FieldDescriptions() {
		columns = append(columns, d.Name)
	}
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) ([]any, error) { return r.Values() })
	if err != nil {
		return 0, 0, fmt.Errorf("couldn't read the timeline: %w", err)
	}
	if _, err := s.pools.Migrate.Exec(ctx, `create schema bench; create table bench.copy (like timeline.entries including all)`); err != nil {
		return 0, 0, err
	}
	start := time.Now()
	_, err = s.pools.Migrate.CopyFrom(ctx, pgx.Identifier{"bench", "copy"}, columns, pgx.CopyFromRows(all))
	return len(all), time.Since(start), err
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// report prints the table and writes the JSON.
func (s *suite) report(path string) error {
	table := tabwriter.NewWriter(s.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "\nmeasured\tours\treference\tratio\tunit")
	for _, f := range s.figures {
		fmt.Fprintf(table, "%s\t%.2f\t%.2f\t%.2f\t%s\n", f.Name, f.Ours, f.Reference, f.Ratio, f.Unit)
	}
	if err := table.Flush(); err != nil || path == "" {
		return err
	}
	encoded, err := json.MarshalIndent(s.figures, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(encoded, '\n'), 0o644)
}
