package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/eventlog"
	"songtor/internal/identity"
	"songtor/internal/synthetic"
	"songtor/internal/transparency"
)

const (
	benchPage  = 50     // rows of a page
	benchDeep  = 1000   // the page that is compared with the first; the last full one where there are fewer
	benchReads = 400    // reads of each kind
	benchWarm  = 40     // before those, not counted: a service and a database that were just started have read nothing yet
	benchList  = 260    // people in one incident
	benchSmall = 10_000 // cases beside which a large caseload is measured
)

// growth compares a small caseload with a large one of n cases, as many in each stage, made by the same use cases: two services of their
// own that are read in turn, while the suite's stands still.
func (s *suite) growth(ctx context.Context, n int) error {
	s.stop()
	small, err := s.filled(ctx, benchSmall)
	if err != nil {
		return err
	}
	defer small.close()
	large, err := s.filled(ctx, n)
	if err != nil {
		return err
	}
	defer large.close()
	many, err := signIn(ctx, large.url, "casemanager", demoPassword, 1)
	if err != nil {
		return err
	}
	few, err := signIn(ctx, small.url, "casemanager", demoPassword, 1)
	if err != nil {
		return err
	}
	if err := s.kinds(ctx, many, few, n); err != nil {
		return err
	}
	return s.size(large, n)
}

// filled starts a service with n cases and no others.
func (s *suite) filled(ctx context.Context, n int) (*suite, error) {
	fmt.Fprintf(s.out, "making %d cases ...\n", n)
	other, err := newSuite(s.out)
	if err != nil {
		return nil, err
	}
	if err = other.fill(ctx, n); err == nil {
		err = other.start(ctx)
	}
	if err != nil {
		other.close()
		return nil, err
	}
	return other, nil
}

// kinds compares each kind of request at both sizes, by p99.
func (s *suite) kinds(ctx context.Context, many, few *benchClient, n int) error {
	for _, kind := range requestKinds() {
		mine, err := many.requests(ctx, kind.make)
		if err != nil {
			return err
		}
		theirs, err := few.requests(ctx, kind.make)
		if err != nil {
			return err
		}
		ours, reference, err := compareReads(mine, theirs)
		if err != nil {
			return fmt.Errorf("couldn't measure %s: %w", kind.name, err)
		}
		s.add(figure{
			Name: fmt.Sprintf("%s with %d cases, p99, over %d cases", kind.name, n, benchSmall), Unit: "ms",
			Ours: milliseconds(ours.percentile(99)), Reference: milliseconds(reference.percentile(99)), Aim: 1.5,
		})
	}
	for _, stage := range domain.Stages() {
		page, after, err := many.deepPage(ctx, stage)
		if err != nil {
			return err
		}
		deep, first, err := compareReads(
			func() error { _, err := many.page(ctx, stage, url.Values{"after": {after}}); return err },
			func() error { _, err := many.page(ctx, stage, nil); return err },
		)
		if err != nil {
			return err
		}
		s.add(figure{
			Name: fmt.Sprintf("deep page of the %s view, median, over the first, %d cases", stage, n), Note: fmt.Sprintf("page %d", page), Unit: "ms",
			Ours: milliseconds(deep.percentile(50)), Reference: milliseconds(first.percentile(50)), Aim: 1.5,
		})
	}
	return nil
}

// size tells what so many cases take on disk and in memory, over a limit for each case: 64 KiB on disk, 4 KiB in memory beside 256 MiB.
func (s *suite) size(large *suite, n int) error {
	disk, err := folderBytes(filepath.Join(large.dir, "data"))
	if err != nil {
		return err
	}
	memory, err := large.resident()
	if err != nil {
		return err
	}
	const mib, gib = 1 << 20, 1 << 30
	s.add(figure{
		Name: fmt.Sprintf("%d cases on disk, over 64 KiB a case", n), Unit: "GiB",
		Ours: float64(disk) / gib, Reference: float64(n) * 64 * 1024 / gib, Aim: 1,
	})
	s.add(figure{
		Name: fmt.Sprintf("memory of the service's process with %d cases, over 256 MiB and 4 KiB a case", n), Unit: "MiB",
		Ours: memory, Reference: 256 + float64(n)*4096/mib, Aim: 1,
	})
	return nil
}

// incident: 260 people of one operation taken in as a list, over the limit of five seconds.
func (s *suite) incident(ctx context.Context) error {
	var lines bytes.Buffer
	for i := range benchList {
		fmt.Fprintf(&lines, `{"id":%q,"occurred_at":%q,"province":"TH-63","entry":%d}`+"\n", uuid.NewString(), time.Now().Add(-time.Hour).Format(time.RFC3339), i+1)
	}
	start := time.Now()
	err := s.client.call(ctx, http.MethodPost, "/api/v1/incidents/"+uuid.NewString()+"/people", lines.Bytes(),
		map[string]string{"Content-Type": "application/x-ndjson"}, nil)
	if err != nil {
		return err
	}
	s.add(figure{Name: "260 people of one incident, over 5 s", Unit: "s", Ours: time.Since(start).Seconds(), Reference: 5, Aim: 1})
	return nil
}

