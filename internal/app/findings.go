package app

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"songtor/domain"
	"songtor/projections/statistics"
	"songtor/schemas"
)

// answers are the items of a form by their keys, as decoded from JSON and validated against the form.
type answers map[string]any

// The keys that decisions and counts rest on. A test holds them against every open version of the form.
var (
	consentKeys = map[domain.Purpose]string{
		domain.ToScreening:   "b_consent_screening",
		domain.ToReferral:    "b_consent_referral",
		domain.ToSupport:     "b_consent_support",
		domain.ToCooperation: "b_consent_police_cooperation",
		domain.ToSharing:     "b_consent_data_sharing",
	}
	refusalKeys = map[domain.Purpose]string{
		domain.ToScreening:   "b_refusal_screening",
		domain.ToReferral:    "b_refusal_referral",
		domain.ToSupport:     "b_refusal_support",
		domain.ToCooperation: "b_refusal_police_cooperation",
		domain.ToSharing:     "b_refusal_data_sharing",
	}
	needKeys = []struct {
		key  string
		need domain.Need
	}{
		{"c_danger_now", domain.NeedSafety},
		{"c_threats", domain.NeedSafety},
		{"l_still_under_control", domain.NeedSafety},
		{"c_injury", domain.NeedMedical},
		{"c_urgent_medical", domain.NeedMedical},
		{"c_shelter_tonight", domain.NeedShelter},
		{"c_child_alone", domain.NeedChild},
		{"c_self_harm", domain.NeedSelfHarm},
	}
	wgKeys = [6]string{"e_vis", "e_hear", "e_mob", "e_cog", "e_sc", "e_com"}
)

const (
	languageKey     = "a_language"
	interpretedKey  = "a_interpreter"
	interpreterKey  = "a_interpreter_kind"
	witnessKey      = "b_witness"
	under18Key      = "d_under_18"
	ageKey          = "d_age_years"
	birthKey        = "d_birth_date"
	sexKey          = "d_sex"
	nationalityKey  = "d_nationality"
	exploitationKey = "i_exploitation"
)

// value returns the answer to an item, or nil where it was not answered.
func (a answers) value(key string) any {
	item, ok := a[key].(map[string]any)
	if !ok || item["state"] != "answered" {
		return nil
	}
	return item["value"]
}

func (a answers) text(key string) string {
	s, _ := a.value(key).(string)
	return s
}

func (a answers) whole(key string) *int {
	f, ok := a.value(key).(float64)
	if !ok {
		return nil
	}
	return new(int(f))
}

func (a answers) list(key string) []string {
	values, _ := a.value(key).([]any)
	var list []string
	for _, v := range values {
		if s, ok := v.(string); ok {
			list = append(list, s)
		}
	}
	return list
}

// consents are the answers to the questions for consent that were asked and answered, in the order of the purposes.
func (a answers) consents() []domain.Answer {
	var given []domain.Answer
	for _, p := range domain.Purposes() {
		agreed := a.text(consentKeys[p])
		if agreed != "yes" && agreed != "no" {
			continue // not asked, or could not be asked
		}
		given = append(given, domain.Answer{Purpose: p, Agreed: agreed == "yes", Details: domain.ConsentDetails{
			Language: a.text(languageKey), Interpreter: a.text(interpreterKey), Witness: a.text(witnessKey), Reason: a.text(refusalKeys[p]),
		}})
	}
	return given
}

func (a answers) needs() []domain.Need {
	var needs []domain.Need
	for _, k := range needKeys {
		if a.text(k.key) == "yes" && !slices.Contains(needs, k.need) {
			needs = append(needs, k.need)
		}
	}
	return needs
}

// washingtonGroup turns the states of the six items into the codes of the set: a refusal is 7, don't know is 9, not asked is missing.
func (a answers) washingtonGroup() domain.WGAnswers {
	var codes domain.WGAnswers
	for i, key := range wgKeys {
		item, _ := a[key].(map[string]any)
		switch item["state"] {
		case "answered":
			if level := a.whole(key); level != nil {
				codes[i] = *level
			}
		case "declined":
			codes[i] = domain.WGRefused
		case "unknown":
			codes[i] = domain.WGUnknown
		}
	}
	return codes
}

// observations collects what the form says about the elements of the two offences. Which item speaks of which element is written
// in the form itself.
func (a answers) observations(form *schemas.Form) domain.Observations {
	o := domain.Observations{
		Under18: a.text(under18Key), Age: a.whole(ageKey), WG: a.washingtonGroup(),
		Indicators: map[domain.Element][]string{},
	}
	for _, item := range form.Items() {
		e, ok := elementOf(item.Element)
		if !ok && item.ILO == 0 {
			continue
		}
		answer := a.text(item.Key)
		if item.ILO > 0 && answer == "yes" {
			o.ILO = append(o.ILO, strconv.Itoa(item.ILO))
		}
		if !ok || answer == "" {
			continue
		}
		o.Asked = append(o.Asked, e)
		if answer == "yes" {
			o.Indicators[e] = append(o.Indicators[e], item.Key)
		}
	}
	if forms := a.list(exploitationKey); forms != nil {
		o.Asked = append(o.Asked, domain.Exploiting)
		o.Indicators[domain.Exploiting] = forms
	}
	return o
}

