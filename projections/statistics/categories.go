package statistics

import (
	"fmt"
	"slices"
)

// Categories are the few coarse things that are counted of a person. They are the content of ScreeningRecorded.Categories,
// sealed under domain.ScopeStatistics. Each field takes one of its dimension's values and nothing else; those that older events do
// not have may be empty.
type Categories struct {
	Sex              string `json:"sex"`               // female, male, other, unknown
	AgeBand          string `json:"age_band"`          // years: 0-8, 9-17, 18-20, 21-23, 24-26, 27-29, 30-38, 39-47, 48+ (the bands of the Counter-Trafficking Data Collaborative), unknown
	NationalityGroup string `json:"nationality_group"` // thai, myanmar, cambodia, laos, vietnam, other_asia, africa, other, unknown
	Exploitation     string `json:"exploitation"`      // forced_criminality, sexual, forced_labour, domestic, begging, other, multiple, none_indicated, unknown
	Disability       string `json:"disability"`        // DISABILITY3 of the Washington Group: yes, no, missing

	Washington  []string `json:"washington,omitempty"`  // answers to the six questions in their order: 1 to 4, refused, unknown, missing
	Language    string   `json:"language,omitempty"`    // of the interview: thai, burmese, khmer, lao, vietnamese, chinese, english, other, unknown
	Interpreter string   `json:"interpreter,omitempty"` // not_needed, professional, other, none, unknown
	Gaps        string   `json:"gaps,omitempty"`        // questions without an answer, of a hundred: 0-4, 5-19, 20+
}

// dimension is something by which people are counted: the values that it may have.
type dimension struct {
	name   string
	values []string
}

var (
	sexes         = dimension{"sex", []string{"female", "male", "other", unknown}}
	ageBands      = dimension{"age_band", []string{"0-8", "9-17", "18-20", "21-23", "24-26", "27-29", "30-38", "39-47", "48+", unknown}}
	nationalities = dimension{"nationality_group", []string{"thai", "myanmar", "cambodia", "laos", "vietnam", "other_asia", "africa", "other", unknown}}
	exploitations = dimension{"exploitation", []string{"forced_criminality", "sexual", "forced_labour", "domestic", "begging", "other", "multiple", "none_indicated", unknown}}
	disabilities  = dimension{"disability", []string{"yes", "no", "missing"}}
	functioning   = dimension{"washington", []string{"1", "2", "3", "4", "refused", unknown, "missing"}}
	languages     = dimension{"language", []string{"", "thai", "burmese", "khmer", "lao", "vietnamese", "chinese", "english", "other", unknown}}
	interpreters  = dimension{"interpreter", []string{"", "not_needed", "professional", "other", "none", unknown}}
	gaps          = dimension{"gaps", []string{"", "0-4", "5-19", "20+"}}
)

const unknown = "unknown"

// Check reports the first field whose value is not one of its dimension, without the value.
func (c Categories) Check() error {
	type field struct {
		of    dimension
		value string
	}
	fields := []field{
		{sexes, c.Sex},
		{ageBands, c.AgeBand},
		{nationalities, c.NationalityGroup},
		{exploitations, c.Exploitation},
		{disabilities, c.Disability},
		{languages, c.Language},
		{interpreters, c.Interpreter},
		{gaps, c.Gaps},
	}
	for _, answer := range c.Washington {
		fields = append(fields, field{functioning, answer})
	}
	for _, f := range fields {
		if !slices.Contains(f.of.values, f.value) {
			return fmt.Errorf("category %s has an unknown value", f.of.name)
		}
	}
	return nil
}
