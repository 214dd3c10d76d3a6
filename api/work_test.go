package api

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"net/url"
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
	"songtor/projections/incidents"
	"songtor/projections/stage"
)

// stageList asks for a stage's list as somebody.
func (h *harness) stageList(t *testing.T, user string, of domain.Stage, query string) list[stage.Row] {
	t.Helper()
	var page list[stage.Row]
	h.call(t, http.MethodGet, "/api/v1/stages/"+string(of)+"/cases?"+query, "").as(t, user).do(t).want(t, http.StatusOK).into(t, &page)
	return page
}

func ids(rows []stage.Row) []string {
	all := make([]string, len(rows))
	for i, r := range rows {
		all[i] = r.CaseID
	}
	return all
}

// TestStageListsAreFiltered works on a service of its own, so that the lists hold nothing but the test's cases.
func TestStageListsAreFiltered(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	incident := uuid.NewString()
	results := h.takeIn(t, incident, person(1, "TH-50", "medical")+"\n"+person(2, "TH-57"))
	urgent, plain := results[0].Receipt.CaseID, results[1].Receipt.CaseID
	before := time.Now()
	taken := h.call(t, http.MethodPost, "/api/v1/stages/frontline/take?province=TH-57&position="+latestOf(results), "").as(t, "responder").key().do(t).want(t, http.StatusCreated)
	position := "&position=" + taken.header.Get(positionHeader)
	for query, want := range map[string][]string{
		"":                                     {urgent, plain},
		"order=oldest":                         {urgent, plain},
		"order=newest":                         {plain, urgent},
		"urgent=true":                          {urgent},
		"province=TH-50":                       {urgent},
		"province=TH-50&province=TH-57":        {urgent, plain},
		"province=TH-10":                       {},
		"agency=immigration-bureau":            {urgent, plain},
		"agency=datip":                         {},
		"assignee=me":                          {plain},
		"assignee=none":                        {urgent},
		"assignee=" + uuid.NewString():         {},
		"status=first_contact&status=closed":   {urgent, plain},
		"status=closed":                        {},
		"task=first_contact_to_screen":         {urgent, plain},
		"task=plan_to_agree":                   {},
		"incident=" + incident:                 {urgent, plain},
		"incident=" + uuid.NewString():         {},
		"due=none":                             {urgent, plain},
		"due=overdue":                          {},
		"due_before=2020-01-01T00:00:00Z":      {},
		"open=true":                            {urgent, plain},
		"open=false":                           {},
		"language=mya":                         {},
		asOf(before) + "&assignee=none":        {urgent, plain},
		asOf(before.Add(-time.Hour)):           {},
		asOf(time.Now()) + "&assignee=me":      {plain},
		"province=TH-57&assignee=none&limit=1": {},
	} {
		got := ids(h.stageList(t, "responder", domain.Frontline, strings.TrimPrefix(query+position, "&")).Items)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", query, got, want)
		}
	}
	h.testPages(t, []string{urgent, plain}, position)
	h.testTakingRunsOut(t, urgent, position)
}

// testPages turns the pages of every order.
func (h *harness) testPages(t *testing.T, all []string, position string) {
	for _, order := range stage.Orders() {
		var seen []string
		for after := ""; ; {
			page := h.stageList(t, "responder", domain.Frontline, "limit=1&order="+string(order)+after+position)
			seen = append(seen, ids(page.Items)...)
			if page.Next == "" {
				break
			}
			after = "&after=" + url.QueryEscape(page.Next)
		}
		slices.Sort(seen)
		if want := slices.Sorted(slices.Values(all)); !slices.Equal(seen, want) {
			t.Errorf("%s: the pages hold %v, want %v", order, seen, want)
		}
	}
}