// elementOf reads an item's annotation such as "s6.means.threat". The officer's own findings ("s6.means") are no indicators.
func elementOf(annotation string) (domain.Element, bool) {
	switch {
	case strings.HasPrefix(annotation, "s6.act."):
		return domain.Act, true
	case strings.HasPrefix(annotation, "s6.means."):
		return domain.Means, true
	case strings.HasPrefix(annotation, "s6_1.") && annotation != "s6_1.compel":
		return domain.Compulsion, true
	}
	return "", false
}

// categories are the coarse categories under which a person is counted. They are coarser than anything the form asks, so that what
// is sealed for counting tells as little as counting needs.
func (a answers) categories(f domain.Findings, at time.Time) statistics.Categories {
	return statistics.Categories{
		Sex:              sexCategory(a.text(sexKey)),
		AgeBand:          ageBand(a.age(at)),
		NationalityGroup: nationalityGroup(a.text(nationalityKey)),
		Exploitation:     a.exploitation(),
		Disability:       disabilityCategory(f.WG),
		Washington:       difficulties(a.washingtonGroup()),
		Language:         languageCategory(a.text(languageKey)),
		Interpreter:      a.interpreter(),
		Gaps:             a.gaps(),
	}
}

// difficulties are the answers to the six questions, each by itself.
func difficulties(codes domain.WGAnswers) []string {
	said := make([]string, len(codes))
	for i, code := range codes {
		switch {
		case code == domain.WGRefused:
			said[i] = "refused"
		case code == domain.WGUnknown:
			said[i] = "unknown"
		case code >= 1 && code <= 4:
			said[i] = strconv.Itoa(code)
		default:
			said[i] = "missing"
		}
	}
	return said
}

func languageCategory(code string) string {
	named := map[string]string{
		"": "unknown", "tha": "thai", "mya": "burmese", "khm": "khmer", "lao": "lao", "vie": "vietnamese", "zho": "chinese", "cmn": "chinese",
		"eng": "english",
	}[code]
	if named == "" {
		return "other"
	}
	return named
}

// interpreter is who interpreted, or that nobody did who was needed: a gap.
func (a answers) interpreter() string {
	switch kind := a.text(interpreterKey); {
	case kind == "professional_in_person", kind == "professional_remote", kind == "sign_language":
		return "professional"
	case kind != "":
		return "other"
	}
	switch a.text(interpretedKey) {
	case "not_needed":
		return "not_needed"
	case "needed_not_available":
		return "none"
	}
	return "unknown"
}

// gaps is how many of a hundred questions that had to be asked have no answer.
func (a answers) gaps() string {
	asked, without := 0, 0
	for key := range a {
		item, _ := a[key].(map[string]any)
		switch item["state"] {
		case "not_applicable", nil:
			continue
		case "unknown", "not_asked":
			without++
		}
		asked++
	}
	switch {
	case without*20 < asked:
		return "0-4"
	case without*5 < asked:
		return "5-19"
	}
	return "20+"
}

// age returns the age in years as said, or as it follows from a birth date of which perhaps only the year is known.
func (a answers) age(at time.Time) *int {
	if age := a.whole(ageKey); age != nil {
		return age
	}
	birth := a.text(birthKey)
	if len(birth) < len("2006") {
		return nil
	}
	year, err := strconv.Atoi(birth[:4])
	if err != nil {
		return nil
	}
	age := at.Year() - year
	if birth[4:] > at.Format("-01-02")[:len(birth)-4] {
		age--
	}
	return &age
}

func sexCategory(sex string) string {
	switch sex {
	case "female", "male":
		return sex
	case "intersex":
		return "other"
	}
	return "unknown"
}

// ageBand returns the age band of the Counter-Trafficking Data Collaborative.
func ageBand(age *int) string {
	if age == nil || *age < 0 {
		return "unknown"
	}
	for _, b := range []struct {
		upTo int
		band string
	}{{8, "0-8"}, {17, "9-17"}, {20, "18-20"}, {23, "21-23"}, {26, "24-26"}, {29, "27-29"}, {38, "30-38"}, {47, "39-47"}} {
		if *age <= b.upTo {
			return b.band
		}
	}
	return "48+"
}

func nationalityGroup(country string) string {
	switch country {
	case "", "XXA", "XXX":
		return "unknown"
	case "THA":
		return "thai"
	case "MMR":
		return "myanmar"
	case "KHM":
		return "cambodia"
	case "LAO":
		return "laos"
	case "VNM":
		return "vietnam"
	}
	c, known := schemas.Country(country)
	switch {
	case known && c.Region == "asia":
		return "other_asia"
	case known && c.Region == "africa":
		return "africa"
	}
	return "other"
}

// exploitation is the one category of all forms that were indicated.
func (a answers) exploitation() string {
	category := ""
	for _, form := range a.list(exploitationKey) {
		c := exploitationCategory(form)
		if category != "" && category != c {
			return "multiple"
		}
		category = c
	}
	item, _ := a[exploitationKey].(map[string]any)
	switch {
	case category != "":
		return category
	case item["state"] == "not_applicable":
		return "none_indicated"
	}
	return "unknown"
}

func exploitationCategory(form string) string {
	switch form {
	case "prostitution", "pornography", "sexual_other":
		return "sexual"
	case "forced_labour", "debt_bondage", "slavery":
		return "forced_labour"
	case "domestic_servitude":
		return "domestic"
	case "forced_begging":
		return "begging"
	case "forced_criminality":
		return "forced_criminality"
	case "unspecified":
		return "unknown"
	}
	return "other"
}

func disabilityCategory(r domain.WGResult) string {
	switch {
	case r.Disability3 == nil:
		return "missing"
	case *r.Disability3:
		return "yes"
	}
	return "no"
}
