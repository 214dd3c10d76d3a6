package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/identity"
	"songtor/internal/secret"
	"songtor/schemas"
)

// managing lets those through who may keep accounts, and who have shown just now, by a passkey that cannot be copied, that it is them.
func (s *server) managing(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		p := principal(c)
		if p.Role != domain.Admin {
			return app.ErrDenied
		}
		if err := p.Require(identity.DeviceBound, true, time.Now()); err != nil {
			return err
		}
		return s.whoMay(access.AccountManage, next)(c)
	}
}

// postBody is what an account is to be.
type postBody struct {
	Role      domain.Role `json:"role"`
	Agency    string      `json:"agency"`
	Provinces []string    `json:"provinces"` // left away: all
}

func (b postBody) check(c *checker) {
	oneOf(c, "/role", b.Role, domain.Roles()...)
	listed(c, "/agency", b.Agency, schemas.Agency)
	for i, code := range b.Provinces {
		listed(c, place("/provinces", i), code, schemas.Province)
	}
}

func (b postBody) post() identity.Post { return identity.Post(b) }

// readOwn reads a small body of its own kind strictly.
func readOwn[T any](c echo.Context, check func(T, *checker)) (T, error) {
	var given T
	raw, err := readBody(c, maxBody)
	if err != nil {
		return given, err
	}
	if err := decodeStrict(raw, &given); err != nil {
		return given, err
	}
	var checked checker
	check(given, &checked)
	return given, checked.err()
}

// invitationAnswer is a code to hand over. It is shown once.
type invitationAnswer struct {
	Code      string    `json:"code"`
	ExpiresAt time.Time `json:"expires_at"`
}

// accountAnswer is an account as administrators see it.
type accountAnswer struct {
	ID        string             `json:"id"`
	Username  string             `json:"username"`
	Role      domain.Role        `json:"role"`
	Agency    string             `json:"agency"`
	Provinces []string           `json:"provinces"`
	Active    bool               `json:"active"`
	Assurance identity.Assurance `json:"assurance"`
	CreatedAt time.Time          `json:"created_at"`
	Waiting   *waitingAnswer     `json:"waiting,omitzero"`
}

type waitingAnswer struct {
	Role      domain.Role `json:"role"`
	Agency    string      `json:"agency"`
	Provinces []string    `json:"provinces"`
	AskedBy   string      `json:"asked_by"`
	AskedAt   time.Time   `json:"asked_at"`
	Digest    string      `json:"digest"`
}

// accounts answers GET /accounts.
func (s *server) accounts(c echo.Context) error {
	found, err := s.identity.Accounts(c.Request().Context())
	if err != nil {
		return err
	}
	items := make([]accountAnswer, len(found))
	for i, a := range found {
		items[i] = accountAnswer{
			ID: a.ID, Username: a.Username, Role: a.Role, Agency: a.Agency, Provinces: a.Provinces, Active: a.Active, Assurance: a.Strongest,
			CreatedAt: a.CreatedAt,
		}
		if w := a.Waiting; w != nil {
			items[i].Waiting = &waitingAnswer{w.Post.Role, w.Post.Agency, w.Post.Provinces, w.AskedBy, w.AskedAt, w.Digest()}
		}
	}
	return answer(c, http.StatusOK, listOf(items, ""))
}

// inviteAccount answers POST /accounts: an invitation, by which a person makes the account with a password that nobody else learns.
func (s *server) inviteAccount(c echo.Context) error {
	given, err := readOwn(c, postBody.check)
	if err != nil {
		return err
	}
	made, err := s.identity.Invite(c.Request().Context(), principal(c), given.post())
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, invitationAnswer(made))
}

// redemption is what an invited person sends.
type redemption struct {
	Code     string      `json:"code"`
	Username string      `json:"username"`
	Password secret.Text `json:"password"`
}

func (b redemption) check(c *checker) {
	for pointer, value := range map[string]string{"/code": b.Code, "/username": b.Username, "/password": b.Password.Expose()} {
		c.required(pointer, value)
	}
	c.must(len(b.Code) <= maxSecondFactor, "/code", keywordMaxLength)
	c.must(len(b.Username) <= maxUsername, "/username", keywordMaxLength)
	c.must(len(b.Password.Expose()) <= maxPassword, "/password", keywordMaxLength)
}

