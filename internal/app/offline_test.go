package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/identity"
)

// screened submits a consenting adult's form.
func (b *bench) screened(t *testing.T, seed uint64) (app.Receipt, map[string]any) {
	t.Helper()
	id, body := form(t, seed)
	receipt, _, err := b.SubmitScreening(t.Context(), officer, id, body)
	must(t, err)
	var fields map[string]any
	must(t, json.Unmarshal(body, &fields))
	return receipt, fields
}

// correction is a correction of a form in which some answers are others.
func correction(t *testing.T, receipt app.Receipt, fields map[string]any, basedOn uint64, changes map[string]any) app.Call {
	t.Helper()
	answers := map[string]any{}
	for key, answer := range fields["answers"].(map[string]any) {
		answers[key] = answer
	}
	for key, value := range changes {
		answers[key] = map[string]any{"state": "answered", "value": value}
	}
	changed := map[string]any{}
	for name, value := range fields {
		changed[name] = value
	}
	changed["answers"] = answers
	body, err := json.Marshal(map[string]any{"screening_id": receipt.ScreeningID, "reason": "person_corrected", "screening": changed})
	must(t, err)
	fix := call(access.CorrectScreening, nil)
	fix.Body, fix.BasedOn = body, basedOn
	return fix
}

func answerIn(t *testing.T, v app.CaseView, key string) string {
	t.Helper()
	var answers map[string]struct {
		Value any `json:"value"`
	}
	must(t, json.Unmarshal(v.Screenings[0].Answers, &answers))
	text, _ := answers[key].Value.(string)
	return text
}

// caring is somebody who asks for what they see of the person's health.
func caring(p identity.Principal) identity.Principal {
	p.Purpose = string(access.ForHealth)
	return p
}

func TestCorrectionsMadeOfflineOfDifferentAnswersBothStand(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt, fields := b.screened(t, 21)
	seen := receipt.Position
	for _, changes := range []map[string]any{{"c_pregnant": "yes"}, {"c_injury": "yes"}} {
		_, _, err := b.Execute(t.Context(), officer, receipt.CaseID, correction(t, receipt, fields, seen, changes))
		must(t, err)
	}
	view, err := b.Case(t.Context(), caring(officer), receipt.CaseID, time.Time{})
	must(t, err)
	if answerIn(t, view, "c_pregnant") != "yes" || answerIn(t, view, "c_injury") != "yes" || len(view.Disagreements) != 0 {
		t.Fatalf("pregnant %q, injury %q, %d disagreements", answerIn(t, view, "c_pregnant"), answerIn(t, view, "c_injury"), len(view.Disagreements))
	}
}

// Without the position that it was written for, a correction is the whole form: the control for the test above.
func TestACorrectionOfThePresentFormReplacesAllOfIt(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt, fields := b.screened(t, 21)
	for _, changes := range []map[string]any{{"c_pregnant": "yes"}, {"c_injury": "yes"}} {
		_, _, err := b.Execute(t.Context(), officer, receipt.CaseID, correction(t, receipt, fields, 0, changes))
		must(t, err)
	}
	view, err := b.Case(t.Context(), caring(officer), receipt.CaseID, time.Time{})
	must(t, err)
	if answerIn(t, view, "c_pregnant") == "yes" || answerIn(t, view, "c_injury") != "yes" {
		t.Fatalf("pregnant %q, injury %q", answerIn(t, view, "c_pregnant"), answerIn(t, view, "c_injury"))
	}
}

// An officer who works for the screening is not shown the person's health. A correction of theirs leaves it as it stands; as the whole form,
// above, it would not.
func TestACorrectionTakesNothingAwayThatWasNotSeen(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt, fields := b.screened(t, 21)
	_, _, err := b.Execute(t.Context(), officer, receipt.CaseID, correction(t, receipt, fields, receipt.Position, map[string]any{"c_pregnant": "yes"}))
	must(t, err)
	seen, err := b.Case(t.Context(), officer, receipt.CaseID, time.Time{})
	must(t, err)
	if answerIn(t, seen, "c_pregnant") != "" {
		t.Fatal("the control: the officer is shown the person's health")
	}
	now := correction(t, receipt, fields, seen.Position, nil)
	_, _, err = b.Execute(t.Context(), officer, receipt.CaseID, now)
	must(t, err)
	view, err := b.Case(t.Context(), caring(officer), receipt.CaseID, time.Time{})
	must(t, err)
	if answerIn(t, view, "c_pregnant") != "yes" {
		t.Errorf("what was not seen is %q now", answerIn(t, view, "c_pregnant"))
	}
}

