package api

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"songtor/schemas"
)

// TestRefusals sends what the service must not take. Each is answered with a place and a keyword, leaves the log as it was, and is
// repeated neither in the answer nor in the service's own log.
func TestRefusals(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	t.Run("bad bodies", h.testBadBodies)
	t.Run("invalid fixtures", h.testInvalidFixtures)
	t.Run("limits", h.testLimits)
	t.Run("parameters", h.testParameters)
	h.nothingHappened(t, 1) // the commit of the case that bad commands were given to
}

func (h *harness) testBadBodies(t *testing.T) {
	receipt := h.submit(t, "minimal-adult")
	body := fixture(t, "minimal-adult")
	const screening = "PUT /api/v1/screenings/{new}"
	commandTo := func(name string) string { return "POST /api/v1/cases/" + receipt.CaseID + "/" + name }
	for name, c := range map[string]struct {
		call, body       string
		status           int
		pointer, keyword string
	}{
		"a name twice": {
			screening, strings.Replace(body, `"province"`, `"version": 1, "province"`, 1),
			http.StatusBadRequest, "", schemas.KeywordDuplicate,
		},
		"an unknown name": {
			screening, strings.Replace(body, `"province"`, `"`+marker+`": 1, "province"`, 1),
			http.StatusUnprocessableEntity, "", "unevaluatedProperties",
		},
		"a name in capitals": {
			screening, strings.Replace(body, `"province"`, `"PROVINCE"`, 1),
			http.StatusUnprocessableEntity, "", "unevaluatedProperties",
		},
		"an unknown answer": {
			screening, strings.Replace(body, `"a_language"`, `"`+marker+`": {"state":"declined"}, "a_language"`, 1),
			http.StatusUnprocessableEntity, "/answers", "unevaluatedProperties",
		},
		"a wrong type": {
			screening, strings.Replace(body, `"TH-50"`, `["`+marker+`"]`, 1),
			http.StatusUnprocessableEntity, "/province", "type",
		},
		"a future date": {
			screening, strings.Replace(body, "2026-03-02T11:40", "2126-03-02T11:40", 1),
			http.StatusUnprocessableEntity, "/recorded_at", schemas.KeywordNotFuture,
		},
		"an impossible date": {
			screening, strings.Replace(body, "2026-03-02T10:15", "2026-02-30T10:15", 1),
			http.StatusUnprocessableEntity, "/occurred_at", "format",
		},
		"an unknown version": {
			screening, strings.Replace(body, `"version": 1`, `"version": 99`, 1),
			http.StatusUnprocessableEntity, "/version", "x-version",
		},
		"an unknown form": {
			screening, strings.Replace(body, `"screening"`, `"`+marker+`"`, 1),
			http.StatusUnprocessableEntity, "/form", "const",
		},
		"not UTF-8": {
			screening, strings.Replace(body, "TH-50", marker+"\xff", 1),
			http.StatusBadRequest, "", schemas.KeywordUTF8,
		},
		"a lone surrogate": {
			screening, strings.Replace(body, "TH-50", marker+`\ud800`, 1),
			http.StatusBadRequest, "", schemas.KeywordJSON,
		},
		"a control character as it is": {
			screening, strings.Replace(body, "TH-50", marker+"\x01", 1),
			http.StatusBadRequest, "", schemas.KeywordJSON,
		},
		"not JSON":        {screening, `{"form": ` + marker, http.StatusBadRequest, "", schemas.KeywordJSON},
		"two values":      {screening, body + `{"` + marker + `":1}`, http.StatusBadRequest, "", schemas.KeywordJSON},
		"nested too deep": {screening, strings.Repeat("[", 100) + strings.Repeat("]", 100), http.StatusBadRequest, "", schemas.KeywordDepth},
		"an unknown agency": {
			commandTo("refer"), `{"to":"` + marker + `","services":["basic"]}`,
			http.StatusUnprocessableEntity, "/to", schemas.KeywordCode,
		},
		"an unknown service": {
			commandTo("refer"), `{"to":"rtp-atpd","services":["shelter_temp","` + marker + `"]}`,
			http.StatusUnprocessableEntity, "/services/1", schemas.KeywordCode,
		},
		"an unknown province": {
			"POST /api/v1/cases", `{"province":"` + marker + `"}`,
			http.StatusUnprocessableEntity, "/province", schemas.KeywordCode,
		},
		"an unknown name in a command": {
			commandTo("close"), `{"reason":"other","` + marker + `":1}`,
			http.StatusUnprocessableEntity, "", keywordUnknownName,
		},
		"a name twice in a command": {
			commandTo("close"), `{"reason":"other","reason":"` + marker + `"}`,
			http.StatusBadRequest, "", schemas.KeywordDuplicate,
		},
		"a control character in a command": {
			commandTo("conclude-screening"), `{"grounds":"no","narrative":"` + marker + `\u0000"}`,
			http.StatusUnprocessableEntity, "/narrative", schemas.KeywordText,
		},
		"a future command": {
			commandTo("close"), `{"reason":"other","occurred_at":"2126-01-01T00:00:00Z"}`,
			http.StatusUnprocessableEntity, "/occurred_at", schemas.KeywordNotFuture,
		},
		"a nested screening": {
			commandTo("correct-screening"),
			`{"screening_id":"` + receipt.ScreeningID + `","reason":"wrong_entry","screening":` + strings.Replace(body, `"TH-50"`, `["`+marker+`"]`, 1) + `}`,
			http.StatusUnprocessableEntity, "/screening/province", "type",
		},
	} {
		t.Run(name, func(t *testing.T) {
			method, path, _ := strings.Cut(strings.Replace(c.call, "{new}", uuid.NewString(), 1), " ")
			got := h.call(t, method, path, c.body).as(t, "casemanager").key().do(t).want(t, c.status)
			p := got.problem(t)
			if !slices.ContainsFunc(p.Errors, func(f fault) bool { return f.Pointer != nil && *f.Pointer == c.pointer && f.Keyword == c.keyword }) {
				t.Errorf("got %s, want %q %s", got.body, c.pointer, c.keyword)
			}
			if strings.Contains(string(got.body), marker) {
				t.Errorf("the answer repeats what was sent: %s", got.body)
			}
		})
	}
}

