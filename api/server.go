package api

import (
	"context"
	"log"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/identity"
	"songtor/internal/telemetry"
)

// Config is what the server needs. App and Identity are required.
type Config struct {
	App      *app.Service
	Identity *identity.Service
	Log      *slog.Logger // slog.Default() where nil

	// Demo says that the service listens on loopback in clear. Everywhere else cookies are Secure and answers carry
	// Strict-Transport-Security, so TLS has to end at the service or at a proxy in front of it.
	Demo bool

	// Rates are DefaultRates where nil, and in the demonstration no limits.
	Rates *Rates

	// Page answers every address outside the API; nil for none.
	Page http.Handler

	// Ready tells whether the service can do its work, with app.ErrReadOnly where it takes nothing in and shows everything, and with app.ErrStale
	// where one list stays as it was. The error's text is shown at /readyz and has to be plain. Nil is always ready.
	Ready func(context.Context) error

	// Meter takes the server's figures and spans; its registry is served at /metrics. One of its own where nil.
	Meter *telemetry.Meter
}

type server struct {
	app      *app.Service
	identity *identity.Service
	log      *slog.Logger
	demo     bool
	ready    func(context.Context) error
	metrics  *metrics
	meter    *telemetry.Meter
	origin   *http.CrossOriginProtection
	rates    rates

	stopping chan struct{} // closed when the server shuts down: streams end then
	stop     sync.Once
}

// New returns a server with every route and time limit, ready for Serve. Its Shutdown ends the streams of events first.
func New(c Config) *http.Server {
	s := newServer(c)
	h := &http.Server{
		Handler:           s.routes(c.Page),
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          log.New(serverLog{s.log}, "", 0),
	}
	h.RegisterOnShutdown(func() { s.stop.Do(func() { close(s.stopping) }) })
	return h
}

func (c Config) rates() Rates {
	switch {
	case c.Rates != nil:
		return *c.Rates
	case c.Demo:
		return Rates{}
	}
	return DefaultRates()
}

func newServer(c Config) *server {
	s := &server{
		app: c.App, identity: c.Identity, log: c.Log, demo: c.Demo, ready: c.Ready, meter: c.Meter,
		origin: http.NewCrossOriginProtection(), stopping: make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.meter == nil {
		s.meter = telemetry.New()
	}
	if s.ready == nil {
		s.ready = func(context.Context) error { return nil }
	}
	s.metrics = newMetrics(s.meter.Registry())
	s.rates = newRates(c.rates())
	return s
}

const (
	prefix   = "/api/v1"
	pagePath = "/*"
)

func underAPI(c echo.Context) bool {
	path := c.Request().URL.Path
	return path == "/api" || strings.HasPrefix(path, "/api/")
}

func (s *server) routes(page http.Handler) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.answerProblem
	e.Use(s.observe, s.headers, recoverPanics, servePage(page))

	s.operationRoutes(router{e: e})
	s.publicRoutes(router{e, prefix, []echo.MiddlewareFunc{limitTime, s.sameOrigin, s.byStrangers}})
	s.accountRoutes(router{e, prefix, []echo.MiddlewareFunc{limitTime, s.sameOrigin, s.signedIn, s.paced, s.managing}})
	s.ownRoutes(router{e, prefix, []echo.MiddlewareFunc{limitTime, s.sameOrigin, s.signedIn, s.paced}})
	members := router{e, prefix, []echo.MiddlewareFunc{limitTime, s.sameOrigin, s.signedIn, atLeast(identity.TwoFactors), s.paced}}
	s.memberRoutes(members)
	s.intakeRoutes(members)
	s.statisticsRoutes(members)
	s.streamRoutes(router{e, prefix, []echo.MiddlewareFunc{s.sameOrigin, s.signedIn, atLeast(identity.TwoFactors), s.paced, s.whileSignedIn}})
	return e
}

// router adds routes with a common beginning and a common chain before their handlers. Echo's own groups are not used: they
// answer 404 for everything below them, and so 404 where the address exists and only the method is wrong.
type router struct {
	e      *echo.Echo
	prefix string
	chain  []echo.MiddlewareFunc
}

func (r router) add(method, path string, h echo.HandlerFunc) {
	r.e.Add(method, r.prefix+path, h, r.chain...)
}

