package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/schemas"
)

// command is one command that a case takes: the end of its address, and how its body becomes a domain command. The two that
// carry a form have no body of their own here: internal/app reads the form by its schema.
type command struct {
	action access.Action
	body   func() commandBody
}

// body is what a write carries, decoded strictly. It checks what can be told from the body alone.
type body interface {
	check(*checker)
	when() *times
}

// commandBody is the body of a command.
type commandBody interface {
	body
	command(id string) domain.Command
}

// commands lists the commands that a case takes, by the names that domain.State.Possible gives.
func commands() []command {
	return []command{
		{access.RecordScreening, nil},
		{access.CorrectScreening, nil},
		{access.ConcludeScreening, func() commandBody { return new(concludeScreening) }},
		{access.RecordConsent, func() commandBody { return new(recordConsent) }},
		{access.WithdrawConsent, func() commandBody { return new(withdrawConsent) }},
		{access.Refer, func() commandBody { return new(refer) }},
		{access.Accept, func() commandBody { return new(acceptReferral) }},
		{access.Decline, func() commandBody { return new(declineReferral) }},
		{access.Revoke, func() commandBody { return new(revokeReferral) }},
		{access.Complete, func() commandBody { return new(completeReferral) }},
		{access.DecideIdentification, func() commandBody { return new(decideIdentification) }},
		{access.Close, func() commandBody { return new(closeCase) }},
	}
}

