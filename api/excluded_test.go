package api

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/identity"
	"songtor/internal/testenv"
	"songtor/internal/transparency"
	"songtor/projections/timeline"
)

// The accounts that a case excludes in these tests: two by their agency, which had to do with the case before, and one by itself.
const (
	accusedOfficer = "responder"       // of the agency that opened the case and was responsible for it
	accusedManager = "accused-manager" // of an agency that took the case on, and in the role that lists every case
	kin            = "kin"             // of the agency that is responsible now, and no more than a relative
)

// accusing is a case that excludes agencies and people, and what is around it.
type accusing struct {
	h        *harness
	hidden   app.Receipt // the case
	visible  app.Receipt // another of the same person, which the accused manager opened
	incident string      // in which the hidden case is
	repeated string      // id of a command that the accused officer gave before
	taken    string      // id of the command by which they took the case from the queue
}

const accusedAgency = "sdhs-tak"

func newAccusing(t *testing.T) *accusing {
	t.Helper()
	a := &accusing{h: newHarness(t), incident: uuid.NewString(), repeated: uuid.NewString(), taken: uuid.NewString()}
	for _, account := range []identity.DemoAccount{
		{Username: accusedManager, Role: domain.CaseManager, Agency: accusedAgency},
		{Username: kin, Role: domain.CaseManager, Agency: "datip"},
	} {
		_, err := a.h.identity.CreateDemoAccount(t.Context(), account)
		must(t, err)
	}
	a.visible = a.screened(t, accusedManager, uuid.NewString())
	return a
}

// screened submits the form of the one person of these tests.
func (a *accusing) screened(t *testing.T, user, incident string) app.Receipt {
	t.Helper()
	form := regexp.MustCompile(`"incident_id": "[^"]+"`).ReplaceAllString(fixture(t, "adult-scam-compound"), `"incident_id": "`+incident+`"`)
	var r app.Receipt
	a.h.call(t, http.MethodPut, "/api/v1/screenings/"+uuid.NewString(), form).as(t, user).do(t).want(t, http.StatusCreated).into(t, &r)
	return r
}

// happen lets the case come about, with ties to those whom it is going to accuse, linked from both sides.
func (a *accusing) happen(t *testing.T) {
	t.Helper()
	a.hidden = a.screened(t, accusedOfficer, a.incident)
	id, referral := a.hidden.CaseID, uuid.NewString()
	a.h.call(t, http.MethodPost, "/api/v1/cases/"+id+"/record-needs", `{"needs":["medical"]}`).as(t, accusedOfficer).
		with("Idempotency-Key", a.repeated).do(t).want(t, http.StatusCreated)
	a.take(t, accusedOfficer, a.taken).want(t, http.StatusCreated)
	a.h.call(t, http.MethodPost, "/api/v1/cases/"+id+"/refer", `{"to":"`+accusedAgency+`","services":["basic"]}`).as(t, accusedOfficer).
		with("Idempotency-Key", referral).do(t).want(t, http.StatusCreated)
	a.h.give(t, accusedManager, id, access.Accept, `{"referral_id":"`+referral+`"}`, http.StatusCreated)
	a.h.give(t, "casemanager", id, access.Link, `{"other":"`+a.visible.CaseID+`","kind":"same_person"}`, http.StatusCreated)
	a.h.give(t, "casemanager", a.visible.CaseID, access.Link, `{"other":"`+id+`","kind":"same_person"}`, http.StatusCreated)
}

// take asks for the next case of the queue in which the case is.
func (a *accusing) take(t *testing.T, user, key string) response {
	t.Helper()
	return a.h.call(t, http.MethodPost, "/api/v1/stages/screening/take?incident="+a.incident, "").as(t, user).
		with("Idempotency-Key", key).with(positionHeader, strconv.FormatUint(a.h.head(t), 10)).do(t)
}

// exclude keeps the case from whom it accuses.
func (a *accusing) exclude(t *testing.T) {
	t.Helper()
	account, err := a.h.identity.ByUsername(t.Context(), kin)
	must(t, err)
	for _, accused := range []string{`"agency":"immigration-bureau"`, `"agency":"` + accusedAgency + `"`, `"account":"` + account.ID + `"`} {
		a.h.give(t, "casemanager", a.hidden.CaseID, access.Exclude, `{`+accused+`,"reason":"The person says so."}`, http.StatusCreated)
	}
}