// testTakingRunsOut takes the last case that nobody has. Taking it again by the same command takes nothing more.
func (h *harness) testTakingRunsOut(t *testing.T, last, position string) {
	key := uuid.NewString()
	take := func(key string) response {
		return h.call(t, http.MethodPost, "/api/v1/stages/frontline/take?"+strings.TrimPrefix(position, "&"), "").as(t, "responder").
			with("Idempotency-Key", key).do(t)
	}
	var receipt app.Receipt
	first := take(key).want(t, http.StatusCreated)
	first.into(t, &receipt)
	if receipt.CaseID != last {
		t.Errorf("took %s, want %s", receipt.CaseID, last)
	}
	position = "&position=" + first.header.Get(positionHeader)
	if p := take(uuid.NewString()).want(t, http.StatusNotFound).problem(t); p.Type != typePrefix+nothingToTake.name {
		t.Errorf("got %+v", p)
	}
	if again := take(key); again.status != http.StatusOK || string(again.body) != string(first.body) {
		t.Errorf("taking again: got %d %s", again.status, again.body)
	}
	h.call(t, http.MethodPost, "/api/v1/stages/frontline/take", "").as(t, "responder").do(t).want(t, http.StatusBadRequest)
	h.call(t, http.MethodPost, "/api/v1/stages/nonsense/take", "").as(t, "responder").key().do(t).want(t, http.StatusNotFound)
	h.call(t, http.MethodPost, "/api/v1/stages/frontline/take", "").as(t, "committee").key().do(t).want(t, http.StatusForbidden)
	h.countsAgree(t, position)
}

func (h *harness) countsAgree(t *testing.T, position string) {
	var counts list[app.StageCount]
	h.call(t, http.MethodGet, "/api/v1/stages?"+strings.TrimPrefix(position, "&"), "").as(t, "responder").do(t).want(t, http.StatusOK).into(t, &counts)
	for _, c := range counts.Items {
		if c.Stage == domain.Frontline && (c.Open != 2 || c.Unassigned != 0 || c.Urgent != 1) {
			t.Errorf("the counts are %+v", c)
		}
	}
}

// latestOf is the position of the latest commit among results.
func latestOf(results []lineResult) string {
	var latest uint64
	for _, r := range results {
		if r.Receipt != nil {
			latest = max(latest, r.Receipt.Position)
		}
	}
	return strconv.FormatUint(latest, 10)
}

// person is a line of an incident's list. People are met in the order of their numbers.
func person(entry int, province string, needs ...string) string {
	met := time.Date(2026, 3, 2, 10, max(0, entry), 0, 0, time.UTC).Format(time.RFC3339)
	line := map[string]any{"id": uuid.NewString(), "province": province, "entry": entry, "occurred_at": met}
	if len(needs) > 0 {
		line["needs"] = needs
	}
	b, err := json.Marshal(line, json.Deterministic(true))
	if err != nil {
		panic(err) // plain values always encode
	}
	return string(b)
}

func (h *harness) takeIn(t *testing.T, incident, lines string) []lineResult {
	t.Helper()
	got := h.call(t, http.MethodPost, "/api/v1/incidents/"+incident+"/people", lines).as(t, "responder").with("Content-Type", jsonLinesType).
		do(t).want(t, http.StatusOK)
	var results []lineResult
	for line := range bytes.Lines(got.body) {
		var r lineResult
		must(t, json.Unmarshal(line, &r))
		results = append(results, r)
	}
	return results
}

// testPeopleOfAnIncidentAreTakenIn takes a list in whose bad lines spoil no other, and follows how far its people come.
func (h *harness) testPeopleOfAnIncidentAreTakenIn(t *testing.T) {
	t.Parallel()
	incident, good := uuid.NewString(), person(1, "TH-50", "medical")
	lines := []string{
		good,
		person(2, marker),
		person(-3, "TH-50"),
		person(4, "TH-50", marker),
		strings.Replace(person(5, "TH-50"), "{", `{"incident_id":"`+uuid.NewString()+`",`, 1),
		strings.Replace(person(6, "TH-50"), "{", `{"`+marker+`":1,`, 1),
		good,
		person(8, "TH-57"),
	}
	want := []int{201, 422, 422, 422, 422, 422, 200, 201}
	results := h.takeIn(t, incident, strings.Join(lines, "\n"))
	if len(results) != len(want) {
		t.Fatalf("got %+v", results)
	}
	for i, r := range results {
		if r.Status != want[i] && !(i == 6 && r.Status == http.StatusCreated || i == 0 && r.Status == http.StatusOK) { // the same line twice: either may be first
			t.Errorf("line %d: got %d %+v", r.Line, r.Status, r.Problem)
		}
		if r.Problem != nil && strings.Contains(fmt.Sprintf("%+v", *r.Problem), marker) {
			t.Errorf("line %d repeats what was sent", r.Line)
		}
	}
	if *results[0].Receipt != *results[6].Receipt {
		t.Error("the same line got two receipts")
	}
	if other := h.takeIn(t, uuid.NewString(), good); other[0].Status != http.StatusConflict {
		t.Errorf("the same id under another incident: got %+v", other[0])
	}
	h.incidentProgresses(t, incident, latestOf(results))
	h.call(t, http.MethodPost, "/api/v1/incidents/"+incident+"/people", good).as(t, "shelter").with("Content-Type", jsonLinesType).
		do(t).want(t, http.StatusForbidden)
	h.call(t, http.MethodPost, "/api/v1/incidents/nonsense/people", good).as(t, "responder").with("Content-Type", jsonLinesType).
		do(t).want(t, http.StatusNotFound)
}

