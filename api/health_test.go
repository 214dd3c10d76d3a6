package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"songtor/internal/app"
)

// Where everything but a part goes on, whoever spreads the load is told to go on too; the control is a service that cannot do its work.
func TestReadinessIsKeptWhereOnlyAPartIsAway(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		given  error
		status int
		says   string
	}{
		{nil, http.StatusOK, "ready"},
		{fmt.Errorf("%w: the disk is full", app.ErrReadOnly), http.StatusOK, "read_only"},
		{fmt.Errorf("%w: the read model inbox has stopped", app.ErrStale), http.StatusOK, "stale"},
		{errors.New("the read model inbox is being built"), http.StatusServiceUnavailable, "not_ready"},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			h := newHarnessWith(t, func(config *Config) { config.Ready = func(context.Context) error { return c.given } })
			var answered healthAnswer
			h.call(t, http.MethodGet, "/readyz", "").do(t).want(t, c.status).into(t, &answered)
			if answered.Status != c.says || (c.given != nil && answered.Reason != c.given.Error()) {
				t.Errorf("it says %+v", answered)
			}
		})
	}
}