// emergencyBody breaks the glass of the case with a reference.
const emergencyBody = `{"reference":"{reference}","scopes":["identity"],"reason":"danger_to_life","text":"The person calls for help."}`

// named is a case by its two names.
type named struct{ id, reference string }

func (a *accusing) hiddenCase() named { return named{a.hidden.CaseID, a.hidden.CaseReference} }

// absentCase is one that is not there.
func absentCase() named { return named{uuid.NewString(), newReference()} }

// newReference is a reference that no case has.
func newReference() string {
	for {
		var random [15]byte
		_, _ = rand.Read(random[:]) // never fails
		if reference, ok := domain.MakeReference(random); ok {
			return reference
		}
	}
}

// ask is one call that names a case.
type ask struct {
	method, path, body string // with {id} or {reference}
	headers            map[string]string
}

func (k ask) String() string { return k.method + " " + k.path + fmt.Sprint(k.headers) }

// asks are all calls of openapi.yaml that name a case, with what a client may add to them.
func (a *accusing) asks(t *testing.T) []ask {
	t.Helper()
	var all []ask
	for path, item := range description(t).Paths.Map() {
		if !strings.HasPrefix(path, "/api/v1/cases/{id}") {
			continue
		}
		for method := range item.Operations() {
			all = append(all, ask{method, strings.ReplaceAll(path, "{file}", anID), a.bodyOf(t, method, path), nil})
			if method == http.MethodGet {
				all = append(all, ask{http.MethodHead, strings.ReplaceAll(path, "{file}", anID), "", nil})
			}
		}
	}
	note := ask{http.MethodPost, "/api/v1/cases/{id}/add-note", samples()[access.AddNote].body, nil}
	for _, headers := range []map[string]string{
		{"If-Match": etagOf(1)},
		{"If-Match": etagOf(a.hidden.Position)},
		{"Songtor-Based-On": "1"},
		{"Songtor-After": anID},
		{"Songtor-Purpose": "legal"},
	} {
		note.headers = headers
		all = append(all, note)
	}
	return append(all,
		ask{http.MethodPost, "/api/v1/cases/{id}/record-needs", `{"needs":["medical"]}`, map[string]string{"Idempotency-Key": a.repeated}},
		ask{http.MethodGet, "/api/v1/cases/{id}?as_of=2026-11-23T10:00:00Z", "", nil},
		ask{http.MethodGet, "/api/v1/cases/{id}", "", map[string]string{"Songtor-Purpose": "protection"}},
		ask{http.MethodGet, "/api/v1/references/{reference}", "", nil},
		ask{http.MethodPost, "/api/v1/emergencies", emergencyBody, nil},
	)
}

func (a *accusing) bodyOf(t *testing.T, method, path string) string {
	t.Helper()
	switch command := path[strings.LastIndex(path, "/")+1:]; {
	case method == http.MethodPut:
		return "text of a file"
	case method != http.MethodPost:
		return ""
	case command == string(access.RecordScreening):
		return fixture(t, "minimal-adult")
	case command == string(access.CorrectScreening):
		return `{"screening_id":"` + anID + `","reason":"wrong_entry","screening":` + fixture(t, "minimal-adult") + `}`
	default:
		return samples()[access.Action(command)].body
	}
}

// of makes the call for a case by a user, and says how long its answer took.
func (k ask) of(t *testing.T, h *harness, user string, about named) (response, time.Duration) {
	t.Helper()
	names := strings.NewReplacer("{id}", about.id, "{reference}", about.reference)
	c := h.call(t, k.method, names.Replace(k.path), names.Replace(k.body)).as(t, user).key()
	if k.method == http.MethodPut {
		c.with("Content-Type", "text/plain")
	}
	for name, value := range k.headers {
		c.with(name, value)
	}
	start := time.Now()
	r := c.do(t)
	return r, time.Since(start)
}

// looks is what an answer shows to whoever compares two: all but the name of the request, which is new with every answer, and the date.
func looks(r response) string {
	header := maps.Clone(r.header)
	header.Del("Date")
	header.Del("X-Request-Id")
	var names []string
	for name, values := range header {
		names = append(names, name+": "+instances.ReplaceAllString(strings.Join(values, ", "), "$1"))
	}
	slices.Sort(names)
	return fmt.Sprint(r.status, "\n", strings.Join(names, "\n"), "\n\n", instances.ReplaceAllString(string(r.body), "$1"))
}

