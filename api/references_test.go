package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"songtor/domain"
	"songtor/internal/app"
	"songtor/internal/identity"
	"songtor/internal/testenv"
)

// outsider is of an agency that has nothing to do with any case of a test.
const outsider = "outsider"

func withOutsider(t *testing.T) *harness {
	t.Helper()
	h := newHarness(t)
	_, err := h.identity.CreateDemoAccount(t.Context(), identity.DemoAccount{Username: outsider, Role: domain.Shelter, Agency: "shelter-men-pathumthani"})
	must(t, err)
	return h
}

func TestACaseIsFoundByItsReference(t *testing.T) {
	t.Parallel()
	h := withOutsider(t)
	receipt := h.submit(t, "minimal-adult")
	find := func(user, reference string) response {
		return h.call(t, http.MethodGet, "/api/v1/references/"+reference, "").as(t, user).do(t)
	}
	written := receipt.CaseReference
	for _, typed := range []string{
		written, strings.ToLower(written), strings.ReplaceAll(written, "-", ""), strings.NewReplacer("0", "O", "1", "l").Replace(written),
	} {
		var found app.Found
		find("casemanager", typed).want(t, http.StatusOK).into(t, &found)
		if found != (app.Found{CaseID: receipt.CaseID, Reference: written}) {
			t.Errorf("%s: found %+v", typed, found)
		}
	}
	foreign, absent := find(outsider, written).want(t, http.StatusNotFound), find(outsider, newReference()).want(t, http.StatusNotFound)
	if looks(foreign) != looks(absent) {
		t.Errorf("a case of others answers\n%s\nnone answers\n%s", looks(foreign), looks(absent))
	}
	find("casemanager", newReference()).want(t, http.StatusNotFound)
	slip := "2" + written[1:]
	if slip == written {
		slip = "Z" + written[1:]
	}
	find("casemanager", slip).want(t, http.StatusBadRequest)
	if log := h.accessLogOf(t, receipt.CaseID); !strings.Contains(log, `"case.know"`) {
		t.Errorf("that the case was looked up is not on record: %s", log)
	}
}

// accessLogOf is who opened a case, as its auditor reads it.
func (h *harness) accessLogOf(t *testing.T, caseID string) string {
	t.Helper()
	return string(h.call(t, http.MethodGet, "/api/v1/cases/"+caseID+"/access-log", "").as(t, "auditor").do(t).want(t, http.StatusOK).body)
}

// While the list that knows references and courses stays as it was, a case that came later is found and told all the same: a wrong "there
// is none" would keep somebody from help. The control is that there is none where there is none, and that the list lacks the case.
func TestACaseIsFoundAndToldWhileItsListStands(t *testing.T) {
	t.Parallel()
	h := withOutsider(t)
	find := func(user, reference string) response {
		return h.call(t, http.MethodGet, "/api/v1/references/"+reference, "").as(t, user).do(t)
	}
	before := h.submit(t, "minimal-adult")
	find("casemanager", before.CaseReference).want(t, http.StatusOK) // waits for the list
	_, err := h.pools.Migrate.Exec(t.Context(), "alter table projections.positions add constraint stopped check (name <> 'timeline') not valid")
	must(t, err)
	later := h.submit(t, "minimal-adult")
	for _, receipt := range []app.Receipt{before, later} {
		var found app.Found
		find("casemanager", receipt.CaseReference).want(t, http.StatusOK).into(t, &found)
		if found.CaseID != receipt.CaseID {
			t.Errorf("found %+v by the reference of case %s", found, receipt.CaseID)
		}
	}
	find("casemanager", newReference()).want(t, http.StatusNotFound)
	foreign, absent := find(outsider, later.CaseReference).want(t, http.StatusNotFound), find(outsider, newReference()).want(t, http.StatusNotFound)
	if looks(foreign) != looks(absent) {
		t.Errorf("a case of others answers\n%s\nnone answers\n%s", looks(foreign), looks(absent))
	}
	for name, reference := range map[string]string{"the list has": before.CaseReference, "is none": newReference()} {
		read := h.readings(t)
		find(outsider, reference).want(t, http.StatusNotFound)
		if !slices.Contains(read(), later.Position) {
			t.Errorf("what the list lacks is not read for a reference that %s, which its time tells", name)
		}
	}
	var course app.TimelineView
	h.call(t, http.MethodGet, "/api/v1/cases/"+later.CaseID+"/timeline", "").as(t, "casemanager").do(t).want(t, http.StatusOK).into(t, &course)
	if len(course.Items) == 0 || course.Position != later.Position {
		t.Errorf("its course is %+v", course)
	}
	h.call(t, http.MethodPost, "/api/v1/emergencies", strings.ReplaceAll(emergencyBody, "{reference}", later.CaseReference)).
		as(t, outsider).with("Idempotency-Key", uuid.NewString()).do(t).want(t, http.StatusCreated)
	var listed int
	must(t, h.pools.Projector.QueryRow(t.Context(), "select count(*) from timeline.standings where case_id = $1", later.CaseID).Scan(&listed))
	if listed > 0 {
		t.Fatal("the list has gone on: the test shows nothing")
	}
}