func (h *harness) testInvalidFixtures(t *testing.T) {
	dir := filepath.Join("..", "schemas", "testdata", "invalid")
	var expected map[string][]schemas.Violation
	b, err := os.ReadFile(filepath.Join(dir, "EXPECT.json"))
	must(t, err)
	must(t, json.Unmarshal(b, &expected))
	// Before a form can be held against a schema the schema has to be found.
	expected["unknown-version.json"] = []schemas.Violation{{Pointer: "/version", Keyword: "x-version"}}
	for name, violations := range expected {
		body, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		got := h.call(t, http.MethodPut, "/api/v1/screenings/"+uuid.NewString(), string(body)).as(t, "responder").do(t)
		if got.status != http.StatusUnprocessableEntity && got.status != http.StatusBadRequest {
			t.Errorf("%s: got %d", name, got.status)
			continue
		}
		if p := got.problem(t); len(p.Errors) == 0 || p.Errors[0].Pointer == nil ||
			!slices.Contains(violations, schemas.Violation{Pointer: *p.Errors[0].Pointer, Keyword: p.Errors[0].Keyword}) {
			t.Errorf("%s: got %s, want %v", name, got.body, violations)
		}
	}
}

// nothingHappened holds the log to what it was, and the service's own log to the metadata of requests.
func (h *harness) nothingHappened(t *testing.T, head uint64) {
	t.Helper()
	if now := h.head(t); now != head {
		t.Errorf("the log holds %d commits, before it were %d", now, head)
	}
	if strings.Contains(h.logs.String(), marker) {
		t.Error("the service's log repeats what was sent")
	}
	if strings.Contains(h.logs.String(), `"level":"ERROR"`) {
		t.Errorf("the service failed at something: %s", h.logs)
	}
}

func (h *harness) testLimits(t *testing.T) {
	large, largest := strings.Repeat(" ", maxBody+1), strings.Repeat(" ", 300<<10)
	for name, c := range map[string]struct {
		call, body, contentType string
		status                  int
	}{
		"screening of 300 KiB":      {"PUT /api/v1/screenings/" + uuid.NewString(), largest, jsonType, http.StatusRequestEntityTooLarge},
		"command over 128 KiB":      {"POST /api/v1/cases/" + uuid.NewString() + "/close", large, jsonType, http.StatusRequestEntityTooLarge},
		"case over 128 KiB":         {"POST /api/v1/cases", large, jsonType, http.StatusRequestEntityTooLarge},
		"screening of text":         {"PUT /api/v1/screenings/" + uuid.NewString(), `{}`, "text/plain", http.StatusUnsupportedMediaType},
		"screening of a form":       {"PUT /api/v1/screenings/" + uuid.NewString(), `{}`, "application/x-www-form-urlencoded", http.StatusUnsupportedMediaType},
		"screening in Latin-1":      {"PUT /api/v1/screenings/" + uuid.NewString(), `{}`, "application/json; charset=iso-8859-1", http.StatusUnsupportedMediaType},
		"batch of one JSON value":   {"POST /api/v1/screenings/batch", `{}`, jsonType, http.StatusUnsupportedMediaType},
		"screening under no id":     {"PUT /api/v1/screenings/" + marker, `{}`, jsonType, http.StatusBadRequest},
		"command without a body":    {"POST /api/v1/cases/" + uuid.NewString() + "/close", "", jsonType, http.StatusBadRequest},
		"command that there is not": {"POST /api/v1/cases/" + uuid.NewString() + "/" + marker, `{}`, jsonType, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			method, path, _ := strings.Cut(c.call, " ")
			got := h.call(t, method, path, c.body).as(t, "casemanager").key().with("Content-Type", c.contentType).do(t).want(t, c.status)
			if strings.Contains(string(got.body), marker) {
				t.Errorf("the answer repeats what was sent: %s", got.body)
			}
		})
	}
}

