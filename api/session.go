package api

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"songtor/domain"
	"songtor/internal/app"
	"songtor/internal/identity"
	"songtor/internal/secret"
)

// userAnswer says who is signed in.
type userAnswer struct {
	ID        string      `json:"id"`
	Username  string      `json:"username"`
	Agency    string      `json:"agency"`
	Role      domain.Role `json:"role"`
	Provinces []string    `json:"provinces"`
}

// sessionAnswer is a session as its person sees it.
type sessionAnswer struct {
	Token           string             `json:"token,omitzero"` // only in the answer to signing in
	ExpiresAt       time.Time          `json:"expires_at"`     // at the latest; an idle session ends before
	AuthenticatedAt time.Time          `json:"authenticated_at"`
	Assurance       identity.Assurance `json:"assurance"`
	Next            []string           `json:"next"` // the factors by which the assurance can be raised
	User            userAnswer         `json:"user"`
}

type credentials struct {
	Username string      `json:"username"`
	Password secret.Text `json:"password"`
	Code     string      `json:"code"`
}

// Longer ones cannot be right, and would only cost time to compare.
const (
	maxUsername     = 200
	maxPassword     = 1024
	maxSecondFactor = 40
)

// signIn answers POST /session.
func (s *server) signIn(c echo.Context) error {
	of, err := proven(c, "")
	if err != nil {
		return err
	}
	given, err := readCredentials(c)
	if err != nil {
		return err
	}
	account, methods, err := s.identity.SignIn(c.Request().Context(), identity.Credentials{
		Username: given.Username, Password: given.Password.Expose(), Code: given.Code, From: clientAddress(c.Request()),
	})
	if err != nil {
		return err
	}
	return s.beginFrom(c, of, account, methods)
}

// beginFrom starts a session, bound to the enrolled device where the request shows that it comes from one, and answers with it.
func (s *server) beginFrom(c echo.Context, of identity.Proven, account identity.Account, methods []identity.Method) error {
	device, err := s.signingInFrom(c, of, account.ID)
	if err != nil {
		return err
	}
	return s.begin(c, account, identity.Evidence{Methods: methods, Client: clientKind(c.Request()), Device: device})
}

// begin starts a session and answers with it.
func (s *server) begin(c echo.Context, account identity.Account, e identity.Evidence) error {
	started, err := s.identity.Start(c.Request().Context(), account, e)
	if err != nil {
		return err
	}
	return s.answerToken(c, http.StatusCreated, started, userAnswer{
		account.ID, account.Username, account.Agency, account.Role, account.Provinces,
	})
}

// answerToken hands a new token out, in the answer and as the cookie.
func (s *server) answerToken(c echo.Context, status int, session identity.Session, user userAnswer) error {
	factors, err := s.identity.FactorsOf(c.Request().Context(), user.ID)
	if err != nil {
		return err
	}
	s.setCookie(c, session.Token, session.ExpiresAt)
	return answer(c, status, answerOf(session, factors, user))
}

func answerOf(session identity.Session, factors identity.Factors, user userAnswer) sessionAnswer {
	return sessionAnswer{
		Token: session.Token, ExpiresAt: session.ExpiresAt, AuthenticatedAt: session.AuthenticatedAt, Assurance: session.Assurance,
		Next: factors.Next(session.Assurance), User: user,
	}
}

func userOf(p identity.Principal) userAnswer {
	return userAnswer{p.UserID, p.Username, p.Agency, p.Role, p.Provinces}
}

func readCredentials(c echo.Context) (credentials, error) {
	raw, err := readBody(c, maxBody)
	if err != nil {
		return credentials{}, err
	}
	var given credentials
	if err := decodeStrict(raw, &given); err != nil {
		return credentials{}, err
	}
	var check checker
	check.must(given.Username != "", "/username", keywordRequired)
	check.must(!given.Password.Empty(), "/password", keywordRequired)
	check.must(len(given.Username) <= maxUsername, "/username", keywordMaxLength)
	check.must(len(given.Password.Expose()) <= maxPassword, "/password", keywordMaxLength)
	check.must(len(given.Code) <= maxSecondFactor, "/code", keywordMaxLength)
	return given, check.err()
}

