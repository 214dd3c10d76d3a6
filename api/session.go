package api

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"songtor/domain"
	"songtor/internal/identity"
)

// userAnswer says who is signed in.
type userAnswer struct {
	ID        string      `json:"id"`
	Username  string      `json:"username"`
	Agency    string      `json:"agency"`
	Role      domain.Role `json:"role"`
	Provinces []string    `json:"provinces"`
}

type sessionAnswer struct {
	Token     string     `json:"token,omitzero"` // only in the answer to signing in
	ExpiresAt time.Time  `json:"expires_at"`     // at the latest; an idle session ends before
	User      userAnswer `json:"user"`
}

type credentials struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// Longer ones cannot be right, and would only cost time to compare.
const (
	maxUsername = 200
	maxPassword = 1024
)

// signIn answers POST /session.
func (s *server) signIn(c echo.Context) error {
	given, err := readCredentials(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	account, err := s.identity.Authenticate(ctx, given.Username, given.Password, clientAddress(c.Request()))
	if err != nil {
		return err
	}
	session, err := s.identity.Start(ctx, account, identity.Evidence{Methods: []identity.Method{identity.ByPassword}, Client: clientKind(c.Request())})
	if err != nil {
		return err
	}
	s.setCookie(c, session.Token, session.ExpiresAt)
	return answer(c, http.StatusCreated, sessionAnswer{session.Token, session.ExpiresAt, userAnswer{
		account.ID, account.Username, account.Agency, account.Role, account.Provinces,
	}})
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
	check.must(given.Password != "", "/password", keywordRequired)
	check.must(len(given.Username) <= maxUsername, "/username", keywordMaxLength)
	check.must(len(given.Password) <= maxPassword, "/password", keywordMaxLength)
	return given, check.err()
}

// clientAddress is the address that attempts are counted by. Behind a proxy on the same machine every client has the same one,
// so that none is used then: the limit by account remains.
func clientAddress(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address, err := netip.ParseAddr(host)
	if err != nil || address.IsLoopback() {
		return netip.Addr{}
	}
	return address.Unmap()
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
	p := principal(c)
	expires, err := s.expiry(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, sessionAnswer{ExpiresAt: expires, User: userAnswer{
		p.UserID, p.Username, p.Agency, p.Role, p.Provinces,
	}})
}

func (s *server) expiry(ctx context.Context, p identity.Principal) (time.Time, error) {
	sessions, err := s.identity.Sessions(ctx, p.UserID)
	if err != nil {
		return time.Time{}, err
	}
	for _, session := range sessions {
		if session.ID == p.SessionID {
			return session.ExpiresAt, nil
		}
	}
	return time.Time{}, identity.ErrNoSession
}

// signOut answers DELETE /session.
func (s *server) signOut(c echo.Context) error {
	if err := s.identity.End(c.Request().Context(), token(c)); err != nil {
		return err
	}
	s.dropCookie(c)
	return c.NoContent(http.StatusNoContent)
}