var instances = regexp.MustCompile(`(urn:songtor:request:)[A-Z0-9]+`)

// differences are the calls whose answers for the hidden case are other than those for a case that is not there.
func (a *accusing) differences(t *testing.T, user string) []string {
	t.Helper()
	var found []string
	for _, k := range a.asks(t) {
		hidden, _ := k.of(t, a.h, user, a.hiddenCase())
		absent, _ := k.of(t, a.h, user, absentCase())
		if looks(hidden) != looks(absent) {
			found = append(found, fmt.Sprintf("%v:\n%s\nwhere none is there:\n%s", k, looks(hidden), looks(absent)))
		}
	}
	return found
}

// lists are the calls that show many cases, or count them.
func (a *accusing) lists() []string {
	paths := []string{
		"/stages", "/inbox/counts", "/inbox?limit=200", "/duplicates?limit=200&least=1", "/incidents?limit=200",
		"/incidents/" + a.incident, "/incidents/" + a.incident + "/people",
	}
	for _, s := range domain.Stages() {
		paths = append(paths, "/stages/"+string(s)+"/cases?limit=200", "/stages/"+string(s)+"/cases?limit=200&urgent=true")
	}
	for _, box := range []string{"own", "received", "sent", "escalated"} {
		paths = append(paths, "/inbox?limit=200&box="+box)
	}
	return paths
}

// shown is what the lists show a user once they contain a position.
func (a *accusing) shown(t *testing.T, user string, position uint64) map[string]string {
	t.Helper()
	shown := map[string]string{}
	for _, path := range a.lists() {
		r := a.h.call(t, http.MethodGet, "/api/v1"+path, "").with("Songtor-Position", strconv.FormatUint(position, 10)).as(t, user).do(t)
		shown[path] = fmt.Sprint(r.status, " ", positions.ReplaceAllString(instances.ReplaceAllString(string(r.body), "$1"), ""))
	}
	return shown
}

// positions are where in the log something stands, which moves with every commit of every case.
var positions = regexp.MustCompile(`"position":\d+,?`)

// An agency and a person whom a case accuses learn nothing of it: no call about it answers otherwise than for a case that is not there, or
// at another pace; no list, count, incident, pair, link or event shows it. As long as nobody is excluded the same test finds the case
// everywhere.
func TestExcludedAgencyLearnsNothing(t *testing.T) {
	if raced {
		t.Skip("runs without the race detector, beside which times tell little and its thousands of calls take minutes: make promise-13, as a part of make test")
	}
	a := newAccusing(t)
	users := []string{accusedOfficer, accusedManager, kin}
	before := map[string]map[string]string{}
	for _, user := range users {
		before[user] = a.shown(t, user, a.h.head(t))
	}
	a.happen(t)
	a.findsTheCase(t, before)
	a.exclude(t)

	for _, user := range users {
		for _, d := range a.differences(t, user) {
			t.Errorf("%s sees a difference at %s", user, d)
		}
		after := a.shown(t, user, a.h.head(t))
		for path, body := range after {
			if body != before[user][path] {
				t.Errorf("%s sees at %s\n%s\nand before there was the case\n%s", user, path, body, before[user][path])
			}
		}
	}
	again, another := a.take(t, accusedOfficer, a.taken), a.take(t, accusedOfficer, uuid.NewString())
	if looks(again) != looks(another) {
		t.Errorf("who took the case sees a difference when they ask again:\n%s\nthan for none:\n%s", looks(again), looks(another))
	}
	a.namesNothing(t)
	a.provesNothing(t)
	a.tellsNothing(t)
	a.takesNoLonger(t)
	if len(a.differences(t, "casemanager")) == 0 {
		t.Error("nobody sees the case: the test shows nothing")
	}
}

// findsTheCase is the control: without an exclusion the comparisons find the case, for each of the accused.
func (a *accusing) findsTheCase(t *testing.T, before map[string]map[string]string) {
	t.Helper()
	for user, shown := range before {
		if found := len(a.differences(t, user)); found < 5 {
			t.Errorf("%s is not excluded yet, and only %d calls show the case", user, found)
		}
		changed := 0
		for path, body := range a.shown(t, user, a.h.head(t)) {
			if body != shown[path] {
				changed++
			}
		}
		if changed < 3 {
			t.Errorf("%s is not excluded yet, and only %d lists show the case", user, changed)
		}
	}
}

