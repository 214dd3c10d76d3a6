package paper

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"
)

const (
	thai  = "ผู้เสียหายที่น้ำกำลังปั๊มไม่รู้ญี่ปุ่น ฐานกฎหมาย สิ้นสุด"
	names = "Nguyễn Thị Ánh · မမြင့် · ສົມໃຈ · សុខា · Łucja"
)

func set(t *testing.T, text string) []byte {
	t.Helper()
	d, err := New(Head{Title: "Referral " + thai, Language: "th", Footer: "NRM-2026-000001"})
	if err != nil {
		t.Fatal(err)
	}
	d.Heading(thai)
	d.Text(text)
	d.Facts([]Fact{{"ชื่อ", names}, {"left out", " "}, {"note", strings.Repeat(thai+" ", 30)}})
	out, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestTextIsReadBack holds it that what is set can be read back, mark by mark, and that the fonts have every character of the region.
func TestTextIsReadBack(t *testing.T) {
	t.Parallel()
	out := set(t, thai+" "+names)
	if where := os.Getenv("PAPER"); where != "" {
		if err := os.WriteFile(where, out, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := read(t, out)
	for _, want := range []string{thai, "Nguyễn Thị Ánh", "မမြင့်", "ສົມໃຈ", "សុខា", "Łucja", "NRM-2026-000001 · 1/"} {
		if !strings.Contains(squeezed(text), squeezed(want)) {
			t.Errorf("%q cannot be read back", want)
		}
	}
	if strings.Contains(text, "left out") {
		t.Error("a fact without a value is set")
	}
	fonts, err := loadFonts()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range fonts.shape(thai+names, false).runs {
		for _, g := range r.glyphs {
			if g.GlyphID == 0 {
				t.Errorf("no font has a character of %q", r.text)
			}
		}
	}
}

// TestMarksStack holds it that Thai is shaped: a tone over a vowel is another glyph, or another place, than over a bare letter.
func TestMarksStack(t *testing.T) {
	t.Parallel()
	fonts, err := loadFonts()
	if err != nil {
		t.Fatal(err)
	}
	tone := func(text string) (glyph uint32, x, y int) {
		glyphs := fonts.shape(text, false).runs[0].glyphs
		last := glyphs[len(glyphs)-1]
		return uint32(last.GlyphID), int(last.XOffset), int(last.YOffset)
	}
	bareGlyph, bareX, bareY := tone("น่")
	overGlyph, overX, overY := tone("นี่")
	if bareGlyph == overGlyph && bareX == overX && bareY == overY {
		t.Error("a tone stands over a vowel as over a bare letter")
	}
}

func TestThaiIsBrokenBetweenWords(t *testing.T) {
	t.Parallel()
	got := strings.Join(pieces("การคัดกรองผู้เสียหายและหน่วยงานที่รับผิดชอบ"), "|")
	for _, want := range []string{"การ|", "|ผู้", "|และ|"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not broken as %s", got, want)
		}
	}
	for _, piece := range pieces(thai) {
		first := []rune(piece)[0]
		if !separable('ก', first) {
			t.Errorf("a line may begin with %q", piece)
		}
	}
}

func TestLinesFit(t *testing.T) {
	t.Parallel()
	fonts, err := loadFonts()
	if err != nil {
		t.Fatal(err)
	}
	const width = 120.0
	for _, text := range []string{strings.Repeat(thai, 5), strings.Repeat("x", 200), "a " + strings.Repeat("မြန်မာ", 40)} {
		for _, l := range fonts.wrap(text, bodySize, false, width) {
			if l.width()*bodySize/em > width+0.01 {
				t.Errorf("a line of %.2f points is wider than %.2f", l.width()*bodySize/em, width)
			}
		}
	}
}

func squeezed(text string) string { return strings.NewReplacer(" ", "", "\n", "").Replace(text) }

var (
	streams = regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`)
	spans   = regexp.MustCompile(`ActualText <FEFF([0-9A-F]*)>`)
)

// read is the text that goes along with what is drawn.
func read(t *testing.T, pdf []byte) string {
	t.Helper()
	var text strings.Builder
	for _, s := range streams.FindAllSubmatch(pdf, -1) {
		r, err := zlib.NewReader(bytes.NewReader(s[1]))
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, span := range spans.FindAllSubmatch(content, -1) {
			raw, err := hex.DecodeString(string(span[1]))
			if err != nil {
				t.Fatal(err)
			}
			units := make([]uint16, len(raw)/2)
			for i := range units {
				units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
			}
			text.WriteString(string(utf16.Decode(units)))
		}
	}
	return text.String()
}
