package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"songtor/api"
	"songtor/internal/identity"
	"songtor/internal/lease"
	"songtor/internal/logging"
	"songtor/internal/synthetic"
	"songtor/internal/telemetry"
	"songtor/internal/vault"
	"songtor/web"
)

// serveCmd runs the service.
type serveCmd struct {
	storeFlags `embed:""`
	guardFlags `embed:""`

	Demo        bool `env:"SONGTOR_DEMO" help:"Serve a synthetic caseload with demonstration accounts, on loopback only."`
	DemoPast    int  `name:"demo-past" env:"SONGTOR_DEMO_PAST" default:"900" help:"How many people of the years before the demonstration has, 2 or more; about one in two of them is identified."`
	DemoPublish bool `name:"demo-publish" env:"SONGTOR_DEMO_PUBLISH" default:"true" negatable:"" help:"Publish the half-years of the demonstration that are over; switch off to build and publish them with songtor release."`

	Listen string `env:"SONGTOR_LISTEN" default:"localhost:8080" help:"Address to listen on."`
	Rates  bool   `name:"rate-limits" env:"SONGTOR_RATE_LIMITS" default:"true" negatable:"" help:"Limit how much one account, case or address may do; switch off to measure alone."`

	OIDC      string        `name:"oidc" env:"SONGTOR_OIDC" type:"path" help:"JSON file that says at which OpenID provider people may sign in." placeholder:"FILE"`
	OTLP      string        `name:"otlp" env:"SONGTOR_OTLP" help:"Address of an OpenTelemetry collector to send traces to, such as http://localhost:4318; none are sent where neither this nor the OTEL_ variables name one." placeholder:"URL"`
	DrainWait time.Duration `name:"drain-wait" env:"SONGTOR_DRAIN_WAIT" default:"0s" help:"How long to go on serving after /readyz has begun to say no, so that whoever spreads the load notices." placeholder:"TIME"`
	PublicURL string        `name:"public-url" env:"SONGTOR_PUBLIC_URL" help:"Address at which people reach the service, for which passkeys count; http://localhost and the port listened on where not given." placeholder:"URL"`
}

// Run serves until ctx ends, then stops in order: requests first, the log last.
func (c *serveCmd) Run(ctx context.Context, out io.Writer) error {
	if c.Demo && !loopback(c.Listen) {
		return errors.New("--demo listens on loopback only: its accounts have a password that everybody knows")
	}
	if c.Demo && c.DemoPast < 2 {
		return errors.New("--demo-past is a number of people, 2 or more")
	}
	if err := vault.HideMemory(); err != nil {
		return err
	}
	logger := slog.New(logging.New(os.Stderr, c.Demo))
	slog.SetDefault(logger)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("couldn't listen: %w", err)
	}
	defer listener.Close()
	stores, err := openStores(ctx, c.storeFlags, c.Demo, logger)
	if err != nil {
		return err
	}
	defer stores.Close()
	if telemetry.Wanted(c.OTLP) {
		if err := stores.meter.Send(ctx, c.OTLP, logger); err != nil {
			return err
		}
		defer stores.meter.Close()
	}
	front, err := c.front()
	if err != nil {
		return err
	}
	space := c.space(stores, logger)
	if err := space.Limits.Check(); err != nil {
		return err
	}
	space.Look(ctx)
	o, err := newOperator(ctx, stores, c.Demo, front, logger)
	if err != nil {
		return err
	}
	o.space = space
	return c.serve(ctx, listener, stores, o, logger, out)
}

func (c *serveCmd) serve(ctx context.Context, listener net.Listener, s *stores, o *operator, logger *slog.Logger, out io.Writer) error {
	if err := o.app.Prepare(ctx); err != nil {
		return fmt.Errorf("couldn't read the end of the log: %w", err)
	}
	// What requests rest on outlives them: working ends when the last one is answered and what follows from it is done, or when a part fails.
	// Whatever brings new work in ends with front, as soon as the service is to stop.
	background, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	group, working := errgroup.WithContext(background)
	front, closeFront := context.WithCancel(working)
	defer closeFront()
	defer context.AfterFunc(ctx, closeFront)()
	c.watch(working, group, s, o)
	group.Go(func() error { return guarding.models(o, working) })
	group.Go(func() error { return guarding.trees(working, o.trees) })
	group.Go(func() error { o.identity.Listen(working); return nil })
	group.Go(func() error {
		o.openings.Run(working)
		return nil
	})
	group.Go(func() error {
		select {
		case err := <-s.failed:
			return err
		case <-working.Done():
			return nil
		}
	})
	if err := serveControl(front, c.Data, o, logger); err != nil {
		return err
	}
	group.Go(func() error {
		defer end()
		if c.Demo {
			if err := c.demonstrate(front, group, o, logger); err != nil {
				return err
			}
		}
		group.Go(func() error {
			return lease.Hold(front, s.pools.Store, "songtor/keepers", logger, func(ctx context.Context) error { return o.keep(ctx, logger) })
		})
		if err := c.serveHTTP(front, listener, s, o, logger, out); err != nil {
			return err
		}
		o.settle(working, logger)
		return nil
	})
	if err := group.Wait(); err != nil && ctx.Err() == nil {
		return err
	}
	logger.Info("stopped")
	return nil
}

