package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
)

// firstContact opens a case of which no form has been filled.
func (h *harness) firstContact(t *testing.T, user string) app.Receipt {
	t.Helper()
	var r app.Receipt
	h.call(t, http.MethodPost, "/api/v1/cases", `{"province":"TH-50"}`).as(t, user).key().do(t).want(t, http.StatusCreated).into(t, &r)
	return r
}

// give gives a command that is answered with a status.
func (h *harness) give(t *testing.T, user, caseID string, action access.Action, body string, status int) response {
	t.Helper()
	return h.call(t, http.MethodPost, "/api/v1/cases/"+caseID+"/"+string(action), body).as(t, user).key().do(t).want(t, status)
}

// testWrongStateNamesTheRule gives commands to a case that was just opened. Each is refused by a rule, with what is possible, and leaves
// the case as it was.
func (h *harness) testWrongStateNamesTheRule(t *testing.T) {
	t.Parallel()
	contacts := map[string]app.Receipt{"responder": h.firstContact(t, "responder"), "casemanager": h.firstContact(t, "casemanager")}
	for _, c := range []struct {
		user   string // whose agency opened the case
		action access.Action
		body   string
		rule   string
	}{
		{"casemanager", access.ConcludeScreening, `{"grounds":"yes","narrative":"n"}`, "screening.not_in_screening"},
		{"responder", access.Refer, `{"to":"datip","services":["basic"]}`, "referral.not_screened"},
		{"responder", access.WithdrawConsent, `{"purpose":"referral"}`, "consent.not_given"},
		{"responder", access.RequestHandOver, `{"reason":"r"}`, "case.responsible_already"},
		{"responder", access.Assign, `{"assignee":""}`, "case.assigned_already"},
		{"casemanager", access.LiftHold, `{"authority":{"name":"n","reference":"1"},"reason":"r"}`, "hold.not_set"},
		{"responder", access.StartPeriod, `{"period":"reflection"}`, "period.not_presumed"},
		{"casemanager", access.ExtendPeriod, `{"period":"section_29","until":"2027-01-01T00:00:00Z","authority":{"name":"n","reference":"1"}}`, "period.not_running"},
		{"responder", access.PausePeriod, `{"period":"section_29","reason":"hospital"}`, "period.not_running"},
		{"responder", access.ResumePeriod, `{"period":"section_29"}`, "period.not_running"},
		{"casemanager", access.EndPeriod, `{"period":"section_29","reason":"over"}`, "period.not_running"},
		{"casemanager", access.ConveneTeam, `{"members":[{"agency":"datip"}]}`, "identification.not_in_identification"},
		{"casemanager", access.HoldInterview, `{"notes":"n"}`, "identification.not_in_identification"},
		{"casemanager", access.RequestReassessment, `{"reason":"court"}`, "identification.nothing_to_reassess"},
		{"casemanager", access.AgreePlan, `{"goals":"g","actions":"a","wishes":"w"}`, "protection.not_presumed"},
		{"casemanager", access.FollowUp, `{"how":"h"}`, "protection.not_presumed"},
		{"casemanager", access.ArrangeReturn, `{"own_wish":true,"country":"LAO","assessment":"a"}`, "protection.not_presumed"},
		{"casemanager", access.CompleteReturn, `{}`, "return.not_arranged"},
		{"casemanager", access.FileClaim, `{"kind":"fund","items":[{"code":"medical"}]}`, "service.not_entitled"},
		{"responder", access.RequestService, `{"service":"basic","replaces":"` + anID + `"}`, "service.not_declined"},
		{"responder", access.PlaceInShelter, `{"location":"l","long_term":true}`, "service.not_entitled"},
		{"responder", access.LeaveShelter, `{"reason":"own_wish"}`, "shelter.not_placed"},
		{"responder", access.Reopen, `{"reason":"review"}`, "case.not_closed"},
	} {
		p := h.give(t, c.user, contacts[c.user].CaseID, c.action, c.body, http.StatusConflict).problem(t)
		if p.Type != typePrefix+refused.name || p.Rule != c.rule {
			t.Errorf("%s: got %s by rule %s, want %s", c.action, p.Type, p.Rule, c.rule)
		}
		if !slices.Contains(p.Possible, string(access.RecordScreening)) {
			t.Errorf("%s: possible is said to be %v", c.action, p.Possible)
		}
	}
	for user, contact := range contacts {
		var view app.CaseView
		h.call(t, http.MethodGet, "/api/v1/cases/"+contact.CaseID, "").as(t, user).do(t).want(t, http.StatusOK).into(t, &view)
		if view.Position != contact.Position {
			t.Errorf("the case moved from %d to %d", contact.Position, view.Position)
		}
	}
}

