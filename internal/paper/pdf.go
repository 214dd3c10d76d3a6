package paper

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/go-text/typesetting/font"
)

// draw puts a line on the page that is being filled, at the height that was reached.
func (d *Document) draw(l line, size, x float64) { d.pages[len(d.pages)-1].put(l, size, x, d.y) }

// foot puts the footer on a page.
func (d *Document) foot(p *page, number int) {
	y := margin - 12
	for i, l := range d.fonts.wrap(fmt.Sprintf("%s · %d/%d", d.head.Footer, number, len(d.pages)), smallSize, false, pageWidth-2*margin) {
		p.put(l, smallSize, margin, y-float64(i)*smallSize*leading)
	}
}

// put draws a line glyph by glyph, where shaping placed each. The text of each run goes along: glyphs alone do not tell it.
func (p *page) put(l line, size, x, y float64) {
	for _, r := range l.runs {
		fmt.Fprintf(&p.content, "/Span <</ActualText %s>> BDC BT /%s %g Tf\n", textString(r.text), r.face.name, size)
		at := x
		for _, g := range r.glyphs {
			fmt.Fprintf(&p.content, "1 0 0 1 %.2f %.2f Tm <%04X> Tj\n", at+units(g.XOffset)*size/em, y+units(g.YOffset)*size/em, g.GlyphID)
			at += units(g.Advance) * size / em
		}
		p.content.WriteString("ET EMC\n")
		x += r.width * size / em
	}
}

// textString is a text as PDF writes it: UTF-16 with a mark, in hexadecimal digits.
func textString(text string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, unit := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, "%04X", unit)
	}
	b.WriteString(">")
	return b.String()
}

// file is a PDF that is being written: objects, and where each begins.
type file struct {
	bytes.Buffer
	offsets []int
}

// object writes an object under the next number and returns that.
func (f *file) object(format string, args ...any) int {
	f.offsets = append(f.offsets, f.Len())
	fmt.Fprintf(f, "%d 0 obj\n", len(f.offsets))
	fmt.Fprintf(f, format, args...)
	f.WriteString("\nendobj\n")
	return len(f.offsets)
}

// stream writes an object that holds data.
func (f *file) stream(data []byte, more string) (int, error) {
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	if _, err := w.Write(data); err != nil {
		return 0, fmt.Errorf("pack a part of a document: %w", err)
	}
	if err := w.Close(); err != nil {
		return 0, fmt.Errorf("pack a part of a document: %w", err)
	}
	return f.object("<</Length %d /Filter /FlateDecode %s>>\nstream\n%s\nendstream", packed.Len(), more, packed.Bytes()), nil
}

// assemble writes the document as a file.
func (d *Document) assemble() ([]byte, error) {
	f := &file{}
	f.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	fonts, err := d.writeFonts(f)
	if err != nil {
		return nil, err
	}
	const treeAfter = 2 // each page is two objects: its content and itself
	tree := len(f.offsets) + treeAfter*len(d.pages) + 1
	var kids []string
	for _, p := range d.pages {
		content, err := f.stream([]byte(p.content.String()), "")
		if err != nil {
			return nil, err
		}
		sheet := f.object("<</Type /Page /Parent %d 0 R /MediaBox [0 0 %g %g] /Resources <</Font <<%s>>>> /Contents %d 0 R>>",
			tree, pageWidth, pageHeight, fonts, content)
		kids = append(kids, fmt.Sprintf("%d 0 R", sheet))
	}
	f.object("<</Type /Pages /Kids [%s] /Count %d>>", strings.Join(kids, " "), len(kids))
	info := f.object("<</Title %s /Producer (Songtor)>>", textString(d.head.Title))
	root := f.object("<</Type /Catalog /Pages %d 0 R /Lang (%s) /ViewerPreferences <</DisplayDocTitle true>>>>", tree, d.head.Language)
	f.finish(root, info)
	return f.Bytes(), nil
}

func (f *file) finish(root, info int) {
	at := f.Len()
	fmt.Fprintf(f, "xref\n0 %d\n0000000000 65535 f \n", len(f.offsets)+1)
	for _, offset := range f.offsets {
		fmt.Fprintf(f, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(f, "trailer\n<</Size %d /Root %d 0 R /Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(f.offsets)+1, root, info, at)
}

// writeFonts writes the fonts that are used, and returns their names with their objects.
func (d *Document) writeFonts(f *file) (string, error) {
	var list strings.Builder
	for _, name := range slices.Sorted(maps.Keys(d.fonts.byName)) {
		one := d.fonts.byName[name]
		if len(one.used) == 0 {
			continue
		}
		number, err := one.write(f)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&list, "/%s %d 0 R ", name, number)
	}
	return list.String(), nil
}

func (f *face) write(out *file) (int, error) {
	data, err := out.stream(f.data, fmt.Sprintf("/Length1 %d", len(f.data)))
	if err != nil {
		return 0, err
	}
	meaning, err := out.stream(f.meaning(), "")
	if err != nil {
		return 0, err
	}
	scale := em / float64(f.face.Upem())
	extents, _ := f.face.FontHExtents()
	descriptor := out.object("<</Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [-1000 -600 2400 1400] /ItalicAngle 0 /Ascent %.0f /Descent %.0f /CapHeight 714 /StemV 80 /FontFile2 %d 0 R>>",
		f.name, float64(extents.Ascender)*scale, float64(extents.Descender)*scale, data)
	descendant := out.object("<</Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>> /FontDescriptor %d 0 R /CIDToGIDMap /Identity /DW 600 /W [%s]>>",
		f.name, descriptor, f.widths(scale))
	return out.object("<</Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R>>",
		f.name, descendant, meaning), nil
}

func (f *face) widths(scale float64) string {
	var list strings.Builder
	for _, glyph := range f.glyphs() {
		fmt.Fprintf(&list, "%d [%.0f] ", glyph, float64(f.face.HorizontalAdvance(glyph))*scale)
	}
	return list.String()
}

func (f *face) glyphs() []font.GID { return slices.Sorted(maps.Keys(f.used)) }

// meaning maps glyphs to text, for readers that do not look at the text that goes along with each run.
func (f *face) meaning() []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Meaning def /CMapType 2 def\n")
	b.WriteString("1 begincodespacerange <0000> <FFFF> endcodespacerange\n")
	for part := range slices.Chunk(f.glyphs(), 100) { // as many as one block may hold
		fmt.Fprintf(&b, "%d beginbfchar\n", len(part))
		for _, glyph := range part {
			fmt.Fprintf(&b, "<%04X> %s\n", glyph, strings.Replace(textString(f.used[glyph]), "FEFF", "", 1))
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap CMapName currentdict /CMap defineresource pop end end")
	return b.Bytes()
}