func (h *harness) incidentProgresses(t *testing.T, incident, position string) {
	t.Helper()
	at := "?position=" + position
	var detail incidents.Detail
	h.call(t, http.MethodGet, "/api/v1/incidents/"+incident+at, "").as(t, "responder").do(t).want(t, http.StatusOK).into(t, &detail)
	if detail.People != 2 || detail.Progress.Waiting != 2 {
		t.Errorf("the incident is %+v", detail)
	}
	var people list[incidents.Person]
	h.call(t, http.MethodGet, "/api/v1/incidents/"+incident+"/people"+at+"&limit=1", "").as(t, "responder").do(t).want(t, http.StatusOK).into(t, &people)
	if len(people.Items) != 1 || people.Items[0].Entry != 1 || people.Next == "" {
		t.Errorf("the people are %+v", people)
	}
	var all list[incidents.Incident]
	h.call(t, http.MethodGet, "/api/v1/incidents"+at+"&limit=500", "").as(t, "responder").do(t).want(t, http.StatusOK).into(t, &all)
	if !slices.ContainsFunc(all.Items, func(i incidents.Incident) bool { return i.ID == incident }) {
		t.Errorf("the incidents are %+v", all.Items)
	}
	for _, path := range []string{uuid.NewString(), "nonsense", uuid.NewString() + "/people"} {
		h.call(t, http.MethodGet, "/api/v1/incidents/"+path, "").as(t, "responder").do(t).want(t, http.StatusNotFound)
	}
	h.call(t, http.MethodGet, "/api/v1/incidents", "").as(t, "shelter").do(t).want(t, http.StatusForbidden)
}

// While the list of incidents stands nobody is told that there is no such incident: it may have come since, and one that is not for the caller
// answers like one that has not. What is listed is shown. The controls are the answers before.
func TestNoIncidentIsSaidToBeNoneWhileTheirListStands(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	_, err := h.identity.CreateDemoAccount(t.Context(), identity.DemoAccount{Username: "elsewhere", Role: domain.Responder, Agency: "rtp-atpd"})
	must(t, err)
	show := func(user, incident string) response {
		return h.call(t, http.MethodGet, "/api/v1/incidents/"+incident, "").as(t, user).do(t)
	}
	before, later := uuid.NewString(), uuid.NewString()
	h.takeIn(t, before, person(1, "TH-50"))
	show("responder", before).want(t, http.StatusOK)
	show("responder", uuid.NewString()).want(t, http.StatusNotFound)
	show("elsewhere", before).want(t, http.StatusNotFound)
	_, err = h.pools.Migrate.Exec(t.Context(), "alter table projections.positions add constraint stopped check (name <> 'incidents') not valid")
	must(t, err)
	h.takeIn(t, later, person(1, "TH-50"))
	show("responder", before).want(t, http.StatusOK)
	for user, incident := range map[string]string{"responder": later, "elsewhere": before, "casemanager": uuid.NewString()} {
		show(user, incident).want(t, http.StatusServiceUnavailable)
		h.call(t, http.MethodGet, "/api/v1/incidents/"+incident+"/people", "").as(t, user).do(t).want(t, http.StatusServiceUnavailable)
	}
}

