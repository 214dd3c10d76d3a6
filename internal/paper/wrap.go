package paper

import (
	"strings"
	"unicode"
)

// wrap breaks a text into lines of a width in points, at the places where its script allows it.
func (f *fonts) wrap(text string, size float64, bold bool, width float64) []line {
	var lines []line
	for paragraph := range strings.SplitSeq(clean(text), "\n") {
		lines = append(lines, f.wrapParagraph(paragraph, bold, width*em/size)...)
	}
	return lines
}

func (f *fonts) wrapParagraph(text string, bold bool, width float64) []line {
	var lines []line
	current := ""
	for _, piece := range f.fitting(pieces(text), bold, width) {
		if current != "" && f.shape(strings.TrimRight(current+piece, " "), bold).width() > width {
			lines = append(lines, f.shape(strings.TrimRight(current, " "), bold))
			current = strings.TrimLeft(piece, " ")
			continue
		}
		current += piece
	}
	return append(lines, f.shape(strings.TrimRight(current, " "), bold))
}

// fitting breaks up the pieces that are wider than a line on their own.
func (f *fonts) fitting(whole []string, bold bool, width float64) []string {
	var parts []string
	for _, piece := range whole {
		if f.shape(piece, bold).width() <= width {
			parts = append(parts, piece)
			continue
		}
		part := ""
		for _, c := range clusters(piece) {
			if part != "" && f.shape(part+c, bold).width() > width {
				parts, part = append(parts, part), ""
			}
			part += c
		}
		parts = append(parts, part)
	}
	return parts
}

// clean leaves of a text what can be set: no controls, and one kind of line break and space.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
}

const zeroWidthSpace = '\u200b' // says where a word ends in scripts that have no spaces

// pieces are the parts of a paragraph between which a line may end, each with the spaces after it.
func pieces(text string) []string {
	var found []string
	for _, word := range strings.FieldsFunc(strings.ReplaceAll(text, " ", " "+string(zeroWidthSpace)), func(r rune) bool { return r == zeroWidthSpace }) {
		for _, part := range byScript(word) {
			found = append(found, thaiWords(part)...)
		}
	}
	return found
}

// byScript parts a word where Thai begins or ends. What belongs to neither, such as a comma or a bracket, stays with what is before it.
func byScript(word string) []string {
	var parts []string
	start, thai := 0, false
	for i, r := range word {
		switch {
		case i == 0:
			thai = isThai(r)
		case isThai(r) != thai && (isThai(r) && !opens(word[:i]) || unicode.IsLetter(r)):
			parts, start, thai = append(parts, word[start:i]), i, isThai(r)
		case isThai(r):
			thai = true
		}
	}
	return append(parts, word[start:])
}

func opens(before string) bool {
	return strings.HasSuffix(before, "(") || strings.HasSuffix(before, "“")
}

func isThai(r rune) bool { return unicode.Is(unicode.Thai, r) }

// clusters are the parts of a text that are never torn apart: a letter with its marks, and in Thai with the vowels written around it.
func clusters(text string) []string {
	var found []string
	start, before := 0, rune(0)
	for i, r := range text {
		if i > 0 && separable(before, r) {
			found, start = append(found, text[start:i]), i
		}
		before = r
	}
	return append(found, text[start:])
}

// separable reports whether a line may end between two characters, as far as writing goes.
func separable(before, after rune) bool {
	switch {
	case unicode.Is(unicode.M, after), after == zeroWidthSpace:
		return false
	case before >= 'เ' && before <= 'ไ': // a vowel that is written before its consonant
		return false
	case strings.ContainsRune("ะาำๅๆฯ", after): // what belongs to what is before
		return false
	}
	return true
}
