package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"songtor/internal/synthetic"
)

// benchCmd measures. Against --url it is a load generator; --raw measures a log of its own, without the service; --suite does both
// on fresh data, in turn, and prints the ratios.
type benchCmd struct {
	URL      string        `default:"http://localhost:8080" help:"The service to load."`
	Username string        `default:"responder"`
	Password string        `default:"${demo_password}" help:"The password; the demonstration's where not given."`
	Clients  int           `default:"64" help:"Requests under way at a time."`
	Rate     float64       `help:"Screenings a second to offer; 0 offers as many as are taken."`
	Duration time.Duration `default:"10s" help:"How long to load."`
	Raw      bool          `help:"Publish as many bytes to a bare log instead."`
	Bytes    int           `default:"6000" help:"Size of a bare message."`
	Suite    bool          `help:"Measure everything that the project promises figures for."`
	Only     []string      `help:"Measure these parts of the suite alone: start, incident, latency, visibility, intake, memory, growth, rebuild." placeholder:"PART"`
	Cases    int           `default:"200000" help:"Size of the suite's large caseload."`
	JSON     string        `name:"json" type:"path" help:"Write the suite's figures to this file." placeholder:"FILE"`
	Last     string        `type:"path" help:"Compare the suite's figures with those in this file." placeholder:"FILE"`
	Charts   string        `type:"path" help:"Draw the suite's figures into this folder." placeholder:"DIR"`
}

// Run measures and prints.
func (c *benchCmd) Run(ctx context.Context, out io.Writer) error {
	switch {
	case c.Suite:
		return runSuite(ctx, out, suiteOptions{only: c.Only, cases: c.Cases, json: c.JSON, last: c.Last, charts: c.Charts})
	case c.Raw:
		r, err := rawLog(ctx, c.shape(), c.Bytes)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "bare log: %s\n", r)
		return nil
	}
	client, err := signIn(ctx, c.URL, c.Username, c.Password, c.Clients)
	if err != nil {
		return err
	}
	r, err := client.submit(ctx, c.shape())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "screenings: %s\n", r)
	return nil
}

func (c *benchCmd) shape() shape {
	return shape{clients: c.Clients, rate: c.Rate, duration: c.Duration}
}

// shape is how a load is offered.
type shape struct {
	clients  int
	rate     float64 // a second; 0 is without limit
	duration time.Duration
}

// result is what came of a load.
type result struct {
	took      time.Duration
	latencies []time.Duration // of what succeeded, sorted
	failed    int
	firstErr  error
}

func (r result) perSecond() float64 { return float64(len(r.latencies)) / r.took.Seconds() }

// percentile returns the latency that p of a hundred did not exceed.
func (r result) percentile(p float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	return r.latencies[min(len(r.latencies)-1, int(float64(len(r.latencies))*p/100))]
}

func (r result) String() string {
	return fmt.Sprintf("%.0f a second, p50 %s, p95 %s, p99 %s, %d done, %d failed", r.perSecond(),
		r.percentile(50).Round(10*time.Microsecond), r.percentile(95).Round(10*time.Microsecond), r.percentile(99).Round(10*time.Microsecond),
		len(r.latencies), r.failed)
}

// offer calls do from as many goroutines as the shape says until its time is over. Where a rate is set, latency counts from the
// moment at which the call was due, so that a stall shows in everything that it held up.
func offer(ctx context.Context, s shape, do func(context.Context, int) error) result {
	var next atomic.Int64
	var mu sync.Mutex
	var all result
	start := time.Now()
	end := start.Add(s.duration)
	var working sync.WaitGroup
	for range s.clients {
		working.Go(func() {
			var mine result
			for ctx.Err() == nil {
				n := int(next.Add(1) - 1)
				due := time.Now()
				if s.rate > 0 {
					due = start.Add(time.Duration(float64(n) / s.rate * float64(time.Second)))
					if !waitUntil(ctx, due) {
						break
					}
				}
				if due.After(end) || time.Now().After(end) && s.rate == 0 {
					break
				}
				mine.count(do(ctx, n), time.Since(due))
			}
			mu.Lock()
			defer mu.Unlock()
			all.add(mine)
		})
	}
	working.Wait()
	all.took = time.Since(start)
	slices.Sort(all.latencies)
	return all
}

func (r *result) count(err error, took time.Duration) {
	if err == nil {
		r.latencies = append(r.latencies, took)
		return
	}
	r.failed++
	if r.firstErr == nil {
		r.firstErr = err
	}
}