// namesNothing looks at the other case of the same person, which the accused manager may read.
func (a *accusing) namesNothing(t *testing.T) {
	t.Helper()
	for _, path := range []string{"", "/timeline", "/duplicates"} {
		address := "/api/v1/cases/" + a.visible.CaseID + path
		r := a.h.call(t, http.MethodGet, address, "").as(t, accusedManager).do(t).want(t, http.StatusOK)
		if bytes.Contains(r.body, []byte(a.hidden.CaseID)) || bytes.Contains(r.body, []byte(a.hidden.CaseReference)) {
			t.Errorf("%s names the case: %s", address, r.body)
		}
		r = a.h.call(t, http.MethodGet, address, "").as(t, "casemanager").do(t).want(t, http.StatusOK)
		if path != "/duplicates" && !bytes.Contains(r.body, []byte(a.hidden.CaseID)) { // the search for duplicates takes its time
			t.Errorf("%s does not name the case to who may know of it", address)
		}
	}
}

// provesNothing looks at the bundle of the other case, in which the messages lie as they are in the log.
func (a *accusing) provesNothing(t *testing.T) {
	t.Helper()
	for user, want := range map[string]bool{accusedManager: false, "casemanager": true} {
		var bundle transparency.Bundle
		testenv.Eventually(t, time.Minute, func() bool { // a moment ago may not be signed for yet
			r := a.h.call(t, http.MethodGet, "/api/v1/cases/"+a.visible.CaseID+"/proof", "").as(t, user).do(t)
			bundle = transparency.Bundle{}
			return r.status == http.StatusOK && json.Unmarshal(r.body, &bundle) == nil && len(bundle.Messages) == 2
		})
		named := slices.ContainsFunc(bundle.Messages, func(m transparency.Message) bool { return bytes.Contains(m.Data, []byte(a.hidden.CaseID)) })
		if named != want {
			t.Errorf("the bundle names the case to %s: %t", user, named)
		}
	}
}

// tellsNothing listens while the case moves, and then another.
func (a *accusing) tellsNothing(t *testing.T) {
	t.Helper()
	streams := map[string]<-chan string{}
	for _, user := range []string{accusedManager, kin, "casemanager"} {
		streams[user] = a.h.listen(t, a.h.token(t, user))
		if opened := <-streams[user]; opened != ": open" {
			t.Fatalf("the stream begins with %q", opened)
		}
	}
	var silent, loud app.Receipt
	a.h.give(t, "casemanager", a.hidden.CaseID, access.AddNote, samples()[access.AddNote].body, http.StatusCreated).into(t, &silent)
	a.shown(t, "casemanager", silent.Position) // waits until the views have it
	a.h.give(t, "casemanager", a.visible.CaseID, access.AddNote, samples()[access.AddNote].body, http.StatusCreated).into(t, &loud)
	for user, lines := range streams {
		first := firstChange(t, lines)
		if user == "casemanager" && first != silent.Position {
			t.Errorf("%s is told of position %d first, want %d: the test shows nothing", user, first, silent.Position)
		}
		if user != "casemanager" && first != loud.Position {
			t.Errorf("%s is told of position %d, want %d", user, first, loud.Position)
		}
	}
}

func firstChange(t *testing.T, lines <-chan string) uint64 {
	t.Helper()
	for line := range lines {
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			var change app.Change
			must(t, json.Unmarshal([]byte(data), &change))
			return change.Position
		}
	}
	t.Fatal("the stream ended")
	return 0
}

// takesNoLonger compares how long the answers take: 2,000 for the hidden case and 2,000 for cases that are not there, in turns.
func (a *accusing) takesNoLonger(t *testing.T) {
	t.Helper()
	asks := slices.DeleteFunc(a.asks(t), func(k ask) bool { return k.method == http.MethodPut }) // a file is looked at before the case
	const n = 2000
	var hidden, absent []time.Duration
	for i := range n {
		k := asks[i%len(asks)]
		measure := func(about named) time.Duration { _, took := k.of(t, a.h, accusedManager, about); return took }
		if i/len(asks)%2 == 0 {
			hidden, absent = append(hidden, measure(a.hiddenCase())), append(absent, measure(absentCase()))
		} else {
			absent, hidden = append(absent, measure(absentCase())), append(hidden, measure(a.hiddenCase()))
		}
	}
	apart := fastest(hidden) - fastest(absent)
	t.Logf("%d calls of %d kinds each: %v for the case, %v for none, %v apart", n, len(asks), fastest(hidden), fastest(absent), apart)
	if apart.Abs() >= bearable {
		t.Errorf("the answers are %v apart", apart)
	}
	late := slices.Clone(absent)
	for i := range late {
		late[i] += bearable + bearable/5
	}
	if (fastest(late) - fastest(absent)).Abs() < bearable {
		t.Error("answers that take longer are not told apart: the test shows nothing")
	}
}

