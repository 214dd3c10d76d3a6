package api

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/uuid"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
)

// paperText is what can be read and searched in a PDF of ours.
func paperText(t *testing.T, pdf []byte) string {
	t.Helper()
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Fatalf("it begins with %q", pdf[:min(len(pdf), 20)])
	}
	var text strings.Builder
	for _, stream := range regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`).FindAllSubmatch(pdf, -1) {
		r, err := zlib.NewReader(bytes.NewReader(stream[1]))
		must(t, err)
		content, err := io.ReadAll(r)
		must(t, err)
		for _, span := range regexp.MustCompile(`ActualText <FEFF([0-9A-F]*)>`).FindAllSubmatch(content, -1) {
			raw, err := hex.DecodeString(string(span[1]))
			must(t, err)
			units := make([]uint16, len(raw)/2)
			for i := range units {
				units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
			}
			text.WriteString(string(utf16.Decode(units)))
		}
	}
	return strings.ReplaceAll(text.String(), " ", "")
}

// letterOf refers a case with kinds of data and returns what the letter says in English to the case manager.
func (h *harness) letterOf(t *testing.T, caseID, referral string) string {
	t.Helper()
	got := h.call(t, http.MethodGet, "/api/v1/cases/"+caseID+"/referrals/"+referral+"/letter.pdf?lang=en", "").as(t, "casemanager").do(t).want(t, http.StatusOK)
	if got.header.Get("Content-Type") != pdfType || !strings.Contains(got.header.Get("Content-Disposition"), `attachment; filename="letter-en.pdf"`) {
		t.Errorf("the letter came with the headers %v", got.header)
	}
	return paperText(t, got.body)
}

func (h *harness) referTo(t *testing.T, caseID, data string) (referral string) {
	t.Helper()
	referral = uuid.NewString()
	h.call(t, http.MethodPost, "/api/v1/cases/"+caseID+"/refer",
		`{"to":"`+h.agency(t, "shelter")+`","services":["shelter_temp"],"data":[`+data+`],"note":"two beds"}`).
		as(t, "casemanager").with("Idempotency-Key", referral).do(t).want(t, http.StatusCreated)
	return referral
}

// TestALetterHoldsWhatTheSenderLetGoAlong holds it that what was not chosen is not in the letter, also to a reader who sees all of the
// case, and that nothing of the person is in it once the consent is withdrawn.
func TestALetterHoldsWhatTheSenderLetGoAlong(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.submit(t, "adult-scam-compound")
	var view app.CaseView
	h.call(t, http.MethodGet, "/api/v1/cases/"+r.CaseID, "").as(t, "casemanager").do(t).want(t, http.StatusOK).into(t, &view)
	if len(view.Screenings) != 1 || view.Screenings[0].Identity == nil || view.Screenings[0].Answers == nil {
		t.Fatal("the case manager does not see the form")
	}
	all := h.referTo(t, r.CaseID, `"identity","contact","answers","health","decisions"`)
	whole := h.letterOf(t, r.CaseID, all)
	for _, want := range []string{r.CaseReference, "twobeds", "Temporaryshelter", "Namesanddocuments", "Answersoftheform"} {
		if !strings.Contains(whole, want) {
			t.Errorf("the letter lacks %s", want)
		}
	}
	h.call(t, http.MethodPost, "/api/v1/cases/"+r.CaseID+"/revoke", `{"referral_id":"`+all+`","reason":"sent_in_error"}`).as(t, "casemanager").key().do(t).
		want(t, http.StatusCreated)
	if got := h.letterOf(t, r.CaseID, all); len(got) > len(whole)/2 || strings.Contains(got, "Answersoftheform") {
		t.Error("the letter of a referral that was revoked says as much as before")
	}
	few := h.referTo(t, r.CaseID, `"identity"`)
	narrow := h.letterOf(t, r.CaseID, few)
	if strings.Contains(narrow, "Answersoftheform") || len(narrow) > len(whole)/2 {
		t.Error("what was not chosen is in the letter")
	}
	h.call(t, http.MethodPost, "/api/v1/cases/"+r.CaseID+"/withdraw-consent", `{"purpose":"referral"}`).as(t, "casemanager").key().do(t).
		want(t, http.StatusCreated)
	if got := h.letterOf(t, r.CaseID, few); !strings.Contains(got, "Nothingabouttheperson") {
		t.Error("the letter speaks of the person though the consent is withdrawn")
	}
}

// A person who agrees to less than before is not left with what went along already: the receiver sees it no longer, nor is it printed.
func TestAReceiverSeesNoMoreThanALaterConsentNames(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.submit(t, "adult-scam-compound")
	referral := h.referTo(t, r.CaseID, `"identity","contact","answers","health","decisions"`)
	h.give(t, "shelter", r.CaseID, access.Accept, `{"referral_id":"`+referral+`"}`, http.StatusCreated)
	var view app.CaseView
	seen := func() (identity, answers bool) {
		view = app.CaseView{}
		h.call(t, http.MethodGet, "/api/v1/cases/"+r.CaseID, "").as(t, "shelter").do(t).want(t, http.StatusOK).into(t, &view)
		form := view.Screenings[0]
		return string(form.Identity) != "null", string(form.Answers) != "null"
	}
	if identity, answers := seen(); !identity || !answers {
		t.Fatal("the receiver does not see what went along")
	}
	h.give(t, "casemanager", r.CaseID, access.RecordConsent, `{"purpose":"referral","agreed":true,"data":["identity"]}`, http.StatusCreated)
	if identity, answers := seen(); !identity || answers {
		t.Errorf("of what the person agrees to the receiver sees %t, of what they do not agree to any more %t", identity, answers)
	}
	if got := h.letterOf(t, r.CaseID, referral); strings.Contains(got, "Answersoftheform") {
		t.Error("the letter has what the person does not agree to any more")
	}
	if len(view.Withdrawals) != 1 || !slices.Equal(view.Withdrawals[0].Left, []domain.DataClass{domain.DataIdentity}) {
		t.Fatalf("the receiver reads of no withdrawal but for identity: %+v", view.Withdrawals)
	}
	word := `{"withdrawal_id":"` + view.Withdrawals[0].ID + `"}`
	h.give(t, "shelter", r.CaseID, access.AcknowledgeWithdrawal, word, http.StatusCreated)
	if identity, _ := seen(); !identity || len(view.Withdrawals[0].Waiting) > 0 {
		t.Errorf("after the receiver's word it sees the name: %t, and %v are waited for", identity, view.Withdrawals[0].Waiting)
	}
}

func TestPapersAreForReadersAndOnRecord(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.submit(t, "adult-scam-compound")
	path := "/api/v1/cases/" + r.CaseID + "/summary.pdf"
	before := len(h.openings(t, r.CaseID).Items)
	got := h.call(t, http.MethodGet, path, "").as(t, "casemanager").do(t).want(t, http.StatusOK)
	if text := paperText(t, got.body); !strings.Contains(text, r.CaseReference) || !strings.Contains(text, "สรุปกรณี") {
		t.Error("the summary does not say what it is of, or not in Thai")
	}
	english := h.call(t, http.MethodGet, path+"?lang=en", "").as(t, "casemanager").do(t).want(t, http.StatusOK)
	if text := paperText(t, english.body); !strings.Contains(text, "Casesummary") {
		t.Error("the summary is not in English")
	}
	if after := h.openings(t, r.CaseID).Items; len(after) < before+2 {
		t.Errorf("%d openings before and %d after two summaries", before, len(after))
	}
	h.call(t, http.MethodGet, path, "").as(t, "shelter").do(t).want(t, http.StatusNotFound)
	h.call(t, http.MethodGet, path, "").as(t, "committee").do(t).want(t, http.StatusNotFound)
	h.call(t, http.MethodGet, path+"?lang=fr", "").as(t, "casemanager").do(t).want(t, http.StatusBadRequest)
	h.call(t, http.MethodGet, "/api/v1/cases/"+r.CaseID+"/referrals/"+uuid.NewString()+"/letter.pdf", "").as(t, "casemanager").do(t).want(t, http.StatusNotFound)
}