// Whoever corrects sends what they were shown. That a form asks for more of which they were shown nothing stops nobody; what they were shown
// and left out does.
func TestACorrectionMayLackWhatWasNotSeenAndNothingElse(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt, fields := b.screened(t, 25)
	_, _, err := b.Execute(t.Context(), officer, receipt.CaseID, correction(t, receipt, without(fields, "c_urgent_medical"), receipt.Position, nil))
	must(t, err)
	view, err := b.Case(t.Context(), caring(officer), receipt.CaseID, time.Time{})
	must(t, err)
	if answerIn(t, view, "c_urgent_medical") == "" {
		t.Error("what was not seen is gone")
	}
	var bad *app.Invalid
	for basedOn, lacking := range map[uint64]string{view.Position: "b_safe_place", 0: "c_urgent_medical"} {
		_, _, err = b.Execute(t.Context(), officer, receipt.CaseID, correction(t, receipt, without(fields, lacking), basedOn, nil))
		if !errors.As(err, &bad) || bad.Violations[0].Pointer != "/screening/answers/"+lacking {
			t.Errorf("without %s, based on %d: got %v", lacking, basedOn, err)
		}
	}
}

// without is what a form says without one of its answers.
func without(fields map[string]any, key string) map[string]any {
	answers := maps.Clone(fields["answers"].(map[string]any))
	delete(answers, key)
	fields = maps.Clone(fields)
	fields["answers"] = answers
	return fields
}

func TestTwoAnswersToOneQuestionAreADisagreementThatAPersonSettles(t *testing.T) {
	t.Parallel()
	for _, kept := range []domain.Kept{domain.KeepStanding, domain.KeepOther} {
		t.Run(string(kept), func(t *testing.T) {
			t.Parallel()
			b := setUp(t)
			receipt, fields := b.screened(t, 22)
			seen := receipt.Position
			for _, answer := range []string{"yes", "no"} {
				_, _, err := b.Execute(t.Context(), officer, receipt.CaseID, correction(t, receipt, fields, seen, map[string]any{"c_injury": answer}))
				must(t, err)
			}
			view, err := b.Case(t.Context(), caring(officer), receipt.CaseID, time.Time{})
			must(t, err)
			if len(view.Disagreements) != 1 || view.Disagreements[0].Answers.Question != "c_injury" || answerIn(t, view, "c_injury") != "yes" {
				t.Fatalf("%+v, the answer is %q", view.Disagreements, answerIn(t, view, "c_injury"))
			}
			_, _, err = b.Execute(t.Context(), manager, receipt.CaseID, call(access.SettleDisagreement, domain.SettleDisagreement{
				Disagreement: view.Disagreements[0].ID, Keep: kept, Reason: "asked again",
			}))
			must(t, err)
			view, err = b.Case(t.Context(), caring(officer), receipt.CaseID, time.Time{})
			must(t, err)
			want := map[domain.Kept]string{domain.KeepStanding: "yes", domain.KeepOther: "no"}[kept]
			if !view.Disagreements[0].Settled || answerIn(t, view, "c_injury") != want {
				t.Fatalf("settled %t, the answer is %q, want %q", view.Disagreements[0].Settled, answerIn(t, view, "c_injury"), want)
			}
		})
	}
}

