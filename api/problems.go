package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"songtor/domain"
	"songtor/internal/app"
	"songtor/internal/guard"
	"songtor/internal/identity"
	"songtor/internal/release"
	"songtor/schemas"
)

// kind is one of the closed list of problems. Its name is the end of the type URI and never changes once it has been served.
type kind struct {
	name   string
	status int
	title  string
	detail string // the next step, in plain words
}

const typePrefix = "urn:songtor:problem:"

var (
	malformed = kind{
		"malformed-json", http.StatusBadRequest, "The body is not acceptable JSON",
		"Send one JSON value in UTF-8, with every name once and no control characters.",
	}
	badRequest = kind{
		"invalid-request", http.StatusBadRequest, "The request is not understood",
		"Correct the parameters or headers named in errors and send the request again.",
	}
	noKey = kind{
		"idempotency-key-required", http.StatusBadRequest, "The request has no Idempotency-Key",
		"Make a UUID for this command, send it in the header Idempotency-Key, and send the same one when you repeat the command.",
	}
	notSignedIn = kind{
		"not-signed-in", http.StatusUnauthorized, "You are not signed in",
		"Sign in and send the request again.",
	}
	wrongCredentials = kind{
		"wrong-credentials", http.StatusUnauthorized, "Username or password is wrong",
		"Check both and try again.",
	}
	codesLocked = kind{
		"codes-locked", http.StatusUnauthorized, "One-time codes of this account are locked: too many wrong ones were entered",
		"Send a recovery code as the code: one-time codes count again then. Who has none left asks an administrator to take all factors away, and sets up new ones.",
	}
	forbidden = kind{
		"forbidden", http.StatusForbidden, "Your role does not allow this",
		"Ask somebody whose role allows it.",
	}
	stepUpRequired = kind{
		"step-up-required", http.StatusForbidden, "This needs a stronger or more recent sign-in",
		"Sign in again in the way that is named in needs, then send the request again.",
	}
	crossSite = kind{
		"cross-site-request", http.StatusForbidden, "The request came from another site",
		"Use the application itself, or send the token in the Authorization header.",
	}
	notFound = kind{
		"not-found", http.StatusNotFound, "There is nothing at this address for you",
		"Check the address. What you may not see looks the same as what does not exist.",
	}
	notPublished = kind{
		"not-published", http.StatusNotFound, "This is not published",
		"Published are the tables and counts that the releases name. Everything else is not, for whatever reason.",
	}
	releaseRefused = kind{
		"release-refused", http.StatusConflict, "This release cannot be published like this",
		"Read in rule what stands against it.",
	}
	nothingToTake = kind{
		"nothing-to-take", http.StatusNotFound, "No case waits for somebody to take it",
		"Try again later, or with fewer filters.",
	}
	wrongMethod = kind{
		"method-not-allowed", http.StatusMethodNotAllowed, "The address does not take this method",
		"Use one of the methods named in the header Allow.",
	}
	tooSlow = kind{
		"request-timeout", http.StatusRequestTimeout, "The request did not arrive in time",
		"Send it again when the connection is better; nothing was recorded.",
	}
	otherContent = kind{
		"other-content", http.StatusConflict, "This id was used before with other content",
		"If you meant a new submission, make a new id. If you meant to change the first one, send a correction.",
	}
	outOfOrder = kind{
		"predecessor-missing", http.StatusConflict, "The command before this one has not arrived",
		"Send the command that is named in Songtor-After first, then this one again.",
	}
	refused = kind{
		"refused", http.StatusConflict, "The case does not allow this now",
		"Read the case again. The commands that it allows now are named in possible.",
	}
	identityRefused = kind{
		"account-refused", http.StatusConflict, "This can't be done to the account",
		"Read in rule what stands against it.",
	}
	otherRequest = kind{
		"other-request", http.StatusConflict, "Something else waits to be confirmed now",
		"Read the account again, look at what waits, and send the digest of that if you confirm it.",
	}
	notProven = kind{
		"device-not-proven", http.StatusUnauthorized, "The request was not shown to come from its device",
		"Send a fresh proof of the enrolled device in the header DPoP, or sign in on this device.",
	}
	heldTooMany = kind{
		"too-many-held", http.StatusTooManyRequests, "Many forms of this account wait to be decided on",
		"Keep the form on the device. It can be sent when somebody has decided on those that wait.",
	}
	decided = kind{
		"form-decided", http.StatusConflict, "This form was recorded already",
		"Nothing is to be done. The case that it opened can be worked on.",
	}
	erased = kind{
		"erased", http.StatusGone, "The content of this case was erased",
		"It cannot be brought back.",
	}
	stale = kind{
		"case-has-moved", http.StatusPreconditionFailed, "The case has changed since you read it",
		"Look at what is named in changes, and decide again.",
	}
	tooLarge = kind{
		"too-large", http.StatusRequestEntityTooLarge, "The request is too large",
		"Send less in one request.",
	}
	wrongType = kind{
		"unsupported-media-type", http.StatusUnsupportedMediaType, "The content type is not supported",
		"Send the content type that this address takes.",
	}
	invalidContent = kind{
		"invalid-content", http.StatusUnprocessableEntity, "Something in the body is not valid",
		"Correct the places named in errors, or meet the rule that is named, and send it again.",
	}
	tooMany = kind{
		"too-many-requests", http.StatusTooManyRequests, "Too many requests",
		"Wait as long as the header Retry-After says, and try again.",
	}
	tooManyOpened = kind{
		"too-many-cases-opened", http.StatusTooManyRequests, "You have opened very many cases within an hour",
		"Wait until the hour is over. Cases that you opened within it stay open to you. If your work needs more, tell whoever runs the service.",
	}
	internal = kind{
		"internal", http.StatusInternalServerError, "Something went wrong on our side",
		"Try again later. If it stays so, tell the operator the instance of this problem.",
	}
	unavailable = kind{
		"unavailable", http.StatusServiceUnavailable, "The service cannot do this at the moment",
		"Nothing was lost. Send the same request again as soon as the header Retry-After says.",
	}
)

