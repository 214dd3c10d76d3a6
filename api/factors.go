package api

import (
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"songtor/internal/app"
	"songtor/internal/identity"
)

// factorsAnswer is what an account can show beside its password.
type factorsAnswer struct {
	Codes         bool            `json:"codes"`
	CodesLocked   bool            `json:"codes_locked"`
	RecoveryCodes int             `json:"recovery_codes"`
	Passkeys      []passkeyAnswer `json:"passkeys"`
	EnrolUntil    *time.Time      `json:"enrol_until,omitzero"`
}

type passkeyAnswer struct {
	ID          string     `json:"id"`
	Label       string     `json:"label"`
	DeviceBound bool       `json:"device_bound"`
	Locked      bool       `json:"locked"`
	AddedAt     time.Time  `json:"added_at"`
	UsedAt      *time.Time `json:"used_at,omitzero"`
}

func passkeyOf(k identity.Passkey) passkeyAnswer {
	return passkeyAnswer{k.ID, k.Label, k.DeviceBound, k.Locked, k.AddedAt, app.Moment(k.UsedAt)}
}

// factors answers GET /factors.
func (s *server) factors(c echo.Context) error {
	found, err := s.identity.FactorsOf(c.Request().Context(), principal(c).UserID)
	if err != nil {
		return err
	}
	passkeys := make([]passkeyAnswer, len(found.Passkeys))
	for i, k := range found.Passkeys {
		passkeys[i] = passkeyOf(k)
	}
	return answer(c, http.StatusOK, factorsAnswer{found.Codes, found.CodesLocked, found.RecoveryCodes, passkeys, app.Moment(found.EnrolUntil)})
}

// beginCodes answers POST /factors/code.
func (s *server) beginCodes(c echo.Context) error {
	made, err := s.identity.BeginCodes(c.Request().Context(), principal(c))
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, struct {
		Secret string `json:"secret"`
		URI    string `json:"uri"`
		SetUp  string `json:"set_up"`
	}{made.Secret, made.URI, made.SetUp})
}

// maxSetUp is longer than what names a set-up.
const maxSetUp = 100

// confirmCodes answers POST /factors/code/confirm.
func (s *server) confirmCodes(c echo.Context) error {
	raw, err := readBody(c, maxBody)
	if err != nil {
		return err
	}
	var given struct {
		Code  string `json:"code"`
		SetUp string `json:"set_up"` // empty: whichever was begun last
	}
	if err := decodeStrict(raw, &given); err != nil {
		return err
	}
	var check checker
	if check.required("/code", given.Code) {
		check.must(len(given.Code) <= maxSecondFactor, "/code", keywordMaxLength)
	}
	check.must(len(given.SetUp) <= maxSetUp, "/set_up", keywordMaxLength)
	if err := check.err(); err != nil {
		return err
	}
	codes, err := s.identity.ConfirmCodes(c.Request().Context(), principal(c), given.SetUp, given.Code)
	if err != nil {
		return err
	}
	return answerRecoveryCodes(c, codes)
}

func answerRecoveryCodes(c echo.Context, codes []string) error {
	if codes == nil {
		codes = []string{}
	}
	return answer(c, http.StatusOK, struct {
		RecoveryCodes []string `json:"recovery_codes"`
	}{codes})
}

// removeCodes answers DELETE /factors/code.
func (s *server) removeCodes(c echo.Context) error {
	if err := s.identity.RemoveCodes(c.Request().Context(), principal(c)); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// renewRecoveryCodes answers POST /factors/recovery-codes.
func (s *server) renewRecoveryCodes(c echo.Context) error {
	codes, err := s.identity.RenewRecoveryCodes(c.Request().Context(), principal(c))
	if err != nil {
		return err
	}
	return answerRecoveryCodes(c, codes)
}

// challengeAnswer is what a browser is given for its authenticator.
type challengeAnswer struct {
	Ceremony string `json:"ceremony"`
	Options  any    `json:"options"`
}

func answerChallenge(c echo.Context, challenge identity.Challenge, err error) error {
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, challengeAnswer{challenge.Ceremony, challenge.Options})
}

// credentialBody is what a browser's authenticator answered to a challenge.
type credentialBody struct {
	Ceremony   string         `json:"ceremony"`
	Credential jsontext.Value `json:"credential"`
	Label      string         `json:"label"` // of a passkey that is registered
}

// readCredential reads the answer of an authenticator. Only a registration takes a label.
func readCredential(c echo.Context, labels ...string) (credentialBody, error) {
	raw, err := readBody(c, maxBody)
	if err != nil {
		return credentialBody{}, err
	}
	var given credentialBody
	if err := decodeStrict(raw, &given); err != nil {
		return credentialBody{}, err
	}
	var check checker
	given.Ceremony = check.id("/ceremony", given.Ceremony)
	check.must(given.Credential.Kind() == '{', "/credential", keywordRequired)
	check.must(given.Label == "" && labels == nil || slices.Contains(labels, given.Label), "/label", keywordEnum)
	return given, check.err()
}

// beginPasskey answers POST /factors/passkeys.
func (s *server) beginPasskey(c echo.Context) error {
	challenge, err := s.identity.BeginPasskey(c.Request().Context(), principal(c))
	return answerChallenge(c, challenge, err)
}

// finishPasskey answers POST /factors/passkeys/finish.
func (s *server) finishPasskey(c echo.Context) error {
	given, err := readCredential(c, identity.PasskeyLabels()...)
	if err != nil {
		return err
	}
	added, err := s.identity.FinishPasskey(c.Request().Context(), principal(c), given.Ceremony, given.Label, given.Credential)
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, passkeyOf(added))
}

// removePasskey answers DELETE /factors/passkeys/{id}.
func (s *server) removePasskey(c echo.Context) error {
	if err := s.identity.RemovePasskey(c.Request().Context(), principal(c), c.Param("id")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// beginPasskeySignIn answers POST /session/passkey, to whoever asks: the challenge says nothing of who has an account.
func (s *server) beginPasskeySignIn(c echo.Context) error {
	challenge, err := s.identity.BeginPasskeySignIn(c.Request().Context())
	return answerChallenge(c, challenge, err)
}

// finishPasskeySignIn answers POST /session/passkey/finish.
func (s *server) finishPasskeySignIn(c echo.Context) error {
	of, err := proven(c, "")
	if err != nil {
		return err
	}
	given, err := readCredential(c)
	if err != nil {
		return err
	}
	account, methods, err := s.identity.PasskeySignIn(c.Request().Context(), given.Ceremony, given.Credential)
	if err != nil {
		return err
	}
	return s.beginFrom(c, of, account, methods)
}

// stepUpByPasskey answers POST /session/step-up/passkey: a passkey of the signed-in person raises the session.
func (s *server) stepUpByPasskey(c echo.Context) error {
	given, err := readCredential(c)
	if err != nil {
		return err
	}
	p := principal(c)
	account, methods, err := s.identity.PasskeySignIn(c.Request().Context(), given.Ceremony, given.Credential)
	switch {
	case err != nil:
		return err
	case account.ID != p.UserID:
		return identity.ErrBadCredentials
	}
	return s.raise(c, p, methods)
}
