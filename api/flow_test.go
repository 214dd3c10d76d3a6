package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"songtor/domain"
	"songtor/internal/app"
	"songtor/projections/inbox"
	"songtor/projections/stage"
	"songtor/schemas"
)

func (h *harness) testScreeningIsAcceptedOnceAndShows(t *testing.T) {
	t.Parallel()
	path, body := "/api/v1/screenings/"+uuid.NewString(), fixture(t, "minimal-adult")
	put := func(body string) response { return h.call(t, http.MethodPut, path, body).as(t, "responder").do(t) }

	first := put(body).want(t, http.StatusCreated)
	var receipt app.Receipt
	first.into(t, &receipt)
	if first.header.Get("Location") != "/api/v1/cases/"+receipt.CaseID || first.header.Get("Etag") == "" {
		t.Errorf("the receipt came with the headers %v", first.header)
	}
	for name, same := range map[string]string{"again": body, "with other white space": strings.ReplaceAll(body, "\n", "\n ")} {
		if again := put(same).want(t, http.StatusOK); string(again.body) != string(first.body) {
			t.Errorf("%s: got another receipt: %s", name, again.body)
		}
	}
	put(strings.Replace(body, "TH-50", "TH-10", 1)).want(t, http.StatusConflict)
	listed := h.call(t, http.MethodGet, "/api/v1/stages/screening/cases?limit=200", "").as(t, "responder").
		with(positionHeader, strconv.FormatUint(receipt.Position, 10)).do(t).want(t, http.StatusOK)
	var page list[stage.Row]
	listed.into(t, &page)
	if !slices.ContainsFunc(page.Items, func(r stage.Row) bool { return r.CaseID == receipt.CaseID && r.Reference == receipt.CaseReference }) {
		t.Errorf("the stage lists %+v", page.Items)
	}
	if position, err := strconv.ParseUint(listed.header.Get(positionHeader), 10, 64); err != nil || position < receipt.Position {
		t.Errorf("the list came at position %q", listed.header.Get(positionHeader))
	}
}

func (h *harness) testEveryValidFixtureIsAccepted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"adult-restaurant-lao", "adult-scam-compound", "child-refuses", "child-thai", "child-under-5", "forced-labour-fishing",
		"not-a-victim", "refuses-referral", "refuses-screening", "unsure-age-rohingya",
	} {
		h.submit(t, name)
	}
}

// testCaseGoesItsWay takes one person from the screening to protection and into a shelter.
func (h *harness) testCaseGoesItsWay(t *testing.T) {
	t.Parallel()
	receipt := h.submit(t, "adult-scam-compound")
	command := func(user, name, body string) response {
		return h.call(t, http.MethodPost, "/api/v1/cases/"+receipt.CaseID+"/"+name, body).as(t, user).key().do(t)
	}
	command("casemanager", "conclude-screening", `{"grounds":"yes","elements":{"act":"present"},"narrative":"n"}`).want(t, http.StatusCreated)
	command("team", "decide-identification", `{"outcome":"both","grounds":"all elements present"}`).want(t, http.StatusCreated)
	referral := uuid.NewString()
	refer := h.call(t, http.MethodPost, "/api/v1/cases/"+receipt.CaseID+"/refer",
		`{"to":"`+h.agency(t, "shelter")+`","services":["shelter_temp"],"hand_over":true,"note":"two beds"}`)
	sent := refer.as(t, "casemanager").with("Idempotency-Key", referral).do(t).want(t, http.StatusCreated)

	var waiting list[inbox.Item]
	h.call(t, http.MethodGet, "/api/v1/inbox?position="+sent.header.Get(positionHeader), "").as(t, "shelter").
		do(t).want(t, http.StatusOK).into(t, &waiting)
	if !slices.ContainsFunc(waiting.Items, func(i inbox.Item) bool { return i.CaseID == receipt.CaseID && i.Ref == referral }) {
		t.Errorf("the shelter's inbox holds %+v", waiting.Items)
	}
	command("shelter", "accept", `{"referral_id":"`+referral+`"}`).want(t, http.StatusCreated)
	command("shelter", "accept", `{"referral_id":"`+referral+`"}`).want(t, http.StatusConflict)

	var view app.CaseView
	shown := h.call(t, http.MethodGet, "/api/v1/cases/"+receipt.CaseID, "").as(t, "casemanager").do(t).want(t, http.StatusOK)
	shown.into(t, &view)
	if view.Stage != domain.Protection || view.Agency != h.agency(t, "shelter") || len(view.Decisions) != 2 {
		t.Errorf("the case stands at %s with %s after %d decisions", view.Stage, view.Agency, len(view.Decisions))
	}
	if shown.header.Get("Etag") != etagOf(view.Position) {
		t.Errorf("ETag %s at position %d", shown.header.Get("Etag"), view.Position)
	}
	var course app.TimelineView
	h.call(t, http.MethodGet, "/api/v1/cases/"+receipt.CaseID+"/timeline", "").as(t, "casemanager").do(t).want(t, http.StatusOK).into(t, &course)
	if len(course.Items) < 5 {
		t.Errorf("the timeline has %d entries", len(course.Items))
	}
	var counts list[app.StageCount]
	h.call(t, http.MethodGet, "/api/v1/stages?position="+strconv.FormatUint(view.Position, 10), "").as(t, "casemanager").
		do(t).want(t, http.StatusOK).into(t, &counts)
	if len(counts.Items) != 4 {
		t.Errorf("got the counts %+v", counts.Items)
	}
}

