package api

import (
	"context"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"songtor/internal/app"
	"songtor/internal/identity"
)

// sealedType is a form that a device sealed to one of the keys of GET /forms/keys.
const sealedType = "application/vnd.songtor.sealed+json"

// maxSealed is what a sealed form may have: the form in base64, and what is written around it.
const maxSealed = maxScreening/3*4 + 1<<10

// submitScreening answers PUT /screenings/{id}. The client made the id and repeats the call until it has a receipt.
func (s *server) submitScreening(c echo.Context) error {
	id, ok := canonicalID(c.Param("id"))
	if !ok {
		return badParameter("id", keywordFormat)
	}
	if mustBeOfType(c, sealedType) == nil {
		return s.submitSealed(c, id)
	}
	body, err := readBodyOf(c, maxScreening, jsonType, sealedType)
	if err != nil {
		return err
	}
	receipt, created, err := s.app.SubmitScreening(c.Request().Context(), principal(c), id, body)
	if err != nil {
		return err
	}
	return answerReceipt(c, receipt, created)
}

// sealedForm is the body of a sealed form. The bytes are in base64.
type sealedForm struct {
	Key        string `json:"key"`
	Enc        []byte `json:"enc"`
	Ciphertext []byte `json:"ciphertext"`
}

// readSealed reads the body of a sealed form.
func readSealed(c echo.Context) (app.SealedScreening, error) {
	raw, err := readBodyOf(c, maxSealed, sealedType)
	if err != nil {
		return app.SealedScreening{}, err
	}
	var body sealedForm
	err = decodeStrict(raw, &body)
	return app.SealedScreening(body), err
}

func (s *server) submitSealed(c echo.Context, id string) error {
	if c.Request().ContentLength > maxSealed {
		return reject(tooLarge)
	}
	device, err := s.sendingFrom(c)
	if err != nil {
		return err
	}
	sealed, err := readSealed(c)
	if err != nil {
		return err
	}
	receipt, created, err := s.app.SubmitSealed(c.Request().Context(), principal(c), id, sealed)
	if err != nil {
		return err
	}
	if device != "" {
		s.identity.Sent(c.Request().Context(), device)
	}
	return answerReceipt(c, receipt, created)
}

// takeLine accepts a line of a batch: a form, or one that was sealed, as a device writes it into a file when it cannot send it.
func (s *server) takeLine(ctx context.Context, by identity.Principal, id string, body []byte) (app.Receipt, bool, error) {
	var sealed sealedForm
	if json.Unmarshal(body, &sealed, json.RejectUnknownMembers(true)) == nil && len(sealed.Ciphertext) > 0 {
		return s.app.SubmitSealed(ctx, by, id, app.SealedScreening(sealed))
	}
	return s.app.SubmitScreening(ctx, by, id, body)
}

// formKeys answers GET /forms/keys: to what finished forms are sealed now, and by what a device checks the receipts.
func (s *server) formKeys(c echo.Context) error {
	if err := readQuery(c).err(); err != nil {
		return err
	}
	keys, err := s.app.FormKeys(c.Request().Context())
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, keys)
}