func (r *result) add(other result) {
	r.latencies = append(r.latencies, other.latencies...)
	r.failed += other.failed
	if r.firstErr == nil {
		r.firstErr = other.firstErr
	}
}

func waitUntil(ctx context.Context, due time.Time) bool {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// benchClient is a signed-in user of the API.
type benchClient struct {
	url, token string
	http       *http.Client
	free       chan *benchConn // connections that are free
}

func signIn(ctx context.Context, url, username, password string, connections int) (*benchClient, error) {
	c := &benchClient{
		url: url, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}, Timeout: callTime},
		free: make(chan *benchConn, connections),
	}
	body, err := json.Marshal(map[string]string{"username": username, "password": password})
	if err != nil {
		return nil, err
	}
	var session struct {
		Token string `json:"token"`
	}
	if err := c.call(ctx, http.MethodPost, "/api/v1/session", body, nil, &session); err != nil {
		return nil, fmt.Errorf("couldn't sign in: %w", err)
	}
	c.token = session.Token
	return c, nil
}

// call makes one request and decodes the answer into v where v is not nil.
func (c *benchClient) call(ctx context.Context, method, path string, body []byte, headers map[string]string, v any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s answered %d", method, path, resp.StatusCode)
	}
	if v == nil {
		return nil
	}
	return json.Unmarshal(answer, v)
}

// screenings prepares the requests of forms that the service has not seen.
func (c *benchClient) screenings(n int) ([][]byte, error) {
	requests := make([][]byte, n)
	for i, f := range synthetic.Forms(uint64(time.Now().UnixNano()), n, time.Now().UTC()) {
		body, err := f.Body()
		if err != nil {
			return nil, err
		}
		if requests[i], err = c.prepare(http.MethodPut, "/api/v1/screenings/"+f.ID, body); err != nil {
			return nil, err
		}
	}
	return requests, nil
}

// mostPerSecond bounds how many forms are prepared for a load without a rate.
const mostPerSecond = 2500

// submit loads the service with new screenings.
func (c *benchClient) submit(ctx context.Context, s shape) (result, error) {
	requests, err := c.screenings(needed(s))
	if err != nil {
		return result{}, err
	}
	r := offer(ctx, s, func(ctx context.Context, n int) error {
		if n >= len(requests) {
			return errors.New("out of prepared forms")
		}
		return c.send(ctx, requests[n], nil)
	})
	return r, r.firstErr
}

// looksAt is of how many screenings one is looked at: a reading costs as much as a screening, and a load of so many a second is to stay one.
const looksAt = 10

// visible submits at the shape's rate and measures from a receipt to the moment at which the stage view, asked at the receipt's position,
// answers: of the first screening and of every tenth after it.
func (c *benchClient) visible(ctx context.Context, s shape) (result, error) {
	requests, err := c.screenings(needed(s))
	if err != nil {
		return result{}, err
	}
	var mu sync.Mutex
	var seen result
	r := offer(ctx, s, func(ctx context.Context, n int) error {
		var receipt struct {
			Position uint64 `json:"position"`
		}
		if err := c.send(ctx, requests[n], &receipt); err != nil {
			return err
		}
		if n%looksAt != 0 {
			return nil
		}
		accepted := time.Now()
		position := map[string]string{"Songtor-Position": fmt.Sprint(receipt.Position)}
		err := c.call(ctx, http.MethodGet, "/api/v1/stages/screening/cases?limit=1", nil, position, nil)
		mu.Lock()
		defer mu.Unlock()
		seen.count(err, time.Since(accepted))
		return err
	})
	seen.took = r.took
	slices.Sort(seen.latencies)
	return seen, r.firstErr
}

func needed(s shape) int {
	rate := s.rate
	if rate == 0 {
		rate = mostPerSecond
	}
	return int(rate*s.duration.Seconds()) + s.clients + 1
}

// drained submits one screening more and measures until the stage view shows it.
func (c *benchClient) drained(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	for {
		r, err := c.visible(ctx, shape{clients: 1, rate: 500, duration: time.Millisecond})
		if err == nil && len(r.latencies) == 1 {
			return time.Since(start), nil
		}
		if time.Since(start) > drainPatience {
			return 0, fmt.Errorf("couldn't see the end of a burst: %w", err)
		}
	}
}

// drainPatience is how long the read models may take after a burst before the suite gives up.
const drainPatience = 2 * time.Minute
