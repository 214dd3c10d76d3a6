package api

import (
	"crypto/ecdh"
	"crypto/hpke"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"songtor/internal/app"
)

// sealAs seals a form as a device does, for a screening.
func (h *harness) sealAs(t *testing.T, id, form string) sealedForm {
	t.Helper()
	var keys app.FormKeys
	h.call(t, http.MethodGet, "/api/v1/forms/keys", "").as(t, "responder").do(t).want(t, http.StatusOK).into(t, &keys)
	public, err := hpke.DHKEM(ecdh.P256()).NewPublicKey(keys.Seal.PublicKey)
	must(t, err)
	enc, sender, err := hpke.NewSender(public, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte("songtor form v1"))
	must(t, err)
	ciphertext, err := sender.Seal([]byte(id), []byte(form))
	must(t, err)
	return sealedForm{Key: keys.Seal.ID, Enc: enc, Ciphertext: ciphertext}
}

func (h *harness) putSealed(t *testing.T, id string, form sealedForm) response {
	t.Helper()
	body, err := json.Marshal(form)
	must(t, err)
	return h.call(t, http.MethodPut, "/api/v1/screenings/"+id, string(body)).with("Content-Type", sealedType).as(t, "responder").do(t)
}

func (h *harness) testSealedFormIsAcceptedOnce(t *testing.T) {
	id, form := uuid.NewString(), fixture(t, "adult-scam-compound")
	sealed := h.sealAs(t, id, form)
	var first, again, plain app.Receipt
	h.putSealed(t, id, sealed).want(t, http.StatusCreated).into(t, &first)
	before := h.head(t)
	h.putSealed(t, id, sealed).want(t, http.StatusOK).into(t, &again)
	h.call(t, http.MethodPut, "/api/v1/screenings/"+id, form).as(t, "responder").do(t).want(t, http.StatusOK).into(t, &plain)
	if first != again || first != plain {
		t.Errorf("one form has the receipts %+v, %+v and %+v", first, again, plain)
	}
	if h.head(t) != before {
		t.Error("a repeated form was recorded again")
	}
	other := strings.Replace(form, `"TH-63"`, `"TH-20"`, 1)
	if other == form {
		t.Fatal("the fixture has nothing to change")
	}
	h.putSealed(t, id, h.sealAs(t, id, other)).want(t, http.StatusConflict)
}

func (h *harness) testSealedFormOpensForItsIDAlone(t *testing.T) {
	id, form := uuid.NewString(), fixture(t, "adult-scam-compound")
	sealed := h.sealAs(t, id, form)
	before := h.head(t)
	h.putSealed(t, uuid.NewString(), sealed).want(t, http.StatusUnprocessableEntity)

	altered := sealed
	altered.Ciphertext = append([]byte{sealed.Ciphertext[0] ^ 1}, sealed.Ciphertext[1:]...)
	h.putSealed(t, id, altered).want(t, http.StatusUnprocessableEntity)
	earlier := sealed
	earlier.Key = "2020-01"
	h.putSealed(t, id, earlier).want(t, http.StatusUnprocessableEntity)
	unknown := sealed
	unknown.Key = "nonsense"
	h.putSealed(t, id, unknown).want(t, http.StatusUnprocessableEntity)
	h.putSealed(t, id, h.sealAs(t, id, `{"form":"screening"}`)).want(t, http.StatusUnprocessableEntity)
	if h.head(t) != before {
		t.Error("something was recorded of a form that does not open")
	}
	h.putSealed(t, id, sealed).want(t, http.StatusCreated)
}

func (h *harness) testSealedLineOfABatch(t *testing.T) {
	id := uuid.NewString()
	sealed := h.sealAs(t, id, fixture(t, "adult-scam-compound"))
	line, err := json.Marshal(struct {
		ID string `json:"id"`
		sealedForm
	}{id, sealed})
	must(t, err)
	var result lineResult
	r := h.call(t, http.MethodPost, "/api/v1/screenings/batch", string(line)+"\n").with("Content-Type", jsonLinesType).as(t, "responder").do(t)
	must(t, json.Unmarshal(r.want(t, http.StatusOK).body, &result))
	if result.Status != http.StatusCreated {
		t.Fatalf("the exported form was answered %d", result.Status)
	}
	h.putSealed(t, id, sealed).want(t, http.StatusOK)
}