var (
	readOnly = kind{
		"read-only", http.StatusServiceUnavailable, "Nothing is taken in at the moment",
		"What was accepted is safe and can be read. Keep what you have and send the same request again after the time in the header Retry-After; a phone does so by itself.",
	}
	caseDamaged = kind{
		"case-damaged", http.StatusServiceUnavailable, "This case cannot be opened at the moment",
		"What was accepted is in the log, but the keys that open it are damaged. Tell the operator the instance of this problem: the keys have to be put back from their backup. Keep what you have and send it again then; other cases are not affected.",
	}
	busy = kind{
		"busy", http.StatusServiceUnavailable, "Too much is on its way at this moment",
		"Nothing was recorded. Send the same request again after the time in the header Retry-After.",
	}
)

// kinds lists every problem that the service can answer with.
func kinds() []kind {
	return []kind{
		malformed, badRequest, noKey, notSignedIn, wrongCredentials, codesLocked, forbidden, stepUpRequired, crossSite, notFound, notPublished, releaseRefused, nothingToTake, wrongMethod, tooSlow,
		otherContent, outOfOrder, refused, identityRefused, otherRequest, notProven, heldTooMany, decided, erased, stale, tooLarge, wrongType, invalidContent, tooMany, tooManyOpened, internal, unavailable, caseDamaged, readOnly, busy,
	}
}

// fault is one place where a request is wrong: a JSON pointer into the body, or the name of a parameter or header.
type fault struct {
	Pointer   *string `json:"pointer,omitzero"`
	Parameter string  `json:"parameter,omitzero"`
	Keyword   string  `json:"keyword"`
}

// problem is the body of every answer from 400 on, after RFC 9457.
type problem struct {
	Type     string   `json:"type"`
	Title    string   `json:"title"`
	Status   int      `json:"status"`
	Detail   string   `json:"detail"`
	Instance string   `json:"instance,omitzero"`
	Errors   []fault  `json:"errors,omitempty"`
	Rule     string   `json:"rule,omitzero"`
	Possible []string `json:"possible,omitzero"`
	Position uint64   `json:"position,omitzero"`

	Changes []app.Meanwhile `json:"changes,omitempty"`
	Needs   *needs          `json:"needs,omitzero"`

	retryAfter time.Duration
}

