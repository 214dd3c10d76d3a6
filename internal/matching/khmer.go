package matching

import (
	"strings"
	"unicode"
)

// khmerConsonant is a consonant with its series, which tells how the vowels after it are read.
type khmerConsonant struct {
	text   string
	second bool
}

var khmerConsonants = map[rune]khmerConsonant{
	'ក': {"k", false}, 'ខ': {"kh", false}, 'គ': {"k", true}, 'ឃ': {"kh", true}, 'ង': {"ng", true},
	'ច': {"ch", false}, 'ឆ': {"ch", false}, 'ជ': {"ch", true}, 'ឈ': {"ch", true}, 'ញ': {"nh", true},
	'ដ': {"d", false}, 'ឋ': {"th", false}, 'ឌ': {"d", true}, 'ឍ': {"th", true}, 'ណ': {"n", false},
	'ត': {"t", false}, 'ថ': {"th", false}, 'ទ': {"t", true}, 'ធ': {"th", true}, 'ន': {"n", true},
	'ប': {"b", false}, 'ផ': {"ph", false}, 'ព': {"p", true}, 'ភ': {"ph", true}, 'ម': {"m", true},
	'យ': {"y", true}, 'រ': {"r", true}, 'ល': {"l", true}, 'វ': {"v", true}, 'ស': {"s", false}, 'ហ': {"h", false}, 'ឡ': {"l", false}, 'អ': {"", false},
}

// The vowel signs as they are read after a consonant of the first and of the second series.
var khmerVowels = map[rune][2]string{
	'ា': {"a", "ea"}, 'ិ': {"e", "i"}, 'ី': {"ey", "i"}, 'ឹ': {"oe", "ue"}, 'ឺ': {"oeu", "eu"}, 'ុ': {"o", "u"}, 'ូ': {"o", "u"}, 'ួ': {"uo", "uo"},
	'ើ': {"aeu", "eu"}, 'ឿ': {"oea", "oea"}, 'ៀ': {"ie", "ie"}, 'េ': {"e", "e"}, 'ែ': {"ae", "e"}, 'ៃ': {"ai", "ey"}, 'ោ': {"o", "o"}, 'ៅ': {"au", "ov"},
	'ំ': {"am", "om"}, 'ះ': {"ah", "eah"}, 'ៈ': {"a", "a"},
}

const (
	khmerCoeng  = '្' // puts the next consonant under the one before
	khmerSilent = '៍'
)

// khmer romanises a folded Khmer word.
func khmer(word string) string {
	k := khmerReader{reading{in: []rune(word)}}
	for k.at < len(k.in) {
		k.syllable()
	}
	return k.out.String()
}

type khmerReader struct{ reading }

// syllable reads a consonant with what is under it, its vowel and its final.
func (k *khmerReader) syllable() {
	r := k.peek(0)
	if _, ok := khmerConsonants[r]; !ok {
		if r < '\u1780' || r > '\u17ff' {
			k.out.WriteRune(r)
		}
		k.at++
		return
	}
	second := k.onset()
	if !k.vowel(second) {
		k.out.WriteString("a")
	}
	if k.closes() {
		k.final()
	}
}

// onset reads consonants over and under the line and returns whether they are of the second series. A sonorant takes the series of
// the consonant over it.
func (k *khmerReader) onset() (second bool) {
	for first := true; ; first = false {
		c := khmerConsonants[k.peek(0)]
		if first || !strings.ContainsAny(c.text, "mnylrv") {
			second = c.second
		}
		k.out.WriteString(c.text)
		k.at++
		switch k.peek(0) {
		case '៉': // reads the consonant in the first series
			second = false
			k.at++
		case '៊':
			second = true
			k.at++
		}
		if k.peek(0) != khmerCoeng {
			return second
		}
		k.at++
	}
}

func (k *khmerReader) vowel(second bool) bool {
	found := false
	for {
		v, ok := khmerVowels[k.peek(0)]
		if !ok {
			return found
		}
		text := v[0]
		if second {
			text = v[1]
		}
		if k.peek(0) == 'ំ' && found {
			text = "m" // after another vowel it only closes the syllable
		}
		k.out.WriteString(text)
		k.at++
		found = true
	}
}

// closes reports whether the consonant here belongs to the syllable before it: it has no vowel, or carries the next one below it.
func (k *khmerReader) closes() bool {
	r, next := k.peek(0), k.peek(1)
	if _, ok := khmerConsonants[r]; !ok {
		return false
	}
	if next == khmerCoeng {
		return k.at > 0
	}
	_, vowelled := khmerVowels[next]
	if _, ok := khmerConsonants[next]; ok {
		return r != 'រ' && r != 'វ' && r != 'យ'
	}
	if next == 0 || next == khmerSilent {
		return true
	}
	return !vowelled && !unicode.IsMark(next)
}

// final writes the consonant that ends a syllable. What stands below it begins the next syllable, but for the last of the word, where
// it is silent. An r is not spoken.
func (k *khmerReader) final() {
	r := k.peek(0)
	k.at++
	if k.peek(0) == khmerSilent {
		k.at++
		return
	}
	text := strings.TrimSuffix(khmerConsonants[r].text, "h")
	switch r {
	case 'រ':
		text = ""
	case 'វ':
		text = "v"
	case 'យ':
		text = "y"
	}
	k.out.WriteString(text)
	if k.peek(0) != khmerCoeng {
		return
	}
	k.at++
	if k.peek(1) == 0 || k.peek(1) == khmerSilent {
		k.at += 2
	}
}
