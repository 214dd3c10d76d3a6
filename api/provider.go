package api

import (
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"songtor/internal/identity"
)

// The cookie that ties a return from the outside provider to the browser that left. It is Lax and not Strict: the browser comes back
// from another site, which is when it is needed.
const (
	departureCookie       = "songtor_departure"
	secureDepartureCookie = "__Host-" + departureCookie
	departureSeconds      = 300
	maxLogoutToken        = 16 << 10
)

func (s *server) departureCookie(value string, age int) *http.Cookie {
	name := secureDepartureCookie
	if s.demo {
		name = departureCookie
	}
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: !s.demo, SameSite: http.SameSiteLaxMode}
}

// hasProvider answers GET /session/provider.
func (s *server) hasProvider(c echo.Context) error {
	return answer(c, http.StatusOK, struct {
		Available bool `json:"available"`
	}{s.identity.HasProvider()})
}

// depart answers POST /session/provider.
func (s *server) depart(c echo.Context) error {
	departure, err := s.identity.Depart(c.Request().Context())
	return s.answerDeparture(c, departure, err)
}

type linkBody struct {
	Invitation string `json:"invitation"`
}

func (b linkBody) check(c *checker) {
	if c.required("/invitation", b.Invitation) {
		c.must(len(b.Invitation) <= maxSecondFactor, "/invitation", keywordMaxLength)
	}
}

// link answers POST /factors/provider.
func (s *server) link(c echo.Context) error {
	given, err := readOwn(c, linkBody.check)
	if err != nil {
		return err
	}
	departure, err := s.identity.Link(c.Request().Context(), principal(c), given.Invitation)
	return s.answerDeparture(c, departure, err)
}

func (s *server) answerDeparture(c echo.Context, departure identity.Departure, err error) error {
	if err != nil {
		return err
	}
	c.SetCookie(s.departureCookie(departure.Ceremony, departureSeconds))
	return answer(c, http.StatusCreated, struct {
		URL string `json:"url"`
	}{departure.URL})
}

// comeBack answers GET /session/provider/callback. A browser whose person was refused is sent on too, to where they can sign in: of a problem
// it would show the JSON, and lead nowhere.
func (s *server) comeBack(c echo.Context) error {
	err := s.signsIn("provider", s.arrive)(c)
	if err == nil || !strings.Contains(c.Request().Header.Get("Accept"), "text/html") {
		return err
	}
	reason, status := "refused", problemOf(err).Status
	if status == http.StatusTooManyRequests || status >= http.StatusInternalServerError {
		reason = "away"
		s.log.WarnContext(c.Request().Context(), "a sign-in at the outside provider failed", slog.Int("status", status), slog.Any("error", err))
	}
	return c.Redirect(http.StatusSeeOther, "/sign-in?outside="+reason)
}

// arrive signs in whoever comes back from the provider.
func (s *server) arrive(c echo.Context) error {
	left, err := c.Request().Cookie(s.departureCookie("", 0).Name)
	if err != nil {
		if !s.identity.HasProvider() {
			return identity.ErrNoProvider
		}
		return identity.ErrBadCredentials
	}
	c.SetCookie(s.departureCookie("", -1))
	q := c.Request().URL.Query()
	arrival, err := s.identity.Arrive(c.Request().Context(), left.Value, q.Get("state"), q.Get("code"))
	if err != nil {
		return err
	}
	arrival.Evidence.Client = clientKind(c.Request())
	started, err := s.identity.Start(c.Request().Context(), arrival.Account, arrival.Evidence)
	if err != nil {
		return err
	}
	s.setCookie(c, started.Token, started.ExpiresAt)
	return c.Redirect(http.StatusSeeOther, "/")
}

// providerLogout answers POST /session/provider/logout, which the provider itself calls.
func (s *server) providerLogout(c echo.Context) error {
	if err := mustBeOfType(c, echo.MIMEApplicationForm); err != nil {
		return err
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxLogoutToken))
	if err != nil {
		return readFault(err)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return identity.ErrBadCredentials
	}
	if err := s.identity.ProviderLogout(c.Request().Context(), form.Get("logout_token")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