// testFilesComeBackAsTheyWere stores a text that a browser would run if it were let.
func (h *harness) testFilesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	receipt := h.submit(t, "minimal-adult")
	content, name := "<html><script>"+marker, "คำให้การ 1.txt"
	path := "/api/v1/cases/" + receipt.CaseID + "/files/" + uuid.NewString()
	put := func(path, content string) *call {
		return h.call(t, http.MethodPut, path, content).as(t, "responder").with("Content-Type", "text/plain; charset=utf-8").
			with(fileNameHeader, url.PathEscape(name))
	}
	first := put(path, content).do(t).want(t, http.StatusCreated)
	if again := put(path, content).do(t).want(t, http.StatusOK); string(again.body) != string(first.body) {
		t.Errorf("got another receipt: %s", again.body)
	}
	put(path, "other").do(t).want(t, http.StatusConflict)
	got := h.call(t, http.MethodGet, path, "").as(t, "responder").do(t).want(t, http.StatusOK)
	for header, want := range map[string]string{
		"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Content-Disposition":     `attachment; filename="` + path[strings.LastIndexByte(path, '/')+1:] + `.txt"`,
		"Content-Security-Policy": filePolicy, "Content-Length": strconv.Itoa(len(content)),
	} {
		if got.header.Get(header) != want {
			t.Errorf("%s is %q, want %q", header, got.header.Get(header), want)
		}
	}
	if string(got.body) != content {
		t.Errorf("got %q", got.body)
	}
	if head := h.call(t, http.MethodHead, path, "").as(t, "responder").do(t).want(t, http.StatusOK); len(head.body) != 0 {
		t.Errorf("HEAD answers with a body of %d bytes", len(head.body))
	}
	var view app.CaseView
	h.call(t, http.MethodGet, "/api/v1/cases/"+receipt.CaseID, "").as(t, "responder").do(t).want(t, http.StatusOK).into(t, &view)
	if len(view.Files) != 1 || view.Files[0].Size != len(content) || !strings.Contains(string(view.Files[0].Details), name) {
		t.Errorf("the case has the files %+v", view.Files)
	}
	for _, user := range []string{"auditor", "shelter", "committee"} {
		h.call(t, http.MethodGet, path, "").as(t, user).do(t).want(t, http.StatusNotFound)
	}
	h.call(t, http.MethodGet, "/api/v1/cases/"+receipt.CaseID+"/files/"+uuid.NewString(), "").as(t, "responder").do(t).want(t, http.StatusNotFound)
}

func (h *harness) testBadFilesAreRefused(t *testing.T) {
	t.Parallel()
	receipt := h.submit(t, "minimal-adult")
	base := "/api/v1/cases/" + receipt.CaseID + "/files/"
	largest := strings.Repeat("x", maxFile)
	for name, c := range map[string]struct {
		id, fileName, contentType, content string
		status                             int
	}{
		"over 10 MiB":         {uuid.NewString(), "a.txt", "text/plain", largest + "x", http.StatusRequestEntityTooLarge},
		"empty":               {uuid.NewString(), "a.txt", "text/plain", "", http.StatusUnprocessableEntity},
		"no id":               {marker, "a.txt", "text/plain", "x", http.StatusBadRequest},
		"no name":             {uuid.NewString(), "", "text/plain", "x", http.StatusBadRequest},
		"name not encoded":    {uuid.NewString(), "%zz", "text/plain", "x", http.StatusBadRequest},
		"name not UTF-8":      {uuid.NewString(), "%ff", "text/plain", "x", http.StatusBadRequest},
		"name with a line":    {uuid.NewString(), "a%0d%0aX-Y: z", "text/plain", "x", http.StatusBadRequest},
		"name with a path":    {uuid.NewString(), "..%2f..%2fpasswd", "text/plain", "x", http.StatusBadRequest},
		"name turned about":   {uuid.NewString(), "%e2%80%aegnp.exe", "text/plain", "x", http.StatusBadRequest},
		"name of 256 letters": {uuid.NewString(), strings.Repeat("a", maxFileName+1), "text/plain", "x", http.StatusBadRequest},
		"no type":             {uuid.NewString(), "a.txt", "", "x", http.StatusUnsupportedMediaType},
		"type that is none":   {uuid.NewString(), "a.txt", "text", "x", http.StatusUnsupportedMediaType},
		"a page":              {uuid.NewString(), "a.html", "text/html", "<html>", http.StatusUnsupportedMediaType},
		"a drawing":           {uuid.NewString(), "a.svg", "image/svg+xml", "<svg/>", http.StatusUnsupportedMediaType},
		"a program":           {uuid.NewString(), "a.txt", "text/plain", "MZ\x00", http.StatusUnsupportedMediaType},
		"another ending":      {uuid.NewString(), "a.exe", "text/plain", "x", http.StatusUnsupportedMediaType},
		"a damaged picture":   {uuid.NewString(), "a.png", "image/png", "\x89PNG\r\n\x1a\nx", http.StatusUnprocessableEntity},
		"10 MiB":              {uuid.NewString(), "a.txt", "text/plain", largest, http.StatusCreated},
	} {
		t.Run(name, func(t *testing.T) {
			got := h.call(t, http.MethodPut, base+c.id, c.content).as(t, "responder").with("Content-Type", c.contentType).
				with(fileNameHeader, c.fileName).do(t).want(t, c.status)
			if strings.Contains(string(got.body), marker) {
				t.Errorf("the answer repeats what was sent: %s", got.body)
			}
		})
	}
	h.call(t, http.MethodPut, "/api/v1/cases/"+uuid.NewString()+"/files/"+uuid.NewString(), "x").as(t, "responder").
		with("Content-Type", "text/plain").with(fileNameHeader, "a.txt").do(t).want(t, http.StatusNotFound)
}

