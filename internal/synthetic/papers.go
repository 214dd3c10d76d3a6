package synthetic

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"

	"songtor/internal/app"
)

// file adds a file to the case: a text, or a picture of one colour.
func (w *walk) file() {
	if w.err != nil || w.caseID == "" {
		return
	}
	f := app.File{Name: "synthetic-statement.txt", MediaType: "text/plain", Content: []byte(strings.Repeat("Synthetic statement. ", 40))}
	if w.chance(40) {
		f = app.File{Name: "synthetic-photo.png", MediaType: "image/png", Content: picture(uint8(w.random.IntN(256)))}
	}
	receipt, err := w.service.attach(w.cast.manager, w.caseID, uuidFrom(w.random), f)
	w.done("attach-file", receipt, err)
}

// picture is a small square of one grey.
func picture(grey uint8) []byte {
	square := image.NewGray(image.Rect(0, 0, 16, 16))
	for i := range square.Pix {
		square.Pix[i] = color.Gray{Y: grey}.Y
	}
	var encoded bytes.Buffer
	_ = png.Encode(&encoded, square) // never fails on a buffer
	return encoded.Bytes()
}