func (h *harness) agency(t *testing.T, username string) string {
	t.Helper()
	var s sessionAnswer
	h.call(t, http.MethodGet, "/api/v1/session", "").as(t, username).do(t).want(t, http.StatusOK).into(t, &s)
	return s.User.Agency
}

func (h *harness) testCaseIsOpenedAtTheFirstContact(t *testing.T) {
	t.Parallel()
	key, body := uuid.NewString(), `{"province":"TH-57","needs":["medical"],"recorded_at":"2026-03-02T11:40:00+07:00"}`
	open := func(body string) response {
		return h.call(t, http.MethodPost, "/api/v1/cases", body).as(t, "responder").with("Idempotency-Key", key).do(t)
	}
	first := open(body).want(t, http.StatusCreated)
	if again := open(body).want(t, http.StatusOK); string(again.body) != string(first.body) {
		t.Errorf("got another receipt: %s", again.body)
	}
	open(`{"province":"TH-58"}`).want(t, http.StatusConflict)

	var receipt app.Receipt
	first.into(t, &receipt)
	record := h.call(t, http.MethodPost, "/api/v1/cases/"+receipt.CaseID+"/record-screening", fixture(t, "minimal-adult"))
	record.as(t, "responder").key().do(t).want(t, http.StatusCreated)
	var view app.CaseView
	h.call(t, http.MethodGet, "/api/v1/cases/"+receipt.CaseID, "").as(t, "responder").do(t).want(t, http.StatusOK).into(t, &view)
	if !view.Urgent || len(view.Screenings) != 1 {
		t.Fatalf("the case is %+v", view)
	}
	correction := `{"screening_id":"` + view.Screenings[0].ID + `","reason":"wrong_entry","screening":` + fixture(t, "adult-restaurant-lao") + `}`
	h.call(t, http.MethodPost, "/api/v1/cases/"+receipt.CaseID+"/correct-screening", correction).as(t, "responder").key().
		do(t).want(t, http.StatusCreated)
}

func (h *harness) testCommandOnACaseThatMovedIsRefused(t *testing.T) {
	t.Parallel()
	receipt := h.submit(t, "minimal-adult")
	consent := func(match string) response {
		c := h.call(t, http.MethodPost, "/api/v1/cases/"+receipt.CaseID+"/record-consent", `{"purpose":"support","agreed":true}`)
		return c.as(t, "responder").key().with("If-Match", match).do(t)
	}
	moved := consent(etagOf(receipt.Position)).want(t, http.StatusCreated)
	if p := consent(etagOf(receipt.Position)).want(t, http.StatusPreconditionFailed).problem(t); etagOf(p.Position) != moved.header.Get("Etag") {
		t.Errorf("the problem names position %d, the case is at %s", p.Position, moved.header.Get("Etag"))
	}
	consent("7").want(t, http.StatusBadRequest)
}

func (h *harness) testCommandNeedsAnIdempotencyKey(t *testing.T) {
	t.Parallel()
	receipt := h.submit(t, "minimal-adult")
	p := h.call(t, http.MethodPost, "/api/v1/cases/"+receipt.CaseID+"/close", `{"reason":"other"}`).as(t, "responder").
		do(t).want(t, http.StatusBadRequest).problem(t)
	if p.Type != typePrefix+noKey.name {
		t.Errorf("got %+v", p)
	}
}

