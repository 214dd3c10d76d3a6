// Package schemas holds the forms the service accepts, as data: the versions of
// the screening form with their texts, the Washington Group questions, the code
// lists and the crosswalks to other standards. It decodes and validates what a
// client submits.
//
// There is no Go struct of a form. The JSON Schema that is served to clients is
// the one that answers are validated with, so that a new form version is a change
// of data. A published version never changes: the checksums in published.sum are
// held by a test.
//
// Nothing in this package repeats an answer: a [Violation] carries a pointer and a
// keyword, and pointers contain only names that the form itself defines.
package schemas

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// ErrUnknownVersion is returned for a form version that does not exist.
var ErrUnknownVersion = errors.New("unknown form version")

// ErrUnknownLanguage is returned for a language a form has no texts in.
var ErrUnknownLanguage = errors.New("no texts in this language")

//go:embed manifest.json published.sum screening wgss codes crosswalk
var files embed.FS

// Form is one version of a form. It is safe for use by many goroutines.
type Form struct {
	Name     string // "screening"
	Version  int    // from 1
	Official bool   // whether an authority has adopted this text; false for a reconstruction
	Status   string // such as "reconstruction-1"
	Opened   string // the date, YYYY-MM-DD, from which the version is accepted
	Hash     string // hex SHA-256 of the bytes of Schema

	schema []byte
	items  []Item
	full   *jsonschema.Schema // judges a submission and names what is wrong
	rules  *rule              // accepts at once what full would accept
	doc    map[string]any     // the document full was compiled from
	root   *node              // the rules that JSON Schema cannot state
	names  map[string]bool    // every member name the form defines
	isItem map[string]bool    // the keys of items
}

// Screening returns a version of the screening form, or ErrUnknownVersion.
func Screening(version int) (*Form, error) {
	for _, f := range screeningVersions() {
		if f.Version == version {
			return f, nil
		}
	}
	return nil, fmt.Errorf("couldn't find screening form %d: %w", version, ErrUnknownVersion)
}

// ScreeningVersions returns every version of the screening form, oldest first.
func ScreeningVersions() []*Form {
	return append([]*Form(nil), screeningVersions()...)
}

// Schema returns a copy of the form's JSON Schema, byte for byte as published.
func (f *Form) Schema() []byte {
	return append([]byte(nil), f.schema...)
}

// languagesOfForms are those in which a form has every text, for whoever works with it.
var languagesOfForms = []string{"en", "th"}

// personLanguages are those in which a form has the texts that the person is shown and
// read most: Khmer, Lao, Burmese and Vietnamese.
var personLanguages = []string{"km", "lo", "my", "vi"}

// Text returns the form's labels in a language, or ErrUnknownLanguage. It is complete in
// Languages; in PersonLanguages it has what a person is shown. The member _status says
// that they are a draft and not official.
func (f *Form) Text(lang string) ([]byte, error) {
	if !slices.Contains(languagesOfForms, lang) && !slices.Contains(personLanguages, lang) {
		return nil, fmt.Errorf("couldn't find texts: %w", ErrUnknownLanguage)
	}
	b, err := files.ReadFile(f.dir() + "text." + lang + ".json")
	if err != nil {
		return nil, fmt.Errorf("couldn't read texts: %w", err)
	}
	return b, nil
}

// Languages returns the languages in which every text of the form is there.
func (f *Form) Languages() []string {
	return slices.Clone(languagesOfForms)
}

// PersonLanguages returns the further languages in which there are texts for the person.
func (f *Form) PersonLanguages() []string {
	return slices.Clone(personLanguages)
}

func (f *Form) dir() string {
	return f.Name + "/v" + strconv.Itoa(f.Version) + "/"
}

// WashingtonGroup returns the Washington Group Short Set as JSON: the questions word
// for word, their codes, source, date and permission status.
func WashingtonGroup() []byte {
	return mustRead("wgss/wgss.json")
}

// WashingtonGroupSince returns the day, or the month, from which the six questions have a reviewed text in a language such as "en", whose answers
// may enter published statistics; and false for a language in which there is none, or a draft only.
func WashingtonGroupSince(lang string) (string, bool) {
	since, reviewed := reviewedTexts()[lang]
	return since, reviewed
}

var reviewedTexts = sync.OnceValue(func() map[string]string {
	var set struct {
		Texts []struct {
			Lang       string `json:"lang"`
			Date       string `json:"date"`
			Statistics bool   `json:"statistics"`
		} `json:"texts"`
	}
	if err := json.Unmarshal(WashingtonGroup(), &set); err != nil {
		panic("schemas: the Washington Group Short Set: " + err.Error())
	}
	since := map[string]string{}
	for _, t := range set.Texts {
		if t.Statistics {
			since[t.Lang] = t.Date
		}
	}
	return since
})

// screeningVersions loads and compiles the embedded versions once. It panics on
// broken data, which the package's tests exclude.
var screeningVersions = sync.OnceValue(func() []*Form {
	var manifest struct {
		Forms []struct {
			Name     string `json:"name"`
			Version  int    `json:"version"`
			Status   string `json:"status"`
			Official bool   `json:"official"`
			Opened   string `json:"opened"`
		} `json:"forms"`
	}
	mustUnmarshal(mustRead("manifest.json"), &manifest)
	var forms []*Form
	for _, m := range manifest.Forms {
		f := &Form{Name: m.Name, Version: m.Version, Official: m.Official, Status: m.Status, Opened: m.Opened}
		if err := f.load(); err != nil {
			panic(err)
		}
		forms = append(forms, f)
	}
	return forms
})

func (f *Form) load() error {
	f.schema = mustRead(f.dir() + "schema.json")
	sum := sha256.Sum256(f.schema)
	f.Hash = hex.EncodeToString(sum[:])
	var published map[string]any
	if err := json.Unmarshal(f.schema, &published); err != nil {
		return fmt.Errorf("couldn't read form %s %d: %w", f.Name, f.Version, err)
	}
	return f.compile(published)
}

func mustRead(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("schemas: couldn't read embedded %s: %v", name, err))
	}
	return b
}

func mustUnmarshal(b []byte, v any) {
	if err := json.Unmarshal(b, v); err != nil {
		panic(fmt.Sprintf("schemas: couldn't decode embedded data: %v", err))
	}
}
