package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/identity"
	"songtor/internal/synthetic"
)

const (
	benchPage  = 50   // rows of a page
	benchDeep  = 1000 // the page that is compared with the first
	benchReads = 200  // reads of each kind
	benchList  = 260  // people in one incident
)

// growingPages compares the caseload of the demonstration with a large one: n cases, as many in each stage, made by the same use cases.
func (s *suite) growingPages(ctx context.Context, n int) error {
	fmt.Fprintf(s.out, "making %d cases ...\n", n)
	s.stop()
	if err := s.fill(ctx, n); err != nil {
		return err
	}
	if err := s.start(ctx); err != nil {
		return err
	}
	manager, err := signIn(ctx, s.url, "casemanager", demoPassword, 1)
	if err != nil {
		return err
	}
	for _, stage := range domain.Stages() {
		first, deep, err := manager.pages(ctx, stage)
		if err != nil {
			return err
		}
		s.add(fmt.Sprintf("page %d of the %s view, over the first, %d cases", benchDeep, stage, n), "ms", deep, first)
	}
	large, err := manager.reads(ctx)
	if err != nil {
		return err
	}
	s.add(fmt.Sprintf("one case with %d cases, over 600", n), "ms", large.present, s.small.present)
	s.add(fmt.Sprintf("its timeline with %d cases, over 600", n), "ms", large.timeline, s.small.timeline)
	s.add(fmt.Sprintf("one case as of a moment ago with %d cases, over the present", n), "ms", large.asOf, large.present)
	s.add(fmt.Sprintf("a stage view as of a moment ago with %d cases, over the present", n), "ms", large.listAsOf, large.list)
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
	s.add("260 people of one incident, over the limit", "s", time.Since(start).Seconds(), 5)
	return nil
}

// fill makes n cases and stops when the read models show them.
func (s *suite) fill(ctx context.Context, n int) error {
	stores, err := openStores(ctx, storeFlags{Data: filepath.Join(s.dir, "data"), Replicas: 1}, true, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer stores.Close()
	o, err := newOperator(ctx, stores, true, identity.Options{}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	running, failed := make(chan struct{}), make(chan error, 1)
	go func() { defer close(running); failed <- o.runner.Run(ctx) }()
	if err := makeCases(ctx, o.app, n); err != nil {
		return err
	}
	head, err := stores.log.Head(ctx)
	if err != nil {
		return err
	}
	for _, status := range o.runner.Status(ctx) {
		if err := o.runner.WaitFor(ctx, status.Name, head); err != nil {
			return err
		}
	}
	if _, err := stores.pools.Migrate.Exec(ctx, "vacuum analyze"); err != nil {
		return fmt.Errorf("couldn't analyse the read models: %w", err)
	}
	stop()
	<-running
	return errors.Join(<-failed, nil)
}

// makeCases leads every fourth case to each of the stages.
func makeCases(ctx context.Context, service *app.Service, n int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(64)
	const portion = 1000
	for start := 0; start < n; start += portion {
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
func makeCase(ctx context.Context, service *app.Service, form synthetic.Form, stage int) error {
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
		if errors.As(err, &refused) {
			return nil // a person who did not agree to be screened goes no further
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pages returns the median times of the first and of a deep page of a stage view, in milliseconds.
func (c *benchClient) pages(ctx context.Context, stage domain.Stage) (first, deep float64, err error) {
	after := ""
	for page := 1; page < benchDeep; page++ {
		list, err := c.page(ctx, stage, url.Values{"after": {after}})
		if err != nil {
			return 0, 0, err
		}
		if list.Next == "" {
			break // a smaller caseload: the last page is the deepest
		}
		after = list.Next
	}
	deep, first, err = compareReads(
		func() error { _, err := c.page(ctx, stage, url.Values{"after": {after}}); return err },
		func() error { _, err := c.page(ctx, stage, nil); return err },
	)
	return first, deep, err
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

// compareReads makes two reads in turn and returns the median time of each, in milliseconds.
func compareReads(ours, reference func() error) (mine, theirs float64, err error) {
	times := [2][]float64{}
	for range benchReads {
		for i, read := range []func() error{ours, reference} {
			start := time.Now()
			if err := read(); err != nil {
				return 0, 0, err
			}
			times[i] = append(times[i], milliseconds(time.Since(start)))
		}
	}
	return median(times[0]), median(times[1]), nil
}

// reading are the median times of reading one case and a list, in milliseconds.
type reading struct{ present, timeline, asOf, list, listAsOf float64 }

// reads reads cases of the protection stage, which have the longest histories, as they are and as they were.
func (c *benchClient) reads(ctx context.Context) (reading, error) {
	list, err := c.page(ctx, domain.Protection, nil)
	if err != nil || len(list.Items) == 0 {
		return reading{}, errors.Join(err, errors.New("there is no case to read"))
	}
	n := 0
	one := func(rest string) func() error {
		return func() error {
			n++
			return c.call(ctx, http.MethodGet, "/api/v1/cases/"+list.Items[n%len(list.Items)].CaseID+rest, nil, nil, nil)
		}
	}
	var r reading
	moment := url.QueryEscape(time.Now().Add(-time.Second).Format(time.RFC3339Nano))
	if r.asOf, r.present, err = compareReads(one("?as_of="+moment), one("")); err != nil {
		return reading{}, err
	}
	if r.timeline, _, err = compareReads(one("/timeline"), one("")); err != nil {
		return reading{}, err
	}
	r.listAsOf, r.list, err = compareReads(
		func() error {
			_, err := c.page(ctx, domain.Screening, url.Values{"as_of": {time.Now().Add(-time.Second).Format(time.RFC3339Nano)}})
			return err
		},
		func() error { _, err := c.page(ctx, domain.Screening, nil); return err },
	)
	return r, err
}
