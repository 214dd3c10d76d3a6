package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"songtor/internal/access"
	"songtor/internal/identity"
)

// The cookie that carries the same token as the Authorization header does. Over TLS its name makes browsers refuse one that another
// host or an insecure page has set (RFC 6265bis, __Host-).
const (
	cookieName       = "songtor_session"
	secureCookieName = "__Host-" + cookieName
)

func (s *server) cookieName() string {
	if s.demo {
		return cookieName
	}
	return secureCookieName
}

const (
	principalKey = "principal"
	tokenKey     = "token"
)

// principal is who asks. On a route that lets anybody in it is nobody, who may do nothing.
func principal(c echo.Context) identity.Principal {
	p, _ := c.Get(principalKey).(identity.Principal)
	return p
}

// token is the token under which the request was let in.
func token(c echo.Context) string {
	t, _ := c.Get(tokenKey).(string)
	return t
}

// bearer returns the token of the Authorization header, and whether there is such a header.
func bearer(r *http.Request) (string, bool) {
	value := r.Header.Get(echo.HeaderAuthorization)
	scheme, token, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", value != ""
	}
	return strings.TrimSpace(token), true
}

// presented returns the token of a request. A header wins over a cookie: whoever sets it means it.
func (s *server) presented(r *http.Request) string {
	if t, ok := bearer(r); ok {
		return t
	}
	cookie, err := r.Cookie(s.cookieName())
	if err != nil {
		return ""
	}
	return cookie.Value
}

// signedIn lets only requests of a session that stands through, and names who asks.
func (s *server) signedIn(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		t := s.presented(c.Request())
		if t == "" {
			return cmp.Or(s.stranger(c.Request()), identity.ErrNoSession)
		}
		p, err := s.identity.Resolve(c.Request().Context(), t)
		if errors.Is(err, identity.ErrNoSession) {
			return cmp.Or(s.stranger(c.Request()), err)
		}
		if err != nil {
			return err
		}
		if err := s.fromItsDevice(c, p, t); err != nil {
			return err
		}
		if p.Purpose, err = purpose(c.Request()); err != nil {
			return err
		}
		c.Set(principalKey, p)
		c.Set(tokenKey, t)
		return next(c)
	}
}

// atLeast lets only sessions of a level through. One of a password alone is good for its own factors and nothing else.
func atLeast(need identity.Assurance) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := principal(c).Require(need, false, time.Now()); err != nil {
				return err
			}
			return next(c)
		}
	}
}

// purposeHeader says what a request is for.
const purposeHeader = "Songtor-Purpose"

// purpose is what a request says that it is for; empty where it does not say.
func purpose(r *http.Request) (string, error) {
	name := r.Header.Get(purposeHeader)
	if name != "" && !access.KnownPurpose(name) {
		return "", badParameter(purposeHeader, keywordEnum)
	}
	return name, nil
}

// cutOff is how long an answer that is under way may still be written when its session has ended.
const cutOff = time.Second

// whileSignedIn ends a request that takes long as soon as its session does: its context, what is read of it and what is written.
func (s *server) whileSignedIn(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, done := s.identity.WhileStanding(c.Request().Context(), principal(c))
		defer done()
		c.SetRequest(c.Request().WithContext(ctx))
		connection, hasBody := http.NewResponseController(c.Response().Writer), c.Request().Body != http.NoBody
		over := make(chan struct{})
		keep := context.AfterFunc(ctx, func() {
			defer close(over)
			if signedOut(ctx) {
				if hasBody { // elsewhere it would end the connection, which may take the next sign-in
					_ = connection.SetReadDeadline(time.Now()) // unsupported only behind a recorder, which cannot stall
				}
				_ = connection.SetWriteDeadline(time.Now().Add(cutOff))
			}
		})
		defer func() {
			if !keep() {
				<-over // the connection is another request's after this one
			}
		}()
		err := next(c)
		if err != nil && signedOut(ctx) {
			return identity.ErrNoSession
		}
		return err
	}
}

// signedOut reports whether a context has ended because the session has.
func signedOut(ctx context.Context) bool { return errors.Is(context.Cause(ctx), identity.ErrNoSession) }

// sameOrigin refuses a request that changes something and that another site's page made the browser send. A request with an
// Authorization header cannot be one: a foreign page does not have the token.
func (s *server) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if _, ok := bearer(c.Request()); ok {
			return next(c)
		}
		if s.origin.Check(c.Request()) != nil {
			return reject(crossSite)
		}
		// An old browser says nothing of where a request comes from. Of the methods that change something, a foreign page can send POST
		// alone without asking, and with the types of a form alone.
		if c.Request().Method == http.MethodPost && s.presented(c.Request()) != "" {
			if err := mustBeOfType(c, jsonType, jsonLinesType, otherJSONLinesType, reportsType, oldReportType); err != nil {
				return err
			}
		}
		return next(c)
	}
}

func (s *server) setCookie(c echo.Context, token string, expires time.Time) {
	c.SetCookie(&http.Cookie{
		Name: s.cookieName(), Value: token, Path: "/", Expires: expires,
		HttpOnly: true, Secure: !s.demo, SameSite: http.SameSiteStrictMode,
	})
}

func (s *server) dropCookie(c echo.Context) {
	c.SetCookie(&http.Cookie{
		Name: s.cookieName(), Path: "/", MaxAge: -1,
		HttpOnly: true, Secure: !s.demo, SameSite: http.SameSiteStrictMode,
	})
}