func TestACommandWaitsForTheOneBeforeIt(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt, _ := b.screened(t, 23)
	first := call(access.RecordConsent, domain.RecordConsent{Answer: domain.Answer{Purpose: domain.ToSupport, Agreed: true}})
	second := call(access.WithdrawConsent, domain.WithdrawConsent{Purpose: domain.ToSupport})
	second.After = first.ID
	if _, _, err := b.Execute(t.Context(), officer, receipt.CaseID, second); !errors.Is(err, app.ErrPredecessor) {
		t.Fatalf("the second before the first: got %v", err)
	}
	for _, c := range []app.Call{first, second} {
		_, _, err := b.Execute(t.Context(), officer, receipt.CaseID, c)
		must(t, err)
	}
}

func TestWhatChangedMeanwhileIsTold(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt, _ := b.screened(t, 24)
	_, _, err := b.Execute(t.Context(), officer, receipt.CaseID, call(access.AddNote, domain.AddNote{Audience: domain.ForCase, Text: "n"}))
	must(t, err)
	late := call(access.Close, domain.CloseCase{Reason: domain.PersonLeft})
	late.IfMatch = receipt.Position
	_, _, err = b.Execute(t.Context(), manager, receipt.CaseID, late)
	var stale *app.Stale
	if !errors.As(err, &stale) || len(stale.Changes) != 1 || stale.Changes[0].Type != "case.note_added" || stale.Changes[0].Agency != officer.Agency {
		t.Fatalf("got %v, %+v", err, stale)
	}
}

// A right clock's form is not refused because this machine's clock was set back.
func TestAClockThatWasSetBackRefusesNothing(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	first, _ := b.screened(t, 25)
	_, err := b.Case(t.Context(), manager, first.CaseID, time.Time{})
	must(t, err)
	late := serveAt(t, b, func() time.Time { return time.Now().Add(-24 * time.Hour) })
	must(t, late.Prepare(t.Context()))
	id, body := form(t, 26)
	if _, _, err := late.SubmitScreening(t.Context(), officer, id, body); err != nil {
		t.Fatalf("the form was refused: %v", err)
	}
}

func TestAFileIsAddedOnceAndReadBack(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt, _ := b.screened(t, 27)
	id := uuid.NewString()
	file := app.File{Name: "statement.txt", MediaType: "text/plain", Content: bytes.Repeat([]byte("x"), 300_000)}
	for range 2 {
		_, _, err := b.AttachFile(t.Context(), officer, receipt.CaseID, id, file)
		must(t, err)
	}
	got, err := b.ReadFile(t.Context(), manager, receipt.CaseID, id)
	must(t, err)
	if got.Name != file.Name || !bytes.Equal(got.Content, file.Content) {
		t.Fatalf("got %s with %d bytes", got.Name, len(got.Content))
	}
	other := file
	other.Content = []byte("other")
	if _, _, err := b.AttachFile(t.Context(), officer, receipt.CaseID, id, other); !errors.Is(err, app.ErrOtherContent) {
		t.Fatalf("other content: got %v", err)
	}
	_, _, err = b.Shred(t.Context(), receipt.CaseID, "erasure_request")
	must(t, err)
	if _, err := b.ReadFile(t.Context(), manager, receipt.CaseID, id); !errors.Is(err, app.ErrErased) {
		t.Fatalf("after erasure: got %v", err)
	}
}

// Only what the sender let go along is opened for the receiver, and nothing after a withdrawal.
func TestAReceiverSeesWhatWentAlong(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt, _ := b.screened(t, 28)
	referral := call(access.Refer, nil)
	referral.Command = domain.Refer{
		Referral: referral.ID, To: shelter.Agency, Services: []string{"shelter_temp"}, Data: []domain.DataClass{domain.DataHealth},
	}
	_, _, err := b.Execute(t.Context(), officer, receipt.CaseID, referral)
	must(t, err)
	_, _, err = b.Execute(t.Context(), shelter, receipt.CaseID, call(access.Accept, domain.AcceptReferral{Referral: referral.ID}))
	must(t, err)
	view, err := b.Case(t.Context(), shelter, receipt.CaseID, time.Time{})
	must(t, err)
	var answers map[string]any
	must(t, json.Unmarshal(view.Screenings[0].Answers, &answers))
	if answers["e_vis"] == nil || answers["d_age_years"] != nil || view.Screenings[0].Identity != nil {
		t.Fatalf("the receiver sees %v and identity %t", slices.Sorted(maps.Keys(answers)), view.Screenings[0].Identity != nil)
	}
	_, _, err = b.Execute(t.Context(), officer, receipt.CaseID, call(access.WithdrawConsent, domain.WithdrawConsent{Purpose: domain.ToReferral}))
	must(t, err)
	view, err = b.Case(t.Context(), shelter, receipt.CaseID, time.Time{})
	must(t, err)
	if view.Screenings[0].Answers != nil || len(view.Withdrawals) != 1 || !slices.Equal(view.Withdrawals[0].Waiting, []string{shelter.Agency}) {
		t.Fatalf("after the withdrawal: answers %s, %+v", view.Screenings[0].Answers, view.Withdrawals)
	}
}