// testPicturesLoseWhatTheCameraWrote sends a picture that says where it was taken, and one that is evidence.
func (h *harness) testPicturesLoseWhatTheCameraWrote(t *testing.T) {
	t.Parallel()
	receipt := h.submit(t, "minimal-adult")
	var plain bytes.Buffer
	must(t, jpeg.Encode(&plain, image.NewGray(image.Rect(0, 0, 8, 8)), nil))
	place := "Exif\x00\x00" + marker
	segment := append([]byte{0xff, 0xd8, 0xff, 0xe1, 0, byte(len(place) + 2)}, place...)
	content := string(segment) + plain.String()[2:]
	send := func(original string, status int) (id string) {
		id = uuid.NewString()
		h.call(t, http.MethodPut, "/api/v1/cases/"+receipt.CaseID+"/files/"+id, content).as(t, "responder").with("Content-Type", "image/jpeg").
			with(fileNameHeader, "a.jpg").with(originalHeader, original).do(t).want(t, status)
		return id
	}
	send(marker, http.StatusBadRequest)
	for original, kept := range map[string]bool{"": false, keepOriginal: true} {
		id := send(original, http.StatusCreated)
		got := h.call(t, http.MethodGet, "/api/v1/cases/"+receipt.CaseID+"/files/"+id, "").as(t, "responder").do(t).want(t, http.StatusOK)
		if strings.Contains(string(got.body), marker) != kept || (string(got.body) == content) != kept {
			t.Errorf("%q: got %q", original, got.body)
		}
		var view app.CaseView
		h.call(t, http.MethodGet, "/api/v1/cases/"+receipt.CaseID, "").as(t, "responder").do(t).want(t, http.StatusOK).into(t, &view)
		for _, f := range view.Files {
			if f.ID == id && strings.Contains(string(f.Details), `"original":true`) != kept {
				t.Errorf("%q: the case says %s", original, f.Details)
			}
		}
	}
}

func (h *harness) testFiltersAreSavedForTheirOwner(t *testing.T) {
	t.Parallel()
	name := "งานของฉัน 50%/2"
	path := "/api/v1/filters/" + url.PathEscape(name)
	put := func(path, body string) response { return h.call(t, http.MethodPut, path, body).as(t, "auditor").do(t) }
	put(path, `{"stage":"screening","query":"?status=unclear&agency=datip&order=due&due_before=2026-11-24T00:00:00%2B07:00"}`).want(t, http.StatusOK)
	put(path, `{"stage":"screening","query":"urgent=true&order=due"}`).want(t, http.StatusOK)
	var saved map[string]any
	h.call(t, http.MethodGet, path, "").as(t, "auditor").do(t).want(t, http.StatusOK).into(t, &saved)
	if saved["name"] != name || saved["query"] != "order=due&urgent=true" {
		t.Errorf("got %v", saved)
	}
	var all list[map[string]any]
	h.call(t, http.MethodGet, "/api/v1/filters", "").as(t, "auditor").do(t).want(t, http.StatusOK).into(t, &all)
	if len(all.Items) != 1 {
		t.Errorf("got %v", all.Items)
	}
	h.call(t, http.MethodGet, path, "").as(t, "casemanager").do(t).want(t, http.StatusNotFound)
	for body, status := range map[string]int{
		`{"stage":"` + marker + `"}`:                                              http.StatusUnprocessableEntity,
		`{"stage":"screening","query":"` + marker + `=1"}`:                        http.StatusUnprocessableEntity,
		`{"stage":"screening","query":"status=` + marker + `"}`:                   http.StatusUnprocessableEntity,
		`{"stage":"screening","query":"as_of=2026-01-01"}`:                        http.StatusUnprocessableEntity,
		`{"stage":"screening","query":"after=x"}`:                                 http.StatusUnprocessableEntity,
		`{"stage":"screening","query":"%zz"}`:                                     http.StatusUnprocessableEntity,
		`{"stage":"screening","` + marker + `":1}`:                                http.StatusUnprocessableEntity,
		`{"stage":"screening","query":"` + strings.Repeat("a", maxQuery) + `=1"}`: http.StatusUnprocessableEntity,
	} {
		if got := put(path, body); got.status != status || strings.Contains(string(got.body), marker) {
			t.Errorf("%s: got %d %s", body, got.status, got.body)
		}
	}
	for _, bad := range []string{"%20", "a%20", "%0a", strings.Repeat("a", maxFilterName+1)} {
		put("/api/v1/filters/"+bad, `{"stage":"screening"}`).want(t, http.StatusBadRequest)
	}
	h.call(t, http.MethodDelete, path, "").as(t, "auditor").do(t).want(t, http.StatusNoContent)
	h.call(t, http.MethodDelete, path, "").as(t, "auditor").do(t).want(t, http.StatusNotFound)
	h.call(t, http.MethodGet, "/api/v1/filters", "").as(t, "committee").do(t).want(t, http.StatusForbidden)
}