// testWhatIsNotThereIsNotFound names things that a case does not have.
func (h *harness) testWhatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	receipt := h.submit(t, "minimal-adult")
	for action, body := range map[access.Action]string{
		access.Accept: `{"referral_id":"` + anID + `"}`, access.Revoke: `{"referral_id":"` + anID + `","reason":"no_answer"}`,
		access.GrantHandOver: `{"request_id":"` + anID + `"}`, access.AcceptService: `{"service_id":"` + anID + `"}`,
		access.RefuseService: `{"service_id":"` + anID + `"}`, access.AdvanceClaim: `{"claim_id":"` + anID + `","step":"paid"}`,
		access.UndoLink:              `{"link_id":"` + anID + `"}`,
		access.SettleDisagreement:    `{"disagreement_id":"` + anID + `","keep":"standing","reason":"r"}`,
		access.AcknowledgeWithdrawal: `{"withdrawal_id":"` + anID + `"}`,
		access.CorrectScreening:      `{"screening_id":"` + anID + `","reason":"wrong_entry","screening":` + fixture(t, "minimal-adult") + `}`,
	} {
		h.give(t, "casemanager", receipt.CaseID, action, body, http.StatusNotFound)
	}
	for action, s := range samples() {
		status := http.StatusNotFound
		if action == access.Link || action == access.Exclude { // neither is the other case or the account, which is looked up first
			status = http.StatusUnprocessableEntity
		}
		h.give(t, "casemanager", uuid.NewString(), action, s.body, status)
	}
}

// testUnknownOthersAreNamed names people and cases that nobody knows.
func (h *harness) testUnknownOthersAreNamed(t *testing.T) {
	t.Parallel()
	receipt := h.submit(t, "minimal-adult")
	for _, c := range []struct {
		action        access.Action
		body, pointer string
	}{
		{access.Assign, `{"assignee":"` + anID + `"}`, "/assignee"},
		{access.Link, `{"other":"` + anID + `","kind":"family"}`, "/other"},
	} {
		p := h.give(t, "casemanager", receipt.CaseID, c.action, c.body, http.StatusUnprocessableEntity).problem(t)
		if len(p.Errors) != 1 || p.Errors[0].Pointer == nil || *p.Errors[0].Pointer != c.pointer {
			t.Errorf("%s: got %+v", c.action, p.Errors)
		}
	}
	own := h.give(t, "casemanager", receipt.CaseID, access.Link, `{"other":"`+receipt.CaseID+`","kind":"family"}`, http.StatusUnprocessableEntity)
	if p := own.problem(t); p.Rule != "link.to_itself" {
		t.Errorf("got %+v", p)
	}
}

// testCommandOnACaseThatMovedSaysWhatChanged is the 412: it names what its sender has not seen.
func (h *harness) testCommandOnACaseThatMovedSaysWhatChanged(t *testing.T) {
	t.Parallel()
	receipt := h.submit(t, "minimal-adult")
	note := func(headers map[string]string) response {
		c := h.call(t, http.MethodPost, "/api/v1/cases/"+receipt.CaseID+"/add-note", `{"audience":"case","text":"t"}`).as(t, "responder").key()
		for name, value := range headers {
			c.with(name, value)
		}
		return c.do(t)
	}
	h.give(t, "casemanager", receipt.CaseID, access.RecordNeeds, `{"needs":["medical"]}`, http.StatusCreated)
	h.give(t, "responder", receipt.CaseID, access.SetHold, `{"basis":"b"}`, http.StatusCreated)
	p := note(map[string]string{"If-Match": etagOf(receipt.Position)}).want(t, http.StatusPreconditionFailed).problem(t)
	if len(p.Changes) != 2 || p.Changes[0].Type != new(domain.UrgentNeedRecorded).EventType() || p.Changes[0].Command != "record-needs" ||
		p.Changes[0].Agency != h.agency(t, "casemanager") || p.Changes[1].Position != p.Position || p.Changes[1].AcceptedAt.IsZero() {
		t.Errorf("got position %d and the changes %+v", p.Position, p.Changes)
	}
	note(map[string]string{basedOnHeader: strconv.FormatUint(receipt.Position, 10)}).want(t, http.StatusCreated)
	for name, headers := range map[string]map[string]string{
		"a position in quotation marks": {basedOnHeader: etagOf(receipt.Position)},
		"no position":                   {basedOnHeader: "0"},
		"a predecessor that is no id":   {afterHeader: marker},
	} {
		if got := note(headers); got.status != http.StatusBadRequest || strings.Contains(string(got.body), marker) {
			t.Errorf("%s: got %d %s", name, got.status, got.body)
		}
	}
}

