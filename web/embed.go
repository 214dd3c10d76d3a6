// Package web holds the web page that the service shows at its root: plain HTML, CSS and ES modules, embedded as they are, so that
// a page can be read where it runs and building the service needs nothing but Go.
//
// The page runs under a content security policy that allows the service's own files only, no inline script or style, and no
// text that is parsed as HTML; every word it shows lies in static/text.<language>.json.
package web

import (
	"embed"
	"io/fs"
)

//go:embed static
var static embed.FS

// Files returns the page's files; index.html lies at the root.
func Files() fs.FS {
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the name is a constant that fs.ValidPath accepts
	}
	return files
}
