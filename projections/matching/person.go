package matching

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"songtor/domain"
	"songtor/internal/matching"
	"songtor/projections"
)

// The items of the form that name the person. They lie in the part sealed under domain.ScopeIdentity.
type identity struct {
	Said      jsontext.Value `json:"d_name_said"`
	Given     jsontext.Value `json:"d_given_name"`
	Family    jsontext.Value `json:"d_family_name"`
	Romanised jsontext.Value `json:"d_name_romanised"`
	Nickname  jsontext.Value `json:"d_nickname"`
	Alias     jsontext.Value `json:"d_alias"`
	Birth     jsontext.Value `json:"d_birth_date"`
	Documents jsontext.Value `json:"d_documents"`
	Contacts  jsontext.Value `json:"d_contacts"`
}

// The items of the form that say more of the person. They lie in the answers, sealed under domain.ScopeSensitive.
type answers struct {
	Sex       jsontext.Value `json:"d_sex"`
	Age       jsontext.Value `json:"d_age_years"`
	Interview jsontext.Value `json:"a_language"`
	Languages jsontext.Value `json:"d_languages"`
}

// answered is the answer to an item; the zero value where there is none or it is of another type than this projection knows. What
// cannot be compared is not compared, and stops nothing.
func answered[T any](item jsontext.Value) T {
	var answer struct {
		State string `json:"state"`
		Value T      `json:"value"`
	}
	if len(item) == 0 || json.Unmarshal(item, &answer) != nil || answer.State != "answered" {
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
		p.Age, p.AgeIn = *age, held.In(domain.Thailand).Year()
	}
	p.Documents, p.Phones = documents(id.Documents), phones(id.Contacts)
	return p
}

func documents(item jsontext.Value) []matching.Document {
	type document struct {
		Kind    string `json:"kind"`
		Country string `json:"country"`
		Number  string `json:"number"`
	}
	var all []matching.Document
	for _, d := range answered[[]document](item) {
		all = append(all, matching.Document(d))
	}
	return all
}

// phones are the person's own numbers. That of a relative or a helper is shared by many.
func phones(item jsontext.Value) []string {
	type contact struct {
		Kind  string `json:"kind"`
		Value string `json:"value"`
		Whose string `json:"whose"`
	}
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

// LanguageToken is the token by which the cases of a language are found: ISO 639-3.
func (p *Projection) LanguageToken(ctx context.Context, code string) ([]byte, error) {
	digests, err := p.blind(ctx, []Term{languageTerm(code)})
	if err != nil {
		return nil, fmt.Errorf("couldn't make the token of a language: %w", err)
	}
	return digests[0][:tokenSize], nil
}

func languageTerm(code string) Term { return Term{Kind: "language", Value: code} }

// form is what one screening tells of the person of a case.
type form struct {
	marks    []mark // sorted
	language []byte
	position uint64
}

// draft is a form whose terms have yet to become tokens.
type draft struct {
	event    domain.Event
	position uint64
	language string
	features []matching.Feature
}

// opened decodes an opened part; the zero value where it is closed or of another shape.
func opened[T any](part domain.Private) T {
	var v T
	if err := json.Unmarshal(part.Plain(), &v); err != nil {
		var none T
		return none
	}
	return v
}

// draftOf reads a screening's opened parts. What is closed or of another shape tells nothing.
func draftOf(f domain.Fact, names, rest domain.Private, position uint64) draft {
	id, a := opened[identity](names), opened[answers](rest)
	return draft{event: f.Event, position: position, language: a.language(), features: matching.Features(person(id, a, f.HappenedAt))}
}

func (d draft) terms() []Term {
	var terms []Term
	if d.language != "" {
		terms = append(terms, languageTerm(d.language))
	}
	for _, feature := range d.features {
		terms = append(terms, Term{Kind: string(feature.Kind), Value: feature.Value})
	}
	return terms
}

// form takes the tokens of the draft's terms from the front of digests and returns the rest. The form is nil where there is nothing
// in it.
func (d draft) form(digests [][]byte) (*form, [][]byte) {
	made := &form{position: d.position, language: []byte{}}
	if d.language != "" {
		made.language, digests = digests[0][:tokenSize], digests[1:]
	}
	for _, feature := range d.features {
		m := mark{kind: uint8(slices.Index(kinds, feature.Kind))}
		copy(m.token[:], digests[0])
		made.marks, digests = append(made.marks, m), digests[1:]
	}
	slices.SortFunc(made.marks, compareMarks)
	if len(made.marks) == 0 && len(made.language) == 0 {
		return nil, digests
	}
	return made, digests
}

// forms makes the forms of all screenings in a batch with one call for their tokens. A form is nil where there is nothing in it or it
// is closed for ever.
func (p *Projection) forms(ctx context.Context, told []domain.Commit) (map[domain.Event]*form, error) {
	var drafts []draft
	var terms []Term
	for i := range told {
		for _, f := range told[i].Facts {
			switch e := f.Event.(type) {
			case *domain.ScreeningRecorded:
				drafts = append(drafts, draftOf(f, e.Identity, e.Answers, told[i].Position))
			case *domain.ScreeningCorrected:
				drafts = append(drafts, draftOf(f, e.Identity, e.Answers, told[i].Position))
			default:
				continue
			}
			terms = append(terms, drafts[len(drafts)-1].terms()...)
		}
	}
	if len(terms) == 0 {
		return nil, nil
	}
	digests, err := p.blind(ctx, terms)
	if err != nil {
		return nil, fmt.Errorf("couldn't make blind indexes: %w: %w", projections.ErrRetry, err)
	}
	forms := make(map[domain.Event]*form, len(drafts))
	for _, d := range drafts {
		forms[d.event], digests = d.form(digests)
	}
	return forms, nil
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