func (h *harness) testParameters(t *testing.T) {
	for query, want := range map[string]fault{
		"stages/screening/cases?" + marker + "=1":                                  {Keyword: keywordUnknownName},
		"stages/screening/cases?limit=0":                                           {Parameter: "limit", Keyword: "minimum"},
		"stages/screening/cases?limit=201":                                         {Parameter: "limit", Keyword: "maximum"},
		"stages/screening/cases?limit=" + marker:                                   {Parameter: "limit", Keyword: "type"},
		"stages/screening/cases?limit=1&limit=2":                                   {Parameter: "limit", Keyword: "maxItems"},
		"stages/screening/cases?after=" + marker:                                   {Parameter: "after", Keyword: "format"},
		"stages/screening/cases?status=" + marker:                                  {Parameter: "status", Keyword: "enum"},
		"stages/screening/cases?due_before=" + marker:                              {Parameter: "due_before", Keyword: "format"},
		"stages/screening/cases?urgent=" + marker:                                  {Parameter: "urgent", Keyword: "enum"},
		"stages/screening/cases?position=-1":                                       {Parameter: "position", Keyword: "type"},
		"stages/screening/cases?agency=":                                           {Parameter: "agency", Keyword: "minLength"},
		"stages/screening/cases?limit=%zz":                                         {Keyword: "format"},
		"stages/screening/cases?order=" + marker:                                   {Parameter: "order", Keyword: "enum"},
		"stages/screening/cases?open=" + marker:                                    {Parameter: "open", Keyword: "enum"},
		"stages/screening/cases?due=" + marker:                                     {Parameter: "due", Keyword: "enum"},
		"stages/screening/cases?task=" + marker:                                    {Parameter: "task", Keyword: "enum"},
		"stages/screening/cases?assignee=" + marker:                                {Parameter: "assignee", Keyword: "format"},
		"stages/screening/cases?incident=" + marker:                                {Parameter: "incident", Keyword: "format"},
		"stages/screening/cases?language=" + marker:                                {Parameter: "language", Keyword: schemas.KeywordCode},
		"stages/screening/cases?province=TH-99":                                    {Parameter: "province", Keyword: schemas.KeywordCode},
		"stages/screening/cases?agency=" + marker:                                  {Parameter: "agency", Keyword: schemas.KeywordCode},
		"stages/screening/cases?as_of=" + marker:                                   {Parameter: "as_of", Keyword: "format"},
		"stages/screening/cases?as_of=0001-01-01T00:00:00Z":                        {Parameter: "as_of", Keyword: "formatMinimum"},
		"stages/screening/cases?urgent=true&urgent=true":                           {Parameter: "urgent", Keyword: "maxItems"},
		"stages/screening/cases?" + strings.Repeat("status=closed&", maxRepeats+1): {Parameter: "status", Keyword: "maxItems"},
		"inbox?box=" + marker:                                                      {Parameter: "box", Keyword: "enum"},
		"inbox?kind=" + marker:                                                     {Parameter: "kind", Keyword: "enum"},
		"inbox?box=incoming&kind=follow_up":                                        {Parameter: "kind", Keyword: "enum"},
		"inbox?box=incoming&assignee=me":                                           {Keyword: keywordUnknownName},
		"inbox?box=closed&after=" + marker:                                         {Parameter: "after", Keyword: "format"},
		"inbox?assignee=" + marker:                                                 {Parameter: "assignee", Keyword: "enum"},
		"inbox?due_before=" + marker:                                               {Parameter: "due_before", Keyword: "format"},
		"inbox/counts?" + marker + "=1":                                            {Keyword: keywordUnknownName},
		"incidents?after=" + marker:                                                {Parameter: "after", Keyword: "format"},
		"incidents?limit=501":                                                      {Parameter: "limit", Keyword: "maximum"},
		"duplicates?least=101":                                                     {Parameter: "least", Keyword: "maximum"},
		"duplicates?after=" + marker:                                               {Parameter: "after", Keyword: "format"},
		"filters?" + marker + "=1":                                                 {Keyword: keywordUnknownName},
		"inbox?after=" + marker:                                                    {Parameter: "after", Keyword: "format"},
		"cases/" + uuid.NewString() + "?as_of=" + marker:                           {Parameter: "as_of", Keyword: "format"},
		"cases/" + uuid.NewString() + "?as_of=0001-01-01T00:00:00Z":                {Parameter: "as_of", Keyword: "formatMinimum"},
		"statistics/releases?" + marker:                                            {Keyword: keywordUnknownName},
	} {
		got := h.call(t, http.MethodGet, "/api/v1/"+query, "").as(t, "casemanager").do(t).want(t, http.StatusBadRequest)
		if p := got.problem(t); !slices.Contains(p.Errors, want) {
			t.Errorf("%s: got %s, want %+v", query, got.body, want)
		}
		if strings.Contains(string(got.body), marker) {
			t.Errorf("the answer repeats what was sent: %s", got.body)
		}
	}
}
