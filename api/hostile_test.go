package api

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"songtor/internal/access"
)

// canary stands in every hostile text, so that a text that comes back is found however it is escaped on the way.
const canary = "QZXCANARYQZX"

// hostileTexts are what an attacker, a broken client or an unlucky person may send in the place of a text. They are of our own making.
func hostileTexts() []string {
	bare := []string{
		// nothing, and what readers take for nothing or for something else
		"", " ", "null", "undefined", "true", "NaN", "-0", "0", "1e999", "-1", "99999999999999999999999999", "0x7fffffff", "[]", "{}", "NIL", "None",
		// SQL
		"' or ''='", "'; drop table identity.account; --", "1) union select password_hash from identity.account --", "\\'; select pg_sleep(9); --", "$$;$$", "%' and 1=1 --",
		// script, markup and templates
		"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)", "<svg/onload=alert(1)>", "{{7*7}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{{constructor.constructor('x')()}}", "]]><!--",
		// commands, paths and addresses
		"; cat /etc/passwd", "$(id)", "`id`", "| id", "../../../../etc/passwd", "..\\..\\windows\\win.ini", "%2e%2e%2f", "....//....//", "/dev/zero", "file:///etc/passwd", "http://169.254.169.254/", "//evil.example/", "\\\\evil\\share", "con.txt",
		// other queries and formats
		"{\"$gt\":\"\"}", "*)(uid=*))(|(uid=*", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>", "=HYPERLINK(\"http://evil.example\")", "@SUM(1)", "%s%s%s%n", "%00", "\\u0000", "a=1&b=2;c=3", "nrm.case.*", "nrm.>", "$JS.API.STREAM.DELETE.NRM",
		// lines and headers
		"\r\nSet-Cookie: a=b", "\n\nHTTP/1.1 200 OK", "\r\n\r\n<html>", "\u2028", "\u0085",
		// what cannot be seen, turns writing about, or is no character
		"\u0000", "\u0001\u0008\u001b[31m", "\u007f\u009f", "\u202eevil\u202c", "\u2066a\u2069", "\ufeff", "\u200b\u200d", "\U000e0041", "\ufffe", "\ue000", "\U0010ffff", "a" + strings.Repeat("\u0e48", 40), "Z" + strings.Repeat("\u0301", 300),
		// long, wide and of many kinds
		strings.Repeat("A", 5000), strings.Repeat("ก", 3000), strings.Repeat("😀", 1000), "ﷺ", "ﬃ", "İ", "ｓｃｒｉｐｔ", "ѕсrірt", "𝓪𝓫", "က္ကက္က", "नी", "👩‍👩‍👧‍👦",
		// bytes that are no text
		"\xff\xfe", "\xc0\xaf", "\xed\xa0\x80", "a\xe2\x28\xa1",
	}
	texts := make([]string, len(bare))
	for i, b := range bare {
		texts[i] = canary + b
	}
	return append(texts, bare[:16]...)
}

// hostileBodies are bodies that are wrong as a whole.
func hostileBodies() []string {
	return []string{
		"", " ", "null", "[]", `"` + canary + `"`, "1", "{", `{"` + canary + `":`, `{"` + canary + `":"` + canary + `"}`, `{"a":1,"a":2}`, "\xff", "\ufeff{}", `{}{}`, "<xml/>", "a=1&b=2",
		strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000), strings.Repeat("[", 100_000), `{"a":` + strings.Repeat("9", 10_000) + `}`, `{"a":1e999}`, `{"a":-1e-999}`,
		`{"a":"\ud800"}`, `{"__proto__":{"role":"admin"},"constructor":{"prototype":{}}}`, `{"role":"admin","user_id":"` + anID + `"}`, "[" + strings.Repeat("1,", 1000) + "1]",
	}
}

// hostileHeaders are those of which the service reads something, and a few that proxies and frameworks read.
var hostileHeaders = []string{
	"Idempotency-Key", "If-Match", "If-None-Match", positionHeader, basedOnHeader, afterHeader, fileNameHeader, originalHeader, "Songtor-Purpose",
	"Accept", "Accept-Language", "Origin", "Referer", "User-Agent", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Http-Method-Override", "X-Original-Url",
	"Last-Event-ID", "Range", "X-Request-Id", "Dpop", "Traceparent",
}

// operation is one call of openapi.yaml.
type described struct {
	method, path string
	op           *openapi3.Operation
	parameters   openapi3.Parameters
}

func operationsDescribed(t testing.TB) []described {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(openAPIDocument)
	must(t, err)
	var all []described
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			all = append(all, described{method, path, op, append(slices.Clone(item.Parameters), op.Parameters...)})
		}
	}
	slices.SortFunc(all, func(a, b described) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return all
}