// testCommandWaitsForItsPredecessor sends two commands of one device in the wrong order.
func (h *harness) testCommandWaitsForItsPredecessor(t *testing.T) {
	t.Parallel()
	receipt := h.submit(t, "minimal-adult")
	first, second := uuid.NewString(), uuid.NewString()
	send := func(key, before string) response {
		c := h.call(t, http.MethodPost, "/api/v1/cases/"+receipt.CaseID+"/add-note", `{"audience":"case","text":"`+key+`"}`)
		c.as(t, "responder").with("Idempotency-Key", key).with(basedOnHeader, strconv.FormatUint(receipt.Position, 10))
		return c.with(afterHeader, before).do(t)
	}
	if p := send(second, first).want(t, http.StatusConflict).problem(t); p.Type != typePrefix+outOfOrder.name {
		t.Errorf("got %+v", p)
	}
	send(first, receipt.CommandID).want(t, http.StatusCreated)
	send(second, first).want(t, http.StatusCreated)
	send(second, first).want(t, http.StatusOK)
}

// testReferralIsFollowedByBoth sees a referral in the boxes of both its agencies, now and as they were.
func (h *harness) testReferralIsFollowedByBoth(t *testing.T) {
	t.Parallel()
	receipt := h.submit(t, "adult-scam-compound")
	refer := h.give(t, "responder", receipt.CaseID, access.Refer,
		`{"to":"`+h.agency(t, "shelter")+`","services":["shelter_temp"]}`, http.StatusCreated)
	var sent app.Receipt
	refer.into(t, &sent)
	box := func(user, box string) []map[string]any {
		var page list[map[string]any]
		h.call(t, http.MethodGet, "/api/v1/inbox?limit=200&box="+box+"&position="+refer.header.Get(positionHeader), "").as(t, user).
			do(t).want(t, http.StatusOK).into(t, &page)
		return slices.DeleteFunc(page.Items, func(i map[string]any) bool { return i["case_id"] != receipt.CaseID })
	}
	for _, place := range [][2]string{{"shelter", "incoming"}, {"responder", "outgoing"}, {"shelter", "pending"}, {"responder", "pending"}} {
		found := box(place[0], place[1])
		if len(found) != 1 || found[0]["referral_id"] != sent.CommandID || found[0]["status"] != "pending" {
			t.Errorf("the %s of %s: %v", place[1], place[0], found)
		}
	}
	if tasks := box("shelter", "tasks"); len(tasks) != 1 || tasks[0]["kind"] != string(domain.TaskAnswer) {
		t.Errorf("the shelter has to do %v", tasks)
	}
	before := asOf(time.Now())
	refer = h.give(t, "responder", receipt.CaseID, access.Revoke, `{"referral_id":"`+sent.CommandID+`","reason":"no_longer_needed"}`, http.StatusCreated)
	for _, user := range []string{"shelter", "responder"} {
		if found := box(user, "closed"); len(found) != 1 || found[0]["reason"] != "no_longer_needed" {
			t.Errorf("the closed ones of %s: %v", user, found)
		}
	}
	if tasks := box("shelter", "tasks"); len(tasks) != 0 {
		t.Errorf("the shelter has still to do %v", tasks)
	}
	for _, place := range []string{"tasks", "pending"} {
		if found := box("shelter", place+"&"+before); len(found) != 1 {
			t.Errorf("the %s of the shelter before: %v", place, found)
		}
	}
	h.call(t, http.MethodGet, "/api/v1/inbox/counts?position="+refer.header.Get(positionHeader), "").as(t, "responder").do(t).want(t, http.StatusOK)
}

// asOf is a moment as a parameter.
func asOf(t time.Time) string { return "as_of=" + t.UTC().Format(time.RFC3339Nano) }
