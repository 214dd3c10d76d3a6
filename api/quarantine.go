package api

import (
	"encoding/hex"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"songtor/internal/app"
	"songtor/internal/quarantine"
)

// heldAnswer is a form in quarantine as its officer's device sees it.
type heldAnswer struct {
	ScreeningID string           `json:"screening_id"`
	Digest      string           `json:"digest"`
	State       quarantine.State `json:"state"`
	HeldAt      time.Time        `json:"held_at"`
}

// heldFormAnswer is one as those see it who decide on it.
type heldFormAnswer struct {
	heldAnswer
	ID        string            `json:"id"`
	Bytes     int               `json:"bytes"`
	Source    quarantine.Source `json:"source"`
	DeviceID  string            `json:"device_id,omitzero"`
	AccountID string            `json:"account_id"`
	Username  string            `json:"username"`
	Agency    string            `json:"agency"`
	BroughtBy string            `json:"brought_by,omitzero"`
	DecidedBy string            `json:"decided_by,omitzero"`
	DecidedAt *time.Time        `json:"decided_at,omitzero"`
	Reason    quarantine.Reason `json:"reason,omitzero"`
}

func heldOf(f quarantine.Form) heldAnswer {
	return heldAnswer{f.Screening, hex.EncodeToString(f.Digest), f.State, f.HeldAt}
}

func heldFormOf(f quarantine.Form) heldFormAnswer {
	return heldFormAnswer{
		heldAnswer: heldOf(f), ID: f.ID, Bytes: f.Bytes, Source: f.Source, DeviceID: f.Device, AccountID: f.Officer.User,
		Username: f.Username, Agency: f.Officer.Agency, BroughtBy: f.BroughtBy,
		DecidedBy: f.DecidedBy, DecidedAt: app.Moment(f.DecidedAt), Reason: f.Reason,
	}
}

// statusOfHeld is that of an answer to a form that was kept now, or before.
func statusOfHeld(isNew bool) int {
	if isNew {
		return http.StatusCreated
	}
	return http.StatusOK
}

// handOver answers PUT /quarantine/{id}. Nobody is signed in: the proof of the device's key says whose form it is.
func (s *server) handOver(c echo.Context) error {
	if c.Request().ContentLength > maxSealed {
		return reject(tooLarge)
	}
	of, err := proven(c, "")
	if err != nil {
		return err
	}
	device, err := s.identity.RevokedDeviceOf(c.Request().Context(), c.Request().Header.Get(proofHeader), of)
	if err != nil {
		return err
	}
	if err := spend(s.rates.held, device.ID); err != nil {
		return err
	}
	id, ok := canonicalID(c.Param("id"))
	if !ok {
		return badParameter("id", keywordFormat)
	}
	sealed, err := readSealed(c)
	if err != nil {
		return err
	}
	form, isNew, err := s.app.HoldFrom(c.Request().Context(), device, id, sealed)
	if err != nil {
		return err
	}
	s.identity.Sent(c.Request().Context(), device.ID)
	return answer(c, statusOfHeld(isNew), heldOf(form))
}

// importedForm is a line of a file that a phone has exported, and whose phone it is.
type importedForm struct {
	Username string `json:"username"`
	ID       string `json:"id"`
	sealedForm
}

// importForm answers POST /screenings/import.
func (s *server) importForm(c echo.Context) error {
	raw, err := readBody(c, maxSealed)
	if err != nil {
		return err
	}
	var given importedForm
	if err := decodeStrict(raw, &given); err != nil {
		return err
	}
	var check checker
	if check.required("/username", given.Username) {
		check.must(len(given.Username) <= maxUsername, "/username", keywordMaxLength)
	}
	given.ID = check.id("/id", given.ID)
	if err := check.err(); err != nil {
		return err
	}
	form, isNew, err := s.app.ImportForm(c.Request().Context(), principal(c), given.Username, given.ID, app.SealedScreening(given.sealedForm))
	if err != nil {
		return err
	}
	return answer(c, statusOfHeld(isNew), heldFormOf(form))
}

// quarantine answers GET /quarantine.
func (s *server) quarantine(c echo.Context) error {
	if err := readQuery(c).err(); err != nil {
		return err
	}
	forms, err := s.app.Quarantine(c.Request().Context(), principal(c))
	if err != nil {
		return err
	}
	items := make([]heldFormAnswer, len(forms))
	for i, f := range forms {
		items[i] = heldFormOf(f)
	}
	return answer(c, http.StatusOK, listOf(items, ""))
}

// releaseForm answers POST /quarantine/{id}/release.
func (s *server) releaseForm(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	form, err := s.app.ReleaseForm(c.Request().Context(), principal(c), id)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, heldFormOf(form))
}

type rejectionBody struct {
	Reason quarantine.Reason `json:"reason"`
}

// rejectForm answers POST /quarantine/{id}/reject.
func (s *server) rejectForm(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	given, err := readOwn(c, func(b rejectionBody, check *checker) { oneOf(check, "/reason", b.Reason, quarantine.Reasons()...) })
	if err != nil {
		return err
	}
	form, err := s.app.RejectForm(c.Request().Context(), principal(c), id, given.Reason)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, heldFormOf(form))
}
