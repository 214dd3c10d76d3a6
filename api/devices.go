package api

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"songtor/domain"
	"songtor/internal/app"
	"songtor/internal/identity"
)

// proofHeader carries the proof that a request comes from an enrolled device (RFC 9449).
const proofHeader = "DPoP"

// proven reads what a device's proof has to be of. The body stays to be read by the handler.
func proven(c echo.Context, token string) (identity.Proven, error) {
	r := c.Request()
	of := identity.Proven{Method: r.Method, Path: r.URL.Path, Token: token}
	declared, _, _ := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if r.ContentLength == 0 || declared == jsonLinesType || declared == otherJSONLinesType {
		return of, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, maxFile+1))
	if err != nil {
		return of, readFault(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	of.Body = body
	return of, nil
}

// fromItsDevice refuses a request under a session that is bound to a device and that does not come from there.
func (s *server) fromItsDevice(c echo.Context, p identity.Principal, token string) error {
	if p.Device == "" {
		return nil
	}
	of, err := proven(c, token)
	if err != nil {
		return err
	}
	return s.identity.CheckProof(c.Request().Context(), p, c.Request().Header.Get(proofHeader), of)
}

// sendingFrom returns the enrolled device that a form comes from; empty for none. A browser's session is not bound to its phone, but the
// phone may show that it is the one that sends.
func (s *server) sendingFrom(c echo.Context) (string, error) {
	p := principal(c)
	proof := c.Request().Header.Get(proofHeader)
	if p.Device != "" || proof == "" {
		return p.Device, nil
	}
	of, err := proven(c, "")
	if err != nil {
		return "", err
	}
	return s.signingInFrom(c, of, p.UserID)
}

// signingInFrom returns the enrolled device that a person of an account signs in from; empty for none. A proof that is there has to
// be right.
func (s *server) signingInFrom(c echo.Context, of identity.Proven, account string) (string, error) {
	proof := c.Request().Header.Get(proofHeader)
	if proof == "" {
		return "", nil
	}
	owner, device, err := s.identity.DeviceOf(c.Request().Context(), proof, of)
	if err != nil {
		return "", err
	}
	if owner != account {
		return "", identity.ErrProof
	}
	return device, nil
}

type ticketBody struct {
	Username string `json:"username"`
}

// issueTicket answers POST /devices/tickets.
func (s *server) issueTicket(c echo.Context) error {
	p := principal(c)
	if p.Role != domain.Admin && p.Role != domain.CaseManager {
		return app.ErrDenied
	}
	if err := p.Require(identity.DeviceBound, true, time.Now()); err != nil {
		return err
	}
	given, err := readOwn(c, func(b ticketBody, check *checker) {
		if check.required("/username", b.Username) {
			check.must(len(b.Username) <= maxUsername, "/username", keywordMaxLength)
		}
	})
	if err != nil {
		return err
	}
	made, err := s.identity.IssueTicket(c.Request().Context(), p, given.Username)
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, invitationAnswer(made))
}

type enrolment struct {
	Ticket string         `json:"ticket"`
	Label  string         `json:"label"`
	Key    jsontext.Value `json:"key"` // a JWK: P-256, public
}

func (b enrolment) check(c *checker) {
	if c.required("/ticket", b.Ticket) {
		c.must(len(b.Ticket) <= maxSecondFactor, "/ticket", keywordMaxLength)
	}
	c.must(slices.Contains(identity.DeviceLabels(), b.Label), "/label", keywordEnum)
	var key jose.JSONWebKey
	c.must(b.Key.Kind() == '{' && key.UnmarshalJSON(b.Key) == nil && key.IsPublic(), "/key", keywordFormat)
}

type deviceAnswer struct {
	ID       string     `json:"id"`
	Account  string     `json:"account"`
	Username string     `json:"username"`
	Label    string     `json:"label"`
	AddedAt  time.Time  `json:"added_at"`
	UsedAt   *time.Time `json:"used_at,omitzero"`
	SentAt   *time.Time `json:"sent_at,omitzero"`
	LostAt   *time.Time `json:"lost_at,omitzero"`
}

func deviceOf(d identity.Device) deviceAnswer {
	return deviceAnswer{d.ID, d.Account, d.Username, d.Label, d.AddedAt, app.Moment(d.UsedAt), app.Moment(d.SentAt), app.Moment(d.LostAt)}
}

// enrolDevice answers POST /devices. The proof shows that whoever asks has the key. It is not of the session's token, which a browser does
// not show to the page: the ticket says whose the device is.
func (s *server) enrolDevice(c echo.Context) error {
	of, err := proven(c, "")
	if err != nil {
		return err
	}
	given, err := readOwn(c, enrolment.check)
	if err != nil {
		return err
	}
	made, err := s.identity.EnrolDevice(c.Request().Context(), principal(c), identity.Enrolment{
		Ticket: given.Ticket, Label: given.Label, Key: given.Key, Proof: c.Request().Header.Get(proofHeader), Of: of,
	})
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, deviceOf(made))
}

// devices answers GET /devices.
func (s *server) devices(c echo.Context) error {
	found, err := s.identity.Devices(c.Request().Context(), principal(c))
	if err != nil {
		return err
	}
	items := make([]deviceAnswer, len(found))
	for i, d := range found {
		items[i] = deviceOf(d)
	}
	return answer(c, http.StatusOK, listOf(items, ""))
}

// loseDevice answers DELETE /devices/{id}.
func (s *server) loseDevice(c echo.Context) error {
	if err := s.identity.LoseDevice(c.Request().Context(), principal(c), c.Param("id")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