// readings returns the positions of the log that were read since, by whomever: what is read goes to an inbox.
func (h *harness) readings(t *testing.T) func() []uint64 {
	t.Helper()
	nc := h.nats.Connect(t)
	heard, err := nc.SubscribeSync("_INBOX.>")
	must(t, err)
	must(t, nc.Flush())
	return func() (positions []uint64) {
		must(t, nc.Flush()) // what was given out before has come
		for n, _, _ := heard.Pending(); n > 0; n-- {
			m, err := heard.NextMsg(time.Second)
			must(t, err)
			if meta, err := m.Metadata(); err == nil && meta.Stream == "NRM" {
				positions = append(positions, meta.Sequence.Stream)
			}
		}
		return positions
	}
}

// Where the log cannot be read either, nobody is told that there is no such case; what the list has is found. The control is the answer
// before.
func TestAReferenceThatCannotBeLookedForIsNotSaidToBeNone(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	listed := h.submit(t, "minimal-adult")
	find := func(reference string) response {
		return h.call(t, http.MethodGet, "/api/v1/references/"+reference, "").as(t, "casemanager").do(t)
	}
	find(newReference()).want(t, http.StatusNotFound)
	must(t, h.nats.Connect(t).Publish("nrm.case."+uuid.NewString(), []byte(`{"v":99}`)))
	testenv.Eventually(t, time.Minute, func() bool { return h.head(t) == listed.Position+1 })
	find(newReference()).want(t, http.StatusServiceUnavailable)
	find(listed.CaseReference).want(t, http.StatusOK)
}

func TestTheGlassIsBrokenByReference(t *testing.T) {
	t.Parallel()
	h := withOutsider(t)
	receipt := h.submit(t, "minimal-adult")
	shows := func() int {
		return h.call(t, http.MethodGet, "/api/v1/cases/"+receipt.CaseID, "").as(t, outsider).do(t).status
	}
	if shows() != http.StatusNotFound {
		t.Fatal("the case opens before the glass is broken: the test shows nothing")
	}
	key := uuid.NewString()
	breaks := func(reference string) response {
		return h.call(t, http.MethodPost, "/api/v1/emergencies", strings.ReplaceAll(emergencyBody, "{reference}", reference)).
			as(t, outsider).with("Idempotency-Key", key).do(t)
	}
	breaks(newReference()).want(t, http.StatusNotFound)
	breaks("nothing of the kind").want(t, http.StatusUnprocessableEntity)
	var first, again app.Receipt
	breaks(receipt.CaseReference).want(t, http.StatusCreated).into(t, &first)
	breaks(receipt.CaseReference).want(t, http.StatusOK).into(t, &again)
	if first != again || first.CaseID != receipt.CaseID {
		t.Errorf("receipts %+v and %+v of case %s", first, again, receipt.CaseID)
	}
	if shows() != http.StatusOK {
		t.Error("the case does not open after the glass was broken")
	}
}