// inspector is somebody of an agency to which cases are referred.
var inspector = signedIn("u-inspector", domain.Responder, "dlpw")

// referred lets an agency take a case with some kinds of data.
func (b *bench) referred(t *testing.T, caseID string, to identity.Principal, data ...domain.DataClass) {
	t.Helper()
	referral := call(access.Refer, nil)
	referral.Command = domain.Refer{Referral: referral.ID, To: to.Agency, Services: []string{"legal_info"}, Data: data}
	_, _, err := b.Execute(t.Context(), officer, caseID, referral)
	must(t, err)
	_, _, err = b.Execute(t.Context(), to, caseID, call(access.Accept, domain.AcceptReferral{Referral: referral.ID}))
	must(t, err)
}

// A right to one class of data opens that class whole to a receiver, and of the others no more than went along: neither the glass that
// somebody breaks for the answers nor what the division may always read opens the person's health or identity.
func TestOneClassOpensNoOtherToAReceiver(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt, fields := b.screened(t, 21)
	_, _, err := b.Execute(t.Context(), officer, receipt.CaseID, correction(t, receipt, fields, receipt.Position, map[string]any{"c_pregnant": "yes"}))
	must(t, err)
	show := func(p identity.Principal) app.CaseView {
		view, err := b.Case(t.Context(), caring(p), receipt.CaseID, time.Time{})
		must(t, err)
		return view
	}
	if view := show(officer); view.Screenings[0].Identity == nil || answerIn(t, view, "c_pregnant") != "yes" {
		t.Fatal("the control: the officer does not see all of the case")
	}
	b.referred(t, receipt.CaseID, inspector, domain.DataContact)
	b.referred(t, receipt.CaseID, manager, domain.DataContact)
	grant := emergency
	grant.Scopes = []domain.Scope{domain.ScopeSensitive}
	_, err = does(b.Service, inspector, time.Now(), receipt.CaseID, access.BreakGlass, grant)
	must(t, err)
	for _, p := range []identity.Principal{inspector, manager} {
		view := show(p)
		var identity map[string]any
		must(t, json.Unmarshal(view.Screenings[0].Identity, &identity))
		if answerIn(t, view, "c_pregnant") != "" || answerIn(t, view, "b_safe_place") == "" {
			t.Errorf("%s sees that the person is pregnant: %q", p.UserID, answerIn(t, view, "c_pregnant"))
		}
		if p.UserID == inspector.UserID && (identity["d_contacts"] == nil || len(identity) > 1) {
			t.Errorf("%s sees %v", p.UserID, slices.Sorted(maps.Keys(identity)))
		}
	}
}

