package main

import (
	"context"
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
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/internal/database"
	"songtor/internal/identity"
)

// rounds is how often each side of a comparison is measured, in turn; the median counts.
const rounds = 5

// suite is a service of its own with fresh data, and what was measured on it.
type suite struct {
	dir     string
	url     string
	process *exec.Cmd
	client  *benchClient
	figures []figure
	out     io.Writer
}

// suiteOptions say how large the caseload of the suite is and where its figures go.
type suiteOptions struct {
	only   []string // names of the parts to measure; all where empty
	cases  int
	json   string // file for the figures; none where empty
	last   string // file with the figures of another time, to compare with
	charts string // folder for the charts
}

// runSuite measures everything on fresh data, at last with a small and a large caseload side by side, and prints it as a table.
func runSuite(ctx context.Context, out io.Writer, o suiteOptions) error {
	before, err := readFigures(o.last)
	if err != nil {
		return err
	}
	s, err := newSuite(out)
	if err != nil {
		return err
	}
	defer s.close()
	parts, err := chosen(s.parts(o.cases), o.only)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if err := part.measure(ctx); err != nil {
			return fmt.Errorf("couldn't measure %s: %w", part.name, err)
		}
	}
	return report(out, s.figures, before, o)
}

// suitePart is a part of the suite with the name by which it is asked for.
type suitePart struct {
	name    string
	measure func(context.Context) error
}

// parts are those of the whole suite, in the order in which they are measured: the bursts after what is measured at a steady rate. The
// large caseload of growth has n cases.
func (s *suite) parts(n int) []suitePart {
	return []suitePart{
		{startPart, s.starts},
		{"incident", s.incident},
		{"latency", s.latency},
		{"visibility", s.visibility},
		{"intake", s.intake},
		{"memory", s.memory},
		{"growth", func(ctx context.Context) error { return s.growth(ctx, n) }},
		{"rebuild", s.rebuild},
	}
}

// startPart is in every suite: without a service there is nothing to measure.
const startPart = "start"

// chosen are the parts that are asked for by name, and all where none is.
func chosen(parts []suitePart, names []string) ([]suitePart, error) {
	if len(names) == 0 {
		return parts, nil
	}
	for _, name := range names {
		if !slices.ContainsFunc(parts, func(p suitePart) bool { return p.name == name }) {
			return nil, fmt.Errorf("the suite has no part %q", name)
		}
	}
	return slices.DeleteFunc(parts, func(p suitePart) bool { return p.name != startPart && !slices.Contains(names, p.name) }), nil
}

func newSuite(out io.Writer) (*suite, error) {
	dir, err := os.MkdirTemp("", "songtor-bench-")
	if err != nil {
		return nil, fmt.Errorf("couldn't make a folder: %w", err)
	}
	return &suite{out: out, dir: dir}, os.Chmod(dir, 0o711) //nolint:gosec // the private PostgreSQL may run as another user
}

func (s *suite) close() {
	s.stop()
	_ = os.RemoveAll(s.dir)
}

