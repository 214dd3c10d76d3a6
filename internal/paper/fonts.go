package paper

import (
	"bytes"
	"embed"
	"fmt"
	"unicode"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// The fonts are Noto Sans, cut by their makers into one file for each script, under the SIL Open Font License.
//
//go:embed fonts/*.ttf
var files embed.FS

// faceNames are the fonts in the order in which they are asked for a character. Scripts in which the service writes nothing itself have no
// bold: only what people gave is set in them.
var faceNames = map[bool][]string{
	false: {"latin-regular", "thai-regular", "vietnamese-regular", "latinext-regular", "lao-regular", "khmer-regular", "myanmar-regular"},
	true:  {"latin-bold", "thai-bold", "vietnamese-regular", "latinext-regular", "lao-regular", "khmer-regular", "myanmar-regular"},
}

// face is a font of a document. A name is what the pages call it by.
type face struct {
	name string
	data []byte
	face *font.Face
	used map[font.GID]string // the glyphs that are drawn, and what each stands for
}

type fonts struct {
	shaper shaping.HarfbuzzShaper
	byName map[string]*face
}

func loadFonts() (*fonts, error) {
	f := &fonts{byName: map[string]*face{}}
	for _, bold := range []bool{false, true} {
		for _, name := range faceNames[bold] {
			if f.byName[name] != nil {
				continue
			}
			data, err := files.ReadFile("fonts/" + name + ".ttf")
			if err != nil {
				return nil, fmt.Errorf("read a font: %w", err)
			}
			parsed, err := font.ParseTTF(bytes.NewReader(data))
			if err != nil {
				return nil, fmt.Errorf("read the font %s: %w", name, err)
			}
			f.byName[name] = &face{name: name, data: data, face: parsed, used: map[font.GID]string{}}
		}
	}
	return f, nil
}

// faceFor is the first font that has a character; a mark or a space stays with what it follows where that font has it.
func (f *fonts) faceFor(r rune, bold bool, before *face) *face {
	if before != nil && (unicode.Is(unicode.M, r) || r == ' ') && before.has(r) {
		return before
	}
	for _, name := range faceNames[bold] {
		if one := f.byName[name]; one.has(r) {
			return one
		}
	}
	return f.byName[faceNames[bold][0]]
}

func (f *face) has(r rune) bool {
	_, ok := f.face.NominalGlyph(r)
	return ok
}

// run is a piece of a line in one font, shaped at 1000 units to the em.
type run struct {
	face   *face
	text   string
	glyphs []shaping.Glyph
	width  float64
}

// line is a shaped line.
type line struct{ runs []run }

func (l line) width() float64 {
	var sum float64
	for _, r := range l.runs {
		sum += r.width
	}
	return sum
}

// shape sets a text in the fonts that have its characters.
func (f *fonts) shape(text string, bold bool) line {
	var l line
	runes := []rune(text)
	var at *face
	start := 0
	for i, r := range runes {
		next := f.faceFor(r, bold, at)
		if at != nil && next != at {
			l.runs = append(l.runs, f.shapeRun(runes[start:i], at))
			start = i
		}
		at = next
	}
	if at != nil {
		l.runs = append(l.runs, f.shapeRun(runes[start:], at))
	}
	return l
}

const em = 1000

func (f *fonts) shapeRun(text []rune, with *face) run {
	out := f.shaper.Shape(shaping.Input{
		Text: text, RunEnd: len(text), Direction: di.DirectionLTR, Face: with.face, Size: fixed.I(em),
		Script: scriptOf(text), Language: language.DefaultLanguage(),
	})
	with.note(text, out.Glyphs)
	return run{face: with, text: string(text), glyphs: out.Glyphs, width: units(out.Advance)}
}

func scriptOf(text []rune) language.Script {
	for _, r := range text {
		if s := language.LookupScript(r); s != language.Common && s != language.Inherited {
			return s
		}
	}
	return language.Latin
}

// note remembers which glyphs are drawn, and for which characters.
func (f *face) note(text []rune, glyphs []shaping.Glyph) {
	for _, g := range glyphs {
		if _, known := f.used[g.GlyphID]; !known {
			f.used[g.GlyphID] = string(text[g.TextIndex():min(g.TextIndex()+g.RunesCount(), len(text))])
		}
	}
}

func units(v fixed.Int26_6) float64 { return float64(v) / 64 }
