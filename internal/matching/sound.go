package matching

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// sound reduces a word, romanised and bare, to classes of sounds. Consonants: K T P M N L S C H W Y, without voice and breath; H, W and Y count
// at the beginning of the word only, where they are never silent. Vowels: A, I (front) and U (back), one for a run of vowels with
// the glides in it. An r after a vowel only makes it long; an l there is spoken n in Thai and written as either.
func sound(word string) string {
	s := sounder{reading{in: []rune(word)}}
	for s.at < len(s.in) {
		s.step()
	}
	return s.out.String()
}

// bare is a word in the letters a to z: marks dropped, letters that have none replaced. The t of Myint and the e of Somphone are
// not spoken.
func bare(word string) string {
	word = letters(word)
	if n := len(word); n > 3 && (strings.HasSuffix(word, "nt") || strings.HasSuffix(word, "ne") && isVowel(rune(word[n-3]))) {
		return word[:n-1]
	}
	return word
}

var plain = strings.NewReplacer("đ", "d", "ð", "d", "ø", "o", "ł", "l", "ß", "s", "æ", "ae", "œ", "oe", "v", "w")

func letters(word string) string {
	return strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, norm.NFD.String(plain.Replace(word)))
}

// bones are the consonants of a sound, with affricates and sibilants as one: Thai ch is Lao s or x.
func bones(sound string) string {
	var b strings.Builder
	for _, r := range sound {
		switch r {
		case 'A', 'I', 'U':
		case 'C':
			b.WriteRune('S')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// add appends a symbol that is not there already: doubled letters count once.
func add(b *strings.Builder, r rune) {
	if s := b.String(); s == "" || rune(s[len(s)-1]) != r {
		b.WriteRune(r)
	}
}

// reading is a word that is read from its beginning, and what it was read as so far.
type reading struct {
	in  []rune
	at  int
	out strings.Builder
}

// peek is the letter so many places on from where the reading is, 0 outside the word.
func (r *reading) peek(n int) rune {
	if i := r.at + n; i >= 0 && i < len(r.in) {
		return r.in[i]
	}
	return 0
}

type sounder struct{ reading }

func (s *sounder) step() {
	switch {
	case isVowel(s.peek(0)):
		s.vowels()
	case s.glide():
	default:
		s.consonant()
	}
}

func isVowel(r rune) bool { return strings.ContainsRune("aeiou", r) }

func isGlide(r rune) bool { return r == 'y' || r == 'w' }

// glide takes y, w and h. At the beginning, before a vowel, they are consonants.
func (s *sounder) glide() bool {
	r := s.peek(0)
	if !isGlide(r) && r != 'h' {
		return false
	}
	switch {
	case s.at == 0 && isVowel(s.peek(1)):
		s.out.WriteRune(unicode.ToUpper(r))
	case r == 'y' && !isVowel(s.peek(1)) && !isGlide(s.peek(1)):
		s.vowels() // y is the vowel: Vuthy, Chanthy
		return true
	}
	s.at++
	return true
}

// vowels takes a run of vowels with the glides in it and after it. The first that is no a tells the class, but for the ea of Khmer,
// which others write a, and the er of Thai, which others write oe.
func (s *sounder) vowels() {
	from, class := s.at, 'A'
	for ; s.inVowel(); s.at++ {
		if class != 'A' {
			continue
		}
		switch s.peek(0) {
		case 'e', 'i', 'y':
			class = 'I'
		case 'o', 'u', 'w':
			class = 'U'
		}
	}
	long := s.peek(0) == 'r' && !isVowel(s.peek(1)) && s.peek(1) != 'r'
	switch run := string(s.in[from:s.at]); {
	case run == "ea" || run == "eah":
		class = 'A'
	case run == "e" && long:
		class = 'U'
	}
	if long {
		s.at++
	}
	add(&s.out, class)
}

func (s *sounder) inVowel() bool {
	r := s.peek(0)
	return isVowel(r) || isGlide(r) || r == 'h' && !isVowel(s.peek(1)) && !isGlide(s.peek(1))
}

// consonants are the classes of single letters.
var consonants = map[rune]rune{
	'b': 'P', 'c': 'K', 'd': 'T', 'f': 'P', 'g': 'K', 'j': 'C', 'k': 'K', 'l': 'L', 'm': 'M', 'n': 'N', 'p': 'P', 'q': 'K',
	'r': 'L', 's': 'S', 't': 'T', 'x': 'S', 'z': 'S',
}

// consonant takes the letters of one consonant. Most h have no part in this: they stay behind and are silent.
func (s *sounder) consonant() {
	first, second := s.peek(0), s.peek(1)
	class, length := consonants[first], 1
	switch {
	case first == 'n' && second == 'g':
		length = 2
	case first == 'c' && second == 'h', (first == 't' || first == 'd') && second == 'j':
		class, length = 'C', 2
	case first == 't' && second == 'c' && s.peek(2) == 'h':
		class, length = 'C', 3
	case first == 's' && second == 'r':
		length = 2
	case first == 'c' && strings.ContainsRune("eiy", second):
		class = 'S'
	case first == 'l' && s.closes():
		class = 'N'
	}
	add(&s.out, class)
	s.at += length
}

// closes reports whether the consonant stands at the end of a syllable, as far as one can see.
func (s *sounder) closes() bool {
	next := s.peek(1)
	return s.out.Len() > 0 && next != 'l' && !isVowel(next) && !isGlide(next)
}
