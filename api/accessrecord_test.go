package api

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"

	"songtor/internal/app"
	"songtor/internal/eventlog"
)

// who is the account of a demo user.
func (h *harness) who(t *testing.T, username string) string {
	t.Helper()
	for _, r := range h.reportOf(t, "agency", agencyOf[username]) {
		return r.Account
	}
	t.Fatalf("nothing is known of %s", username)
	return ""
}

var agencyOf = map[string]string{"responder": "immigration-bureau", "casemanager": "datip"}

func (h *harness) reportOf(t *testing.T, kind, value string) []reportRow {
	t.Helper()
	q := url.Values{kind: {value}, "from": {time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)}}
	body := h.call(t, http.MethodGet, "/api/v1/access-report?"+q.Encode(), "").as(t, "auditor").do(t).want(t, http.StatusOK).body
	var rows []reportRow
	for line := range strings.Lines(string(body)) {
		var r reportRow
		must(t, json.Unmarshal([]byte(line), &r))
		rows = append(rows, r)
	}
	return rows
}

func (h *harness) openings(t *testing.T, caseID string) app.Openings {
	t.Helper()
	var found app.Openings
	h.call(t, http.MethodGet, "/api/v1/cases/"+caseID+"/access-log", "").as(t, "auditor").do(t).want(t, http.StatusOK).into(t, &found)
	return found
}

func TestWhoOpenedACaseIsToldWithoutNames(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.submit(t, "minimal-adult")
	h.call(t, http.MethodGet, "/api/v1/cases/"+r.CaseID, "").as(t, "casemanager").do(t).want(t, http.StatusOK)
	h.call(t, http.MethodHead, "/api/v1/cases/"+r.CaseID+"/timeline", "").as(t, "casemanager").do(t).want(t, http.StatusOK)
	h.call(t, http.MethodGet, "/api/v1/cases/"+r.CaseID, "").as(t, "shelter").do(t).want(t, http.StatusNotFound)
	seen := map[string]app.Opening{}
	found := h.openings(t, r.CaseID)
	for _, o := range found.Items {
		seen[o.Action+" "+string(o.Outcome)] = o
	}
	if len(found.Items) != 4 || found.Items[0].Action != "case.read.log" {
		t.Errorf("got %+v", found.Items)
	}
	if o := seen["case.read shown"]; o.Agency != "datip" || o.Role != "casemanager" || o.Account == "" || len(o.Classes) < 2 {
		t.Errorf("the reading is %+v", o)
	}
	if _, there := seen["case.timeline shown"]; !there {
		t.Error("asking for the head of an answer is no reading")
	}
	if o := seen["case.read denied"]; o.Agency != "shelter-women-central" {
		t.Errorf("the denial is %+v", o)
	}
	h.call(t, http.MethodGet, "/api/v1/cases/"+r.CaseID+"/access-log", "").as(t, "shelter").do(t).want(t, http.StatusNotFound)
}

func TestEveryReadOfACaseIsRecorded(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.submit(t, "minimal-adult")
	before := len(h.openings(t, r.CaseID).Items)
	for _, path := range []string{"", "?as_of=" + url.QueryEscape(time.Now().Add(time.Minute).UTC().Format(time.RFC3339)), "/timeline", "/duplicates", "/erasure"} {
		h.call(t, http.MethodGet, "/api/v1/cases/"+r.CaseID+path, "").as(t, "casemanager").do(t).want(t, http.StatusOK)
		after := len(h.openings(t, r.CaseID).Items)
		if after != before+2 { // the reading, and that the record was read
			t.Errorf("GET %q added %d entries", path, after-before-1)
		}
		before = after
	}
}

func TestAListIsRecordedByItsLengthAndKindsOfFilter(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.submit(t, "minimal-adult")
	shown := 0
	for _, stage := range []string{"frontline", "screening"} {
		var page struct {
			Items []json.RawMessage `json:"items"`
		}
		path := "/api/v1/stages/" + stage + "/cases?province=TH-50&position=" + strconv.FormatUint(r.Position, 10)
		h.call(t, http.MethodGet, path, "").as(t, "casemanager").do(t).want(t, http.StatusOK).into(t, &page)
		shown += len(page.Items)
	}
	recorded := 0
	for _, row := range h.reportOf(t, "agency", "datip") {
		if row.Action == "stage.list" {
			recorded += row.Count
			if row.CaseID != "" || !slices.Equal(row.Filters, []string{"province"}) {
				t.Errorf("a list is %+v", row)
			}
		}
	}
	if shown == 0 || recorded != shown {
		t.Errorf("%d rows were shown and %d recorded", shown, recorded)
	}
}