// placeholders are the variable parts of a described path.
var placeholders = regexp.MustCompile(`\{[a-z_]+\}`)

// filled puts a value in the place of every variable part.
func (d described) filled(value string) string {
	return placeholders.ReplaceAllLiteralString(d.path, url.PathEscape(value))
}

// query gives a value to every parameter of the query.
func (d described) query(value string) string {
	q := url.Values{}
	for _, p := range d.parameters {
		if p.Value.In == "query" {
			q.Set(p.Value.Name, value)
		}
	}
	return "?" + q.Encode()
}

// body is one of the described shape in which every text is a value; empty where the call takes none.
func (d described) body(value string) (body, contentType string) {
	if d.op.RequestBody == nil {
		return "", ""
	}
	for _, contentType := range []string{jsonType, jsonLinesType, reportsType} {
		if media := d.op.RequestBody.Value.Content.Get(contentType); media != nil && d.op.RequestBody.Value.Content[contentType] != nil {
			text := jsonOf(media.Schema, value, 0)
			return strings.ReplaceAll(text, "\n", " "), contentType
		}
	}
	return value, "text/plain"
}

// jsonOf writes a value after a schema, with a text for every text.
func jsonOf(ref *openapi3.SchemaRef, value string, depth int) string {
	if ref == nil || ref.Value == nil || depth > 8 {
		return quoted(value)
	}
	s := ref.Value
	for _, some := range []openapi3.SchemaRefs{s.AllOf, s.OneOf, s.AnyOf} {
		if len(some) > 0 && len(s.Properties) == 0 {
			return jsonOf(some[0], value, depth+1)
		}
	}
	switch {
	case s.Type.Includes("object"):
		var members []string
		for name, property := range s.Properties {
			members = append(members, quoted(name)+":"+jsonOf(property, value, depth+1))
		}
		slices.Sort(members)
		return "{" + strings.Join(members, ",") + "}"
	case s.Type.Includes("array"):
		return "[" + jsonOf(s.Items, value, depth+1) + "]"
	case s.Type.Includes("integer"), s.Type.Includes("number"):
		if len(value)%2 == 0 {
			return "9007199254740993"
		}
		return "-1"
	case s.Type.Includes("boolean"):
		return "true"
	}
	return quoted(value)
}

// quoted writes a text as JSON, its bytes as they are but for what would end the text.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < 0x20:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// probe sends hostile requests and keeps what went wrong.
type probe struct {
	url   string
	token string

	mu    sync.Mutex
	sent  int
	wrong []string
}

func (p *probe) note(format string, a ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.wrong) < 50 {
		p.wrong = append(p.wrong, fmt.Sprintf(format, a...))
	}
}

// send makes one request. What cannot be put into a request at all is not sent.
func (p *probe) send(t testing.TB, method, address, body, contentType string, header string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, p.url+address, strings.NewReader(body))
	if err != nil {
		return
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	request.Header.Set("Idempotency-Key", uuid.NewString())
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if header != "" {
		for _, name := range hostileHeaders {
			request.Header.Set(name, header)
		}
	}
	r, err := http.DefaultClient.Do(request)
	if err != nil {
		if !strings.Contains(err.Error(), "invalid header") && !strings.Contains(err.Error(), "invalid URL") && t.Context().Err() == nil {
			p.note("%s %.80s: %v", method, address, err)
		}
		return
	}
	defer r.Body.Close()
	p.judge(method+" "+address, r)
}

// judge holds an answer to the promise: no fault of ours, and nothing of what was sent.
func (p *probe) judge(call string, r *http.Response) {
	answered, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
	p.mu.Lock()
	p.sent++
	p.mu.Unlock()
	switch {
	case err != nil:
		p.note("%.120s: %v", call, err)
	case r.StatusCode >= 500:
		p.note("%.120s answers %d %s", call, r.StatusCode, answered)
	case bytes.Contains(bytes.ToUpper(answered), []byte(canary)):
		p.note("%.120s repeats what was sent: %.300s", call, answered)
	}
	for name, values := range r.Header {
		if strings.Contains(strings.ToUpper(name+strings.Join(values, "")), canary) {
			p.note("%.120s repeats what was sent in %s", call, name)
		}
	}
}

