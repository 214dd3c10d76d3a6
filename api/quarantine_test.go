package api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"songtor/domain"
	"songtor/internal/app"
	"songtor/internal/identity"
	"songtor/internal/quarantine"
	"songtor/internal/rate"
	"songtor/internal/testenv"
)

// fieldPhone is an officer with an enrolled phone.
type fieldPhone struct {
	account identity.Account
	device  *testenv.Device
	id      string
}

// newFieldPhone makes a responder of the police with a phone that is enrolled.
func (h *harness) newFieldPhone(t *testing.T, username string) fieldPhone {
	t.Helper()
	account, err := h.identity.CreateDemoAccount(t.Context(), identity.DemoAccount{Username: username, Role: domain.Responder, Agency: "rtp-atpd"})
	must(t, err)
	device := testenv.NewDevice(t, "http://localhost:8080")
	return fieldPhone{account, device, h.enrol(t, account, device)}
}

// lose reports a phone lost.
func (h *harness) lose(t *testing.T, p fieldPhone) {
	t.Helper()
	h.call(t, http.MethodDelete, "/api/v1/devices/"+p.id, "").as(t, "admin").do(t).want(t, http.StatusNoContent)
}

// handOver sends a sealed form as a phone does whose session is gone.
func (h *harness) handOver(t *testing.T, by *testenv.Device, id string, form sealedForm) response {
	t.Helper()
	body, err := json.Marshal(form)
	must(t, err)
	path := "/api/v1/quarantine/" + id
	return h.call(t, http.MethodPut, path, string(body)).with("Content-Type", sealedType).
		with(proofHeader, by.Proof(t, by.Claims(http.MethodPut, path, "", body))).do(t)
}

// held finds a form in the list of somebody.
func (h *harness) held(t *testing.T, user, screening string) (heldFormAnswer, bool) {
	t.Helper()
	var list struct {
		Items []heldFormAnswer `json:"items"`
	}
	h.call(t, http.MethodGet, "/api/v1/quarantine", "").as(t, user).do(t).want(t, http.StatusOK).into(t, &list)
	for _, f := range list.Items {
		if f.ScreeningID == screening {
			return f, true
		}
	}
	return heldFormAnswer{}, false
}

// TestALostPhonesFormsAreKeptAndNeverAcceptedSilently holds the second half of promise 31: what was finished on a phone that was lost is
// kept once, is no case before a person says so, and is one then, with who said so on record.
func TestALostPhonesFormsAreKeptAndNeverAcceptedSilently(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	t.Run("ALostPhoneHandsOverOnce", h.testALostPhoneHandsOverOnce)
	t.Run("OnlyARevokedDeviceHandsOver", h.testOnlyARevokedDeviceHandsOver)
	t.Run("AShutAccountsPhoneHandsOver", h.testAShutAccountsPhoneHandsOver)
	t.Run("ARejectedFormIsNotLost", h.testARejectedFormIsNotLost)
	t.Run("AnExportedFileIsTakenIn", h.testAnExportedFileIsTakenIn)
	t.Run("ALostReplyMakesNoSecondCase", h.testALostReplyMakesNoSecondCase)
	t.Run("WhoDoesNotKeepItSeesNothing", h.testWhoDoesNotKeepItSeesNothing)
	t.Run("ALostPhoneEndsThePhonesSessions", h.testALostPhoneEndsThePhonesSessions)
	t.Run("TheQuarantineIsFullAtItsLimit", h.testTheQuarantineIsFullAtItsLimit)
}

func (h *harness) testALostPhoneHandsOverOnce(t *testing.T) {
	p := h.newFieldPhone(t, "lost-once")
	id := uuid.NewString()
	sealed := h.sealAs(t, id, fixture(t, "adult-scam-compound"))
	h.lose(t, p)
	before := h.head(t)
	var first, again heldAnswer
	h.handOver(t, p.device, id, sealed).want(t, http.StatusCreated).into(t, &first)
	h.handOver(t, p.device, id, sealed).want(t, http.StatusOK).into(t, &again)
	if first != again || first.State != quarantine.Held {
		t.Errorf("one form is held as %+v and %+v", first, again)
	}
	if h.head(t) != before {
		t.Fatal("a form of a lost phone was accepted silently")
	}
	form, found := h.held(t, "admin", id)
	if !found || form.Username != "lost-once" || form.DeviceID != p.id || form.Agency != "rtp-atpd" || form.Bytes == 0 {
		t.Fatalf("held is %+v, %v", form, found)
	}
	h.call(t, http.MethodPost, "/api/v1/quarantine/"+form.ID+"/release", "").as(t, "casemanager").do(t).want(t, http.StatusOK)
	if h.head(t) != before+1 {
		t.Fatalf("a release makes %d commits", h.head(t)-before)
	}
	h.call(t, http.MethodPost, "/api/v1/quarantine/"+form.ID+"/release", "").as(t, "admin").do(t).want(t, http.StatusOK)
	h.handOver(t, p.device, id, sealed).want(t, http.StatusOK).into(t, &again)
	if again.State != quarantine.Released || h.head(t) != before+1 {
		t.Errorf("after the release it is %q, and the log has %d commits more", again.State, h.head(t)-before)
	}
	h.mustBeReleasedBy(t, id, p.account, "casemanager")
}

