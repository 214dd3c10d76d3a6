package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// Rows that are still being made are no fault; everything else that keeps a keeper from its work is, while it is to work.
func TestAKeeperWarnsOfFaultsAlone(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx  context.Context
		err  error
		want string
	}{
		"at a first start":     {t.Context(), unavailable("look", &pgconn.PgError{Code: "42P01"}), "INFO"},
		"a database that errs": {t.Context(), unavailable("look", &pgconn.PgError{Code: "57P03"}), "WARN"},
		"anything else":        {t.Context(), errors.New("down"), "WARN"},
		"at the end":           {ended, errors.New("down"), ""},
	} {
		var out strings.Builder
		later(tt.ctx, slog.New(slog.NewTextHandler(&out, nil)), "work waits", tt.err)
		if got := out.String(); !strings.Contains(got, tt.want) || (tt.want == "") != (got == "") {
			t.Errorf("%s: %q, want %s", name, got, tt.want)
		}
	}
}
