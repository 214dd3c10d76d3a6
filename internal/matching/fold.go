package matching

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// parts are the folded parts of a name in the order in which they were written, without titles.
func parts(name string) []string {
	return untitled(strings.FieldsFunc(fold(name), func(r rune) bool { return !isNameRune(r) }))
}

// recompose puts together what compatibility normalisation takes apart, or a writer put together of two: the vowels AM and AE.
var recompose = strings.NewReplacer("\u0e4d\u0e32", "\u0e33", "\u0ecd\u0eb2", "\u0eb3", "เเ", "แ", "ເເ", "ແ")

// fold brings a text to one of its spellings: compatibility forms replaced, lower case, digits of 0 to 9, no marks of tone, no mark twice
// on a letter, nothing that cannot be seen. It is normalised once more at the end: a small y with a ring is one rune, a capital one two, and
// what is dropped may have stood between a letter and its mark.
func fold(text string) string {
	plain := strings.Map(func(r rune) rune {
		if d := digitOf(r); d >= 0 {
			return '0' + rune(d)
		}
		return unicode.ToLower(heard(r))
	}, norm.NFKC.String(text))
	return recompose.Replace(single(norm.NFKC.String(plain)))
}

// single drops a mark that repeats the one before it: a slip of a keyboard that shows as nothing.
func single(text string) string {
	var before rune
	return strings.Map(func(r rune) rune {
		twice := r == before && unicode.Is(unicode.M, r)
		before = r
		if twice {
			return -1
		}
		return r
	}, text)
}

// heard drops marks of tone, apostrophes and what cannot be seen. Zero-width spaces stand between words in Khmer and Burmese, where a
// name is one word or two by the taste of the writer.
func heard(r rune) rune {
	switch {
	case isToneMark(r), r == '\'', r == '’', r == 'ʼ':
		return -1
	case unicode.Is(unicode.Cf, r), r == '\u034f', r == '\u17b4', r == '\u17b5':
		return -1
	}
	return r
}

// isToneMark reports marks that tell tone or length and are often left out: Thai, Lao, Burmese and Khmer.
func isToneMark(r rune) bool {
	return strings.ContainsRune("่้๊๋็ๆฯ့່້໊໋း់័៏", r)
}

func isNameRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) }

// digitZeros are the zeros of the digits in use here. Unicode keeps each ten together.
var digitZeros = []rune{'0', '٠', '۰', '०', '০', '๐', '໐', '၀', '႐', '០'}

// digitOf returns the value of a digit, or -1.
func digitOf(r rune) int {
	for _, zero := range digitZeros {
		if r >= zero && r < zero+10 {
			return int(r - zero)
		}
	}
	return -1
}

// Titles that are words of their own, and those that are written together with the name in scripts without spaces. Longer ones come
// first. They are spelled without marks of tone, as folding leaves them.
var (
	titleWords    = []string{"mr", "mrs", "ms", "miss", "mister", "dr", "daw", "u", "ko", "ma", "maung", "mg", "nai", "nangsao", "นส", "ดช", "ดญ"}
	titlePrefixes = titlesFolded("เด็กชาย", "เด็กหญิง", "นางสาว", "นาง", "นาย", "คุณ", "ທ່ານ", "ທ້າວ", "ນາງ", "ນາຍ",
		"លោកស្រី", "លោក", "អ្នកស្រី", "កញ្ញា", "នាង", "ဒေါ်", "ဦး", "ကို", "မောင်", "မ")
	titleInitials = []string{"น ส ", "ด ช ", "ด ญ "}
)

func titlesFolded(titles ...string) []string {
	folded := make([]string, len(titles))
	for i, t := range titles {
		folded[i] = fold(t)
	}
	return folded
}

// untitled drops the titles before a name. A title that is the whole name, or is said twice, is a name: Ko Ko, Maung Maung.
func untitled(words []string) []string {
	for _, initials := range titleInitials {
		if cut := strings.Fields(initials); len(words) > len(cut) && slices.Equal(words[:len(cut)], cut) {
			return words[len(cut):]
		}
	}
	if len(words) > 1 && words[0] != words[1] && slices.Contains(titleWords, words[0]) {
		return words[1:]
	}
	if len(words) == 0 {
		return nil
	}
	rest := withoutPrefix(words[0])
	switch {
	case rest == words[0]:
		return words
	case rest == "" && len(words) > 1:
		return words[1:]
	case rest == "":
		return words
	}
	return append([]string{rest}, words[1:]...)
}

func withoutPrefix(word string) string {
	for _, title := range titlePrefixes {
		if rest, ok := strings.CutPrefix(word, title); ok && (rest == "" || beginsName(rest, title)) {
			return rest
		}
	}
	return word
}

// beginsName reports whether what follows a title can be a name: it begins with a letter that has a vowel or a final of its own, and
// is not the title once more.
func beginsName(rest, title string) bool {
	runes := []rune(rest)
	switch {
	case strings.HasPrefix(rest, title), !unicode.IsLetter(runes[0]), len(runes) < 2:
		return false
	case slices.Contains([]rune("ะาำຳະາ"), runes[0]):
		return false // a vowel of the title's last letter, which is a letter in Unicode
	case runes[1] == burmeseAsat || runes[1] == burmeseStack:
		return false // a final of the letter that looked like a title
	}
	return true
}

// code folds a number to upper-case letters and digits.
func code(number string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, fold(number))
}