// execute answers POST /cases/{id}/{command}.
func (s *server) execute(cmd command) echo.HandlerFunc {
	return func(c echo.Context) error {
		call, err := readCall(c, cmd)
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

func readCall(c echo.Context, cmd command) (app.Call, error) {
	key, err := idempotencyKey(c)
	if err != nil {
		return app.Call{}, err
	}
	match, err := ifMatch(c)
	if err != nil {
		return app.Call{}, err
	}
	call := app.Call{Action: cmd.action, ID: key, IfMatch: match}
	if cmd.body == nil {
		call.Body, err = readBody(c, maxScreening)
		return call, err
	}
	if call.Body, err = readBody(c, maxBody); err != nil {
		return app.Call{}, err
	}
	b := cmd.body()
	if err := decodeChecked(call.Body, b, time.Now()); err != nil {
		return app.Call{}, err
	}
	call.HappenedAt, call.RecordedAt = b.when().OccurredAt, b.when().RecordedAt
	call.Command = b.command(key)
	return call, nil
}

// idempotencyKey is the command's id, chosen by the client: the same command sent twice happens once.
func idempotencyKey(c echo.Context) (string, error) {
	value := c.Request().Header.Get("Idempotency-Key")
	if value == "" {
		return "", reject(noKey, fault{Parameter: "Idempotency-Key", Keyword: "required"})
	}
	id, ok := canonicalID(value)
	if !ok {
		return "", badParameter("Idempotency-Key", "format")
	}
	return id, nil
}

// ifMatch reads the position at which the caller saw the case, 0 for none given.
func ifMatch(c echo.Context) (uint64, error) {
	value := strings.TrimSpace(c.Request().Header.Get("If-Match"))
	if value == "" || value == "*" {
		return 0, nil
	}
	digits, opened := strings.CutPrefix(value, `"`)
	digits, closed := strings.CutSuffix(digits, `"`)
	position, err := strconv.ParseUint(digits, 10, 64)
	if !opened || !closed || err != nil || position == 0 {
		return 0, badParameter("If-Match", "format")
	}
	return position, nil
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

// times are when a thing happened and when it was written down. Both are the time of arrival where the body leaves them out.
type times struct {
	OccurredAt time.Time `json:"occurred_at"`
	RecordedAt time.Time `json:"recorded_at"`
}

func (t *times) when() *times { return t }

// clockSkew is how far a device's clock may run ahead of ours.
const clockSkew = 5 * time.Minute

// earliest is before anything that the mechanism could be told of: a year of 205 is a slip of the finger.
var earliest = time.Date(1950, time.January, 1, 0, 0, 0, 0, time.UTC)

// settle checks what was given and fills in what was left out.
func (t *times) settle(now time.Time, c *checker) {
	c.plausible("/occurred_at", t.OccurredAt, now)
	c.plausible("/recorded_at", t.RecordedAt, now)
	if t.RecordedAt.IsZero() {
		t.RecordedAt = now
		if t.OccurredAt.After(now) {
			t.RecordedAt = t.OccurredAt // by a clock that runs ahead a little
		}
	}
	if t.OccurredAt.IsZero() {
		t.OccurredAt = t.RecordedAt
	}
	c.must(!t.RecordedAt.Before(t.OccurredAt), "/recorded_at", schemas.KeywordOrder)
}

const (
	maxNote     = 10_000 // code points of one text, as in a form
	maxServices = 50
	maxCode     = 64
)

type assessments struct {
	Act        domain.Assessment `json:"act"`
	Means      domain.Assessment `json:"means"`
	Purpose    domain.Assessment `json:"purpose"`
	Compulsion domain.Assessment `json:"s6_1_compulsion"`
}

func (a assessments) byElement() map[domain.Element]domain.Assessment {
	given := map[domain.Element]domain.Assessment{}
	for element, assessment := range map[domain.Element]domain.Assessment{
		domain.Act: a.Act, domain.Means: a.Means, domain.Exploiting: a.Purpose, domain.Compulsion: a.Compulsion,
	} {
		if assessment != "" {
			given[element] = assessment
		}
	}
	return given
}

type concludeScreening struct {
	times
	Grounds   domain.Grounds `json:"grounds"`
	Elements  assessments    `json:"elements"`
	Narrative string         `json:"narrative"`
}

func (b *concludeScreening) check(c *checker) {
	oneOf(c, "/grounds", b.Grounds, domain.GroundsYes, domain.GroundsNo, domain.GroundsUnclear)
	for element, assessment := range b.Elements.byElement() {
		oneOf(c, "/elements/"+string(element), assessment,
			domain.Present, domain.Absent, domain.NotClear, domain.NotAsked, domain.NotNeeded)
	}
	c.text("/narrative", b.Narrative, maxNote)
}

func (b *concludeScreening) command(string) domain.Command {
	return domain.ConcludeScreening{
		Grounds: b.Grounds,
		Reasons: domain.Reasons{Elements: b.Elements.byElement(), Narrative: b.Narrative},
	}
}

type consentDetails struct {
	Language    string `json:"language"`
	Interpreter string `json:"interpreter"`
	Witness     string `json:"witness"`
	Reason      string `json:"reason"`
}

func (d consentDetails) check(c *checker) {
	c.code("/language", d.Language)
	c.text("/interpreter", d.Interpreter, maxNote)
	c.text("/witness", d.Witness, maxNote)
	c.text("/reason", d.Reason, maxNote)
}

type recordConsent struct {
	times
	consentDetails
	Purpose domain.Purpose `json:"purpose"`
	Agreed  *bool          `json:"agreed"`
}

func (b *recordConsent) check(c *checker) {
	oneOf(c, "/purpose", b.Purpose, domain.Purposes()...)
	c.must(b.Agreed != nil, "/agreed", keywordRequired)
	b.consentDetails.check(c)
}

func (b *recordConsent) command(string) domain.Command {
	return domain.RecordConsent{Answer: domain.Answer{
		Purpose: b.Purpose, Agreed: *b.Agreed, Details: domain.ConsentDetails(b.consentDetails),
	}}
}

type withdrawConsent struct {
	times
	consentDetails
	Purpose domain.Purpose `json:"purpose"`
}

func (b *withdrawConsent) check(c *checker) {
	oneOf(c, "/purpose", b.Purpose, domain.Purposes()...)
	b.consentDetails.check(c)
}

func (b *withdrawConsent) command(string) domain.Command {
	return domain.WithdrawConsent{Purpose: b.Purpose, Details: domain.ConsentDetails(b.consentDetails)}
}

type refer struct {
	times
	To       string   `json:"to"`
	Services []string `json:"services"`
	HandOver bool     `json:"hand_over"`
	Note     string   `json:"note"`
}

func (b *refer) check(c *checker) {
	c.required("/to", b.To)
	c.code("/to", b.To)
	c.must(len(b.Services) > 0, "/services", keywordMinItems)
	c.must(len(b.Services) <= maxServices, "/services", keywordMaxItems)
	for i, service := range b.Services {
		c.required(place("/services", i), service)
		c.code(place("/services", i), service)
	}
	c.text("/note", b.Note, maxNote)
}

// command names the referral by the command that made it.
func (b *refer) command(id string) domain.Command {
	return domain.Refer{Referral: id, To: b.To, Services: b.Services, HandOver: b.HandOver, Note: b.Note}
}

// onReferral is what every answer to a referral carries.
type onReferral struct {
	times
	Referral string `json:"referral_id"`
}

func (b *onReferral) check(c *checker) {
	if c.required("/referral_id", b.Referral) {
		var ok bool
		b.Referral, ok = canonicalID(b.Referral)
		c.must(ok, "/referral_id", keywordFormat)
	}
}

type acceptReferral struct{ onReferral }

func (b *acceptReferral) command(string) domain.Command {
	return domain.AcceptReferral{Referral: b.Referral}
}

type declineReferral struct {
	onReferral
	Reason domain.DeclineReason `json:"reason"`
	Note   string               `json:"note"`
}

func (b *declineReferral) check(c *checker) {
	b.onReferral.check(c)
	c.required("/reason", string(b.Reason))
	c.code("/reason", string(b.Reason))
	c.text("/note", b.Note, maxNote)
}

func (b *declineReferral) command(string) domain.Command {
	return domain.DeclineReferral{Referral: b.Referral, Reason: b.Reason, Note: b.Note}
}

type revokeReferral struct {
	onReferral
	Reason domain.RevokeReason `json:"reason"`
}

func (b *revokeReferral) check(c *checker) {
	b.onReferral.check(c)
	oneOf(c, "/reason", b.Reason, domain.RevokeReasons()...)
}

func (b *revokeReferral) command(string) domain.Command {
	return domain.RevokeReferral{Referral: b.Referral, Reason: b.Reason}
}

type completeReferral struct {
	onReferral
	Outcome string `json:"outcome"`
}

func (b *completeReferral) check(c *checker) {
	b.onReferral.check(c)
	c.text("/outcome", b.Outcome, maxNote)
}

func (b *completeReferral) command(string) domain.Command {
	return domain.CompleteReferral{Referral: b.Referral, Outcome: b.Outcome}
}

type decideIdentification struct {
	times
	Outcome domain.Outcome `json:"outcome"`
	Grounds string         `json:"grounds"`
}

func (b *decideIdentification) check(c *checker) {
	oneOf(c, "/outcome", b.Outcome, domain.Outcomes()...)
	c.required("/grounds", b.Grounds)
	c.text("/grounds", b.Grounds, maxNote)
}

func (b *decideIdentification) command(string) domain.Command {
	return domain.DecideIdentification{Finding: domain.Finding{Outcome: b.Outcome, Grounds: b.Grounds}}
}

type closeCase struct {
	times
	Reason domain.CloseReason `json:"reason"`
}

func (b *closeCase) check(c *checker) { oneOf(c, "/reason", b.Reason, domain.CloseReasons()...) }

func (b *closeCase) command(string) domain.Command { return domain.CloseCase{Reason: b.Reason} }