// starts: until the service is ready, for the first time with a caseload to make and then with its data there, over the limits.
func (s *suite) starts(ctx context.Context) error {
	fmt.Fprintln(s.out, "starting a service of its own with the synthetic caseload ...")
	for _, start := range []struct {
		name  string
		limit float64
	}{{"first start until ready, with the demonstration's caseload to make, over 10 s", 10}, {"second start until ready, over 3 s", 3}} {
		s.stop()
		began := time.Now()
		if err := s.start(ctx); err != nil {
			return err
		}
		s.add(figure{Name: start.name, Ours: time.Since(began).Seconds(), Reference: start.limit, Unit: "s", Aim: 1})
	}
	return nil
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
	// The demonstration's past is counted and published in the background, on every core for a minute: that is no part of serving.
	s.process = exec.CommandContext(ctx, self, "serve", "--demo", "--demo-past", "2", "--no-demo-publish",
		"--data", filepath.Join(s.dir, "data"), "--listen", address)
	s.process.Cancel = func() error { return s.process.Process.Signal(syscall.SIGTERM) }
	said, err := os.OpenFile(filepath.Join(s.dir, "serve.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("couldn't keep the service's log: %w", err)
	}
	defer said.Close() // the process has its own
	s.process.Stderr = said
	if err := s.process.Start(); err != nil {
		return fmt.Errorf("couldn't start the service: %w", err)
	}
	s.url = "http://" + address
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

func (s *suite) add(f figure) {
	f.Ratio = f.Ours / f.Reference
	s.figures = append(s.figures, f)
	fmt.Fprintf(s.out, "%s: %.2f %s, reference %.2f, ratio %.2f\n", f.label(), f.Ours, f.Unit, f.Reference, f.Ratio)
}

// compare measures both sides in turn.
func compare(ours, reference func() (result, error)) (mine, theirs results, err error) {
	for range rounds {
		for _, side := range []struct {
			measure func() (result, error)
			all     *results
		}{{reference, &theirs}, {ours, &mine}} {
			r, err := side.measure()
			if err != nil {
				return nil, nil, err
			}
			*side.all = append(*side.all, r)
		}
	}
	return mine, theirs, nil
}

// results are those of several rounds.
type results []result

// median is that of a figure of each round.
func (all results) median(of func(result) float64) float64 {
	values := make([]float64, len(all))
	for i, r := range all {
		values[i] = of(r)
	}
	return median(values)
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
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

// intake: accepted screenings a second at 64 clients, over bare publishes of the same bytes at the same sync; and how long after the end
// of such a burst the stage view shows the last.
func (s *suite) intake(ctx context.Context) error {
	load := shape{clients: 64, duration: 6 * time.Second}
	size, err := s.messageBytes(ctx)
	if err != nil {
		return err
	}
	var drained []float64
	ours, reference, err := compare(
		func() (result, error) {
			r, err := s.client.submit(ctx, load)
			if err != nil {
				return r, err
			}
			after, err := s.client.drained(ctx)
			drained = append(drained, after.Seconds())
			return r, err
		},
		func() (result, error) { return rawLog(ctx, load, size) },
	)
	if err != nil {
		return err
	}
	s.add(figure{
		Name: "accepted screenings, 64 clients, over bare publishes of the same bytes", Unit: "1/s",
		Ours: ours.median(result.perSecond), Reference: reference.median(result.perSecond), Aim: 0.6, AtLeast: true,
	})
	s.add(figure{Name: "from the end of that burst to stage view, over 2 s", Unit: "s", Ours: median(drained), Reference: 2, Aim: 1})
	return nil
}

// latency: at 50 a second, over bare publishes at the same rate.
func (s *suite) latency(ctx context.Context) error {
	load := shape{clients: 16, rate: 50, duration: 10 * time.Second}
	size, err := s.messageBytes(ctx)
	if err != nil {
		return err
	}
	ours, reference, err := compare(
		func() (result, error) { return s.client.submit(ctx, load) },
		func() (result, error) { return rawLog(ctx, load, size) },
	)
	if err != nil {
		return err
	}
	for _, p := range []float64{50, 99} {
		at := func(r result) float64 { return milliseconds(r.percentile(p)) }
		s.add(figure{
			Name: fmt.Sprintf("acceptance at 50 a second, p%.0f, over the bare publish", p), Unit: "ms",
			Ours: ours.median(at), Reference: reference.median(at), Aim: 2.5,
		})
	}
	return nil
}

// visibility: from the receipt to the answer of the stage view that has it, over the limit of 15 ms.
func (s *suite) visibility(ctx context.Context) error {
	for _, rate := range []float64{200, 500} {
		var p99 []float64
		for range rounds {
			r, err := s.client.visible(ctx, shape{clients: 64, rate: rate, duration: 5 * time.Second})
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				fmt.Fprintf(s.out, "this machine does not take %.0f a second: %v\n", rate, err)
				return nil
			}
			p99 = append(p99, milliseconds(r.percentile(99)))
		}
		s.add(figure{
			Name: fmt.Sprintf("from receipt to stage view at %.0f a second, p99, over 15 ms", rate), Unit: "ms",
			Ours: median(p99), Reference: 15, Aim: 1,
		})
	}
	return nil
}

// memory: what the service's own process holds after all this, over a GiB.
func (s *suite) memory(context.Context) error {
	mib, err := s.resident()
	if err != nil {
		return err
	}
	s.add(figure{Name: "memory of the service's process after that, over 1 GiB", Unit: "MiB", Ours: mib, Reference: 1024, Aim: 1})
	return nil
}

// resident is what the service's process holds in memory, in MiB.
func (s *suite) resident() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("couldn't read the service's memory: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.Atoi(strings.Fields(rest)[0])
			return float64(kib) / 1024, err
		}
	}
	return 0, errors.New("the system does not tell the service's memory")
}

