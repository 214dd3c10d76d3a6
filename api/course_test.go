package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/testenv"
	"songtor/internal/transparency"
)

// course is a case on its way, and which commands have been given to it.
type course struct {
	*harness
	caseID string
	given  map[access.Action]bool
}

// give has somebody give a command: it is accepted once, answered with the same receipt whenever it is repeated, and refused
// with another content. It returns the command's id, by which what it made is named.
func (c *course) give(t *testing.T, user string, action access.Action, body string) string {
	t.Helper()
	key := uuid.NewString()
	c.giveAs(t, key, user, action, body)
	return key
}

func (c *course) giveAs(t *testing.T, key, user string, action access.Action, body string) response {
	t.Helper()
	send := func(body string) response {
		return c.call(t, http.MethodPost, "/api/v1/cases/"+c.caseID+"/"+string(action), body).as(t, user).with("Idempotency-Key", key).do(t)
	}
	first := send(body)
	if first.status != http.StatusCreated {
		t.Fatalf("%s by %s: got %d %s", action, user, first.status, first.body)
	}
	if again := send(body); again.status != http.StatusOK || string(again.body) != string(first.body) {
		t.Errorf("%s again: got %d %s, want the receipt %s", action, again.status, again.body, first.body)
	}
	if other := send(otherwise(action, body)); other.status != http.StatusConflict || other.problem(t).Type != typePrefix+otherContent.name {
		t.Errorf("%s with other content: got %d %s", action, other.status, other.body)
	}
	c.given[action] = true
	return first
}

// otherwise is another content for a command: the same, but said to have happened on another day.
func otherwise(action access.Action, body string) string {
	switch action {
	case access.RecordScreening:
		return strings.Replace(body, "TH-50", "TH-10", 1)
	case access.CorrectScreening:
		return strings.Replace(body, "wrong_entry", "new_information", 1)
	case access.RequestErasure:
		return strings.Replace(body, "erasure_request", "opened_in_error", 1)
	case access.ApproveBreakGlass, access.ApproveLiftExclusion:
		name, _, _ := strings.Cut(body, `":"`)
		return name + `":"` + uuid.NewString() + `"}`
	case access.BreakGlass, access.ReviewBreakGlass, access.Exclude, access.LiftExclusion, access.SetLegalHold, access.LiftLegalHold, access.RefuseErasure:
		return strings.Replace(body, "because", "for another reason", 1)
	}
	return `{"occurred_at":"2026-03-04T05:06:07Z"` + strings.Replace(strings.Replace(body, "{", ",", 1), ",}", "}", 1)
}

func (c *course) see(t *testing.T) app.CaseView {
	t.Helper()
	var view app.CaseView
	c.call(t, http.MethodGet, "/api/v1/cases/"+c.caseID, "").as(t, "casemanager").do(t).want(t, http.StatusOK).into(t, &view)
	return view
}

// testEveryCommandHappensOnce takes one person through everything that a case can take.
func (h *harness) testEveryCommandHappensOnce(t *testing.T) {
	t.Parallel()
	receipt := h.submit(t, "adult-scam-compound")
	c := &course{h, receipt.CaseID, map[access.Action]bool{access.AttachFile: true}} // which is no POST
	c.firstContact(t, receipt.ScreeningID)
	c.periods(t)
	c.give(t, "casemanager", access.ConcludeScreening, `{"grounds":"yes","elements":{"act":"present"},"narrative":"n"}`)
	c.referrals(t)
	c.handOver(t)
	c.identification(t)
	c.services(t)
	c.protection(t)
	c.links(t)
	c.disagreement(t)
	c.withdrawal(t)
	c.give(t, "casemanager", access.Close, `{"reason":"support_complete"}`)
	c.give(t, "casemanager", access.Reopen, `{"reason":"new_risk","note":"n"}`)
	c.guards(t)
	for _, command := range access.Commands() {
		if !c.given[command] {
			t.Errorf("%s was not given", command)
		}
	}
	c.isReadable(t)
	c.erased(t)
}

