package matching

import "strings"

const (
	burmeseAsat  = '်' // ends a syllable with the consonant under it
	burmeseStack = '္' // ends a syllable with the consonant before it, and puts the next one below
)

var burmeseOnsets = map[rune]string{
	'က': "k", 'ခ': "kh", 'ဂ': "g", 'ဃ': "g", 'င': "ng", 'စ': "s", 'ဆ': "s", 'ဇ': "z", 'ဈ': "z", 'ဉ': "ny", 'ည': "ny",
	'ဋ': "t", 'ဌ': "th", 'ဍ': "d", 'ဎ': "d", 'ဏ': "n", 'တ': "t", 'ထ': "th", 'ဒ': "d", 'ဓ': "d", 'န': "n", 'ပ': "p", 'ဖ': "ph",
	'ဗ': "b", 'ဘ': "b", 'မ': "m", 'ယ': "y", 'ရ': "y", 'လ': "l", 'ဝ': "w", 'သ': "th", 'ဟ': "h", 'ဠ': "l", 'အ': "",
	'ဣ': "i", 'ဤ': "i", 'ဥ': "u", 'ဦ': "u", 'ဧ': "e", 'ဩ': "aw", 'ဪ': "aw", 'ဿ': "tth",
}

// burmeseRhymes are vowel signs with a final as they are usually romanised; without a final where the second part is 0.
var burmeseRhymes = map[string]map[rune]string{
	"":   {0: "a", 'က': "et", 'င': "in", 'စ': "it", 'ည': "i", 'ဉ': "in", 'တ': "at", 'န': "an", 'ဏ': "an", 'ပ': "at", 'မ': "an", 'ယ': "e", 'သ': "at", 'လ': "al"},
	"ာ":  {0: "a", 'ည': "i", 'န': "an", 'တ': "at", 'ယ': "e"},
	"ိ":  {0: "i", 'တ': "eik", 'န': "ein", 'ပ': "eik", 'မ': "ein", 'ဏ': "ein", 'စ': "eik"},
	"ီ":  {0: "i"},
	"ု":  {0: "u", 'တ': "ok", 'န': "on", 'ဏ': "on", 'ပ': "ok", 'မ': "on", 'ဒ': "ok"},
	"ူ":  {0: "u"},
	"ေ":  {0: "e", 'တ': "it"},
	"ဲ":  {0: "e"},
	"ော": {0: "aw", 'က': "auk", 'င': "aung"},
	"ို": {0: "o", 'က': "aik", 'င': "aing", 'ယ': "o"},
	"ံ":  {0: "an"},
	"ိံ": {0: "ein"},
	"ုံ": {0: "on"},
	"ွ":  {0: "wa", 'တ': "ut", 'န': "un", 'မ': "un", 'ပ': "ut", 'င': "win", 'က': "wet", 'ယ': "we"},
}

// burmeseOrder gives signs that are written in two ways one.
var burmeseOrder = strings.NewReplacer("ါ", "ာ", "ံု", "ုံ", "ုိ", "ို")

// burmese romanises a folded Burmese word, syllable by syllable.
func burmese(word string) string {
	in := []rune(burmeseOrder.Replace(word))
	var out strings.Builder
	for at := 0; at < len(in); {
		out.WriteByte(' ')
		at += burmeseSyllable(in[at:], &out)
	}
	return out.String()
}

// burmeseSyllable writes the syllable at the beginning of in and returns its length.
func burmeseSyllable(in []rune, out *strings.Builder) int {
	onset, ok := burmeseOnsets[in[0]]
	if !ok {
		if in[0] < '\u1000' || in[0] > '\u109f' {
			out.WriteRune(in[0])
		}
		return 1
	}
	n := 1
	medials := ""
	for n < len(in) && strings.ContainsRune("ျြွှ", in[n]) {
		medials += string(in[n])
		n++
	}
	signs := ""
	for n < len(in) && strings.ContainsRune("ာိီုူေဲံ", in[n]) {
		signs += string(in[n])
		n++
	}
	if n < len(in) && in[n] == burmeseAsat { // ော် is ော in a low tone
		n++
	}
	final, length := burmeseFinal(in[n:])
	n += length
	out.WriteString(burmeseOnset(onset, medials, signs, final))
	out.WriteString(burmeseRhyme(in[0], medials, signs, final))
	return n
}

// burmeseFinal is the consonant that closes the syllable before it, with the number of letters that it takes, or 0.
func burmeseFinal(in []rune) (rune, int) {
	switch {
	case len(in) < 2 || burmeseOnsets[in[0]] == "":
		return 0, 0
	case in[1] == burmeseAsat && len(in) > 2 && in[2] == burmeseStack: // kinzi
		return in[0], 3
	case in[1] == burmeseAsat, in[1] == burmeseStack:
		return in[0], 2
	}
	return 0, 0
}

// burmeseOnset is a consonant with its medials: ky is spoken ch after kh, and y with h is sh.
func burmeseOnset(onset, medials, signs string, final rune) string {
	palatal := strings.ContainsAny(medials, "ျြ")
	breath := strings.Contains(medials, "ှ")
	switch {
	case onset == "kh" && palatal:
		onset = "ch"
	case breath && (onset == "y" || onset == "l" && palatal), onset == "th" && palatal && breath:
		onset = "sh"
	case palatal:
		onset += "y"
	}
	if strings.Contains(medials, "ွ") && (signs != "" || final == 0) && signs != "ံ" {
		onset += "w"
	}
	return onset
}

func burmeseRhyme(letter rune, medials, signs string, final rune) string {
	if letter >= 'ဣ' && letter <= 'ဪ' && signs == "" && final == 0 {
		return "" // the letter is a vowel
	}
	if strings.Contains(medials, "ွ") && signs == "" && final != 0 {
		signs = "ွ"
	}
	rhymes, ok := burmeseRhymes[signs]
	if !ok {
		rhymes = burmeseRhymes[strings.TrimSuffix(signs, "ံ")]
	}
	if rhyme, ok := rhymes[final]; ok {
		return rhyme
	}
	return rhymes[0] + burmeseOnsets[final]
}
