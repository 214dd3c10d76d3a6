package matching

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func whole(name string) string { return joined(sounds(parts(name))) }

func TestSpellingsMeet(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{
		{"สมชาย", "Somchai", "Somchay", "SOMCHAI", "Som\u200bchai", "นายสมชาย", "Mr. Somchai"},
		{"ကျော်ကျော်", "Kyaw Kyaw", "KyawKyaw", "ကျော် ကျော်"},
		{"သုခါ", "Thukha", "Thu Kha"},
		{"သုံးဆယ်", "Thon Se", "Thone Se"},
		{"သန္တာ", "Thandar", "Thanda", "ဒေါ်သန္တာ", "Daw Thandar", "မသန္တာ"},
		{"ສົມຊາຍ", "Somxay", "Somsay", "ທ້າວສົມຊາຍ"},
		{"សុខា", "Sokha", "លោក សុខា", "ສຸຂາ", "สุขา"},
		{"ณรงค์", "Narong"},
		{"น้ำทิพย์", "Namthip", "น้ําทิพย์"},
		{"เเก้ว", "แก้ว", "Kaew", "Keo"},
		{"Aung", "Oung", "အောင်"},
		{"Nguyễn", "Nguyen", "NGUYỄN"},
	} {
		for _, n := range names[1:] {
			if got, want := whole(n), whole(names[0]); got != want && !meet(names[0], n) {
				t.Errorf("%s is %s and %s is %s", names[0], want, n, got)
			}
		}
	}
}

// meet reports whether two whole names share a feature that tells a whole name.
func meet(a, b string) bool {
	m := Compare(Features(Person{Names: []string{a}}), Features(Person{Names: []string{b}}))
	return slices.Contains(m.Agree, KindSound) || slices.Contains(m.Agree, KindBrief)
}

func TestTitlesAreNoNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"นาย สมชาย ใจดี": "สมชาย ใจดี", "นางสาวมาลี": "มาลี", "น.ส. มาลี": "มาลี", "ด.ช.สมชาย": "สมชาย", "เด็กหญิงมาลี": "มาลี", "นาย": "นาย",
		"คุณากร": "คุณากร", "นางฟ้า": "ฟ้า", "U Nu": "nu", "Ko Ko": "ko ko", "Ko Ko Aung": "ko ko aung", "Maung Maung": "maung maung", "Ma": "ma",
		"Mrs. Daw": "daw", "ဦးဇော်": "ဇော်", "မောင်မောင်": "မောင်မောင်", "မမ": "မမ", "မြမြ": "မြမြ", "O'Neil": "oneil", "": "",
	} {
		if got := strings.Join(parts(name), " "); got != fold(want) {
			t.Errorf("%q gives %q, want %q", name, got, want)
		}
	}
	if got := parts("မင်းမင်း"); len(got) != 1 || !strings.HasPrefix(got[0], "မင") {
		t.Errorf("a name that begins like a title gives %q", got)
	}
}

func TestTheOrderOfPartsDoesNotCount(t *testing.T) {
	t.Parallel()
	a, b := Features(Person{Names: []string{"Chan Dara Sok"}}), Features(Person{Names: []string{"Sok, Chan Dara"}})
	if m := Compare(a, b); !slices.Contains(m.Agree, KindName) {
		t.Errorf("agrees in %v", m.Agree)
	}
}

func TestOneDocumentIsOnePerson(t *testing.T) {
	t.Parallel()
	doc := func(kind, country, number string) Person {
		return Person{Documents: []Document{{kind, country, number}}}
	}
	passport := doc("passport", "MMR", "MB123456")
	for _, same := range []Person{doc("passport", "MMR", "mb 123-456"), doc("passport", "MMR", "ＭＢ１２３４５６"), doc("passport", "MMR", "MB၁၂၃၄၅၆"), doc("passport", "MMR", "MB๑๒๓๔๕๖")} {
		if m := Compare(Features(passport), Features(same)); m.Score != 100 {
			t.Errorf("%+v scores %d", same.Documents, m.Score)
		}
	}
	for _, other := range []Person{
		doc("passport", "MMR", "MB123465"), doc("passport", "MMR", "MB12345"), doc("passport", "LAO", "MB123456"), doc("work_permit", "MMR", "MB123456"),
		doc("passport", "", "MB123456"), doc("", "", ""),
		{},
	} {
		if m := Compare(Features(passport), Features(other)); m.Score >= Likely || slices.Contains(m.Agree, KindDocument) {
			t.Errorf("%+v scores %d by %v", other.Documents, m.Score, m.Agree)
		}
	}
	for _, none := range []string{"unknown", "-", "N/A", "00000000", "1234", "lost", "ไม่มี"} {
		if f := Features(doc("passport", "MMR", none)); len(f) != 0 {
			t.Errorf("%q is a document: %v", none, f)
		}
	}
}