// get routes GET, and HEAD with it: net/http leaves the body away.
func (r router) get(path string, h echo.HandlerFunc) {
	r.add(http.MethodGet, path, h)
	r.add(http.MethodHead, path, h)
}

func (s *server) operationRoutes(r router) {
	r.get("/healthz", s.health)
	r.get("/readyz", s.readiness)
	r.get("/metrics", s.metricsPage())
}

func (s *server) publicRoutes(r router) {
	r.add(http.MethodPost, "/session", s.signsIn("password", s.signIn))
	r.add(http.MethodPost, reportsPath, s.reports)
	r.add(http.MethodPost, "/session/passkey", s.beginPasskeySignIn)
	r.add(http.MethodPost, "/session/passkey/finish", s.signsIn("passkey", s.finishPasskeySignIn))
	r.get("/session/provider", s.hasProvider)
	r.add(http.MethodPost, "/session/provider", s.depart)
	r.get("/session/provider/callback", s.comeBack)
	r.add(http.MethodPost, "/session/provider/logout", s.providerLogout)
	r.add(http.MethodPost, "/invitations/redeem", s.redeem)
	r.add(http.MethodPut, "/quarantine/:id", s.handOver)
	r.get("/openapi.yaml", s.openAPI)
}

// ownRoutes are what everybody may do with their own sessions and factors, however they signed in.
func (s *server) ownRoutes(r router) {
	r.get("/session", s.session)
	r.add(http.MethodDelete, "/session", s.signOut)
	r.add(http.MethodPost, "/session/step-up", s.stepUp)
	r.add(http.MethodPost, "/session/step-up/passkey", s.stepUpByPasskey)
	r.get("/sessions", s.sessions)
	r.add(http.MethodDelete, "/sessions/:id", s.endSession)

	r.get("/factors", s.factors)
	r.add(http.MethodPost, "/factors/code", s.beginCodes)
	r.add(http.MethodPost, "/factors/code/confirm", s.confirmCodes)
	r.add(http.MethodDelete, "/factors/code", s.removeCodes)
	r.add(http.MethodPost, "/factors/recovery-codes", s.renewRecoveryCodes)
	r.add(http.MethodPost, "/factors/passkeys", s.beginPasskey)
	r.add(http.MethodPost, "/factors/passkeys/finish", s.finishPasskey)
	r.add(http.MethodDelete, "/factors/passkeys/:id", s.removePasskey)
	r.add(http.MethodPost, "/factors/provider", s.link)
}

// accountRoutes are for administrators.
func (s *server) accountRoutes(r router) {
	r.get("/accounts", s.accounts)
	r.add(http.MethodPost, "/accounts", s.inviteAccount)
	r.add(http.MethodPost, "/accounts/:id/disable", s.onAccount(s.disableAccount))
	r.add(http.MethodPost, "/accounts/:id/enable", s.onAccount(s.enableAccount))
	r.add(http.MethodPost, "/accounts/:id/role", s.onAccount(s.setRole))
	r.add(http.MethodPost, "/accounts/:id/confirm", s.onAccount(s.confirmAccount))
	r.add(http.MethodPost, "/accounts/:id/reset-factors", s.onAccount(s.resetFactors))
	r.add(http.MethodPost, "/accounts/:id/provider", s.onAccount(s.linkProvider))
	r.add(http.MethodPost, "/revocations", s.revoke)
}