// guards are the commands on who may know of the case, and for how long; the last word of an erasure comes after everything.
func (c *course) guards(t *testing.T) {
	t.Helper()
	glass := c.give(t, "shelter", access.BreakGlass, `{"scopes":["identity","medical"],"reason":"medical_emergency","text":"because"}`)
	c.give(t, "casemanager", access.ApproveBreakGlass, `{"glass_id":"`+glass+`"}`)
	c.give(t, "auditor", access.ReviewBreakGlass, `{"glass_id":"`+glass+`","verdict":"justified","text":"because"}`)
	exclusion := c.give(t, "casemanager", access.Exclude, `{"agency":"police-tak","reason":"because"}`)
	c.give(t, "casemanager", access.LiftExclusion, `{"exclusion_id":"`+exclusion+`","reason":"because"}`)
	c.give(t, "auditor", access.ApproveLiftExclusion, `{"exclusion_id":"`+exclusion+`"}`)
	c.give(t, "casemanager", access.SetLegalHold, `{"basis":"because"}`)
	c.give(t, "casemanager", access.LiftLegalHold, `{"reason":"because"}`)
	erasure := c.give(t, "casemanager", access.RequestErasure, `{"reason":"erasure_request"}`)
	c.give(t, "auditor", access.RefuseErasure, `{"erasure_id":"`+erasure+`","note":"because"}`)
	c.given[access.ApproveErasure] = true // by erased
}

// erased lets two people agree to erase the case: nothing of it can be read then, and a certificate says so.
func (c *course) erased(t *testing.T) {
	t.Helper()
	erasure := c.give(t, "casemanager", access.RequestErasure, `{"reason":"erasure_request"}`)
	approve := c.call(t, http.MethodPost, "/api/v1/cases/"+c.caseID+"/approve-erasure", `{"erasure_id":"`+erasure+`"}`)
	if got := approve.as(t, "auditor").with("Idempotency-Key", uuid.NewString()).do(t); got.status != http.StatusCreated {
		t.Fatalf("the second person's word: got %d %s", got.status, got.body)
	}
	got := c.call(t, http.MethodGet, "/api/v1/cases/"+c.caseID+"/erasure", "").as(t, "auditor").do(t)
	if got.status != http.StatusOK || !strings.Contains(string(got.body), `"stage":"destroyed"`) || !strings.Contains(string(got.body), `"signature"`) {
		t.Fatalf("the erasure: got %d %s", got.status, got.body)
	}
}

func (c *course) firstContact(t *testing.T, screening string) {
	c.give(t, "responder", access.RecordNeeds, `{"needs":["medical"]}`)
	c.give(t, "responder", access.AssessSafety, `{"danger":"at_risk","from":["employer"],"measures":"m"}`)
	c.give(t, "responder", access.GiveInformation, `{"topics":["consent","services"],"language":"mya","understood":true}`)
	c.give(t, "responder", access.AppointRepresentative, `{"kind":"support_person","name":"n"}`)
	c.give(t, "responder", access.AssessInterests, `{"summary":"s","views":"v"}`)
	c.give(t, "responder", access.RecordConsent, `{"purpose":"support","agreed":true}`)
	c.give(t, "responder", access.AddNote, `{"audience":"case","text":"t"}`)
	c.give(t, "responder", access.SetHold, `{"basis":"b"}`)
	c.give(t, "casemanager", access.LiftHold, `{"authority":{"name":"court","reference":"7/2569"},"reason":"r"}`)
	c.give(t, "responder", access.Assign, `{"assignee":"me"}`)
	c.give(t, "responder", access.CorrectScreening,
		`{"screening_id":"`+screening+`","reason":"wrong_entry","screening":`+fixture(t, "adult-scam-compound")+`}`)
	c.give(t, "responder", access.RecordScreening, fixture(t, "minimal-adult"))
}

func (c *course) periods(t *testing.T) {
	c.give(t, "casemanager", access.StartPeriod, `{"period":"section_29"}`)
	until := time.Now().Add(3 * 24 * time.Hour).UTC().Format(time.RFC3339)
	c.give(t, "casemanager", access.ExtendPeriod,
		`{"period":"section_29","until":"`+until+`","authority":{"name":"court","reference":"7/2569"}}`)
	c.give(t, "casemanager", access.PausePeriod, `{"period":"section_29","reason":"hospital"}`)
	c.give(t, "casemanager", access.ResumePeriod, `{"period":"section_29"}`)
	c.give(t, "casemanager", access.EndPeriod, `{"period":"section_29","reason":"person_wishes"}`)
}

func (c *course) referrals(t *testing.T) {
	to := func(user string) string {
		return `{"to":"` + c.agency(t, user) + `","services":["shelter_temp"],"data":["identity"],"note":"n"}`
	}
	done := c.give(t, "responder", access.Refer, to("shelter"))
	c.give(t, "shelter", access.Accept, `{"referral_id":"`+done+`"}`)
	c.give(t, "shelter", access.Complete, `{"referral_id":"`+done+`","outcome":"o"}`)
	declined := c.give(t, "responder", access.Refer, to("casemanager"))
	c.give(t, "casemanager", access.Decline, `{"referral_id":"`+declined+`","reason":"`+firstCode(t, c, "decline-reasons")+`","note":"n"}`)
	revoked := c.give(t, "responder", access.Refer, to("shelter"))
	c.give(t, "responder", access.Revoke, `{"referral_id":"`+revoked+`","reason":"no_longer_needed"}`)
}