// mustBeReleasedBy looks into the log: the case is the officer's, and says who released it.
func (h *harness) mustBeReleasedBy(t *testing.T, screening string, officer identity.Account, releaser string) {
	t.Helper()
	commits, err := h.log.Load(t.Context(), app.CaseID(screening))
	must(t, err)
	opened, ok := commits[0].Facts[0].Event.(*domain.CaseOpened)
	by, err := h.identity.ByUsername(t.Context(), releaser)
	must(t, err)
	switch {
	case !ok || opened.Released == nil:
		t.Fatal("the log does not say who released the form")
	case opened.Released.User != by.ID || opened.Released.Role != by.Role:
		t.Errorf("released by %+v", *opened.Released)
	case commits[0].Actor.User != officer.ID || opened.Agency != officer.Agency:
		t.Errorf("the case is of %+v and %s", commits[0].Actor, opened.Agency)
	}
}

func (h *harness) testOnlyARevokedDeviceHandsOver(t *testing.T) {
	p := h.newFieldPhone(t, "in-use")
	id := uuid.NewString()
	sealed := h.sealAs(t, id, fixture(t, "minimal-adult"))
	h.handOver(t, p.device, id, sealed).want(t, http.StatusUnauthorized) // a device in use
	h.handOver(t, testenv.NewDevice(t, p.device.Origin), id, sealed).want(t, http.StatusUnauthorized)
	h.lose(t, p)
	body, err := json.Marshal(sealed)
	must(t, err)
	path := "/api/v1/quarantine/" + id
	proof := p.device.Proof(t, p.device.Claims(http.MethodPut, path, "", body))
	send := func(body, proof string) response {
		return h.call(t, http.MethodPut, path, body).with("Content-Type", sealedType).with(proofHeader, proof).do(t)
	}
	send(string(body), "").want(t, http.StatusUnauthorized)
	other, err := json.Marshal(h.sealAs(t, id, fixture(t, "adult-scam-compound")))
	must(t, err)
	send(string(other), proof).want(t, http.StatusUnauthorized) // of another body
	send(string(body), proof).want(t, http.StatusCreated)       // the control
	send(string(body), proof).want(t, http.StatusUnauthorized)  // a proof is good once

	broken := sealed
	broken.Ciphertext = append([]byte{sealed.Ciphertext[0] ^ 1}, sealed.Ciphertext[1:]...)
	h.handOver(t, p.device, id, broken).want(t, http.StatusUnprocessableEntity)
	h.handOver(t, p.device, uuid.NewString(), sealed).want(t, http.StatusUnprocessableEntity)
}

func (h *harness) testAShutAccountsPhoneHandsOver(t *testing.T) {
	p := h.newFieldPhone(t, "shut")
	id := uuid.NewString()
	sealed := h.sealAs(t, id, fixture(t, "minimal-adult"))
	admin := h.administrator(t)
	must(t, h.identity.SetActive(t.Context(), admin, p.account.ID, false))
	h.handOver(t, p.device, id, sealed).want(t, http.StatusCreated)
	must(t, h.identity.SetActive(t.Context(), admin, p.account.ID, true))
	h.handOver(t, p.device, id, sealed).want(t, http.StatusUnauthorized)
}

