package matching

import "strings"

// Lao is written as it is spoken: every vowel is shown, and no letter is silent but the h that leads another consonant.
var (
	laoOnsets = map[rune]string{
		'ກ': "k", 'ຂ': "kh", 'ຄ': "kh", 'ງ': "ng", 'ຈ': "ch", 'ສ': "s", 'ຊ': "s", 'ຍ': "y", 'ດ': "d", 'ຕ': "t", 'ຖ': "th", 'ທ': "th",
		'ນ': "n", 'ບ': "b", 'ປ': "p", 'ຜ': "ph", 'ຝ': "f", 'ພ': "ph", 'ຟ': "f", 'ມ': "m", 'ຢ': "y", 'ຣ': "r", 'ລ': "l", 'ວ': "w",
		'ຫ': "h", 'ອ': "", 'ຮ': "h", 'ໜ': "n", 'ໝ': "m", 'ຼ': "l",
	}
	laoFinals = map[rune]string{'ກ': "k", 'ງ': "ng", 'ຍ': "i", 'ດ': "t", 'ຕ': "t", 'ສ': "t", 'ຊ': "t", 'ຈ': "t", 'ນ': "n", 'ບ': "p", 'ປ': "p", 'ມ': "m", 'ຣ': "n", 'ລ': "n", 'ວ': "o", 'ຽ': "ia"}
	laoSigns  = map[rune]string{
		'ະ': "a", 'ັ': "a", 'າ': "a", 'ິ': "i", 'ີ': "i", 'ຶ': "ue", 'ື': "ue", 'ຸ': "u", 'ູ': "u", 'ົ': "o", 'ໍ': "o", 'ຳ': "am", 'ຽ': "ia",
	}
	laoLeads = map[rune]string{'ເ': "e", 'ແ': "ae", 'ໂ': "o", 'ໃ': "ai", 'ໄ': "ai"}
)

// laoLed are letters that an h leads, which only gives its tone to them.
var laoLed = strings.NewReplacer("ຫນ", "ໜ", "ຫມ", "ໝ", "ຫຼ", "ລ", "ຫລ", "ລ", "ຫງ", "ງ", "ຫຍ", "ຍ", "ຫວ", "ວ", "ຫຣ", "ຣ")

// lao romanises a folded Lao word.
func lao(word string) string {
	in := []rune(laoLed.Replace(word))
	var out strings.Builder
	for at := 0; at < len(in); {
		at += laoSyllable(in[at:], &out)
	}
	return out.String()
}

// laoSyllable writes the syllable at the beginning of in and returns its length.
func laoSyllable(in []rune, out *strings.Builder) int {
	n := 0
	lead, led := laoLeads[in[0]]
	if led {
		n++
	}
	if n == len(in) || !isLaoConsonant(in[n]) {
		return n + 1
	}
	out.WriteString(laoOnsets[in[n]])
	n++
	if n+1 < len(in) && (in[n] == 'ຣ' || in[n] == 'ລ' || in[n] == 'ຼ') && (isLaoSign(in[n+1]) || led) {
		out.WriteString(laoOnsets[in[n]])
		n++
	}
	vowel := lead
	for n < len(in) && isLaoSign(in[n]) {
		vowel = laoVowel(lead, vowel, in[n])
		n++
	}
	if n < len(in) && (in[n] == 'ວ' || in[n] == 'ອ') && closesLao(in, n) {
		vowel += map[rune]string{'ວ': "ua", 'ອ': "o"}[in[n]]
		n++
	}
	out.WriteString(vowel)
	if n < len(in) && isLaoConsonant(in[n]) && closesLao(in, n) {
		out.WriteString(laoFinals[in[n]])
		n++
	}
	return n
}

// laoVowel is the vowel of a lead and a sign: some signs change the lead, the others stand for themselves.
func laoVowel(lead, vowel string, sign rune) string {
	switch {
	case lead == "e" && sign == 'ົ':
		return "a" // with the A that follows: ao
	case lead == "e" && (sign == 'າ' || vowel == "a" && sign == 'າ'):
		return "ao"
	case lead == "e" && (sign == 'ິ' || sign == 'ີ'):
		return "oe"
	case lead == "e" && (sign == 'ຶ' || sign == 'ື'):
		return "uea"
	case lead != "":
		return lead // the sign makes it short
	}
	return vowel + laoSigns[sign]
}

func isLaoConsonant(r rune) bool {
	return r >= 'ກ' && r <= 'ຮ' || r == 'ໜ' || r == 'ໝ'
}

func isLaoSign(r rune) bool { return laoSigns[r] != "" }

// closesLao reports whether the consonant at n belongs to the syllable before it: it has no vowel of its own.
func closesLao(in []rune, n int) bool {
	if n+1 == len(in) {
		return true
	}
	next := in[n+1]
	return !isLaoSign(next) && next != 'ຼ' && !(next == 'ວ' || next == 'ອ') || next == 'ວ' && n+2 < len(in) && isLaoSign(in[n+2])
}
