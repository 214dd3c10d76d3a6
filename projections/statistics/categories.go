package statistics

import (
	"fmt"
	"slices"
	"strings"
)

// Categories are the few coarse things that are counted of a person. They are the content of ScreeningRecorded.Categories,
// sealed under domain.ScopeStatistics. Each field takes one of its dimension's values and nothing else.
type Categories struct {
	Sex              string `json:"sex"`               // female, male, other, unknown
	AgeBand          string `json:"age_band"`          // years: 0-8, 9-17, 18-20, 21-23, 24-26, 27-29, 30-38, 39-47, 48+ (the bands of the Counter-Trafficking Data Collaborative), unknown
	NationalityGroup string `json:"nationality_group"` // thai, myanmar, cambodia, laos, other_asia, africa, other, unknown
	Exploitation     string `json:"exploitation"`      // forced_criminality, sexual, forced_labour, begging, other, multiple, none_indicated, unknown
	Disability       string `json:"disability"`        // DISABILITY3 of the Washington Group: yes, no, missing
}

// dimension is something by which people are counted: its values in the order in which tables show them.
type dimension struct {
	name   string
	values []string
}

// The dimensions. Age is counted more coarsely than it is kept.
var (
	sexes         = dimension{"sex", []string{"female", "male", "other", unknown}}
	ageBands      = dimension{"age_band", []string{"0-8", "9-17", "18-20", "21-23", "24-26", "27-29", "30-38", "39-47", "48+", unknown}}
	ageGroups     = dimension{"age_group", []string{"0-17", "18-29", "30+", unknown}}
	nationalities = dimension{"nationality_group", []string{"thai", "myanmar", "cambodia", "laos", "other_asia", "africa", "other", unknown}}
	exploitations = dimension{"exploitation", []string{"forced_criminality", "sexual", "forced_labour", "begging", "other", "multiple", "none_indicated", unknown}}
	disabilities  = dimension{"disability", []string{"yes", "no", "missing"}}
	regions       = dimension{"region", []string{"bangkok", "central", "east", "northeast", "north", "west", "south", unknown}}
)

const unknown = "unknown"

// Check reports the first field whose value is not one of its dimension, without the value.
func (c Categories) Check() error {
	for _, field := range []struct {
		of    dimension
		value string
	}{
		{sexes, c.Sex},
		{ageBands, c.AgeBand},
		{nationalities, c.NationalityGroup},
		{exploitations, c.Exploitation},
		{disabilities, c.Disability},
	} {
		if !slices.Contains(field.of.values, field.value) {
			return fmt.Errorf("category %s has an unknown value", field.of.name)
		}
	}
	return nil
}

// ageGroup is the group in which an age band is counted.
func ageGroup(band string) string {
	switch band {
	case "0-8", "9-17":
		return "0-17"
	case "18-20", "21-23", "24-26", "27-29":
		return "18-29"
	case "30-38", "39-47", "48+":
		return "30+"
	}
	return unknown
}

// regionOf is the region of a province by the first digit of its code in ISO 3166-2:TH, as in "TH-50". The digits are those of
// the Department of Provincial Administration; Bangkok is a region by itself.
func regionOf(province string) string {
	code := strings.TrimPrefix(province, "TH-")
	if code == "10" {
		return "bangkok"
	}
	if len(code) != 2 {
		return unknown
	}
	switch code[0] {
	case '1':
		return "central"
	case '2':
		return "east"
	case '3', '4':
		return "northeast"
	case '5', '6':
		return "north"
	case '7':
		return "west"
	case '8', '9':
		return "south"
	}
	return unknown
}