func (h *harness) testARejectedFormIsNotLost(t *testing.T) {
	p := h.newFieldPhone(t, "rejected")
	id := uuid.NewString()
	sealed := h.sealAs(t, id, fixture(t, "minimal-adult"))
	h.lose(t, p)
	h.handOver(t, p.device, id, sealed).want(t, http.StatusCreated)
	form, _ := h.held(t, "casemanager", id)
	decide := func(what, body string) response {
		return h.call(t, http.MethodPost, "/api/v1/quarantine/"+form.ID+"/"+what, body).as(t, "casemanager").do(t)
	}
	before := h.head(t)
	decide("reject", `{"reason":"because"}`).want(t, http.StatusUnprocessableEntity)
	var rejected heldFormAnswer
	decide("reject", `{"reason":"not_theirs"}`).want(t, http.StatusOK).into(t, &rejected)
	if rejected.State != quarantine.Rejected || rejected.Reason != quarantine.NotTheirs || rejected.DecidedBy == "" || rejected.Bytes == 0 {
		t.Errorf("rejected is %+v", rejected)
	}
	if h.head(t) != before {
		t.Error("a rejected form was recorded")
	}
	decide("release", "").want(t, http.StatusOK)
	if h.head(t) != before+1 {
		t.Error("a mistaken rejection cannot be mended")
	}
	if got := decide("reject", `{"reason":"trial"}`).want(t, http.StatusConflict).problem(t); got.Type != typePrefix+decided.name {
		t.Errorf("rejecting what is recorded: %+v", got)
	}
}

func (h *harness) testAnExportedFileIsTakenIn(t *testing.T) {
	id := uuid.NewString()
	line, err := json.Marshal(importedForm{"responder", id, h.sealAs(t, id, fixture(t, "adult-scam-compound"))})
	must(t, err)
	bring := func(user, body string) response {
		return h.call(t, http.MethodPost, "/api/v1/screenings/import", body).as(t, user).do(t)
	}
	before := h.head(t)
	bring("responder", string(line)).want(t, http.StatusForbidden)
	var kept heldFormAnswer
	bring("admin", string(line)).want(t, http.StatusCreated)
	bring("casemanager", string(line)).want(t, http.StatusOK).into(t, &kept)
	if kept.Source != quarantine.FromFile || kept.Username != "responder" || kept.BroughtBy == "" || h.head(t) != before {
		t.Errorf("taken in is %+v, with %d commits", kept, h.head(t)-before)
	}
	bring("admin", strings.Replace(string(line), `"responder"`, `"nobody-here"`, 1)).want(t, http.StatusNotFound)
	h.call(t, http.MethodPost, "/api/v1/quarantine/"+kept.ID+"/release", "").as(t, "admin").do(t).want(t, http.StatusOK)
	officer, err := h.identity.ByUsername(t.Context(), "responder")
	must(t, err)
	h.mustBeReleasedBy(t, id, officer, "admin")
}

// testALostReplyMakesNoSecondCase hands over what the service had taken in the usual way when its reply was lost.
func (h *harness) testALostReplyMakesNoSecondCase(t *testing.T) {
	id := uuid.NewString()
	sealed := h.sealAs(t, id, fixture(t, "minimal-adult"))
	h.putSealed(t, id, sealed).want(t, http.StatusCreated)
	line, err := json.Marshal(importedForm{"responder", id, sealed})
	must(t, err)
	var kept heldFormAnswer
	h.call(t, http.MethodPost, "/api/v1/screenings/import", string(line)).as(t, "admin").do(t).want(t, http.StatusCreated).into(t, &kept)
	before := h.head(t)
	h.call(t, http.MethodPost, "/api/v1/quarantine/"+kept.ID+"/release", "").as(t, "admin").do(t).want(t, http.StatusOK)
	if h.head(t) != before {
		t.Error("one form was recorded twice")
	}
}

func (h *harness) testWhoDoesNotKeepItSeesNothing(t *testing.T) {
	p := h.newFieldPhone(t, "seen-by-few")
	_, err := h.identity.CreateDemoAccount(t.Context(), identity.DemoAccount{Username: "other-manager", Role: domain.CaseManager, Agency: "shelter-men-pathumthani"})
	must(t, err)
	id := uuid.NewString()
	sealed := h.sealAs(t, id, fixture(t, "minimal-adult"))
	h.lose(t, p)
	h.handOver(t, p.device, id, sealed).want(t, http.StatusCreated)
	form, _ := h.held(t, "admin", id) // the control
	if _, found := h.held(t, "other-manager", id); found || form.ID == "" {
		t.Error("a case manager sees the forms of another agency's officers")
	}
	release := "/api/v1/quarantine/" + form.ID + "/release"
	h.call(t, http.MethodPost, release, "").as(t, "other-manager").do(t).want(t, http.StatusNotFound)
	for _, user := range []string{"responder", "team", "shelter", "committee", "auditor"} {
		h.call(t, http.MethodGet, "/api/v1/quarantine", "").as(t, user).do(t).want(t, http.StatusForbidden)
		h.call(t, http.MethodPost, release, "").as(t, user).do(t).want(t, http.StatusForbidden)
	}
}

