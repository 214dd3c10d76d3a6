package matching

import "unicode"

// romanise writes a folded word in Latin letters by the rules of its script. A word of several scripts is read by that of its first
// letter that has rules; letters without rules stay as they are.
func romanise(word string) string {
	for _, r := range word {
		switch {
		case unicode.Is(unicode.Thai, r):
			return thai(word)
		case unicode.Is(unicode.Lao, r):
			return lao(word)
		case unicode.Is(unicode.Khmer, r):
			return khmer(word)
		case unicode.Is(unicode.Myanmar, r):
			return burmese(word)
		}
	}
	return word
}
