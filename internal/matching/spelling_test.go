package matching

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// The parts of which the names of these tests are made. None is another one but for a mark of tone, which folding leaves out on purpose.
var (
	givenParts  = []string{"สม", "วิ", "มา", "มี", "ประ", "นภา", "กิ้น", "อร", "ธนา", "พิมพ์", "น้ำ", "แก้ว", "เพ็ญ", "ชัย", "ศรี", "จันทร์", "ก้อง", "ปุ้ย", "ตู่", "ขวัญ", "ไผ่", "หญิง", "กี่", "รุ่ง", "เดือน", "ดาว", "ฟ้า", "สุ", "อำ", "ทิพย์", "ลี"}
	familyParts = []string{"ใจ", "สุข", "มณี", "บุญ", "ทอง", "วงศ์", "ดี", "ดำ", "งาม", "แสง", "เจริญ", "พงษ์", "รัตน์", "กุล", "วัฒน์", "ชู", "เพ็ชร", "เกิด", "คำ", "โพธิ์", "ยิ่ง"}
)

// names returns n distinct names of two parts each, drawn from all that the parts give.
func names(r *rand.Rand, n int) []string {
	var all []string
	for _, a := range givenParts {
		for _, b := range givenParts {
			for _, c := range familyParts {
				for _, d := range familyParts {
					all = append(all, a+b+" "+c+d)
				}
			}
		}
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:n]
}

// index is what KindName holds of a name: its folded words in one order. A name too short to tell much has only its sound, KindBrief, and
// meets others on purpose.
func index(name string) string { return strings.Join(slices.Sorted(slices.Values(parts(name))), " ") }

// misspellings are the ways in which one name is stored in other letters and looks the same, or nearly: security.md calls the list E18.
var misspellings = map[string]func(r *rand.Rand, name string) string{
	"tone before the vowel above or below": func(_ *rand.Rand, name string) string { return swapped(name, isTone, isAboveOrBelow) },
	"vowel before the tone":                func(_ *rand.Rand, name string) string { return swapped(name, isAboveOrBelow, isTone) },
	"SARA AM in two":                       func(_ *rand.Rand, name string) string { return strings.ReplaceAll(name, "ำ", "\u0e4d\u0e32") },
	"SARA AM in two around the tone": func(_ *rand.Rand, name string) string {
		return strings.ReplaceAll(name, "้ำ", "\u0e4d\u0e49\u0e32")
	},
	"tone after SARA AM":     func(_ *rand.Rand, name string) string { return strings.ReplaceAll(name, "้ำ", "ำ้") },
	"two SARA E for SARA AE": func(_ *rand.Rand, name string) string { return strings.ReplaceAll(name, "แ", "เเ") },
	"marks twice": func(_ *rand.Rand, name string) string {
		return mapped(name, func(r rune) string { return string(r) + repeat(unicode.Is(unicode.M, r), r) })
	},
	"what cannot be seen": func(r *rand.Rand, name string) string {
		unseen := []string{"\u200b", "\u200c", "\u200d", "\u00ad", "\u2060", "\ufeff", "\u202a", "\u202c", "\u2066", "\u2069"}
		return mapped(name, func(c rune) string { return string(c) + unseen[r.IntN(len(unseen))] })
	},
	"no tone": func(_ *rand.Rand, name string) string {
		return mapped(name, func(r rune) string { return repeat(!isTone(r), r) })
	},
	"wide spaces":  func(_ *rand.Rand, name string) string { return strings.ReplaceAll(name, " ", "\u00a0\u3000 ") },
	"นาย":          func(_ *rand.Rand, name string) string { return "นาย" + name },
	"นางสาว":       func(_ *rand.Rand, name string) string { return "นางสาว " + name },
	"น.ส.":         func(_ *rand.Rand, name string) string { return "น.ส. " + name },
	"ด.ช.":         func(_ *rand.Rand, name string) string { return "ด.ช." + name },
	"ด.ญ.":         func(_ *rand.Rand, name string) string { return "ด.ญ. " + name },
	"เด็กหญิง":     func(_ *rand.Rand, name string) string { return "เด็กหญิง" + name },
	"Mr.":          func(_ *rand.Rand, name string) string { return "Mr. " + name },
	"parts turned": func(_ *rand.Rand, name string) string { a, b, _ := strings.Cut(name, " "); return b + ", " + a },
}

