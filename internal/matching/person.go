package matching

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Person is what is known of a person that may tell whether two records are of one. Everything in it may be missing.
type Person struct {
	Names     []string   // the whole name in each way in which it was written, given and family name in one
	Aliases   []string   // other names, nicknames
	Documents []Document // identity documents
	Phones    []string   // numbers that are the person's own
	Birth     string     // as 2006, 2006-01 or 2006-01-02
	AgeIn     int        // the year in which Age was told, where Birth is missing; 0 for none
	Age       int        // years
	Sex       string     // female, male, other; anything else is unknown
}

// Document is an identity document.
type Document struct {
	Kind    string // a code of the form, such as passport
	Country string // who issued it, ISO 3166-1 alpha-3; empty where unknown
	Number  string
}

// Kind is a kind of feature.
type Kind string

// The kinds, those that tell most first.
const (
	KindDocument Kind = "document" // kind, country and number of an identity document
	KindNumber   Kind = "number"   // the number of a document alone
	KindBirthday Kind = "birthday" // full date of birth, but for the first of January, which stands for an unknown day
	KindName     Kind = "name"     // the whole name as it is written, in any order of its parts
	KindPhone    Kind = "phone"    // number without its country
	KindSound    Kind = "sound"    // the whole name as it sounds in any of the scripts
	KindBones    Kind = "bones"    // the consonants of a whole name
	KindBrief    Kind = "brief"    // KindSound of a name too short to tell much, such as Kyaw Kyaw
	KindParts    Kind = "parts"    // two parts of a name of three or more
	KindYear     Kind = "year"     // year of birth; two of them where it follows from an age
	KindPart     Kind = "part"     // one part of a name as it sounds
	KindSex      Kind = "sex"
	KindEra      Kind = "era" // the years about the year of birth: people whose years lie up to two apart share one, four or more apart none
)

// kinds are all kinds in the order of their codes, which must never change: rows hold them.
var kinds = []Kind{
	KindDocument, KindNumber, KindBirthday, KindName, KindPhone, KindSound, KindBones, KindBrief, KindParts, KindYear, KindPart, KindSex, KindEra,
}

// Kinds lists the kinds of feature. The place of a kind in the list never changes.
func Kinds() []Kind { return slices.Clone(kinds) }

// Feature is something about a person that is equal for two records or not. Values are personal data in clear.
type Feature struct {
	Kind  Kind
	Value string
}

// The least length, in symbols, of what tells a name.
const (
	longSound = 6
	longBones = 4
)

// Features returns what is compared of a person, each feature once and in one order.
func Features(p Person) []Feature {
	c := collector{}
	for _, d := range p.Documents {
		c.document(d)
	}
	for _, number := range p.Phones {
		c.add(KindPhone, phone(number))
	}
	for _, name := range p.Names {
		c.name(parts(name))
	}
	for _, alias := range p.Aliases {
		c.alias(parts(alias))
	}
	c.birth(p)
	if slices.Contains([]string{"female", "male", "other"}, p.Sex) {
		c.add(KindSex, p.Sex)
	}
	slices.SortFunc(c.features, func(a, b Feature) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
	})
	return slices.Compact(c.features)
}

type collector struct{ features []Feature }

func (c *collector) add(k Kind, value string) {
	if value != "" {
		c.features = append(c.features, Feature{k, value})
	}
}

// document adds a number unless it stands for none: too short, without digits, or one sign over and over.
func (c *collector) document(d Document) {
	number := code(d.Number)
	first, _ := utf8.DecodeRuneInString(number)
	if utf8.RuneCountInString(number) < 5 || strings.Trim(number, string(first)) == "" || digits(number) < 3 {
		return
	}
	if d.Kind != "" && d.Country != "" {
		c.add(KindDocument, d.Kind+" "+d.Country+" "+number)
	}
	c.add(KindNumber, number)
}