// bearable is how far apart two kinds of answer may be without telling anybody anything over a network.
const bearable = 5 * time.Millisecond

// fastest is the mean of the fastest quarter: what the answer itself costs, without the pauses of a busy machine.
func fastest(d []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(d))[:len(d)/4]
	var sum time.Duration
	for _, one := range sorted {
		sum += one
	}
	return sum / time.Duration(len(sorted))
}

// Whom a case accused reads of it again as little as the person agreed to meanwhile, and is asked for its word like everybody who was told.
func TestWhomACaseAccusedIsAskedForWordLater(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.submit(t, "adult-scam-compound")
	referral := h.referTo(t, r.CaseID, `"identity","contact"`)
	h.give(t, "shelter", r.CaseID, access.Accept, `{"referral_id":"`+referral+`"}`, http.StatusCreated)
	receiver, err := h.identity.ByUsername(t.Context(), "shelter")
	must(t, err)
	read := func(status int) (view app.CaseView) {
		got := h.call(t, http.MethodGet, "/api/v1/cases/"+r.CaseID, "").as(t, "shelter").do(t).want(t, status)
		if status == http.StatusOK {
			got.into(t, &view)
		}
		return view
	}
	h.give(t, "casemanager", r.CaseID, access.Exclude, `{"agency":"`+receiver.Agency+`","reason":"The person says so."}`, http.StatusCreated)
	h.give(t, "casemanager", r.CaseID, access.WithdrawConsent, `{"purpose":"referral"}`, http.StatusCreated)
	read(http.StatusNotFound)

	var managed app.CaseView
	h.call(t, http.MethodGet, "/api/v1/cases/"+r.CaseID, "").as(t, "casemanager").do(t).want(t, http.StatusOK).into(t, &managed)
	exclusion := `{"exclusion_id":"` + managed.Exclusions[0].ID + `"`
	h.give(t, "casemanager", r.CaseID, access.LiftExclusion, exclusion+`,"reason":"It was somebody else."}`, http.StatusCreated)
	h.give(t, "auditor", r.CaseID, access.ApproveLiftExclusion, exclusion+`}`, http.StatusCreated)
	view := read(http.StatusOK)
	asked := slices.IndexFunc(view.Tasks, func(task app.TaskView) bool {
		return task.Kind == domain.TaskAcknowledge && task.Agency == receiver.Agency
	})
	if asked < 0 {
		t.Fatalf("it is not asked for its word: %+v", view.Tasks)
	}
	if form := view.Screenings[0]; string(form.Identity) != "null" {
		t.Error("it reads who the person is, who agrees to nothing any more")
	}
	for reader, knows := range map[string]bool{"shelter": false, "casemanager": true} {
		h.mustShow(t, reader, r.CaseID, "exclusion.lifted", receiver.Agency, knows)
	}
	h.give(t, "shelter", r.CaseID, access.AcknowledgeWithdrawal, `{"withdrawal_id":"`+view.Tasks[asked].Ref+`"}`, http.StatusCreated)
	read(http.StatusNotFound)
}

// mustShow fails where the timeline names somebody in what an event says, or does not.
func (h *harness) mustShow(t *testing.T, reader, caseID, event, name string, shows bool) {
	t.Helper()
	var course app.TimelineView
	h.call(t, http.MethodGet, "/api/v1/cases/"+caseID+"/timeline", "").as(t, reader).do(t).want(t, http.StatusOK).into(t, &course)
	i := slices.IndexFunc(course.Items, func(e timeline.Entry) bool { return e.Type == event })
	if i < 0 {
		t.Fatalf("%s reads of no %s", reader, event)
	}
	if strings.Contains(string(course.Items[i].Facts), name) != shows {
		t.Errorf("%s reads %s of %s", reader, course.Items[i].Facts, event)
	}
}
