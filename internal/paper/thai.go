package paper

import (
	_ "embed"
	"strings"
	"sync"
)

// words are the Thai words that occur in the words of the service itself; what people write is made of them for the most part.
//
//go:embed thai.txt
var wordList string

var dictionary = sync.OnceValue(func() map[string]bool {
	known := map[string]bool{}
	for word := range strings.FieldsSeq(wordList) {
		known[word] = true
	}
	return known
})

const longestWord = 12 // clusters

// What a way through a text costs: few words are better than many, and anything is better than letters that make no word.
const (
	wordCost    = 1
	unknownCost = 8
)

// step is the best way to a place in a text: from where, and whether by a word that is known.
type step struct {
	cost  int
	from  int
	known bool
}

// thaiWords parts a text without spaces into its words: the fewest that leave the fewest letters over. Letters that make no known word,
// such as those of a name, stay together up to where a syllable must begin.
func thaiWords(text string) []string {
	parts := clusters(text)
	best := make([]step, len(parts)+1)
	for i := 1; i <= len(parts); i++ {
		best[i] = step{cost: best[i-1].cost + unknownCost, from: i - 1}
		for length := 1; length <= min(longestWord, i); length++ {
			from := i - length
			if cost := best[from].cost + wordCost; cost < best[i].cost && dictionary()[strings.Join(parts[from:i], "")] {
				best[i] = step{cost, from, true}
			}
		}
	}
	return joined(parts, best)
}

func joined(parts []string, best []step) []string {
	var ends []int
	for i := len(parts); i > 0; i = best[i].from {
		ends = append(ends, i)
	}
	var found []string
	unknown := false // whether the last piece is letters that make no word
	for k := len(ends) - 1; k >= 0; k-- {
		s := best[ends[k]]
		text := strings.Join(parts[s.from:ends[k]], "")
		if len(found) > 0 && !s.known && (unknown || !isThai([]rune(text)[0])) && !beginsSyllable(text) {
			found[len(found)-1] += text
		} else {
			found = append(found, text)
		}
		unknown = !s.known
	}
	return found
}

// beginsSyllable reports whether a text begins with a vowel that is written before its consonant.
func beginsSyllable(text string) bool {
	return strings.ContainsAny(string([]rune(text)[0]), "เแโใไ")
}