func digits(text string) int {
	n := 0
	for _, r := range text {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

// sounds are the parts of a name as they sound. A Burmese word falls into its syllables, as it does in Latin letters.
func sounds(words []string) []string {
	var all []string
	for _, w := range words {
		for _, latin := range strings.Fields(romanise(w)) {
			if s := sound(bare(latin)); s != "" {
				all = append(all, s)
			} else {
				all = append(all, latin) // a script without rules
			}
		}
	}
	return all
}

// name adds what tells a whole name: sorted by parts, because their order is not certain, and in one run, because the spaces between
// them are not.
func (c *collector) name(words []string) {
	heard := sounds(words)
	if len(heard) == 0 {
		return
	}
	run := joined(heard)
	sorted := joined(slices.Sorted(slices.Values(heard)))
	if len(run) < longSound {
		c.add(KindBrief, run)
		c.add(KindBrief, sorted)
	} else {
		c.add(KindName, strings.Join(slices.Sorted(slices.Values(words)), " "))
		c.add(KindSound, run)
		c.add(KindSound, sorted)
	}
	c.bones(heard, run)
	c.alias(words)
	if len(heard) > 2 {
		c.pairs(heard)
	}
}

// joined puts parts into one. A consonant that ends one and begins the next counts once, as in a name written in one.
func joined(sounds []string) string {
	var b strings.Builder
	for _, s := range sounds {
		if before := b.String(); before != "" && before[len(before)-1] == s[0] && strings.ContainsRune("KTPMNLSC", rune(s[0])) {
			s = s[1:]
		}
		b.WriteString(s)
	}
	return b.String()
}

func (c *collector) bones(heard []string, run string) {
	consonants := make([]string, len(heard))
	for i, s := range heard {
		consonants[i] = bones(s)
	}
	slices.Sort(consonants)
	for _, b := range []string{bones(run), strings.Join(consonants, "")} {
		if len(b) >= longBones {
			c.add(KindBones, b)
		}
	}
}

// pairs adds each two parts that tell something together.
func (c *collector) pairs(heard []string) {
	for i, a := range heard {
		for _, b := range heard[i+1:] {
			if a != b && len(a)+len(b) >= longSound {
				c.add(KindParts, min(a, b)+" "+max(a, b))
			}
		}
	}
}

// alias adds each part by itself.
func (c *collector) alias(words []string) {
	for _, s := range sounds(words) {
		if len(s) > 2 {
			c.add(KindPart, s)
		}
	}
}

// eraYears is the length of an era. Eras overlap by half.
const eraYears = 4

// birth adds what is known of the time of birth. Who told an age of 20 in 2026 was born in 2005 or 2006.
func (c *collector) birth(p Person) {
	year := 0
	switch {
	case len(p.Birth) >= 4:
		year, _ = strconv.Atoi(p.Birth[:4]) // what is no number is no year, 0
	case p.AgeIn > 0:
		year = p.AgeIn - p.Age
		c.add(KindYear, strconv.Itoa(year-1))
	}
	if year == 0 {
		return
	}
	c.add(KindYear, strconv.Itoa(year))
	c.add(KindEra, strconv.Itoa(year/eraYears*eraYears))
	c.add(KindEra, strconv.Itoa((year+eraYears/2)/eraYears*eraYears-eraYears/2))
	if len(p.Birth) == len("2006-01-02") && !strings.HasSuffix(p.Birth, "-01-01") {
		c.add(KindBirthday, p.Birth)
	}
}

// callingCodes are those of the countries from which people come most, so that one number with and without it is one.
var callingCodes = []string{"66", "95", "855", "856", "84", "86", "60", "62", "63", "65", "91", "92", "94", "880", "977", "251", "254", "256", "234", "998"}

// phone folds a phone number to the digits that are dialled inside its country. Without at least seven digits it is none.
func phone(number string) string {
	plus := strings.HasPrefix(strings.TrimSpace(fold(number)), "+")
	dialled := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, fold(number))
	if rest, ok := strings.CutPrefix(dialled, "00"); ok {
		plus, dialled = true, rest
	}
	if plus || len(dialled) > 10 && dialled[0] != '0' {
		for _, cc := range callingCodes {
			if rest, ok := strings.CutPrefix(dialled, cc); ok {
				dialled = rest
				break
			}
		}
	}
	dialled = strings.TrimPrefix(dialled, "0")
	if len(dialled) < 7 {
		return ""
	}
	return dialled
}
