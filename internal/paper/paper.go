// Package paper sets documents of text as PDF, on A4, in every script of the region. Text is shaped with the rules of its script, so that
// Thai marks stack where they belong; a line of Thai, which has no spaces, is broken between words. The fonts are embedded, and each line
// carries its own text beside the glyphs that draw it, so that it can be searched, copied and read aloud.
package paper

import "strings"

// The measures of a page, in points.
const (
	pageWidth  = 595.28
	pageHeight = 841.89
	margin     = 62.0
	termWidth  = 150.0
	gap        = 12.0
	bodySize   = 10.5
	smallSize  = 8.5
	leading    = 1.6 // Thai marks collide on lines that are set closer
)

// Head is what a document is.
type Head struct {
	Title    string
	Language string // of its words, as a BCP 47 tag
	Footer   string // stands on every page, before the page's number
}

// Fact is something with its name.
type Fact struct{ Term, Value string }

// Document is a text that is being set.
type Document struct {
	head  Head
	fonts *fonts
	pages []*page
	y     float64 // where the last line stands
}

// page is what is drawn on one sheet.
type page struct{ content strings.Builder }

// New begins a document with its title.
func New(head Head) (*Document, error) {
	fonts, err := loadFonts()
	if err != nil {
		return nil, err
	}
	d := &Document{head: head, fonts: fonts}
	d.turn()
	d.write(head.Title, 18, true, margin, pageWidth-2*margin)
	d.space(6)
	return d, nil
}

// Heading begins a part.
func (d *Document) Heading(text string) {
	d.space(10)
	d.room(4 * bodySize * leading) // a heading does not stand alone at the foot of a page
	d.write(text, 13, true, margin, pageWidth-2*margin)
	d.space(2)
}

// Text sets a paragraph. Its own line breaks are kept.
func (d *Document) Text(text string) {
	d.write(text, bodySize, false, margin, pageWidth-2*margin)
	d.space(4)
}

// Facts sets names and values side by side. Those without a value are left out.
func (d *Document) Facts(facts []Fact) {
	for _, f := range facts {
		if strings.TrimSpace(f.Value) != "" {
			d.fact(f)
		}
	}
	d.space(4)
}

func (d *Document) fact(f Fact) {
	terms := d.fonts.wrap(f.Term, bodySize, true, termWidth)
	values := d.fonts.wrap(f.Value, bodySize, false, pageWidth-2*margin-termWidth-gap)
	for i := range max(len(terms), len(values)) {
		d.down(bodySize * leading)
		if i < len(terms) {
			d.draw(terms[i], bodySize, margin)
		}
		if i < len(values) {
			d.draw(values[i], bodySize, margin+termWidth+gap)
		}
	}
	d.space(2)
}

// Bytes is the document as a PDF.
func (d *Document) Bytes() ([]byte, error) {
	for i, p := range d.pages {
		d.foot(p, i+1)
	}
	return d.assemble()
}

func (d *Document) write(text string, size float64, bold bool, x, width float64) {
	for _, l := range d.fonts.wrap(text, size, bold, width) {
		d.down(size * leading)
		d.draw(l, size, x)
	}
}

// down goes to the next line, on another page where this one is full.
func (d *Document) down(height float64) {
	d.room(height)
	d.y -= height
}

func (d *Document) room(height float64) {
	if d.y-height < margin+smallSize*leading {
		d.turn()
	}
}

func (d *Document) space(height float64) { d.y -= height }

func (d *Document) turn() {
	d.pages = append(d.pages, &page{})
	d.y = pageHeight - margin + bodySize
}