// attack sends every hostile text to a call in every place where it takes one.
func (p *probe) attack(t testing.TB, d described, texts []string) {
	t.Helper()
	if d.path == "/api/v1/events" { // which goes on for as long as it is read; its parameters are those of other lists
		p.send(t, http.MethodHead, d.path+"?"+canary, "", "", canary)
		return
	}
	plain := d.filled(anID)
	body, contentType := d.body("x")
	for _, text := range texts {
		if plain != d.filled(text) {
			p.send(t, d.method, d.filled(text), body, contentType, "")
		}
		p.send(t, d.method, plain+d.query(text), body, contentType, text)
		p.send(t, d.method, plain+"?"+url.QueryEscape(text)+"=1", body, contentType, "")
		if body != "" {
			hostile, _ := d.body(text)
			p.send(t, d.method, plain, hostile, contentType, "")
		}
	}
	if body == "" {
		return
	}
	for _, hostile := range hostileBodies() {
		p.send(t, d.method, plain, hostile, contentType, "")
	}
	for _, hostile := range []string{canary, "application/json; charset=" + canary, "application/" + canary, "text/html", "multipart/form-data; boundary=" + canary} {
		p.send(t, d.method, plain, body, hostile, "")
	}
}

// cursors are cursors that this service did not give out: of other shapes, with values that a database does not take.
func cursors() []string {
	var all []string
	for _, s := range []string{
		`{}`, `[]`, `null`, `"` + canary + `"`, canary, `{"p":18446744073709551615}`, `{"p":9223372036854775808,"e":1,"c":"` + anID + `"}`, `{"p":1,"e":99999999999,"c":"` + anID + `"}`,
		`{"p":-1}`, `{"s":99999999999,"p":1,"a":"` + anID + `","b":"` + anID + `"}`, `{"s":1,"p":18446744073709551615,"a":"` + anID + `","b":"` + anID + `"}`,
		`{"Case":"` + anID + `","Reference":"\u0000"}`, `{"at":"9999-12-31T23:59:59Z"}`, `{"at":"0000-01-01T00:00:00Z"}`,
	} {
		all = append(all, base64.RawURLEncoding.EncodeToString([]byte(s)))
	}
	return append(all, strings.Repeat("A", maxCursor), "%%%", "====")
}

// sendCursors asks a list for pages after cursors that nobody gave out, and after changed ones that it gave out itself.
func (h *harness) sendCursors(t testing.TB, p *probe, d described, caseID string) {
	t.Helper()
	for _, path := range listAddresses(d, caseID) {
		all := cursors()
		var page struct {
			Next string `json:"next"`
		}
		list := h.call(t, http.MethodGet, path+"limit=1", "")
		list.request.Header.Set("Authorization", "Bearer "+p.token) // a slow machine would sign in anew, which is paced by now
		got := list.do(t)
		if json.Unmarshal(got.body, &page) == nil && page.Next != "" {
			all = append(all, changed(page.Next)...)
		}
		for _, cursor := range all {
			p.send(t, d.method, path+"after="+url.QueryEscape(cursor), "", "", "")
		}
	}
}

// listAddresses are a list's addresses: each stage, each box.
func listAddresses(d described, caseID string) (paths []string) {
	switch {
	case strings.Contains(d.path, "{stage}"):
		for _, s := range []string{"frontline", "screening", "identification", "protection"} {
			for _, order := range []string{"due", "since", "opened", "reference"} {
				paths = append(paths, strings.ReplaceAll(d.path, "{stage}", s)+"?order="+order+"&")
			}
		}
	case strings.HasSuffix(d.path, "/inbox"):
		for _, box := range []string{"tasks", "incoming", "outgoing", "pending", "closed"} {
			paths = append(paths, d.path+"?box="+box+"&")
		}
	default:
		paths = []string{d.filled(caseID) + "?"}
	}
	return paths
}

// changed gives every member of a cursor values that it never has.
func changed(cursor string) (all []string) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	var members map[string]any
	if err != nil || json.Unmarshal(text, &members) != nil {
		return []string{cursor + "A", cursor[:len(cursor)-1]}
	}
	for name := range members {
		for _, value := range []string{`"\u0000"`, `"` + canary + `"`, `18446744073709551615`, `-9223372036854775809`, `99999999999`, `1.5`, `null`, `[]`, `{}`, `true`, `"0000-01-01T00:00:00Z"`, `"9999-12-31T23:59:59.999999999Z"`, `"infinity"`} {
			other := maps.Clone(members)
			other[name] = jsontext.Value(value)
			if encoded, err := json.Marshal(other); err == nil {
				all = append(all, base64.RawURLEncoding.EncodeToString(encoded))
			}
		}
	}
	return all
}