func TestAReportIsForAnAuditorWhoHasJustSignedIn(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.submit(t, "minimal-adult")
	h.call(t, http.MethodGet, "/api/v1/cases/"+r.CaseID, "").as(t, "responder").do(t).want(t, http.StatusOK)
	account := h.who(t, "responder")
	rows := h.reportOf(t, "account", account)
	if len(rows) != 1 || rows[0].CaseID != r.CaseID || rows[0].Session == "" || rows[0].Request == "" {
		t.Errorf("got %+v", rows)
	}
	if again := h.reportOf(t, "session", rows[0].Session); len(again) != 1 || again[0].EntryID != rows[0].EntryID {
		t.Errorf("by session: %+v", again)
	}
	q := "?from=2026-01-01T00:00:00Z&account=" + account
	for _, other := range []string{"responder", "casemanager", "committee", "shelter"} {
		h.call(t, http.MethodGet, "/api/v1/access-report"+q, "").as(t, other).do(t).want(t, http.StatusForbidden)
	}
	for _, bad := range []string{"", "?from=2026-01-01T00:00:00Z", q + "&device=d", "?account=" + account + "&from=2999-01-01T00:00:00Z", q + "&name=x"} {
		h.call(t, http.MethodGet, "/api/v1/access-report"+bad, "").as(t, "auditor").do(t).want(t, http.StatusBadRequest)
	}
}

func TestAReportAsATableIsInert(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.submit(t, "minimal-adult")
	h.call(t, http.MethodGet, "/api/v1/cases/"+r.CaseID, "").as(t, "responder").do(t).want(t, http.StatusOK)
	answered := h.call(t, http.MethodGet, "/api/v1/access-report.csv?agency=immigration-bureau&from=2026-01-01T00:00:00Z", "").as(t, "auditor").do(t).want(t, http.StatusOK)
	records, err := csv.NewReader(strings.NewReader(string(answered.body))).ReadAll()
	must(t, err)
	if len(records) != 2 || records[0][8] != "case_id" || records[1][8] != r.CaseID {
		t.Errorf("got %v", records)
	}
}

func TestAnAuditorIsToldOfDenialsAndAcknowledges(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.submit(t, "minimal-adult")
	for range 3 {
		h.call(t, http.MethodGet, "/api/v1/cases/"+r.CaseID, "").as(t, "shelter").do(t).want(t, http.StatusNotFound)
	}
	h.openings(t, r.CaseID) // whose entry comes after the denials
	alerts := func() (found app.Alerts) {
		h.call(t, http.MethodGet, "/api/v1/access-alerts?unread=true", "").as(t, "auditor").do(t).want(t, http.StatusOK).into(t, &found)
		return found
	}
	found := alerts()
	if found.Unread != 1 || len(found.Items) != 1 || found.Items[0].Kind != "many_denials" || found.Items[0].Agency != "shelter-women-central" {
		t.Fatalf("got %+v", found)
	}
	path := "/api/v1/access-alerts/" + found.Items[0].ID + "/acknowledge"
	h.call(t, http.MethodPost, path, "").as(t, "casemanager").do(t).want(t, http.StatusForbidden)
	h.call(t, http.MethodPost, path, "").as(t, "auditor").do(t).want(t, http.StatusNoContent)
	if left := alerts(); left.Unread != 0 || len(left.Items) != 0 {
		t.Errorf("acknowledged, there is %+v", left)
	}
	h.call(t, http.MethodPost, "/api/v1/access-alerts/"+r.CaseID+"/acknowledge", "").as(t, "auditor").do(t).want(t, http.StatusNotFound)
}

// Whoever guesses ids is denied on record at whichever address: guesses at one that kept none would raise no alert, and be answered sooner where
// there is no case.
func TestGuessesAtCasesThatAreNotThereRaiseAnAlert(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.submit(t, "minimal-adult")
	for user, path := range map[string]string{"shelter": "", "responder": "/proof", "team": "/erasure"} {
		for range 3 {
			h.call(t, http.MethodGet, "/api/v1/cases/"+uuid.NewString()+path, "").as(t, user).do(t).want(t, http.StatusNotFound)
		}
	}
	h.openings(t, r.CaseID) // whose entry comes after the denials
	var found app.Alerts
	h.call(t, http.MethodGet, "/api/v1/access-alerts?unread=true", "").as(t, "auditor").do(t).want(t, http.StatusOK).into(t, &found)
	var agencies []string
	for _, alert := range found.Items {
		agencies = append(agencies, alert.Agency)
	}
	slices.Sort(agencies)
	if want := []string{"immigration-bureau", "sdhs-bangkok", "shelter-women-central"}; !slices.Equal(agencies, want) {
		t.Errorf("there are alerts of %v, want %v", agencies, want)
	}
}

func TestNothingIsShownWhileTheAccessRecordIsAway(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.submit(t, "minimal-adult")
	h.call(t, http.MethodGet, "/api/v1/cases/"+r.CaseID, "").as(t, "casemanager").do(t).want(t, http.StatusOK)
	h.token(t, "auditor")
	js, err := jetstream.New(h.nats.Connect(t))
	must(t, err)
	must(t, js.DeleteStream(t.Context(), eventlog.TrailName))
	for _, path := range []string{"", "/timeline", "/duplicates", "/access-log", "/erasure"} {
		p := h.call(t, http.MethodGet, "/api/v1/cases/"+r.CaseID+path, "").as(t, "casemanager").do(t).want(t, http.StatusServiceUnavailable).problem(t)
		if p.Type != typePrefix+"unavailable" {
			t.Errorf("GET %q: %s", path, p.Type)
		}
	}
	h.call(t, http.MethodGet, "/api/v1/stages/screening/cases?position="+strconv.FormatUint(r.Position, 10), "").as(t, "casemanager").do(t).
		want(t, http.StatusServiceUnavailable)
}
