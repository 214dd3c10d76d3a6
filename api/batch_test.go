package api

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"songtor/internal/app"
)

func TestReadLine(t *testing.T) {
	t.Parallel()
	const limit = 20
	for name, c := range map[string]struct {
		input string
		want  []string // "!" stands for a line that is too long
	}{
		"nothing":                   {"", nil},
		"one without a line break":  {"a", []string{"a"}},
		"two":                       {"a\nb\n", []string{"a", "b"}},
		"blank ones count":          {"a\n\n \r\nb", []string{"a", "", "", "b"}},
		"with carriage returns":     {"a\r\nb\r\n", []string{"a", "b"}},
		"at the limit":              {strings.Repeat("x", limit) + "\r\nb", []string{strings.Repeat("x", limit), "b"}},
		"over the limit":            {strings.Repeat("x", limit+3) + "\nb", []string{"!", "b"}},
		"over the reader's buffer":  {strings.Repeat("x", 100) + "\nb", []string{"!", "b"}},
		"over the limit at the end": {"a\n" + strings.Repeat("x", 100), []string{"a", "!"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := bufio.NewReaderSize(strings.NewReader(c.input), 16)
			var got []string
			for {
				line, err := readLine(r, limit)
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					line = []byte("!")
				}
				got = append(got, string(line))
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestSplitLine(t *testing.T) {
	t.Parallel()
	const id = "0b9f2ad6-5a0e-4f0e-9a67-0d6c1e6c7a11"
	for line, want := range map[string]string{
		`{"id":"` + id + `","a":1.50,"b":{"id":"x"}}`: `{"a":1.50,"b":{"id":"x"}}`,
		`{"a":"\u0e01","id":"` + id + `"}`:            `{"a":"\u0e01"}`,
		`{"id":"` + strings.ToUpper(id) + `"}`:        `{}`,
	} {
		got, body, err := splitLine([]byte(line))
		if err != nil || got != id || string(body) != want {
			t.Errorf("%s: got %s %s %v", line, got, body, err)
		}
	}
	for line, want := range map[string]fault{
		`{"a":1}`:                           {Pointer: new("/id"), Keyword: "required"},
		`{"id":1}`:                          {Pointer: new("/id"), Keyword: "type"},
		`{"id":"` + marker + `"}`:           {Pointer: new("/id"), Keyword: "format"},
		`{"id":"` + id + `","id":"x"}`:      {Pointer: new(""), Keyword: "x-json"},
		`{"id":"` + id + `"`:                {Pointer: new(""), Keyword: "x-json"},
		`{"id":"` + id + `"} {}`:            {Pointer: new(""), Keyword: "x-json"},
		`[]`:                                {Pointer: new(""), Keyword: "type"},
		marker:                              {Pointer: new(""), Keyword: "x-json"},
		`{"id":"` + id + `","a":{"b":1,"b"`: {Pointer: new(""), Keyword: "x-json"},
	} {
		_, _, err := splitLine([]byte(line))
		invalid, ok := errors.AsType[*app.Invalid](err)
		if !ok || invalid.Violations[0].Pointer != *want.Pointer || invalid.Violations[0].Keyword != want.Keyword {
			t.Errorf("%s: got %+v", line, err)
		}
	}
}

// compact is a fixture on one line, with an id.
func compact(t *testing.T, name, id string) string {
	t.Helper()
	v := jsontext.Value(fixture(t, name))
	must(t, v.Compact())
	return `{"id":"` + id + `",` + string(v[1:])
}

func (h *harness) batch(t *testing.T, body string) []lineResult {
	t.Helper()
	got := h.call(t, http.MethodPost, "/api/v1/screenings/batch", body).as(t, "responder").with("Content-Type", jsonLinesType).
		do(t).want(t, http.StatusOK)
	var results []lineResult
	for line := range bytes.Lines(got.body) {
		var r lineResult
		must(t, json.Unmarshal(line, &r))
		results = append(results, r)
	}
	return results
}

func TestBatchNamesBadLinesAndTakesTheRest(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	const n = 300
	bad := map[int]string{ // by the line's number
		1:   marker,
		17:  strings.Replace(compact(t, "minimal-adult", uuid.NewString()), "TH-50", marker, 1),
		100: compact(t, "minimal-adult", marker),
		101: `{"id":"` + uuid.NewString() + `","` + marker + `":"` + strings.Repeat("x", maxScreening) + `"}`,
		200: `{"id":"` + uuid.NewString() + `"}`,
		299: compact(t, "minimal-adult", uuid.NewString()) + marker,
	}
	var lines []string
	for i := 1; i <= n; i++ {
		line, isBad := bad[i]
		if !isBad {
			line = compact(t, "minimal-adult", uuid.NewString())
		}
		lines = append(lines, line)
	}
	results := h.batch(t, strings.Join(lines, "\n"))
	if len(results) != n {
		t.Fatalf("got %d results", len(results))
	}
	for i, r := range results {
		_, isBad := bad[i+1]
		switch {
		case r.Line != i+1:
			t.Fatalf("result %d is of line %d", i+1, r.Line)
		case isBad && (r.Problem == nil || r.Status != r.Problem.Status || r.Status < 400 || r.Status > 499 || r.Receipt != nil):
			t.Errorf("line %d: got %+v", r.Line, r)
		case !isBad && (r.Status != http.StatusCreated || r.Receipt == nil):
			t.Errorf("line %d: got %d %+v", r.Line, r.Status, r.Problem)
		}
	}
	if head := h.head(t); head != uint64(n-len(bad)) {
		t.Errorf("the log holds %d commits", head)
	}
	if strings.Contains(h.logs.String(), marker) || strings.Contains(fmt.Sprint(results), marker) {
		t.Error("what was sent is repeated")
	}
}

func (h *harness) testBatchLineIsTheSameAsPut(t *testing.T) {
	t.Parallel()
	id := uuid.NewString()
	first := h.batch(t, "\n\n"+compact(t, "child-thai", id)+"\n")
	if len(first) != 1 || first[0].Line != 3 || first[0].Status != http.StatusCreated {
		t.Fatalf("got %+v", first)
	}
	var again app.Receipt
	h.call(t, http.MethodPut, "/api/v1/screenings/"+id, fixture(t, "child-thai")).as(t, "responder").do(t).want(t, http.StatusOK).into(t, &again)
	if again != *first[0].Receipt {
		t.Errorf("got another receipt: %+v", again)
	}
	if second := h.batch(t, compact(t, "child-thai", id)+"\n"+compact(t, "minimal-adult", id)); second[0].Status != http.StatusOK || second[1].Status != http.StatusConflict {
		t.Errorf("got %+v", second)
	}
}

func (h *harness) testBatchWithoutLines(t *testing.T) {
	t.Parallel()
	if results := h.batch(t, "\n \n"); len(results) != 0 {
		t.Errorf("got %+v", results)
	}
}

func (h *harness) testBatchEndsAtItsLimit(t *testing.T) {
	t.Parallel()
	results := h.batch(t, strings.Repeat("\n", maxBatchLines)+"{}\n{}\n")
	if len(results) != 1 || results[0].Line != maxBatchLines+1 || results[0].Status != http.StatusRequestEntityTooLarge {
		t.Errorf("got %+v", results)
	}
}

// testBatchAnswersWhileItIsSent sees the result of a line before the next one is sent.
func (h *harness) testBatchAnswersWhileItIsSent(t *testing.T) {
	t.Parallel()
	body, input := io.Pipe()
	c := h.call(t, http.MethodPost, "/api/v1/screenings/batch", "").as(t, "responder").with("Content-Type", jsonLinesType)
	c.request.Body = body
	c.request.ContentLength = -1
	answered := make(chan *http.Response, 1)
	go func() {
		r, err := http.DefaultClient.Do(c.request)
		if err != nil {
			t.Error(err)
		}
		answered <- r
	}()
	send := func() { _, _ = io.WriteString(input, compact(t, "minimal-adult", uuid.NewString())+"\n") }
	send()
	r := <-answered
	if r == nil {
		t.FailNow()
	}
	defer r.Body.Close()
	results := bufio.NewScanner(r.Body)
	for n := range 3 {
		if !results.Scan() || !strings.Contains(results.Text(), fmt.Sprintf(`"line":%d,`, n+1)) {
			t.Fatalf("result %d: got %q, %v", n+1, results.Text(), results.Err())
		}
		if n < 2 {
			send()
		}
	}
	must(t, input.Close())
	if results.Scan() {
		t.Errorf("got a further result %q", results.Text())
	}
}