// sharedSpace is what stands between a network and the addresses of its own (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// clientAddress is the address that attempts are counted by. Behind a proxy on the same machine or in the same network, which is where
// containers have theirs, every client has the same one: whoever uses up what it may would shut everybody out. So none is used then, and
// the limit by account remains.
func clientAddress(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	address = address.Unmap()
	if address.IsLoopback() || address.IsPrivate() || address.IsLinkLocalUnicast() || sharedSpace.Contains(address) {
		return netip.Addr{}
	}
	return address
}

// clientKind tells browsers on a desk and in a hand from other programs. Which browser it is is nobody's business.
func clientKind(r *http.Request) identity.Client {
	agent := r.UserAgent()
	switch {
	case !strings.HasPrefix(agent, "Mozilla/"):
		return identity.Program
	case strings.Contains(agent, "Mobi"):
		return identity.Phone
	}
	return identity.Browser
}

// session answers GET /session.
func (s *server) session(c echo.Context) error {
	ctx, p := c.Request().Context(), principal(c)
	sessions, err := s.identity.Sessions(ctx, p.UserID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(sessions, func(session identity.Session) bool { return session.ID == p.SessionID })
	if i < 0 {
		return identity.ErrNoSession
	}
	factors, err := s.identity.FactorsOf(ctx, p.UserID)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, answerOf(sessions[i], factors, userOf(p)))
}

// signOut answers DELETE /session.
func (s *server) signOut(c echo.Context) error {
	if err := s.identity.End(c.Request().Context(), token(c)); err != nil {
		return err
	}
	s.dropCookie(c)
	return c.NoContent(http.StatusNoContent)
}

// ownSession is one of a person's sessions, in the list by which they tell them apart.
type ownSession struct {
	ID         string             `json:"id"`
	StartedAt  time.Time          `json:"started_at"`
	LastSeenAt time.Time          `json:"last_seen_at"`
	ExpiresAt  time.Time          `json:"expires_at"`
	Assurance  identity.Assurance `json:"assurance"`
	Client     identity.Client    `json:"client"`
	Device     string             `json:"device"` // id of the enrolled device that it is bound to; empty for none
	Current    bool               `json:"current"`
}

// sessions answers GET /sessions.
func (s *server) sessions(c echo.Context) error {
	p := principal(c)
	found, err := s.identity.Sessions(c.Request().Context(), p.UserID)
	if err != nil {
		return err
	}
	own := make([]ownSession, len(found))
	for i, session := range found {
		own[i] = ownSession{
			session.ID, session.StartedAt, session.LastSeenAt, session.ExpiresAt, session.Assurance, session.Client, session.Device,
			session.ID == p.SessionID,
		}
	}
	return answer(c, http.StatusOK, listOf(own, ""))
}

// endSession answers DELETE /sessions/{id}.
func (s *server) endSession(c echo.Context) error {
	p := principal(c)
	err := s.identity.EndSession(c.Request().Context(), p.UserID, c.Param("id"))
	switch {
	case errors.Is(err, identity.ErrNoSession):
		return app.ErrNotFound
	case err != nil:
		return err
	case c.Param("id") == p.SessionID:
		s.dropCookie(c)
	}
	return c.NoContent(http.StatusNoContent)
}

// shown is what a signed-in person shows once more.
type shown struct {
	Password secret.Text `json:"password"`
	Code     string      `json:"code"`
}

// stepUp answers POST /session/step-up: a password and a code, or a code right after the password, raise the session.
func (s *server) stepUp(c echo.Context) error {
	raw, err := readBody(c, maxBody)
	if err != nil {
		return err
	}
	var given shown
	if err := decodeStrict(raw, &given); err != nil {
		return err
	}
	var check checker
	check.must(!given.Password.Empty() || given.Code != "", "", keywordRequired)
	check.must(len(given.Password.Expose()) <= maxPassword, "/password", keywordMaxLength)
	check.must(len(given.Code) <= maxSecondFactor, "/code", keywordMaxLength)
	if err := check.err(); err != nil {
		return err
	}
	p := principal(c)
	methods, err := s.identity.ShowAgain(c.Request().Context(), p, identity.Credentials{
		Password: given.Password.Expose(), Code: given.Code, From: clientAddress(c.Request()),
	})
	if err != nil {
		return err
	}
	return s.raise(c, p, methods)
}

func (s *server) raise(c echo.Context, p identity.Principal, methods []identity.Method) error {
	raised, err := s.identity.Raise(c.Request().Context(), p, methods)
	if err != nil {
		return err
	}
	return s.answerToken(c, http.StatusOK, raised, userOf(p))
}