// TestDocumentsNeverMeetByChance compares many numbers that differ in one sign.
func TestDocumentsNeverMeetByChance(t *testing.T) {
	t.Parallel()
	seen := map[Feature]string{}
	for i := range 20_000 {
		number := strings.ToUpper(string([]byte{byte('a' + i%26), byte('a' + i/26%26)})) + strings.Repeat("0", 3) + string([]byte{byte('0' + i%10), byte('0' + i/10%10), byte('0' + i/100%10), byte('0' + i/1000%10), byte('0' + i/10000%10)})
		for _, f := range Features(Person{Documents: []Document{{"passport", "MMR", number}}}) {
			if other, ok := seen[f]; ok && other != number {
				t.Fatalf("%s is %s", number, other)
			}
			seen[f] = number
		}
	}
}

func TestPhonesAreDialledAlike(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"081 234 5678", "+66 81-234-5678", "0066812345678", "66812345678", "๐๘๑ ๒๓๔ ๕๖๗๘", "+66 (0)81 234 5678"},
		{"+95 9 421 234 567", "09421234567"},
		{"+855 12 345 678", "012 345 678"},
		{"+856 20 5555 1234", "020 5555 1234"},
	} {
		for _, n := range same[1:] {
			if phone(n) != phone(same[0]) {
				t.Errorf("%s is %s, %s is %s", same[0], phone(same[0]), n, phone(n))
			}
		}
	}
	for _, none := range []string{"", "191", "ask sister", "+66"} {
		if phone(none) != "" {
			t.Errorf("%q is dialled %s", none, phone(none))
		}
	}
}

func TestTheTimeOfBirthSpeaksForAndAgainst(t *testing.T) {
	t.Parallel()
	named := func(p Person) []Feature {
		p.Names = []string{"Somchai Jaidee"}
		return Features(p)
	}
	base := named(Person{Birth: "1990-05-04", Sex: "male"})
	scores := map[string]int{}
	for name, p := range map[string]Person{
		"same day": {Birth: "1990-05-04", Sex: "male"}, "same year": {Birth: "1990", Sex: "male"}, "age": {AgeIn: 2026, Age: 35, Sex: "male"},
		"age of the year": {AgeIn: 2026, Age: 36}, "a year off": {Birth: "1991"}, "unknown": {}, "ten years off": {Birth: "1980"}, "sex": {Birth: "1990", Sex: "female"},
		"no year": {Birth: "abcd"},
	} {
		scores[name] = Compare(base, named(p)).Score
	}
	for _, order := range [][2]string{{"same day", "same year"}, {"same year", "unknown"}, {"same year", "a year off"}, {"a year off", "unknown"}, {"unknown", "ten years off"}, {"unknown", "sex"}} {
		if scores[order[0]] <= scores[order[1]] {
			t.Errorf("%s scores %d, %s %d", order[0], scores[order[0]], order[1], scores[order[1]])
		}
	}
	for name, likely := range map[string]bool{"same day": true, "same year": true, "age": true, "age of the year": true, "a year off": true, "unknown": false, "no year": false, "ten years off": false, "sex": false} {
		if (scores[name] >= Likely) != likely {
			t.Errorf("%s scores %d", name, scores[name])
		}
	}
	for year := 1950; year < 1960; year++ {
		for off := range 8 {
			a, b := Features(Person{AgeIn: year, Age: 20}), Features(Person{AgeIn: year + off, Age: 20})
			if near := Compare(a, b).Agree; slices.Contains(near, KindEra) != (off <= 2) && off != 3 {
				t.Errorf("%d years apart agree in %v", off, near)
			}
		}
	}
}

func TestFeaturesAreAFunction(t *testing.T) {
	t.Parallel()
	p := Person{Names: []string{"สมชาย ใจดี", "Somchai Jaidee"}, Aliases: []string{"Kevin"}, Phones: []string{"0812345678"}, Birth: "1990-05-04", Sex: "male"}
	first := Features(p)
	slices.Reverse(p.Names)
	if again := Features(p); !slices.Equal(first, again) {
		t.Errorf("%v\n%v", first, again)
	}
	for _, f := range first {
		if !slices.Contains(Kinds(), f.Kind) || f.Value == "" || !utf8.ValidString(f.Value) {
			t.Errorf("feature %+v", f)
		}
	}
}

// TestAnythingCanBeAName feeds letters and marks of every script in any order.
func TestAnythingCanBeAName(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	blocks := []rune{0x0e00, 0x0e80, 0x1000, 0x1780, 0x0060, 0x00c0, 0x4e00, 0x0620}
	for range 20_000 {
		block := blocks[rnd.IntN(len(blocks))]
		name := make([]rune, 1+rnd.IntN(12))
		for i := range name {
			name[i] = block + rune(rnd.IntN(0x60))
			if rnd.IntN(8) == 0 {
				name[i] = []rune{' ', '\u200b', '.', 'a', '်', '์', '្'}[rnd.IntN(7)]
			}
		}
		for _, f := range Features(Person{Names: []string{string(name)}, Documents: []Document{{"passport", "MMR", string(name)}}, Phones: []string{string(name)}}) {
			if f.Value == "" {
				t.Fatalf("%q has an empty feature", string(name))
			}
		}
	}
}

func BenchmarkFeatures(b *testing.B) {
	p := Person{Names: []string{"สมชาย ใจดี", "Somchai Jaidee"}, Birth: "1990-05-04", Sex: "male", Phones: []string{"0812345678"}}
	for b.Loop() {
		Features(p)
	}
}
