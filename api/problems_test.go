package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"songtor/domain"
	"songtor/internal/app"
	"songtor/internal/guard"
	"songtor/internal/identity"
	"songtor/schemas"
)

func TestProblemOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err    error
		status int
		kind   string
	}{
		"absent or denied":         {app.ErrNotFound, http.StatusNotFound, "not-found"},
		"role":                     {app.ErrDenied, http.StatusForbidden, "forbidden"},
		"other content":            {app.ErrOtherContent, http.StatusConflict, "other-content"},
		"too early":                {app.ErrPredecessor, http.StatusConflict, "predecessor-missing"},
		"empty queue":              {app.ErrNothingToTake, http.StatusNotFound, "nothing-to-take"},
		"erased":                   {app.ErrErased, http.StatusGone, "erased"},
		"damaged keys":             {fmt.Errorf("%w: %w", app.ErrDamaged, errors.New("x")), http.StatusServiceUnavailable, "case-damaged"},
		"log down":                 {fmt.Errorf("couldn't append: %w: %w", app.ErrUnavailable, errors.New("x")), http.StatusServiceUnavailable, "unavailable"},
		"read-only":                {fmt.Errorf("couldn't: %w: %w", app.ErrUnavailable, &guard.ReadOnly{RetryAfter: time.Minute}), http.StatusServiceUnavailable, "read-only"},
		"busy":                     {fmt.Errorf("couldn't: %w: %w", app.ErrUnavailable, &guard.Busy{RetryAfter: time.Second}), http.StatusServiceUnavailable, "busy"},
		"conflict":                 {app.ErrConflict, http.StatusServiceUnavailable, "unavailable"},
		"wrong password":           {identity.ErrBadCredentials, http.StatusUnauthorized, "wrong-credentials"},
		"locked codes":             {identity.ErrCodesLocked, http.StatusUnauthorized, "codes-locked"},
		"no session":               {identity.ErrNoSession, http.StatusUnauthorized, "not-signed-in"},
		"identity down":            {identity.ErrUnavailable, http.StatusServiceUnavailable, "unavailable"},
		"stale":                    {&app.Stale{Position: 7}, http.StatusPreconditionFailed, "case-has-moved"},
		"refused by the state":     {&domain.Error{Kind: domain.Refused, Rule: "case.ended"}, http.StatusConflict, "refused"},
		"refused by itself":        {&domain.Error{Kind: domain.Invalid, Rule: "case.no_reason"}, http.StatusUnprocessableEntity, "invalid-content"},
		"unknown referral":         {&domain.Error{Kind: domain.Missing, Rule: "referral.unknown"}, http.StatusNotFound, "not-found"},
		"answers":                  {&app.Invalid{Violations: []schemas.Violation{{Pointer: "/version", Keyword: "type"}}}, http.StatusUnprocessableEntity, "invalid-content"},
		"not JSON":                 {&app.Invalid{Violations: []schemas.Violation{{Keyword: schemas.KeywordJSON}}}, http.StatusBadRequest, "malformed-json"},
		"not UTF-8":                {&app.Invalid{Violations: []schemas.Violation{{Keyword: schemas.KeywordUTF8}}}, http.StatusBadRequest, "malformed-json"},
		"a name twice":             {&app.Invalid{Violations: []schemas.Violation{{Keyword: schemas.KeywordDuplicate}}}, http.StatusBadRequest, "malformed-json"},
		"deadline of the handler":  {fmt.Errorf("couldn't read: %w", context.DeadlineExceeded), http.StatusServiceUnavailable, "unavailable"},
		"unknown address":          {echo.ErrNotFound, http.StatusNotFound, "not-found"},
		"unknown method":           {echo.ErrMethodNotAllowed, http.StatusMethodNotAllowed, "method-not-allowed"},
		"anything else":            {errors.New("secret text of a driver"), http.StatusInternalServerError, "internal"},
		"a panic":                  {newPanicked("secret"), http.StatusInternalServerError, "internal"},
		"a parameter out of range": {badParameter("limit", "maximum"), http.StatusBadRequest, "invalid-request"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := problemOf(c.err)
			if p.Status != c.status || p.Type != typePrefix+c.kind {
				t.Errorf("got %d %s, want %d %s", p.Status, p.Type, c.status, c.kind)
			}
			if again := p.Status == http.StatusServiceUnavailable; again != (p.retryAfter > 0) {
				t.Errorf("Retry-After is %v for status %d", p.retryAfter, p.Status)
			}
		})
	}
}

func TestDeniedIsTheSameAsAbsent(t *testing.T) {
	t.Parallel()
	absent := problemOf(app.ErrNotFound)
	for _, err := range []error{
		fmt.Errorf("couldn't load: %w", app.ErrNotFound), &domain.Error{Kind: domain.Missing, Rule: "case.unknown"}, echo.ErrNotFound,
	} {
		if got := problemOf(err); !reflect.DeepEqual(got, absent) {
			t.Errorf("%v answers %+v, an absent case %+v", err, got, absent)
		}
	}
}

func TestRefusalNamesWhatIsPossible(t *testing.T) {
	t.Parallel()
	p := problemOf(&domain.Error{Kind: domain.Refused, Rule: "referral.no_consent", Possible: []string{"close", "record-consent"}})
	if p.Rule != "referral.no_consent" || len(p.Possible) != 2 {
		t.Errorf("got rule %q and possible %v", p.Rule, p.Possible)
	}
}

func TestTooManySaysWhenToTryAgain(t *testing.T) {
	t.Parallel()
	p := problemOf(&identity.TooMany{RetryAfter: 90 * time.Second})
	if p.Status != http.StatusTooManyRequests || p.retryAfter != 90*time.Second {
		t.Errorf("got %d, retry after %v", p.Status, p.retryAfter)
	}
}