// fill makes n cases and stops when everything that is made from the log shows them, as in a service that had them for long: what still
// catches up is no part of what is measured.
func (s *suite) fill(ctx context.Context, n int) error {
	stores, o, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer stores.Close()
	filling, stop := context.WithCancel(ctx)
	defer stop()
	group, filling := errgroup.WithContext(filling)
	group.Go(func() error { return o.runner.Run(filling) })
	group.Go(func() error { return keepTrees(filling, o.trees) })
	group.Go(func() error { o.guard.Run(filling); return nil })
	if err = s.makeCases(filling, o.app, n); err == nil {
		err = settle(filling, stores, o)
	}
	stop()
	if failed := group.Wait(); err != nil || failed != nil {
		return errors.Join(failed, err)
	}
	if _, err := stores.pools.Migrate.Exec(ctx, "vacuum analyze"); err != nil {
		return fmt.Errorf("couldn't analyse the read models: %w", err)
	}
	return nil
}

// settle waits until the read models, the second copy and the signed tree have what the log has.
func settle(ctx context.Context, stores *stores, o *operator) error {
	head, err := stores.log.Head(ctx)
	if err != nil {
		return err
	}
	if err := o.runner.WaitForAll(ctx, head); err != nil {
		return err
	}
	for {
		copied, err := stores.archive.State(ctx, eventlog.StreamName)
		if err != nil {
			return err
		}
		signed, err := o.trees.SignedSize(ctx, transparency.Cases)
		if err != nil {
			return err
		}
		if min(copied.Position, uint64(signed)) >= head {
			return nil
		}
		if !waitUntil(ctx, time.Now().Add(100*time.Millisecond)) {
			return context.Cause(ctx)
		}
	}
}

// makeCases leads every fourth case to each of the stages.
func (s *suite) makeCases(ctx context.Context, of *app.Service, n int) error {
	service := synthetic.Patiently(of)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(64)
	const portion, told = 1000, 50_000
	for start := 0; start < n; start += portion {
		if start > 0 && start%told == 0 {
			fmt.Fprintf(s.out, "%d of %d cases are made\n", start, n)
		}
		forms := synthetic.Forms(uint64(start)+1, min(portion, n-start), time.Now().UTC())
		for i, form := range forms {
			group.Go(func() error { return makeCase(ctx, service, form, i%len(domain.Stages())) })
		}
	}
	return group.Wait()
}

// The people who do the work in a large caseload.
var (
	benchOfficer = synthetic.SignedIn(identity.Principal{UserID: "bench-officer", Role: domain.Responder, Agency: "rtp-atpd"})
	benchManager = synthetic.SignedIn(identity.Principal{UserID: "bench-manager", Role: domain.CaseManager, Agency: "datip"})
	benchTeam    = synthetic.SignedIn(identity.Principal{UserID: "bench-team", Role: domain.Team, Agency: "sdhs-bangkok"})
)