func isTone(r rune) bool { return r >= '่' && r <= '๋' }

func isAboveOrBelow(r rune) bool { return r == 'ั' || r >= 'ิ' && r <= 'ู' }

func mapped(s string, f func(rune) string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteString(f(r))
	}
	return b.String()
}

func repeat(yes bool, r rune) string {
	if yes {
		return string(r)
	}
	return ""
}

// swapped exchanges every two neighbours of which the first is of one kind and the second of another.
func swapped(s string, first, second func(rune) bool) string {
	runes := []rune(s)
	for i := 0; i+1 < len(runes); i++ {
		if first(runes[i]) && second(runes[i+1]) {
			runes[i], runes[i+1] = runes[i+1], runes[i]
			i++
		}
	}
	return string(runes)
}

func TestTwoSpellingsAreOnePerson(t *testing.T) {
	t.Parallel()
	if unequal := unequalSpellings(index); len(unequal) > 0 {
		t.Errorf("%d spellings have another index: %q", len(unequal), unequal[:min(len(unequal), 10)])
	}
	for _, same := range [][2]string{{"๐๘๑๒๓๔๕๖๗๘", "0812345678"}, {"០៨១២៣៤៥៦៧៨", "0812345678"}} {
		if phone(same[0]) != phone(same[1]) || code(same[0]) != code(same[1]) {
			t.Errorf("%s is not %s", same[0], same[1])
		}
	}
}

// unequalSpellings returns those that have another index than the name as it is.
func unequalSpellings(index func(string) string) (unequal []string) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, name := range names(random, 60) {
		for _, misspell := range misspellings {
			spelled := misspell(random, name)
			if index(spelled) != index(name) {
				unequal = append(unequal, spelled)
			}
			for _, again := range misspellings { // and two slips at once
				if twice := again(random, spelled); index(again(random, name)) == index(name) && index(twice) != index(name) && isSlip(twice) {
					unequal = append(unequal, twice)
				}
			}
		}
	}
	return unequal
}

// isSlip leaves out names with two titles: the second may be a name.
func isSlip(name string) bool {
	titles := 0
	for _, title := range []string{"นาย", "นางสาว", "น.ส.", "ด.ช.", "ด.ญ.", "เด็กหญิง", "Mr."} {
		titles += strings.Count(name, title)
	}
	comma := strings.Contains(name, ",")
	return titles == 0 || titles == 1 && !comma
}

func TestDistinctNamesStayDistinct(t *testing.T) {
	t.Parallel()
	if merged := falseMerges(index, manyNames()); len(merged) > 0 {
		t.Errorf("%d names are taken for another: %q", len(merged), merged[:min(len(merged), 10)])
	}
}

func manyNames() []string { return names(rand.New(rand.NewPCG(3, 4)), 10_000) }

func falseMerges(index func(string) string, names []string) (merged []string) {
	seen := map[string]string{}
	for _, name := range names {
		if before, taken := seen[index(name)]; taken {
			merged = append(merged, before+" = "+name)
		}
		seen[index(name)] = name
	}
	return merged
}

// The controls: an index that folds nothing is caught by the first test, one that folds too much by the second.
func TestOtherFoldingsAreCaught(t *testing.T) {
	t.Parallel()
	if unequal := unequalSpellings(strings.ToLower); len(unequal) < 500 {
		t.Errorf("without folding only %d spellings differ", len(unequal))
	}
	consonants := func(name string) string {
		return strings.Join(slices.Collect(func(yield func(string) bool) {
			for _, r := range name {
				if isThaiConsonant(r) && !yield(string(r)) {
					return
				}
			}
		}), "")
	}
	if merged := falseMerges(consonants, manyNames()); len(merged) < 20 {
		t.Errorf("by consonants alone only %d names are merged", len(merged))
	}
}