// Two answers to a question are seen by those who see the question, and a service by those who ask for it, give it or see the decisions.
func TestADisagreementIsShownToWhoSeesTheQuestion(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt, fields := b.screened(t, 22)
	for _, name := range []string{"Somchai", "Somsak"} {
		_, _, err := b.Execute(t.Context(), officer, receipt.CaseID, correction(t, receipt, fields, receipt.Position, map[string]any{"d_given_name": name}))
		must(t, err)
	}
	_, _, err := b.Execute(t.Context(), officer, receipt.CaseID, call(access.RequestService, domain.RequestService{
		Code: "medical_urgent", Urgent: true, Provider: "datip",
	}))
	must(t, err)
	b.referred(t, receipt.CaseID, inspector, domain.DataAnswers, domain.DataHealth, domain.DataDecisions)
	b.referred(t, receipt.CaseID, shelter, domain.DataIdentity)
	grant := emergency
	grant.Scopes = []domain.Scope{domain.ScopeSensitive}
	_, err = does(b.Service, nurse, time.Now(), receipt.CaseID, access.BreakGlass, grant)
	must(t, err)
	for _, want := range []struct {
		identity.Principal
		names, service bool
	}{
		{officer, true, true}, {inspector, false, true}, {shelter, true, false}, {nurse, false, true},
	} {
		view, err := b.Case(t.Context(), want.Principal, receipt.CaseID, time.Time{})
		must(t, err)
		all, err := json.Marshal(view)
		must(t, err)
		if shown := view.Disagreements[0].Answers != nil; shown != want.names || bytes.Contains(all, []byte("Somsak")) != want.names {
			t.Errorf("%s is shown two names: %t", want.UserID, shown)
		}
		if shown := view.Services[0].Code != nil; shown != want.service || bytes.Contains(all, []byte("medical_urgent")) != want.service {
			t.Errorf("%s is shown a service: %t", want.UserID, shown)
		}
	}
}

// A receiver who sends back what they were shown takes nothing away that did not go along.
func TestAReceiverTakesNothingAwayThatDidNotGoAlong(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt, fields := b.screened(t, 21)
	before, err := b.Case(t.Context(), officer, receipt.CaseID, time.Time{})
	must(t, err)
	b.referred(t, receipt.CaseID, inspector, domain.DataAnswers)
	seen, err := b.Case(t.Context(), inspector, receipt.CaseID, time.Time{})
	must(t, err)
	if seen.Screenings[0].Identity != nil || before.Screenings[0].Identity == nil {
		t.Fatal("the control: the receiver is shown who the person is, or nobody is")
	}
	var shown map[string]any
	must(t, json.Unmarshal(seen.Screenings[0].Answers, &shown))
	fields["answers"] = shown
	_, _, err = b.Execute(t.Context(), inspector, receipt.CaseID, correction(t, receipt, fields, seen.Position, nil))
	must(t, err)
	after, err := b.Case(t.Context(), officer, receipt.CaseID, time.Time{})
	must(t, err)
	if after.Screenings[0].Corrections != 1 || !bytes.Equal(after.Screenings[0].Identity, before.Screenings[0].Identity) {
		t.Errorf("after %d corrections the identity is %s", after.Screenings[0].Corrections, after.Screenings[0].Identity)
	}
}

// What was agreed to for a time is closed to the receiver when that is over.
func TestAConsentThatLapsedShowsNothing(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt, _ := b.screened(t, 29)
	until := time.Now().Add(time.Hour)
	_, _, err := b.Execute(t.Context(), officer, receipt.CaseID, call(access.RecordConsent, domain.RecordConsent{Answer: domain.Answer{
		Purpose: domain.ToReferral, Agreed: true, Recipient: shelter.Agency, Until: &until,
	}}))
	must(t, err)
	referral := call(access.Refer, nil)
	referral.Command = domain.Refer{Referral: referral.ID, To: shelter.Agency, Services: []string{"shelter_temp"}}
	_, _, err = b.Execute(t.Context(), officer, receipt.CaseID, referral)
	must(t, err)
	_, _, err = b.Execute(t.Context(), shelter, receipt.CaseID, call(access.Accept, domain.AcceptReferral{Referral: referral.ID}))
	must(t, err)
	for late, want := range map[time.Duration]bool{0: true, 2 * time.Hour: false} {
		then := serveAt(t, b, func() time.Time { return time.Now().Add(late) })
		view, err := then.Case(t.Context(), shelter, receipt.CaseID, time.Time{})
		must(t, err)
		if got := view.Screenings[0].Answers != nil; got != want {
			t.Errorf("after %s the receiver sees answers: %t, want %t", late, got, want)
		}
	}
}