// redeem answers POST /invitations/redeem, and signs the new account in by its password, so that its person adds a factor next.
func (s *server) redeem(c echo.Context) error {
	given, err := readOwn(c, redemption.check)
	if err != nil {
		return err
	}
	account, err := s.identity.Redeem(c.Request().Context(), given.Code, identity.Credentials{
		Username: given.Username, Password: given.Password.Expose(), From: clientAddress(c.Request()),
	})
	if err != nil {
		return err
	}
	return s.begin(c, account, identity.Evidence{Methods: []identity.Method{identity.ByPassword}, Client: clientKind(c.Request())})
}

// onAccount answers a call that does something to one account.
func (s *server) onAccount(do func(c echo.Context, by identity.Principal, account string) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, err := pathID(c)
		if err != nil {
			return err
		}
		if err := do(c, principal(c), id); err != nil {
			return err
		}
		if c.Response().Committed {
			return nil
		}
		return c.NoContent(http.StatusNoContent)
	}
}

func (s *server) disableAccount(c echo.Context, by identity.Principal, account string) error {
	return s.identity.SetActive(c.Request().Context(), by, account, false)
}

func (s *server) enableAccount(c echo.Context, by identity.Principal, account string) error {
	return s.identity.SetActive(c.Request().Context(), by, account, true)
}

func (s *server) resetFactors(c echo.Context, by identity.Principal, account string) error {
	return s.identity.ResetFactorsOf(c.Request().Context(), by, account)
}

// confirmation says what was looked at of that which waits.
type confirmation struct {
	Digest string `json:"digest"`
}

func (b confirmation) check(c *checker) {
	c.must(digestText.MatchString(b.Digest), "/digest", keywordFormat)
}

func (s *server) confirmAccount(c echo.Context, by identity.Principal, account string) error {
	given, err := readOwn(c, confirmation.check)
	if err != nil {
		return err
	}
	return s.identity.Confirm(c.Request().Context(), by, account, given.Digest)
}

// setRole answers 202 where a second administrator has to confirm it.
func (s *server) setRole(c echo.Context, by identity.Principal, account string) error {
	given, err := readOwn(c, postBody.check)
	if err != nil {
		return err
	}
	waits, err := s.identity.SetPost(c.Request().Context(), by, account, given.post())
	if err != nil || !waits {
		return err
	}
	return c.NoContent(http.StatusAccepted)
}

// linkProvider hands out the code by which the person of an account says that it is theirs at the outside provider.
func (s *server) linkProvider(c echo.Context, by identity.Principal, account string) error {
	made, err := s.identity.InviteProvider(c.Request().Context(), by, account)
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, invitationAnswer(made))
}

// revocation is whose sessions are to end: exactly one.
type revocation struct {
	User   string `json:"user"`
	Device string `json:"device"`
	Agency string `json:"agency"`
	All    bool   `json:"all"`
}

func (b revocation) check(c *checker) {
	named := 0
	for _, there := range []bool{b.User != "", b.Device != "", b.Agency != "", b.All} {
		if there {
			named++
		}
	}
	c.must(named == 1, "", "oneOf")
	for pointer, id := range map[string]string{"/user": b.User, "/device": b.Device} {
		_, ok := canonicalID(id)
		c.must(id == "" || ok, pointer, keywordFormat)
	}
	known(c, "/agency", b.Agency, schemas.Agency)
}

// revoke answers POST /revocations. The sessions end within seconds, open answers too.
func (s *server) revoke(c echo.Context) error {
	given, err := readOwn(c, revocation.check)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	switch {
	case given.User != "":
		err = s.identity.EndAll(ctx, given.User)
	case given.Device != "":
		err = s.identity.EndDevice(ctx, given.Device)
	case given.Agency != "":
		err = s.identity.EndAllOfAgency(ctx, given.Agency)
	default:
		err = s.identity.EndEverybody(ctx)
	}
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