func (s *server) memberRoutes(r router) {
	r.get("/devices", s.devices)
	r.add(http.MethodPost, "/devices", s.enrolDevice)
	r.add(http.MethodPost, "/devices/tickets", s.issueTicket)
	r.add(http.MethodDelete, "/devices/:id", s.loseDevice)

	r.get("/forms", s.whoMay(access.FormsRead, s.forms))
	r.get("/forms/keys", s.whoMay(access.FormsRead, s.formKeys))
	r.get("/forms/screening", packed(s.whoMay(access.FormsRead, s.currentForm)))
	r.get("/forms/screening/:version", packed(s.whoMay(access.FormsRead, s.form)))
	r.get("/forms/screening/:version/text/:lang", packed(s.whoMay(access.FormsRead, s.formText)))
	r.get("/codes/:list", packed(s.codeList))

	r.add(http.MethodPost, "/cases", s.openCase)
	r.get("/cases/:id", s.showCase)
	r.get("/cases/:id/timeline", s.timeline)
	r.get("/cases/:id/proof", s.caseProof)
	r.get("/log/checkpoint/:tree", s.checkpoint)
	r.get("/log/proof", s.proof)
	r.get("/cases/:id/duplicates", s.search(s.duplicates))
	r.get("/cases/:id/erasure", s.erasure)
	r.get("/cases/:id/access-log", s.accessLog)
	for _, c := range commands() {
		r.add(http.MethodPost, "/cases/:id/"+string(c.action), s.execute(c))
	}

	r.get("/references/:reference", s.findCase)
	r.add(http.MethodPost, "/emergencies", s.emergency)

	r.get("/stages", s.stageCounts)
	r.get("/stages/:stage/cases", s.stageCases)
	r.add(http.MethodPost, "/stages/:stage/take", s.take)
	r.get("/filters", s.filters)
	r.get("/filters/:name", s.filter)
	r.add(http.MethodPut, "/filters/:name", s.saveFilter)
	r.add(http.MethodDelete, "/filters/:name", s.deleteFilter)
	r.get("/inbox", s.inbox)
	r.get("/inbox/counts", s.inboxCounts)
	r.get("/duplicates", s.search(s.openDuplicates))
	r.get("/access-alerts", s.accessAlerts)
	r.add(http.MethodPost, "/access-alerts/:id/acknowledge", s.acknowledgeAlert)
	r.get("/limits", s.limits)
	r.get("/retention", s.retention)
	r.get("/calendar/:year", s.calendar)
	r.get("/incidents", s.incidents)
	r.get("/incidents/:id", s.incident)
	r.get("/incidents/:id/people", s.people)
}

func (s *server) intakeRoutes(r router) {
	r.add(http.MethodPut, "/screenings/:id", s.submitScreening)
	r.add(http.MethodPost, "/screenings/import", s.importForm)
	r.get("/quarantine", s.quarantine)
	r.add(http.MethodPost, "/quarantine/:id/release", s.releaseForm)
	r.add(http.MethodPost, "/quarantine/:id/reject", s.rejectForm)
}

func (s *server) statisticsRoutes(r router) {
	r.get("/statistics/releases", s.releases)
	r.get("/statistics/releases/:release", s.release)
	r.get("/statistics/releases/:release/count", s.count)
	r.get("/statistics/releases/:release/standards/:standard", s.standard)
	r.get("/statistics/releases/:release/certificates/:digest", s.certificate)
	r.get("/statistics/proposals", s.proposals)
	r.add(http.MethodPost, "/statistics/proposals/:proposal/publish", s.publish)
	r.add(http.MethodPost, "/statistics/proposals/:proposal/refuse", s.refuse)
}

// streamRoutes take longer than a request may otherwise take; they bound themselves.
func (s *server) streamRoutes(r router) {
	r.add(http.MethodPost, "/screenings/batch", s.submitBatch)
	r.add(http.MethodPost, "/incidents/:id/people", s.whoMay(access.IncidentIntake, s.takeIn))
	r.add(http.MethodPut, "/cases/:id/files/:file", s.attachFile)
	r.get("/cases/:id/files/:file", s.file)
	r.get("/cases/:id/summary.pdf", s.summary)
	r.get("/cases/:id/referrals/:referral/letter.pdf", s.letter)
	r.get("/access-report", s.accessReport(reportLines))
	r.get("/access-report.csv", s.accessReport(reportTable))
	r.get("/events", s.events)
}

// servePage answers what no route answers, outside the API: there a mistyped address is a problem and not a page. It is no route
// of its own because a route for everything would take GET at the addresses that have only other methods.
func servePage(page http.Handler) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if page == nil || c.Path() != "" || underAPI(c) {
				return next(c)
			}
			c.SetPath(pagePath)
			if m := c.Request().Method; m != http.MethodGet && m != http.MethodHead {
				c.Response().Header().Set(echo.HeaderAllow, "GET, HEAD")
				return echo.ErrMethodNotAllowed
			}
			page.ServeHTTP(c.Response(), c.Request())
			return nil
		}
	}
}