func firstCode(t *testing.T, c *course, list string) string {
	t.Helper()
	var found struct {
		Items []struct {
			Code string `json:"code"`
		} `json:"items"`
	}
	c.call(t, http.MethodGet, "/api/v1/codes/"+list, "").as(t, "responder").do(t).want(t, http.StatusOK).into(t, &found)
	return found.Items[0].Code
}

func (c *course) handOver(t *testing.T) {
	refused := c.give(t, "casemanager", access.RequestHandOver, `{"reason":"r"}`)
	c.give(t, "responder", access.RefuseHandOver, `{"request_id":"`+refused+`","reason":"`+firstCode(t, c, "decline-reasons")+`"}`)
	granted := c.give(t, "casemanager", access.RequestHandOver, `{"reason":"r"}`)
	c.give(t, "responder", access.GrantHandOver, `{"request_id":"`+granted+`"}`)
	if view := c.see(t); view.Agency != c.agency(t, "casemanager") {
		t.Errorf("the case is with %s", view.Agency)
	}
}

func (c *course) identification(t *testing.T) {
	team := c.agency(t, "team")
	c.give(t, "team", access.ConveneTeam, `{"members":[{"agency":"`+team+`"},{"agency":"`+c.agency(t, "casemanager")+`"}]}`)
	c.give(t, "team", access.HoldInterview, `{"language":"mya","notes":"n","adjustments":["easy_read"]}`)
	c.give(t, "team", access.GiveFinding, `{"outcome":"undetermined","elements":{"act":"present"},"reasons":"r"}`)
	c.give(t, "team", access.DecideIdentification, `{"outcome":"tip_s6","grounds":"g"}`)
	c.give(t, "casemanager", access.RequestReassessment, `{"reason":"person","note":"n"}`)
	c.give(t, "team", access.DecideIdentification, `{"outcome":"both","grounds":"g"}`)
}

func (c *course) services(t *testing.T) {
	ask := func(more string) string {
		return c.give(t, "casemanager", access.RequestService, `{"service":"basic","provider":"`+c.agency(t, "shelter")+`"`+more+`}`)
	}
	given := ask(`,"data":["identity","health"],"note":"n"`)
	c.give(t, "shelter", access.AcceptService, `{"service_id":"`+given+`"}`)
	c.give(t, "shelter", access.DeliverService, `{"service_id":"`+given+`","outcome":"o"}`)
	declined := ask("")
	c.give(t, "shelter", access.DeclineService, `{"service_id":"`+declined+`","reason":"no_capacity","note":"n"}`)
	unwanted := ask(`,"replaces":"` + declined + `"`)
	c.give(t, "casemanager", access.RefuseService, `{"service_id":"`+unwanted+`","reason":"r"}`)
	c.give(t, "casemanager", access.PlaceInShelter, `{"provider":"`+c.agency(t, "shelter")+`","location":"`+marker+`"}`)
	c.locationIsForTheShelter(t)
	c.shelterIsWithheldFromStrangers(t)
	c.give(t, "casemanager", access.LeaveShelter, `{"reason":"own_wish"}`)
}

// locationIsForTheShelter sees that where the person is reaches nobody but the shelter and the case manager.
func (c *course) locationIsForTheShelter(t *testing.T) {
	t.Helper()
	for user, want := range map[string]bool{"casemanager": true, "shelter": true, "responder": false, "team": false, "auditor": false} {
		got := c.call(t, http.MethodGet, "/api/v1/cases/"+c.caseID, "").as(t, user).do(t).want(t, http.StatusOK)
		if strings.Contains(string(got.body), marker) != want {
			t.Errorf("%s reads where the person has shelter: %v, want %v", user, !want, want)
		}
	}
}