// testDuplicatesAreProposedAndRefused submits the same person twice.
func (h *harness) testDuplicatesAreProposedAndRefused(t *testing.T) {
	t.Parallel()
	one, two := h.submit(t, "forced-labour-fishing"), h.submit(t, "forced-labour-fishing")
	duplicates := func(user string, status int) (found list[app.Duplicate]) {
		got := h.call(t, http.MethodGet, "/api/v1/cases/"+one.CaseID+"/duplicates", "").as(t, user).do(t).want(t, status)
		if status == http.StatusOK {
			got.into(t, &found)
		}
		return found
	}
	find := func(l list[app.Duplicate]) *app.Duplicate {
		for i := range l.Items {
			if l.Items[i].CaseID == two.CaseID {
				return &l.Items[i]
			}
		}
		return nil
	}
	becomes := func(holds func(*app.Duplicate) bool) (found *app.Duplicate) {
		testenv.Eventually(t, 30*time.Second, func() bool { // the search for duplicates has a pace of its own, slower than a read waits
			found = find(duplicates("casemanager", http.StatusOK))
			return found != nil && holds(found)
		})
		return found
	}
	found := becomes(func(*app.Duplicate) bool { return true })
	if found.State != "proposed" || len(found.Evidence.Agree) == 0 {
		t.Fatalf("got %+v", found)
	}
	var pairs list[app.Pair]
	h.call(t, http.MethodGet, "/api/v1/duplicates?limit=200&least=1", "").as(t, "casemanager").do(t).want(t, http.StatusOK).into(t, &pairs)
	if len(pairs.Items) == 0 {
		t.Error("no pair is open")
	}
	duplicates("auditor", http.StatusNotFound)
	h.give(t, "casemanager", one.CaseID, access.RefuseDuplicate, `{"other":"`+two.CaseID+`"}`, http.StatusCreated)
	becomes(func(d *app.Duplicate) bool { return d.State == "refused" })
}

func (h *harness) testLimitsAndHolidaysAreTold(t *testing.T) {
	t.Parallel()
	var limits app.LimitsView
	h.call(t, http.MethodGet, "/api/v1/limits?province=TH-50&at=2026-11-24T00:00:00Z", "").as(t, "committee").do(t).want(t, http.StatusOK).into(t, &limits)
	if limits.Province != "TH-50" || len(limits.Entries) == 0 || limits.InForce[domain.LimitSection29].Source == "" {
		t.Errorf("got %+v", limits)
	}
	h.call(t, http.MethodGet, "/api/v1/limits", "").as(t, "responder").do(t).want(t, http.StatusOK)
	for _, query := range []string{"province=" + marker, "at=" + marker, marker + "=1"} {
		h.call(t, http.MethodGet, "/api/v1/limits?"+query, "").as(t, "responder").do(t).want(t, http.StatusBadRequest)
	}
	var year app.CalendarView
	h.call(t, http.MethodGet, "/api/v1/calendar/2026", "").as(t, "responder").do(t).want(t, http.StatusOK).into(t, &year)
	if !year.Known || year.Buddhist != 2569 || len(year.Days) == 0 {
		t.Errorf("got %+v", year)
	}
	h.call(t, http.MethodGet, "/api/v1/calendar/2190", "").as(t, "responder").do(t).want(t, http.StatusOK).into(t, &year)
	if year.Known {
		t.Error("the holidays of 2190 are known")
	}
	for _, path := range []string{"2569", "x", "0"} {
		h.call(t, http.MethodGet, "/api/v1/calendar/"+path, "").as(t, "responder").do(t).want(t, http.StatusNotFound)
	}
}
