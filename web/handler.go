package web

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// The forms in which a file travels, best first, each with what is added to its name.
var codings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// Files in here carry a digest in their names: what is at an address never changes.
const hashed = "assets/"

const (
	forEver     = "public, max-age=31536000, immutable"
	alwaysAsk   = "no-cache" // kept, and asked for whether it is still so
	index       = "index.html"
	notBuilt    = "The application was not built into this program. Run `make build`; the service itself works, under /api/v1.\n"
	defaultType = "application/octet-stream"
)

// file is a file of the page in the forms in which it travels.
type file struct {
	content     []byte
	compressed  map[string][]byte // by coding
	etag        string
	contentType string
	cache       string
}

// Handler serves a built page. An address that names no file is one of the page's own, and is answered with index.html; one that looks like
// a file of an earlier build is not there.
func Handler(page fs.FS) (http.Handler, error) {
	files, err := read(page)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		found, ok := files[name]
		if !ok && path.Ext(name) == "" {
			found, ok = files[index]
			if !ok {
				http.Error(w, notBuilt, http.StatusServiceUnavailable)
				return
			}
		}
		if !ok {
			http.NotFound(w, r)
			return
		}
		found.serve(w, r)
	}), nil
}

func read(page fs.FS) (map[string]file, error) {
	raw := map[string][]byte{}
	err := fs.WalkDir(page, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		raw[name], err = fs.ReadFile(page, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	files := make(map[string]file, len(raw))
	for name, content := range raw {
		if !isCompressed(name, raw) {
			files[name] = newFile(name, content, raw)
		}
	}
	return files, nil
}

func isCompressed(name string, raw map[string][]byte) bool {
	for _, coding := range codings {
		if plain, ok := strings.CutSuffix(name, coding.suffix); ok && raw[plain] != nil {
			return true
		}
	}
	return false
}

func newFile(name string, content []byte, raw map[string][]byte) file {
	sum := sha256.Sum256(content)
	f := file{
		content: content, compressed: map[string][]byte{}, etag: `"` + hex.EncodeToString(sum[:16]) + `"`,
		contentType: contentType(name), cache: alwaysAsk,
	}
	if strings.HasPrefix(name, hashed) {
		f.cache = forEver
	}
	for _, coding := range codings {
		if smaller := raw[name+coding.suffix]; len(smaller) > 0 && len(smaller) < len(content) {
			f.compressed[coding.name] = smaller
		}
	}
	return f
}

// contentType does not ask the machine, whose table may say anything of a file.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	case ".woff2":
		return "font/woff2"
	case ".mp3":
		return "audio/mpeg"
	case ".wav":
		return "audio/wav"
	default:
		if known := mime.TypeByExtension(ext); known != "" {
			return known
		}
		return defaultType
	}
}

func (f file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", f.cache)
	h.Set("Vary", "Accept-Encoding")
	coding, content := f.as(r.Header.Get("Accept-Encoding"))
	etag := f.etag
	if coding != "" {
		h.Set("Content-Encoding", coding)
		etag = strings.TrimSuffix(etag, `"`) + "-" + coding + `"`
	}
	h.Set("ETag", etag)
	if has(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(content)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) // a reader who has gone needs nothing more
	}
}

// as chooses the form of the file for a reader who takes codings.
func (f file) as(accepted string) (coding string, content []byte) {
	for _, c := range codings {
		if smaller, ok := f.compressed[c.name]; ok && takes(accepted, c.name) {
			return c.name, smaller
		}
	}
	return "", f.content
}

func takes(accepted, coding string) bool {
	for part := range strings.SplitSeq(accepted, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), coding) {
			return !strings.HasPrefix(strings.ReplaceAll(weight, " ", ""), "q=0") || strings.Contains(weight, "q=0.")
		}
	}
	return false
}

func has(candidates, etag string) bool {
	for candidate := range strings.SplitSeq(candidates, ",") {
		if strings.TrimPrefix(strings.TrimSpace(candidate), "W/") == etag {
			return true
		}
	}
	return false
}
