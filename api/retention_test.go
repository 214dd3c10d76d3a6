package api

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/identity"
	"songtor/internal/retention"
)

// provincial is an account whose lists are narrowed to one province.
const provincial = "provincial"

// later is the service on the same stores when some time has passed, by rules of its own.
func (h *harness) later(t *testing.T, after time.Duration, keeping *retention.Book) *harness {
	t.Helper()
	parts := h.parts
	parts.Now, parts.Keeping = func() time.Time { return time.Now().Add(after) }, keeping
	server := httptest.NewUnstartedServer(nil)
	server.Config = New(Config{App: app.New(parts), Identity: h.identity, Demo: true, Log: slog.New(slog.DiscardHandler)})
	server.Start()
	t.Cleanup(server.Close)
	return &harness{url: server.URL, tokens: map[string]givenToken{}}
}

// rulesOfTests keep the cases of adults who refused, and those in which no grounds were found, for two days in all.
func rulesOfTests(t *testing.T) *retention.Book {
	t.Helper()
	path := filepath.Join(t.TempDir(), "retention.json")
	must(t, os.WriteFile(path, []byte(`{"entries": [
		{"ending": "refused_screening", "from": "2020-01-01", "days": 1, "grace_days": 1, "source": "s", "confidence": "D"},
		{"ending": "no_grounds", "from": "2020-01-01", "days": 2, "source": "s", "confidence": "D"},
		{"ending": "not_identified", "from": "2020-01-01", "unset": "nobody has decided", "source": "none", "confidence": "?"}
	]}`), 0o600))
	book, err := retention.Load(path)
	must(t, err)
	return book
}

// retentionAs asks how long cases are kept, and returns the cases that are due. The answer is held against openapi.yaml.
func (h *harness) retentionAs(t *testing.T, user string) (app.RetentionView, []string) {
	t.Helper()
	var view app.RetentionView
	h.call(t, http.MethodGet, "/api/v1/retention", "").as(t, user).do(t).want(t, http.StatusOK).into(t, &view)
	due := make([]string, len(view.Due))
	for i, d := range view.Due {
		due[i] = d.CaseID
	}
	slices.Sort(due)
	return view, due
}

// Whoever lists cases sees by which rules they are kept and, of those that are due, the ones that they may list. Who lists none sees
// the rules alone.
func TestRetentionIsShownByRole(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, account := range []identity.DemoAccount{
		{Username: accusedManager, Role: domain.CaseManager, Agency: accusedAgency}, {Username: provincial, Role: domain.CaseManager, Agency: "datip"},
	} {
		_, err := h.identity.CreateDemoAccount(t.Context(), account)
		must(t, err)
	}
	_, err := h.pools.Identity.Exec(t.Context(), "update identity.account set provinces = '{TH-50}' where username = $1", provincial)
	must(t, err)
	refused, dismissed, accusing := h.submit(t, "refuses-screening"), h.submit(t, "not-a-victim"), h.submit(t, "minimal-adult")
	h.submit(t, "minimal-adult") // is open and never due
	for _, id := range []string{dismissed.CaseID, accusing.CaseID} {
		h.give(t, "casemanager", id, access.ConcludeScreening, `{"grounds":"no","narrative":"n"}`, http.StatusCreated)
	}
	var last app.Receipt
	h.give(t, "casemanager", accusing.CaseID, access.Exclude, `{"agency":"`+accusedAgency+`","reason":"The person says so."}`, http.StatusCreated).into(t, &last)
	h.call(t, http.MethodGet, "/api/v1/stages?position="+strconv.FormatUint(last.Position, 10), "").as(t, "casemanager").do(t).want(t, http.StatusOK)

	early, late := h.later(t, 47*time.Hour, rulesOfTests(t)), h.later(t, 49*time.Hour, rulesOfTests(t))
	for user, want := range map[string][]string{
		"casemanager":  {refused.CaseID, dismissed.CaseID, accusing.CaseID},
		"auditor":      {refused.CaseID, dismissed.CaseID, accusing.CaseID},
		accusedManager: {refused.CaseID, dismissed.CaseID},
		"responder":    {refused.CaseID, dismissed.CaseID, accusing.CaseID}, // of the agency that is responsible for them
		provincial:     {accusing.CaseID},
		"shelter":      {},
		"team":         {}, // who lists what has come to identification
	} {
		slices.Sort(want)
		if _, due := early.retentionAs(t, user); len(due) != 0 {
			t.Errorf("%s: %d are due too early", user, len(due))
		}
		view, due := late.retentionAs(t, user)
		if !slices.Equal(due, want) {
			t.Errorf("%s is shown %v, want %v", user, due, want)
		}
		if len(view.Rules) != len(domain.Endings()) || view.Rules[2].Unset != "nobody has decided" {
			t.Errorf("%s is shown the rules %+v", user, view.Rules)
		}
		for _, d := range view.Due {
			if d.DueAt.Sub(d.LastAt) != 48*time.Hour || d.Source != "s" || d.Reference == "" {
				t.Errorf("%s is shown %+v", user, d)
			}
		}
	}
	for _, user := range []string{"committee", "admin"} {
		if view, due := late.retentionAs(t, user); len(due) != 0 || len(view.Rules) != len(domain.Endings()) {
			t.Errorf("%s is shown %d cases and %d rules", user, len(due), len(view.Rules))
		}
	}
	late.call(t, http.MethodGet, "/api/v1/retention", "").do(t).want(t, http.StatusUnauthorized)
	late.call(t, http.MethodGet, "/api/v1/retention?agency=datip", "").as(t, "casemanager").do(t).want(t, http.StatusBadRequest)
}