// shelterIsWithheldFromStrangers sees that the bundle by which anybody can check the case names the shelter to those alone who may know of it,
// and can be checked without.
func (c *course) shelterIsWithheldFromStrangers(t *testing.T) {
	t.Helper()
	keys := logKeys(t)
	policy, err := transparency.ParsePolicy(fmt.Appendf(nil, "log %s\nreceipts %s\nquorum none\n", keys.VerifierKey(transparency.Cases), keys.ReceiptKey()))
	must(t, err)
	placed := c.see(t).Position
	for user, withheld := range map[string]int{"casemanager": 0, "auditor": 1} {
		var bundle transparency.Bundle
		var file []byte
		testenv.Eventually(t, time.Minute, func() bool { // a moment ago may not be signed for yet
			got := c.call(t, http.MethodGet, "/api/v1/cases/"+c.caseID+"/proof", "").as(t, user).do(t)
			bundle, file = transparency.Bundle{}, got.body
			return got.status == http.StatusOK && json.Unmarshal(file, &bundle) == nil && bundle.Messages[len(bundle.Messages)-1].Position >= placed
		})
		found, err := transparency.Verify(transparency.Question{Bundle: file, Policy: policy})
		must(t, err)
		if found.Withheld != withheld || found.Messages != len(bundle.Messages) {
			t.Errorf("%s has the bundle %+v, with %d withheld", user, found, withheld)
		}
		named := slices.ContainsFunc(bundle.Messages, func(m transparency.Message) bool { return bytes.Contains(m.Data, []byte(`"placement"`)) })
		if named != (withheld == 0) {
			t.Errorf("%s reads in the bundle which shelter the person is in: %t", user, named)
		}
	}
}

func (c *course) protection(t *testing.T) {
	c.give(t, "casemanager", access.AgreePlan, `{"goals":"g","actions":"a","wishes":"w"}`)
	c.give(t, "casemanager", access.AssessRisk, `{"danger":"at_risk"}`)
	claim := c.give(t, "casemanager", access.FileClaim, `{"kind":"fund","items":[{"code":"medical","amount":150000}],"note":"n"}`)
	c.give(t, "casemanager", access.AdvanceClaim, `{"claim_id":"`+claim+`","step":"status_checked"}`)
	c.give(t, "casemanager", access.ArrangeReturn, `{"own_wish":true,"country":"MMR","assessment":"a"}`)
	c.give(t, "casemanager", access.CompleteReturn, `{"note":"n"}`)
	c.give(t, "casemanager", access.FollowUp, `{"how":"h"}`)
}

func (c *course) links(t *testing.T) {
	other := c.submit(t, "minimal-adult").CaseID
	link := c.give(t, "casemanager", access.Link, `{"other":"`+other+`","kind":"family"}`)
	c.give(t, "casemanager", access.UndoLink, `{"link_id":"`+link+`"}`)
	c.give(t, "casemanager", access.RefuseDuplicate, `{"other":"`+other+`"}`)
}

// disagreement has two people answer one question without knowing of each other.
func (c *course) disagreement(t *testing.T) {
	before := c.see(t).Position
	c.give(t, "casemanager", access.RecordConsent, `{"purpose":"police_cooperation","agreed":true}`)
	offline := c.call(t, http.MethodPost, "/api/v1/cases/"+c.caseID+"/record-consent", `{"purpose":"police_cooperation","agreed":false}`)
	offline.as(t, "casemanager").key().with(basedOnHeader, strconv.FormatUint(before, 10)).do(t).want(t, http.StatusCreated)
	view := c.see(t)
	if len(view.Disagreements) != 1 || view.Disagreements[0].Answers == nil {
		t.Fatalf("the disagreements are %+v", view.Disagreements)
	}
	c.give(t, "casemanager", access.SettleDisagreement,
		`{"disagreement_id":"`+view.Disagreements[0].ID+`","keep":"standing","reason":"r"}`)
}

func (c *course) withdrawal(t *testing.T) {
	withdrawal := c.give(t, "casemanager", access.WithdrawConsent, `{"purpose":"referral","reason":"r"}`)
	if waiting := c.see(t).Withdrawals; len(waiting) == 0 {
		t.Fatal("nobody was told of the withdrawal")
	}
	c.give(t, "shelter", access.AcknowledgeWithdrawal, `{"withdrawal_id":"`+withdrawal+`"}`)
}

// isReadable asks for the case and its course as everybody may, so that each answer is held against its description.
func (c *course) isReadable(t *testing.T) {
	t.Helper()
	for _, user := range []string{"casemanager", "team", "responder", "auditor"} {
		for _, path := range []string{"", "/timeline", "?as_of=" + time.Now().UTC().Format(time.RFC3339)} {
			c.call(t, http.MethodGet, "/api/v1/cases/"+c.caseID+path, "").as(t, user).do(t).want(t, http.StatusOK)
		}
	}
}
