// Package web holds the application that the service shows at its root, and its words. What is served is built out of src by
// `make build` and embedded from dist; a clone in which it was not built compiles too, and its page says so.
//
// The page runs under a content security policy that allows the service's own files only, no inline script or style, and no text that is
// parsed as HTML. Every word of it lies in text/<area>/<language>.json, where the service finds the words of what it writes itself.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Page returns the files of the built page; index.html lies at the root.
func Page() fs.FS {
	page, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name is a constant that fs.ValidPath accepts
	}
	return page
}