// testRefusalSaysWhatIsPossible is the 409 of the state, as the 422 of the command itself is another thing.
func (h *harness) testRefusalSaysWhatIsPossible(t *testing.T) {
	t.Parallel()
	receipt := h.submit(t, "minimal-adult")
	p := h.call(t, http.MethodPost, "/api/v1/cases/"+receipt.CaseID+"/record-consent", `{"purpose":"referral","agreed":false}`).
		as(t, "responder").key().do(t).want(t, http.StatusConflict).problem(t)
	if p.Rule != "consent.withdraw_instead" || !slices.Contains(p.Possible, "withdraw-consent") {
		t.Errorf("got %+v", p)
	}
}

func (h *harness) testDeniedCaseLooksAbsent(t *testing.T) {
	t.Parallel()
	receipt := h.submit(t, "minimal-adult")
	for _, suffix := range []string{"", "/timeline"} {
		denied := h.call(t, http.MethodGet, "/api/v1/cases/"+receipt.CaseID+suffix, "").as(t, "committee").do(t).want(t, http.StatusNotFound)
		absent := h.call(t, http.MethodGet, "/api/v1/cases/"+uuid.NewString()+suffix, "").as(t, "committee").do(t).want(t, http.StatusNotFound)
		nonsense := h.call(t, http.MethodGet, "/api/v1/cases/nonsense"+suffix, "").as(t, "committee").do(t).want(t, http.StatusNotFound)
		one, two, three := denied.problem(t), absent.problem(t), nonsense.problem(t)
		one.Instance, two.Instance, three.Instance = "", "", ""
		if one.Type != two.Type || one.Detail != two.Detail || one.Rule != two.Rule || two.Type != three.Type {
			t.Errorf("denied %+v, absent %+v, nonsense %+v", one, two, three)
		}
	}
	// Nor does the id of a command open what is closed: its receipt is for the agency that gave it.
	key, note := uuid.NewString(), `{"audience":"case","text":"x"}`
	addNote := func(user, key string) response {
		return h.call(t, http.MethodPost, "/api/v1/cases/"+receipt.CaseID+"/add-note", note).as(t, user).with("Idempotency-Key", key).do(t)
	}
	addNote("responder", key).want(t, http.StatusCreated)
	addNote("responder", key).want(t, http.StatusOK)
	addNote("shelter", uuid.NewString()).want(t, http.StatusNotFound)
	addNote("shelter", key).want(t, http.StatusNotFound)
}

func (h *harness) testFormsAndCodesAreServed(t *testing.T) {
	t.Parallel()
	var form formAnswer
	current := h.call(t, http.MethodGet, "/api/v1/forms/screening", "").as(t, "responder").do(t).want(t, http.StatusOK)
	current.into(t, &form)
	if published, err := schemas.Screening(form.Version); err != nil || form.Official || form.Hash != published.Hash || current.header.Get("Etag") != `"`+form.Hash+`"` {
		t.Errorf("official %v, hash %s, ETag %s", form.Official, form.Hash, current.header.Get("Etag"))
	}
	base := "/api/v1/forms/screening/" + strconv.Itoa(form.Version)
	for _, path := range []string{base, base + "/text/en", base + "/text/th", "/api/v1/codes/agencies", "/api/v1/codes/decline-reasons", "/api/v1/openapi.yaml"} {
		got := h.call(t, http.MethodGet, path, "").as(t, "responder").do(t).want(t, http.StatusOK)
		h.call(t, http.MethodGet, path, "").as(t, "responder").with("If-None-Match", `"x", W/`+got.header.Get("Etag")).do(t).
			want(t, http.StatusNotModified)
	}
	for _, path := range []string{"/api/v1/forms/screening/99", "/api/v1/forms/screening/x", base + "/text/xx", "/api/v1/codes/x", "/api/v1/codes/decline_reasons"} {
		h.call(t, http.MethodGet, path, "").as(t, "responder").do(t).want(t, http.StatusNotFound)
	}
	h.call(t, http.MethodGet, base, "").as(t, "committee").do(t).want(t, http.StatusForbidden)
}