// demonstrate loads the caseload of the demonstration, and has its statistics published while the service goes on.
func (c *serveCmd) demonstrate(ctx context.Context, group *errgroup.Group, o *operator, logger *slog.Logger) error {
	if err := loadDemo(ctx, o, logger); err != nil {
		return err
	}
	group.Go(func() error {
		if err := o.publishDemo(ctx, c.DemoPast, c.DemoPublish, logger); err != nil && ctx.Err() == nil {
			logger.Warn("the statistics of the demonstration were not published", slog.Any("error", err))
		}
		return nil
	})
	return nil
}

func (c *serveCmd) serveHTTP(ctx context.Context, listener net.Listener, s *stores, o *operator, logger *slog.Logger, out io.Writer) error {
	page, err := web.Handler(web.Page())
	if err != nil {
		return err
	}
	lines, _ := logger.Handler().(*logging.Handler)
	o.measure(s, lines)
	server := api.New(api.Config{
		Rates: c.rates(), Meter: s.meter, App: o.app, Identity: o.identity, Log: logger, Demo: c.Demo, Page: page, Ready: o.ready,
	})
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Fprintf(out, "Songtor is ready on http://%s\n", c.Listen)
	if err := c.welcome(ctx, o, out); err != nil {
		return err
	}
	if c.Demo {
		fmt.Fprintf(out, "Accounts: responder, casemanager, team, shelter, committee, auditor, admin; password %s. All cases are synthetic.\n", demoPassword)
	}
	select {
	case err := <-failed:
		return fmt.Errorf("couldn't go on serving: %w", err)
	case <-ctx.Done():
	}
	o.stopping.Store(true)
	time.Sleep(c.DrainWait)
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil && !errors.Is(err, http.ErrServerClosed) {
		logger.Warn("requests that did not finish in time are cut off", slog.Any("error", err))
		return server.Close()
	}
	return nil
}

// keep does what falls due by itself. Of all processes on one database one does it; twice done it is done once.
func (o *operator) keep(ctx context.Context, logger *slog.Logger) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return o.app.KeepDeadlines(ctx, logger) })
	group.Go(func() error { return o.app.KeepErasures(ctx, logger) })
	group.Go(func() error { return o.app.KeepRetention(ctx, logger) })
	group.Go(func() error { return o.app.KeepQuarantine(ctx, logger) })
	return group.Wait()
}

// rates are the server's own where they are not switched off.
func (c *serveCmd) rates() *api.Rates {
	if c.Rates {
		return nil
	}
	return new(api.Rates)
}

// loadDemo makes the demonstration's accounts, and its caseload where the log is still empty.
func loadDemo(ctx context.Context, o *operator, logger *slog.Logger) error {
	if err := o.identity.EnsureDemo(ctx); err != nil {
		return err
	}
	start := time.Now()
	people, err := synthetic.Load(ctx, o.app, start, synthetic.By(o.demoAccount(ctx)), synthetic.Report(func(err error) {
		logger.Warn("a step of the synthetic caseload was refused", slog.Any("error", err)) // by an operator's own limits, perhaps
	}))
	if err != nil {
		return fmt.Errorf("couldn't load the synthetic caseload: %w", err)
	}
	if people > 0 {
		logger.Info("loaded the synthetic caseload", slog.Int("people", people), slog.Duration("took", time.Since(start)))
	}
	return nil
}

// demoAccount finds the demonstration's accounts, so that the cases lie in the hands of those who sign in.
func (o *operator) demoAccount(ctx context.Context) synthetic.Accounts {
	return func(username string) (identity.Principal, bool) {
		a, err := o.identity.ByUsername(ctx, username)
		return synthetic.SignedIn(identity.Principal{
			UserID: a.ID, Username: a.Username, Role: a.Role, Agency: a.Agency, Provinces: a.Provinces,
		}), err == nil
	}
}

// welcome invites the first two administrators where nobody has an account yet. The codes are shown at a terminal alone: what is
// printed elsewhere ends in a log.
func (c *serveCmd) welcome(ctx context.Context, o *operator, out io.Writer) error {
	accounts, err := o.identity.List(ctx)
	if err != nil || c.Demo || len(accounts) > 0 {
		return err
	}
	if f, ok := out.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		fmt.Fprintln(out, "Nobody has an account yet. Run songtor user first at a terminal to invite the first two administrators.")
		return nil
	}
	return o.inviteFirst(ctx, firstAgency, func(format string, values ...any) { fmt.Fprintf(out, format+"\n", values...) })
}

// firstAgency keeps the service where nothing else is said: the division of the Ministry that the national mechanism names.
const firstAgency = "datip"

// front is what serving needs of the accounts.
func (c *serveCmd) front() (identity.Options, error) {
	o := identity.Options{Origin: c.origin()}
	if c.OIDC == "" {
		return o, nil
	}
	if c.Demo {
		return o, errors.New("--demo takes no --oidc: nobody real signs in to the demonstration")
	}
	provider, err := identity.LoadProvider(c.OIDC)
	o.Provider = provider
	return o, err
}

// origin is the address for which passkeys and the proofs of devices count.
func (c *serveCmd) origin() string {
	if c.PublicURL != "" {
		return strings.TrimSuffix(c.PublicURL, "/")
	}
	_, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return ""
	}
	return "http://localhost:" + port
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