// TestHostileInput is promise 27: whatever is sent, wherever, nothing panics, nothing is our fault, and nothing of it comes back.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	caseID := h.submit(t, "minimal-adult").CaseID
	for range 3 { // so that lists have a page that follows
		h.submit(t, "adult-scam-compound")
		h.give(t, "responder", h.firstContact(t, "responder").CaseID, access.RecordNeeds, `{"needs":["medical"]}`, http.StatusCreated)
	}
	p := &probe{url: h.url, token: h.token(t, "casemanager")}
	texts := hostileTexts()
	operations := operationsDescribed(t)
	var readers []*probe // signed in before sign-in is attacked, and paced
	for _, user := range []string{"casemanager", "responder", "committee", "auditor", "admin"} {
		readers = append(readers, &probe{url: h.url, token: h.token(t, user)})
	}
	t.Run("every call", func(t *testing.T) {
		for _, d := range operations {
			t.Run(d.method+" "+d.path, func(t *testing.T) {
				t.Parallel()
				if d.path == "/api/v1/session" && d.method == http.MethodDelete {
					return // it would sign the attacker out
				}
				p.attack(t, d, thinned(texts, d.path))
			})
		}
	})
	for _, as := range readers {
		for _, d := range operations {
			if d.method == http.MethodGet && strings.Contains(d.query("x"), "after=") {
				h.sendCursors(t, as, d, caseID)
			}
		}
		p.wrong = append(p.wrong, as.wrong...)
		p.sent += as.sent
	}
	h.sendRaw(t, p)
	for _, wrong := range p.wrong {
		t.Error(wrong)
	}
	if p.sent < 5000 {
		t.Errorf("only %d requests were sent", p.sent)
	}
	if logs := h.logs.String(); strings.Contains(logs, canary) || strings.Contains(logs, "panic of type") {
		t.Error("the service's log repeats what was sent, or tells of a panic")
	}
	t.Logf("%d hostile requests to %d calls", p.sent, len(operations))
}

// thinned leaves every fourth text to a command, of which there are many that are read by the same code.
func thinned(texts []string, path string) []string {
	if !strings.HasPrefix(path, "/api/v1/cases/{id}/") {
		return texts
	}
	var few []string
	for i := len(path) % 4; i < len(texts); i += 4 {
		few = append(few, texts[i])
	}
	return few
}

// rawRequests are requests that no client library makes.
func rawRequests() []string {
	return []string{
		"GET /api/v1/" + canary + "\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /%zz" + canary + " HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET //" + canary + "/..//../api/v1/inbox HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET http://" + canary + ".example/api/v1/inbox HTTP/1.1\r\nHost: a\r\n\r\n",
		canary + " / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
		"GET /" + strings.Repeat("a", 2*maxHeader) + " HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("a", 2*maxHeader) + "\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: " + canary + "\r\nHost: b\r\n\r\n",
		"GET / HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\n" + canary + "\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX-\x01" + canary + ": b\r\n\r\n",
		"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /" + canary + " HTTP/1.1\r\n\r\n",
		"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n" + canary,
		"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
		"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n" + canary,
		"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n" + canary,
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
		"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"\r\n\r\n\r\n",
	}
}

func (h *harness) sendRaw(t testing.TB, p *probe) {
	t.Helper()
	for _, raw := range rawRequests() {
		connection, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
		must(t, err)
		_ = connection.SetDeadline(time.Now().Add(2 * time.Second))
		_, err = io.WriteString(connection, raw)
		if err == nil {
			if r, err := http.ReadResponse(bufio.NewReader(connection), nil); err == nil {
				if r.StatusCode == http.StatusHTTPVersionNotSupported || r.StatusCode == http.StatusNotImplemented {
					r.StatusCode = http.StatusBadRequest // net/http's own way to say that the request is none
				}
				p.judge(fmt.Sprintf("%.40q", raw), r)
				_ = r.Body.Close()
			}
		}
		_ = connection.Close()
	}
}

// The control: a handler that repeats what it was sent, and one that fails by it, are caught.
func TestAnEchoIsCaught(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]echo.HandlerFunc{
		"the path":  func(c echo.Context) error { return c.String(http.StatusNotFound, "nothing at "+c.Param("id")) },
		"the query": func(c echo.Context) error { return c.JSON(http.StatusBadRequest, c.QueryParams()) },
		"a header": func(c echo.Context) error {
			c.Response().Header().Set("X-Echo", c.Request().Header.Get("If-Match"))
			return nil
		},
		"a panic":    func(c echo.Context) error { panic(c.Param("id")) },
		"by mistake": func(c echo.Context) error { return fmt.Errorf("no such case: %s", c.Param("id")) },
	} {
		s := newServer(Config{Demo: true, Log: quiet()})
		e := s.routes(nil)
		e.GET("/echo/:id", handler)
		served := newTestServer(t, e)
		p := &probe{url: served}
		p.attack(t, described{http.MethodGet, "/echo/{id}", &openapi3.Operation{}, openapi3.Parameters{{Value: &openapi3.Parameter{Name: "q", In: "query"}}}}, hostileTexts()[:30])
		if len(p.wrong) == 0 {
			t.Errorf("%s is not caught", name)
		}
	}
}
