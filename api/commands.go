package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"songtor/internal/access"
	"songtor/internal/app"
)

// command is one command that a case takes: the end of its address, and how its body becomes a domain command. The two that
// carry a form have no body of their own here: internal/app reads the form by its schema.
type command struct {
	action access.Action
	body   func() commandBody
}

// commands lists the commands that a case takes, by the names that domain.State.Possible gives. A file is attached by PUT.
func commands() []command {
	return slices.Concat(contactCommands(), consentCommands(), screeningCommands(), referralCommands(), periodCommands(),
		identificationCommands(), serviceCommands(), protectionCommands(), courseCommands(), guardCommands())
}

// execute answers POST /cases/{id}/{command}.
func (s *server) execute(cmd command) echo.HandlerFunc {
	return func(c echo.Context) error {
		call, err := s.readCall(c, cmd)
		if err != nil {
			return err
		}
		caseID, err := pathID(c)
		if err != nil {
			return err
		}
		receipt, created, err := s.app.Execute(c.Request().Context(), principal(c), caseID, call)
		if err != nil {
			return err
		}
		return answerReceipt(c, receipt, created)
	}
}

func (s *server) readCall(c echo.Context, cmd command) (app.Call, error) {
	call, err := readEnvelope(c, cmd.action)
	if err != nil {
		return app.Call{}, err
	}
	if cmd.body == nil {
		call.Body, err = readBody(c, maxScreening)
		return call, err
	}
	if call.Body, err = readBody(c, maxBody); err != nil {
		return app.Call{}, err
	}
	b := cmd.body()
	if err := decodeChecked(call.Body, b, s.app.Now()); err != nil {
		return app.Call{}, err
	}
	call.HappenedAt, call.RecordedAt = b.when().OccurredAt, b.when().RecordedAt
	call.Command = b.command(call.ID)
	return call, nil
}

// The headers by which a device that was offline says what it knew when the command was given.
const (
	basedOnHeader = "Songtor-Based-On" // position at which it last saw the case
	afterHeader   = "Songtor-After"    // id of the command that it gave before this one
)

// readEnvelope reads what a command carries outside its body.
func readEnvelope(c echo.Context, action access.Action) (call app.Call, err error) {
	call.Action = action
	if call.ID, err = idempotencyKey(c); err != nil {
		return app.Call{}, err
	}
	if call.IfMatch, err = ifMatch(c); err != nil {
		return app.Call{}, err
	}
	if call.BasedOn, err = basedOn(c); err != nil {
		return app.Call{}, err
	}
	call.After, err = after(c)
	return call, err
}

// idempotencyKey is the command's id, chosen by the client: the same command sent twice happens once.
func idempotencyKey(c echo.Context) (string, error) {
	value := c.Request().Header.Get("Idempotency-Key")
	if value == "" {
		return "", reject(noKey, fault{Parameter: "Idempotency-Key", Keyword: keywordRequired})
	}
	id, ok := canonicalID(value)
	if !ok {
		return "", badParameter("Idempotency-Key", keywordFormat)
	}
	return id, nil
}

// ifMatch reads the position at which the case must still be, 0 for none given.
func ifMatch(c echo.Context) (uint64, error) {
	value := strings.TrimSpace(c.Request().Header.Get("If-Match"))
	if value == "" || value == "*" {
		return 0, nil
	}
	digits, opened := strings.CutPrefix(value, `"`)
	digits, closed := strings.CutSuffix(digits, `"`)
	position, err := strconv.ParseUint(digits, 10, 63)
	if !opened || !closed || err != nil || position == 0 {
		return 0, badParameter("If-Match", keywordFormat)
	}
	return position, nil
}

// basedOn reads the position at which the device last saw the case, 0 for none given.
func basedOn(c echo.Context) (uint64, error) {
	value := c.Request().Header.Get(basedOnHeader)
	if value == "" {
		return 0, nil
	}
	position, err := strconv.ParseUint(value, 10, 63)
	if err != nil || position == 0 {
		return 0, badParameter(basedOnHeader, keywordFormat)
	}
	return position, nil
}

// after reads the command that the device gave before this one, empty for none given.
func after(c echo.Context) (string, error) {
	value := c.Request().Header.Get(afterHeader)
	if value == "" {
		return "", nil
	}
	id, ok := canonicalID(value)
	if !ok {
		return "", badParameter(afterHeader, keywordFormat)
	}
	return id, nil
}

// answerReceipt answers a command: 201 where it happened now, 200 with the same receipt where it had happened before.
func answerReceipt(c echo.Context, r app.Receipt, created bool) error {
	h := c.Response().Header()
	h.Set(echo.HeaderLocation, prefix+"/cases/"+r.CaseID)
	h.Set("ETag", etagOf(r.Position))
	h.Set(positionHeader, strconv.FormatUint(r.Position, 10))
	if created {
		return answer(c, http.StatusCreated, r)
	}
	return answer(c, http.StatusOK, r)
}