// makeCase leads a case to a stage, by its number.
func makeCase(ctx context.Context, service synthetic.Patient, form synthetic.Form, stage int) error {
	now := time.Now().UTC()
	if stage == 0 {
		_, _, err := service.OpenCase(ctx, benchOfficer, form.ID, app.OpenCase{OccurredAt: now, RecordedAt: now, Province: "TH-63"}, nil)
		return err
	}
	body, err := form.Body()
	if err != nil {
		return err
	}
	receipt, _, err := service.SubmitScreening(ctx, benchOfficer, form.ID, body)
	if err != nil {
		return err
	}
	steps := []struct {
		by      identity.Principal
		action  access.Action
		command domain.Command
	}{
		{benchManager, access.ConcludeScreening, domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: domain.Reasons{Narrative: "n"}}},
		{benchManager, access.AppointRepresentative, domain.AppointRepresentative{
			Kind: domain.AppointedByState, Representative: domain.Representative{Name: "n"},
		}},
		{benchManager, access.AssessInterests, domain.AssessInterests{Interests: domain.Interests{Summary: "s", Views: "v"}}},
		{
			benchTeam,
			access.DecideIdentification,
			domain.DecideIdentification{Finding: domain.Finding{Outcome: domain.VictimOfTrafficking, Grounds: "g"}},
		},
	}
	for _, step := range steps[:map[int]int{1: 0, 2: 1, 3: len(steps)}[stage]] {
		_, _, err := service.Execute(ctx, step.by, receipt.CaseID, app.Call{
			Action: step.action, ID: uuid.NewString(), HappenedAt: now, RecordedAt: now, Command: step.command,
		})
		var refused *domain.Error
		if errors.As(err, &refused) || errors.Is(err, app.ErrNotFound) {
			return nil // a person who did not agree to be screened goes no further, and is nobody's case whom their officer did not hand it to
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// deepPage finds the deepest page of a stage view that is measured: its number, and what is given as after to have it. It is the 1,000th
// or, of a view that has fewer, the last that is full: one that is not would be compared with more rows than it has.
func (c *benchClient) deepPage(ctx context.Context, stage domain.Stage) (number int, after string, err error) {
	next := ""
	for {
		list, err := c.page(ctx, stage, url.Values{"after": {next}})
		if err != nil {
			return 0, "", err
		}
		if number > 0 && len(list.Items) < benchPage {
			return number, after, nil
		}
		number, after, next = number+1, next, list.Next
		if number == benchDeep || next == "" {
			return number, after, nil
		}
	}
}

// listed is what the measurements need of a stage view's page.
type listed struct {
	Items []struct {
		CaseID string `json:"case_id"`
	} `json:"items"`
	Next string `json:"next"`
}

func (c *benchClient) page(ctx context.Context, stage domain.Stage, query url.Values) (listed, error) {
	q := url.Values{"limit": {fmt.Sprint(benchPage)}}
	for name, values := range query {
		if values[0] != "" {
			q[name] = values
		}
	}
	var list listed
	err := c.call(ctx, http.MethodGet, "/api/v1/stages/"+string(stage)+"/cases?"+q.Encode(), nil, nil, &list)
	return list, err
}

// compareReads makes two requests in turn, and measures them once both sides are warm.
func compareReads(ours, reference func() error) (mine, theirs result, err error) {
	for n := range benchWarm + benchReads {
		for _, side := range []struct {
			do  func() error
			all *result
		}{{ours, &mine}, {reference, &theirs}} {
			start := time.Now()
			if err := side.do(); err != nil {
				return result{}, result{}, err
			}
			if n >= benchWarm {
				side.all.count(nil, time.Since(start))
			}
		}
	}
	slices.Sort(mine.latencies)
	slices.Sort(theirs.latencies)
	return mine, theirs, nil
}

// requestKind is a kind of request that must not become slower with the caseload.
type requestKind struct {
	name string
	make func(ctx context.Context, c *benchClient, cases []string, n int) error
}

// requestKinds are those that people wait for: the first page of each stage view, of the inbox, of the cases of one language and of the
// pairs that may be one person; a case, its history, a command on it, the search for other cases of the same person, and the same as it
// was known a moment ago.
func requestKinds() []requestKind {
	var kinds []requestKind
	for _, stage := range domain.Stages() {
		kinds = append(kinds, requestKind{"first page of the " + string(stage) + " view", func(ctx context.Context, c *benchClient, _ []string, _ int) error {
			_, err := c.page(ctx, stage, nil)
			return err
		}})
	}
	list := func(name, path string) requestKind {
		return requestKind{"first page of " + name, func(ctx context.Context, c *benchClient, _ []string, _ int) error {
			return c.call(ctx, http.MethodGet, "/api/v1"+path, nil, nil, nil)
		}}
	}
	read := func(name, rest string) requestKind {
		return requestKind{name, func(ctx context.Context, c *benchClient, cases []string, n int) error {
			return c.call(ctx, http.MethodGet, "/api/v1/cases/"+cases[n%len(cases)]+rest, nil, nil, nil)
		}}
	}
	return append(kinds, list("the inbox", "/inbox"), list("the cases of one language", "/stages/screening/cases?language=mya"),
		list("the likely pairs", "/duplicates"), read("one case", ""), read("its timeline", "/timeline"), read("the search for the same person", "/duplicates"),
		requestKind{"a note on a case", note}, requestKind{"one case as of a moment ago", asOf})
}

func note(ctx context.Context, c *benchClient, cases []string, n int) error {
	return c.call(ctx, http.MethodPost, "/api/v1/cases/"+cases[n%len(cases)]+"/add-note", []byte(`{"audience":"case","text":"n"}`),
		map[string]string{"Idempotency-Key": uuid.NewString()}, nil)
}

func asOf(ctx context.Context, c *benchClient, cases []string, n int) error {
	moment := url.QueryEscape(time.Now().Add(-time.Second).Format(time.RFC3339Nano))
	return c.call(ctx, http.MethodGet, "/api/v1/cases/"+cases[n%len(cases)]+"?as_of="+moment, nil, nil, nil)
}

// requests makes requests of a kind on cases of the protection stage, which have the longest histories.
func (c *benchClient) requests(ctx context.Context, do func(context.Context, *benchClient, []string, int) error) (func() error, error) {
	list, err := c.page(ctx, domain.Protection, nil)
	if err != nil || len(list.Items) == 0 {
		return nil, errors.Join(err, errors.New("there is no case to read"))
	}
	var cases []string
	for _, item := range list.Items {
		cases = append(cases, item.CaseID)
	}
	n := 0
	return func() error {
		n++
		return do(ctx, c, cases, n)
	}, nil
}
