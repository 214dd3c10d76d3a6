package matching

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"songtor/domain"
	"songtor/internal/matching"
)

// The items of the form that name the person. They lie in the part sealed under domain.ScopeIdentity.
type identity struct {
	Said      json.RawMessage `json:"d_name_said"`
	Given     json.RawMessage `json:"d_given_name"`
	Family    json.RawMessage `json:"d_family_name"`
	Romanised json.RawMessage `json:"d_name_romanised"`
	Nickname  json.RawMessage `json:"d_nickname"`
	Alias     json.RawMessage `json:"d_alias"`
	Birth     json.RawMessage `json:"d_birth_date"`
	Documents json.RawMessage `json:"d_documents"`
	Contacts  json.RawMessage `json:"d_contacts"`
}

// The items of the form that say more of the person. They lie in the answers, sealed under domain.ScopeSensitive.
type answers struct {
	Sex       json.RawMessage `json:"d_sex"`
	Age       json.RawMessage `json:"d_age_years"`
	Interview json.RawMessage `json:"a_language"`
	Languages json.RawMessage `json:"d_languages"`
}

// answered is the answer to an item; the zero value where there is none or it is of another type than this projection knows. What
// cannot be compared is not compared, and stops nothing.
func answered[T any](item json.RawMessage) T {
	var answer struct {
		State string `json:"state"`
		Value T      `json:"value"`
	}
	if err := json.Unmarshal(item, &answer); err != nil || answer.State != "answered" {
		var none T
		return none
	}
	return answer.Value
}

// person is who the two opened parts of a screening speak of.
func person(id identity, a answers, held time.Time) matching.Person {
	given, family := answered[string](id.Given), answered[string](id.Family)
	p := matching.Person{
		Aliases: []string{answered[string](id.Nickname), answered[string](id.Alias), given, family},
		Names:   []string{answered[string](id.Said), answered[string](id.Romanised)},
		Birth:   answered[string](id.Birth),
		Sex:     answered[string](a.Sex),
	}
	if given != "" && family != "" {
		p.Names = append(p.Names, given+" "+family)
	}
	if p.Sex == "intersex" {
		p.Sex = "other"
	}
	if age := answered[*int](a.Age); age != nil {
		p.Age, p.AgeIn = *age, held.In(thailand).Year()
	}
	p.Documents, p.Phones = documents(id.Documents), phones(id.Contacts)
	return p
}

// thailand is the time zone of the years: UTC+7 all year.
var thailand = time.FixedZone("Asia/Bangkok", 7*60*60)

func documents(item json.RawMessage) []matching.Document {
	type document struct{ Kind, Country, Number string }
	var all []matching.Document
	for _, d := range answered[[]document](item) {
		all = append(all, matching.Document(d))
	}
	return all
}

// phones are the person's own numbers. That of a relative or a helper is shared by many.
func phones(item json.RawMessage) []string {
	type contact struct{ Kind, Value, Whose string }
	var all []string
	for _, c := range answered[[]contact](item) {
		if c.Whose == "self" && (c.Kind == "phone" || c.Kind == "messaging") {
			all = append(all, c.Value)
		}
	}
	return all
}

// language is the language in which the person was spoken to, or the first of those spoken: ISO 639-3, empty where unknown.
func (a answers) language() string {
	for _, code := range append([]string{answered[string](a.Interview)}, answered[[]string](a.Languages)...) {
		if code != "" && code != "und" && code != "mis" {
			return code
		}
	}
	return ""
}

// tokenSize is the length of a blind token. Of two million tokens no two different values meet by chance.
const tokenSize = 16

type token [tokenSize]byte

// mark is a feature as it is kept: the place of its kind in matching.Kinds, and its token.
type mark struct {
	kind  uint8
	token token
}

const markSize = 1 + tokenSize

func compareMarks(a, b mark) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), bytes.Compare(a.token[:], b.token[:]))
}

func (p *Projection) token(kind, value string) (t token) {
	copy(t[:], p.blind(kind, value))
	return t
}

// LanguageToken is the token by which the cases of a language are found: ISO 639-3.
func (p *Projection) LanguageToken(code string) []byte {
	t := p.token("language", code)
	return t[:]
}

// form is what one screening tells of the person of a case.
type form struct {
	marks    []mark // sorted
	language []byte
	position uint64
}

// read makes a form of a screening's opened parts, nil where there is nothing in them or they are closed for ever.
func (p *Projection) read(names, rest domain.Private, f domain.Fact, position uint64) *form {
	var id identity
	var a answers
	_ = names.Reveal(&id) // what is closed or of another shape tells nothing
	_ = rest.Reveal(&a)
	made := &form{position: position, language: []byte{}}
	if code := a.language(); code != "" {
		made.language = p.LanguageToken(code)
	}
	for _, feature := range matching.Features(person(id, a, f.HappenedAt)) {
		kind := slices.Index(kinds, feature.Kind)
		made.marks = append(made.marks, mark{uint8(kind), p.token(string(feature.Kind), feature.Value)})
	}
	slices.SortFunc(made.marks, compareMarks)
	if len(made.marks) == 0 && len(made.language) == 0 {
		return nil
	}
	return made
}

var kinds = matching.Kinds()

func (f *form) pack() []byte {
	packed := make([]byte, 0, len(f.marks)*markSize)
	for _, m := range f.marks {
		packed = append(append(packed, m.kind), m.token[:]...)
	}
	return packed
}

func unpack(packed []byte) []mark {
	marks := make([]mark, 0, len(packed)/markSize)
	for ; len(packed) >= markSize; packed = packed[markSize:] {
		m := mark{kind: packed[0]}
		copy(m.token[:], packed[1:])
		marks = append(marks, m)
	}
	return marks
}

// tally compares two sorted lists of marks.
func tally(a, b []mark) (t matching.Tally) {
	for len(a) > 0 || len(b) > 0 {
		order := 0
		switch {
		case len(a) == 0:
			order = 1
		case len(b) == 0:
			order = -1
		default:
			order = compareMarks(a[0], b[0])
		}
		if order <= 0 {
			t.A.Add(int(a[0].kind))
		}
		if order >= 0 {
			t.B.Add(int(b[0].kind))
		}
		switch {
		case order < 0:
			a = a[1:]
		case order > 0:
			b = b[1:]
		default:
			t.Both.Add(int(a[0].kind))
			a, b = a[1:], b[1:]
		}
	}
	return t
}