// credentialRule names what a name or a password that somebody chose does not meet.
func credentialRule(err error) string {
	for _, m := range []struct {
		err  error
		rule string
	}{
		{identity.ErrUsername, "account.username"},
		{identity.ErrPasswordTooShort, "password.too_short"},
		{identity.ErrPasswordTooLong, "password.too_long"},
		{identity.ErrPasswordCommon, "password.common"},
	} {
		if errors.Is(err, m.err) {
			return m.rule
		}
	}
	return ""
}

// accountRule names what stands against a change of an account, its factors or devices.
func accountRule(err error) string {
	for _, m := range []struct {
		err  error
		rule string
	}{
		{identity.ErrEnrolmentClosed, "factor.enrolment_closed"},
		{identity.ErrFactorExists, "factor.exists"},
		{identity.ErrSetUpOver, "factor.set_up_over"},
		{identity.ErrTooManyFactors, "factor.too_many"},
		{identity.ErrCeremony, "factor.challenge_over"},
		{identity.ErrPasskey, "factor.not_accepted"},
		{identity.ErrPasskeyCopied, "factor.not_device_bound"},
		{identity.ErrInvitation, "invitation.not_good"},
		{identity.ErrTicket, "device.ticket_not_good"},
		{identity.ErrDeviceExists, "device.exists"},
		{identity.ErrUsernameTaken, "account.username_taken"},
		{identity.ErrOwnAccount, "account.own"},
	} {
		if errors.Is(err, m.err) {
			return m.rule
		}
	}
	return ""
}

// releaseRule names what stands against publishing a release.
func releaseRule(err error) string {
	for _, m := range []struct {
		err  error
		rule string
	}{
		{release.ErrSamePerson, "release.same_person"},
		{release.ErrDigest, "release.changed_meanwhile"},
		{release.ErrPublished, "release.published"},
	} {
		if errors.Is(err, m.err) {
			return m.rule
		}
	}
	return ""
}

// needs says what a session lacks for an act.
type needs struct {
	Assurance identity.Assurance `json:"assurance"`
	Fresh     bool               `json:"fresh"` // signed in within the last minutes
}

// rejection is a request that api refuses by itself, before internal/app is asked.
type rejection struct {
	kind   kind
	faults []fault
}

func (r *rejection) Error() string { return "rejected: " + r.kind.name }

func reject(k kind, faults ...fault) error { return &rejection{k, faults} }

func badParameter(name, keyword string) error {
	return reject(badRequest, fault{Parameter: name, Keyword: keyword})
}

func faults(violations []schemas.Violation) []fault {
	fs := make([]fault, len(violations))
	for i, v := range violations {
		fs[i] = fault{Pointer: &v.Pointer, Keyword: v.Keyword}
	}
	return fs
}

func (k kind) problem() problem {
	return problem{Type: typePrefix + k.name, Title: k.title, Status: k.status, Detail: k.detail}
}

// problemOf is the one place where an error becomes a status.
func problemOf(err error) problem {
	var (
		rejected *rejection
		content  *app.Invalid
		ruled    *domain.Error
		moved    *app.Stale
		waiting  *throttled
		stepUp   *identity.StepUp
		shut     *guard.ReadOnly
		crowded  *guard.Busy
	)
	switch {
	case errors.As(err, &rejected):
		p := rejected.kind.problem()
		p.Errors = rejected.faults
		return p
	case errors.As(err, &content):
		return invalidProblem(content.Violations)
	case errors.As(err, &ruled):
		return ruledProblem(ruled)
	case errors.As(err, &moved):
		p := stale.problem()
		p.Position, p.Changes = moved.Position, moved.Changes
		return p
	case credentialRule(err) != "":
		p := invalidContent.problem()
		p.Rule = credentialRule(err)
		return p
	case accountRule(err) != "":
		p := identityRefused.problem()
		p.Rule = accountRule(err)
		return p
	case releaseRule(err) != "":
		p := releaseRefused.problem()
		p.Rule = releaseRule(err)
		return p
	case errors.As(err, &stepUp):
		p := stepUpRequired.problem()
		p.Needs = &needs{stepUp.Need, stepUp.Fresh}
		return p
	case errors.As(err, &shut):
		p := readOnly.problem()
		p.retryAfter = shut.RetryAfter
		return p
	case errors.As(err, &crowded):
		p := busy.problem()
		p.retryAfter = crowded.RetryAfter
		return p
	case errors.As(err, &waiting):
		p := tooMany.problem()
		p.retryAfter = waiting.wait
		return p
	}
	p := kindOf(err).problem()
	p.retryAfter = retryAfter(p.Status, err)
	return p
}

