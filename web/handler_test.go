package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"songtor/web"
)

var built = fstest.MapFS{
	".gitkeep":             {},
	"index.html":           {Data: []byte("<!doctype html><title>page</title>")},
	"index.html.br":        {Data: []byte("small")},
	"index.html.gz":        {Data: []byte("smaller")},
	"sw.js":                {Data: []byte("worker")},
	"assets/a-1234.js":     {Data: []byte("script that is long enough")},
	"assets/a-1234.js.gz":  {Data: []byte("gz")},
	"assets/font-1.woff2":  {Data: []byte("font")},
	"manifest.webmanifest": {Data: []byte("{}")},
}

func get(t *testing.T, h http.Handler, path string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func handler(t *testing.T, files fstest.MapFS) http.Handler {
	t.Helper()
	h, err := web.Handler(files)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAddressesOfThePageAreAnsweredWithIt(t *testing.T) {
	t.Parallel()
	h := handler(t, built)
	for _, path := range []string{"/", "/work", "/cases/1/do/refer", "/../../etc/passwd"} {
		if r := get(t, h, path); r.StatusCode != http.StatusOK || !strings.Contains(body(t, r), "<title>page") {
			t.Errorf("%s is answered with %d", path, r.StatusCode)
		}
	}
	for _, path := range []string{"/assets/gone-99.js", "/nothing.js", "/.gitkeep", "/index.html.br", "/assets/a-1234.js.gz"} {
		if r := get(t, h, path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s is answered with %d: the page would take it for what it asked for", path, r.StatusCode)
		}
	}
}

func TestFilesTravelInTheFormThatTheReaderTakes(t *testing.T) {
	t.Parallel()
	h := handler(t, built)
	for _, c := range []struct{ path, accepted, coding, content string }{
		{"/", "gzip, deflate, br, zstd", "br", "small"},
		{"/", "gzip", "gzip", "smaller"},
		{"/", "br;q=0, gzip;q=0.5", "gzip", "smaller"},
		{"/", "", "", "<!doctype html><title>page</title>"},
		{"/assets/a-1234.js", "br, gzip", "gzip", "gz"},
		{"/assets/font-1.woff2", "br, gzip", "", "font"},
	} {
		r := get(t, h, c.path, "Accept-Encoding", c.accepted)
		if got := r.Header.Get("Content-Encoding"); got != c.coding || body(t, r) != c.content {
			t.Errorf("%s for %q travels as %q", c.path, c.accepted, got)
		}
		if r.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s does not say that it varies", c.path)
		}
	}
}

func TestFilesAreKeptForAsLongAsTheyStayTheSame(t *testing.T) {
	t.Parallel()
	h := handler(t, built)
	if got := get(t, h, "/assets/a-1234.js").Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("a file with a digest in its name is kept %q", got)
	}
	for _, path := range []string{"/", "/sw.js", "/manifest.webmanifest"} {
		r := get(t, h, path, "Accept-Encoding", "br")
		if r.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s is kept %q: a new version would not be seen", path, r.Header.Get("Cache-Control"))
		}
		again := get(t, h, path, "Accept-Encoding", "br", "If-None-Match", `"other", `+r.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified || body(t, again) != "" {
			t.Errorf("%s is sent again: %d", path, again.StatusCode)
		}
		if other := get(t, h, path, "Accept-Encoding", "br", "If-None-Match", `"other"`); other.StatusCode != http.StatusOK {
			t.Errorf("%s is not sent to a reader who has another: %d", path, other.StatusCode)
		}
	}
}

func TestAPageThatWasNotBuiltSaysSo(t *testing.T) {
	t.Parallel()
	r := get(t, handler(t, fstest.MapFS{".gitkeep": {}}), "/")
	if r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body(t, r), "make build") {
		t.Errorf("it says %d", r.StatusCode)
	}
}

func TestTypesDoNotDependOnTheMachine(t *testing.T) {
	t.Parallel()
	h := handler(t, built)
	for path, want := range map[string]string{
		"/": "text/html; charset=utf-8", "/sw.js": "text/javascript; charset=utf-8", "/assets/font-1.woff2": "font/woff2",
		"/manifest.webmanifest": "application/manifest+json",
	} {
		if got := get(t, h, path).Header.Get("Content-Type"); got != want {
			t.Errorf("%s is of type %q", path, got)
		}
	}
}

func TestWordsAreFoundByAreaAndLanguage(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"th", "en"} {
		words, err := web.Texts("common", language)
		if err != nil || words["page.service"] == "" {
			t.Errorf("%s: %v", language, err)
		}
	}
	if _, err := web.Texts("common", "xx"); err == nil {
		t.Error("words in a language that there is not were found")
	}
	if _, err := web.Texts("../static", "en"); err == nil {
		t.Error("words outside the areas were found")
	}
}