// rebuild: rows a second of all read models built anew, over a plain COPY of the same rows into tables without an index.
func (s *suite) rebuild(ctx context.Context) error {
	s.stop()
	stores, o, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer stores.Close()
	var built, copied []float64
	rows := 0
	for range rounds {
		start := time.Now()
		if err := o.runner.Rebuild(ctx, nil, func(uint64, uint64) {}); err != nil {
			return err
		}
		built = append(built, time.Since(start).Seconds())
		var took time.Duration
		if rows, took, err = copyAgain(ctx, stores.pools, readModels(ctx, o)); err != nil {
			return err
		}
		copied = append(copied, took.Seconds())
	}
	s.add(figure{
		Name: "rebuild of all read models, rows, over a plain COPY of the same rows", Unit: "1/s",
		Ours: float64(rows) / median(built), Reference: float64(rows) / median(copied), Aim: 0.25, AtLeast: true,
	})
	return nil
}

// open opens the stores that the service has left.
func (s *suite) open(ctx context.Context) (*stores, *operator, error) {
	quiet := slog.New(slog.DiscardHandler)
	stores, err := openStores(ctx, storeFlags{Data: filepath.Join(s.dir, "data"), Replicas: 1}, true, quiet)
	if err != nil {
		return nil, nil, err
	}
	o, err := newOperator(ctx, stores, true, identity.Options{}, quiet)
	if err != nil {
		stores.Close()
		return nil, nil, err
	}
	return stores, o, nil
}

// readModels are the schemas that a rebuild makes.
func readModels(ctx context.Context, o *operator) []string {
	var names []string
	for _, status := range o.runner.Status(ctx) {
		names = append(names, status.Name)
	}
	return names
}

// copyAgain reads every table of the schemas into memory and times a plain COPY of each into an empty table with the same columns.
func copyAgain(ctx context.Context, pools *database.Pools, schemas []string) (rows int, took time.Duration, err error) {
	tables, err := pools.Migrate.Query(ctx, "select schemaname, tablename from pg_tables where schemaname = any($1)", schemas)
	if err != nil {
		return 0, 0, err
	}
	names, err := pgx.CollectRows(tables, func(r pgx.CollectableRow) (name [2]string, err error) {
		err = r.Scan(&name[0], &name[1])
		return name, err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("couldn't list the read models: %w", err)
	}
	for _, name := range names {
		n, d, err := copyTable(ctx, pools, pgx.Identifier(name[:]))
		if err != nil {
			return 0, 0, err
		}
		rows, took = rows+n, took+d
	}
	return rows, took, nil
}

// copyTable reads as the role that writes the rows, since their owner does not see them.
func copyTable(ctx context.Context, pools *database.Pools, table pgx.Identifier) (int, time.Duration, error) {
	owner := pools.Migrate
	const copied = "bench_copy"
	// A name of its own for each: a connection keeps the types of the columns by the name.
	into := pgx.Identifier{copied, strings.Join(table, "_")}
	prepare := fmt.Sprintf("drop schema if exists %[1]s cascade; create schema %[1]s; create table %[2]s (like %[3]s)",
		copied, into.Sanitize(), table.Sanitize())
	if _, err := owner.Exec(ctx, prepare); err != nil {
		return 0, 0, err
	}
	rows, err := pools.Projector.Query(ctx, "select * from "+table.Sanitize())
	if err != nil {
		return 0, 0, err
	}
	var columns []string
	for _, d := range rows.FieldDescriptions() {
		columns = append(columns, d.Name)
	}
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) ([]any, error) { return r.Values() })
	if err != nil {
		return 0, 0, fmt.Errorf("couldn't read a read model: %w", err)
	}
	start := time.Now()
	_, err = owner.CopyFrom(ctx, into, columns, pgx.CopyFromRows(all))
	took := time.Since(start)
	_, dropErr := owner.Exec(ctx, "drop schema "+copied+" cascade")
	return len(all), took, errors.Join(err, dropErr)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