// kindOf maps the errors that carry nothing but themselves.
func kindOf(err error) kind {
	for _, m := range []struct {
		err  error
		kind kind
	}{
		{app.ErrOtherContent, otherContent},
		{app.ErrPredecessor, outOfOrder},
		{app.ErrNothingToTake, nothingToTake},
		{app.ErrNotFound, notFound},
		{app.ErrNotPublished, notPublished},
		{release.ErrNoProposal, notFound},
		{app.ErrDenied, forbidden},
		{app.ErrErased, erased},
		{app.ErrDamaged, caseDamaged},
		{app.ErrHeldTooMany, heldTooMany},
		{app.ErrDecided, decided},
		{app.ErrTooManyOpened, tooManyOpened},
		{app.ErrFileKind, wrongType},
		{app.ErrUnavailable, unavailable},
		{app.ErrConflict, unavailable},
		{identity.ErrBadCredentials, wrongCredentials},
		{identity.ErrCodesLocked, codesLocked},
		{identity.ErrTooMany, tooMany},
		{identity.ErrNoSession, notSignedIn},
		{identity.ErrNoProvider, notFound},
		{identity.ErrNoFactor, notFound},
		{identity.ErrNoAccount, notFound},
		{identity.ErrNoDevice, notFound},
		{identity.ErrOtherRequest, otherRequest},
		{identity.ErrNoAdministrator, forbidden},
		{identity.ErrProof, notProven},
		{identity.ErrBusy, unavailable},
		{identity.ErrUnavailable, unavailable},
		{context.DeadlineExceeded, unavailable},
		{context.Canceled, unavailable},
		{echo.ErrNotFound, notFound},
		{echo.ErrMethodNotAllowed, wrongMethod},
	} {
		if errors.Is(err, m.err) {
			return m.kind
		}
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge
	}
	return internal
}

func invalidProblem(violations []schemas.Violation) problem {
	k := invalidContent
	if len(violations) > 0 && slices.Contains(syntaxKeywords(), violations[0].Keyword) {
		k = malformed
	}
	p := k.problem()
	p.Errors = faults(violations)
	return p
}

// syntaxKeywords are those of a body that cannot be read at all, whatever it was meant to say.
func syntaxKeywords() []string {
	return []string{schemas.KeywordJSON, schemas.KeywordUTF8, schemas.KeywordDepth, schemas.KeywordDuplicate}
}

func ruledProblem(e *domain.Error) problem {
	k := refused
	switch e.Kind {
	case domain.Refused:
	case domain.Invalid:
		k = invalidContent
	case domain.Missing:
		return notFound.problem()
	}
	p := k.problem()
	p.Rule, p.Possible = e.Rule, e.Possible
	return p
}

// untilRestored is when to ask again for what somebody has to put back by hand.
const untilRestored = 15 * time.Minute

func retryAfter(status int, err error) time.Duration {
	if limited, ok := errors.AsType[*identity.TooMany](err); ok {
		return limited.RetryAfter
	}
	if errors.Is(err, app.ErrDamaged) {
		return untilRestored
	}
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		return time.Second
	}
	return 0
}

// answerProblem writes the problem that err means. It is the error handler of every route.
func (s *server) answerProblem(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	p := problemOf(err)
	p.Instance = instance(c)
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "application/problem+json")
	h.Set(echo.HeaderCacheControl, "no-store")
	if p.Status == http.StatusUnauthorized {
		h.Set(echo.HeaderWWWAuthenticate, `Bearer realm="songtor"`)
	}
	if p.retryAfter > 0 {
		h.Set(echo.HeaderRetryAfter, strconv.Itoa(int((p.retryAfter+time.Second-1)/time.Second)))
	}
	c.Response().WriteHeader(p.Status)
	if err := json.MarshalWrite(c.Response(), p); err != nil {
		s.log.DebugContext(c.Request().Context(), "couldn't write a problem", slog.String("request", requestID(c)))
	}
}