// testALostPhoneEndsThePhonesSessions reports a phone lost on which somebody is signed in by a browser, and who also sits at a desk.
func (h *harness) testALostPhoneEndsThePhonesSessions(t *testing.T) {
	p := h.newFieldPhone(t, "two-places")
	begin := func(client identity.Client) string {
		session, err := h.identity.Start(t.Context(), p.account, identity.Evidence{Methods: []identity.Method{identity.ByDevicePasskey}, Client: client})
		must(t, err)
		return session.Token
	}
	phone, desk := begin(identity.Phone), begin(identity.Browser)
	stands := func(token string) bool {
		return h.call(t, http.MethodGet, "/api/v1/session", "").with("Authorization", "Bearer "+token).do(t).status == http.StatusOK
	}
	if !stands(phone) || !stands(desk) {
		t.Fatal("the control: the sessions stand")
	}
	h.lose(t, p)
	testenv.Eventually(t, bite, func() bool { return !stands(phone) })
	if !stands(desk) {
		t.Error("the session at the desk ended with the phone's")
	}
}

func (h *harness) testTheQuarantineIsFullAtItsLimit(t *testing.T) {
	store, err := quarantine.New(t.Context(), h.pools.Migrate, h.pools.Store, nil)
	must(t, err)
	p := h.newFieldPhone(t, "many")
	h.lose(t, p)
	for range quarantine.MostHeld {
		_, _, err := store.Hold(t.Context(), quarantine.Arrival{
			Screening: uuid.NewString(), Sealed: quarantine.Sealed{Key: "2026-11", Enc: []byte{1}, Ciphertext: []byte{2}}, Source: quarantine.FromDevice,
			Device: p.id, Username: p.account.Username, Officer: domain.Actor{User: p.account.ID, Agency: p.account.Agency, Role: p.account.Role},
		})
		must(t, err)
	}
	id := uuid.NewString()
	got := h.handOver(t, p.device, id, h.sealAs(t, id, fixture(t, "minimal-adult"))).want(t, http.StatusTooManyRequests).problem(t)
	if got.Type != typePrefix+heldTooMany.name {
		t.Errorf("the quarantine is full: %+v", got)
	}
}

// TestAFormThatIsAcceptedSilentlyIsSeen is the control: a service that takes the forms of a lost phone as if it were in use writes to the
// log, and the test's look at the log's head sees that.
func TestAFormThatIsAcceptedSilentlyIsSeen(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	p := h.newFieldPhone(t, "careless")
	id := uuid.NewString()
	sealed := h.sealAs(t, id, fixture(t, "minimal-adult"))
	h.lose(t, p)
	before := h.head(t)
	careless := identity.Principal{UserID: p.account.ID, Role: p.account.Role, Agency: p.account.Agency, Assurance: identity.DeviceBound, Demo: true}
	_, _, err := app.New(h.parts).SubmitSealed(context.WithoutCancel(t.Context()), careless, id, app.SealedScreening(sealed))
	must(t, err)
	if h.head(t) == before {
		t.Error("the look at the log's head does not see an accepted form")
	}
	h.handOver(t, p.device, id, sealed).want(t, http.StatusCreated)
	if commits, err := h.log.Load(t.Context(), app.CaseID(id)); err != nil || commits[0].Facts[0].Event.(*domain.CaseOpened).Released != nil {
		t.Errorf("nobody released it, and the log says otherwise: %v", err)
	}
}

// TestARevokedDeviceIsPaced sees that a thief cannot fill the quarantine as fast as the line allows.
func TestARevokedDeviceIsPaced(t *testing.T) {
	t.Parallel()
	h := newHarnessWith(t, func(c *Config) { c.Rates = &Rates{Held: rate.Budget{Most: 2, In: 1 << 40}} })
	p := h.newFieldPhone(t, "paced")
	h.lose(t, p)
	id := uuid.NewString()
	sealed := h.sealAs(t, id, fixture(t, "minimal-adult"))
	h.handOver(t, p.device, id, sealed).want(t, http.StatusCreated)
	h.handOver(t, p.device, id, sealed).want(t, http.StatusOK)
	r := h.handOver(t, p.device, id, sealed).want(t, http.StatusTooManyRequests)
	if r.header.Get("Retry-After") == "" {
		t.Error("the answer does not say how long to wait")
	}
}
