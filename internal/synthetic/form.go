package synthetic

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Form is a screening as a client sends it: a line of a batch with its id, the body of a single call without.
type Form struct {
	ID         string         `json:"id,omitempty"`
	Form       string         `json:"form"`
	Version    int            `json:"version"`
	OccurredAt time.Time      `json:"occurred_at"`
	RecordedAt time.Time      `json:"recorded_at"`
	Province   string         `json:"province"`
	Incident   string         `json:"incident_id,omitempty"`
	Answers    map[string]any `json:"answers"`
}

// Body returns the form as the body of PUT /screenings/{id}.
func (f Form) Body() ([]byte, error) {
	f.ID = ""
	body, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("couldn't encode a synthetic form: %w", err)
	}
	return body, nil
}

// person is who a form is about.
type person struct {
	origin
	setting
	id       string
	name     []string
	female   bool
	age      int
	unsure   bool // the age is in doubt
	refuses  bool // an adult who does not agree to be screened
	victim   bool
	province string
	incident string
	document string // number of a passport, empty for none
	metAt    time.Time
}

// spelled is the person's name in Latin letters, nil where a part of it is written in Latin letters already.
func (p person) spelled() []string {
	var name []string
	for _, part := range p.name {
		latin, known := spellings[part]
		if !known {
			return nil
		}
		name = append(name, latin)
	}
	return name
}

func newPerson(r *rand.Rand, from []origin, metAt time.Time) person {
	p := person{id: uuidFrom(r), origin: pickOrigin(r, from), metAt: metAt, victim: chance(r, 75), province: pick(r, provinces)}
	p.setting = weighted(r, settings, func(s setting) int { return s.weight })
	p.female = chance(r, map[bool]int{true: 92, false: 38}[p.sexual])
	p.age = 16 + int(r.ExpFloat64()*11)
	if p.age > 70 {
		p.age = 70
	}
	if chance(r, 6) {
		p.age = 2 + r.IntN(14)
	}
	p.unsure = p.age >= 16 && p.age <= 19 && chance(r, 30)
	p.refuses = p.age >= 18 && !p.unsure && chance(r, 5)
	p.name = []string{pick(r, p.given)}
	if len(p.family) > 0 {
		p.name = append(p.name, pick(r, p.family))
	}
	if chance(r, 30) {
		p.document = "SYN" + digits(r, 7)
	}
	return p
}

// ofMany gives somebody out of thousands a name of their own, of which the end is made up. The caseload's people share a few names, of
// which each is to be found again; in a crowd of those everybody would be the likely double of hundreds.
func (p person) ofMany(r *rand.Rand) person {
	for i, word := range p.name {
		for range 3 {
			word += pick(r, syllables[p.script])
		}
		p.name[i] = word
	}
	return p
}

func (p person) adult() bool { return p.age >= 18 && !p.unsure }

func answered(value any) map[string]any { return map[string]any{"state": "answered", "value": value} }

func declined() map[string]any { return map[string]any{"state": "declined"} }

func yes(b bool) map[string]any {
	if b {
		return answered("yes")
	}
	return answered("no")
}

// form fills the form for a person: as much of it as a hurried officer would.
func (p person) form(r *rand.Rand) Form {
	a := map[string]any{}
	p.context(r, a)
	if !p.refuses {
		p.consent(r, a)
		p.identity(r, a)
		p.functioning(r, a)
		p.story(r, a)
		p.findings(a)
	}
	return Form{
		ID: p.id, Form: "screening", Version: 1, OccurredAt: p.metAt,
		RecordedAt: p.metAt.Add(time.Duration(20+r.IntN(70)) * time.Minute), Province: p.province, Incident: p.incident, Answers: a,
	}
}

func (p person) context(r *rand.Rand, a map[string]any) {
	a["a_place_kind"] = answered(pick(r, []string{"police_station", "identification_centre", "border_checkpoint", "shelter", "workplace"}))
	a["a_language"] = answered(p.language)
	a["a_interpreter"] = answered("not_needed")
	if p.nationality != "THA" {
		a["a_interpreter"] = answered("used")
		a["a_interpreter_kind"] = answered(pick(r, []string{"professional_remote", "professional_in_person", "community"}))
	}
	a["b_safe_place"] = yes(chance(r, 95))
	a["b_information_given"] = answered([]string{"purpose", "voluntary", "confidentiality", "not_conditional", "withdrawal"})
	a["b_consent_screening"] = yes(!p.refuses)
	a["c_danger_now"] = yes(chance(r, 8))
	a["c_urgent_medical"] = yes(chance(r, 12))
	a["c_shelter_tonight"] = yes(!p.refuses && chance(r, 45))
	switch {
	case p.unsure:
		a["d_under_18"] = answered("unsure")
	default:
		a["d_under_18"] = yes(p.age < 18)
	}
	a["d_sex"] = answered(map[bool]string{true: "female", false: "male"}[p.female])
	if p.refuses {
		a["b_refusal_screening"] = answered(pick(r, []string{"fear_of_exploiters", "wants_to_go_home", "fear_of_authorities"}))
	}
}

func (p person) consent(r *rand.Rand, a map[string]any) {
	for _, purpose := range []struct {
		key     string
		percent int
	}{{"referral", 93}, {"support", 95}, {"police_cooperation", 60}, {"data_sharing", 88}} {
		agrees := chance(r, purpose.percent)
		a["b_consent_"+purpose.key] = yes(agrees)
		if !agrees {
			a["b_refusal_"+purpose.key] = answered("fear_of_exploiters")
		}
	}
	if p.adult() {
		return
	}
	a["b_child_assent"] = yes(true)
	a["b_best_interests_adult"] = answered("child_protection_officer")
	a["j_company"] = answered(pick(r, []string{"unaccompanied", "separated", "with_relative", "with_parent"}))
	a["j_in_school"] = yes(chance(r, 40))
}

func (p person) identity(r *rand.Rand, a map[string]any) {
	a["d_name_said"] = answered(strings.Join(p.name, " "))
	a["d_name_script"] = answered(p.script)
	a["d_given_name"] = answered(p.name[0])
	if len(p.name) > 1 {
		a["d_family_name"] = answered(p.name[1])
	}
	if p.document != "" && p.nationality != "XXA" {
		a["d_documents"] = answered([]any{map[string]any{"kind": "passport", "number": p.document, "country": p.nationality}})
	}
	a["d_age_years"] = answered(p.age)
	a["d_age_basis"] = answered(pick(r, []string{"claimed", "documented", "estimated"}))
	a["d_nationality"] = answered(p.nationality)
	if p.adult() {
		a["d_under_18_during"] = yes(p.age < 20 && chance(r, 50))
	}
	a["d_contacts"] = answered([]any{map[string]any{
		"kind": "phone", "value": telephone(r), "whose": "self", "safe_to_call": chance(r, 60),
	}})
}

func (p person) functioning(r *rand.Rand, a map[string]any) {
	if p.age < 5 {
		return
	}
	for _, key := range []string{"e_vis", "e_hear", "e_mob", "e_cog", "e_sc", "e_com"} {
		level := 1
		switch n := r.IntN(100); {
		case n >= 98:
			level = 4
		case n >= 95:
			level = 3
		case n >= 82:
			level = 2
		}
		a[key] = answered(level)
		if chance(r, 2) {
			a[key] = declined()
		}
	}
}

func (p person) story(r *rand.Rand, a map[string]any) {
	seen := func(percent int) map[string]any { return yes(p.victim && chance(r, percent)) }
	a["f_act_procure"] = seen(85)
	a["f_act_bring_or_send"] = seen(80)
	a["f_act_detain"] = seen(55)
	a["f_narrative"] = answered("Synthetic account: a recruiter offered work through an acquaintance and arranged the journey.")
	if p.adult() {
		a["g_deception"] = seen(80)
		a["g_threat"] = seen(65)
		a["g_force"] = seen(30)
	}
	a["h_ilo_deception"] = seen(80)
	a["h_ilo_restriction_of_movement"] = seen(60)
	a["h_ilo_document_retention"] = seen(55)
	a["h_ilo_wage_withholding"] = seen(50)
	a["h_ilo_debt_bondage"] = seen(45)
	a["h_sector"] = answered(p.sector)
	a["h_work_kinds"] = answered([]string{p.work})
	a["h_narrative"] = answered("Synthetic account: " + strings.Repeat("long hours, little pay, no way to leave without permission; ", 2+r.IntN(4)))
	a["i_exploitation"] = map[string]any{"state": "not_applicable"}
	if p.victim {
		a["i_exploitation"] = answered([]string{p.exploitation})
	}
	a["i_sexual"] = yes(p.victim && p.sexual)
	a["i_forced_labour_or_services"] = yes(p.victim && p.labour)
	a["i_forced_criminality"] = yes(p.victim && p.criminal)
	if p.victim && p.labour {
		a["k_fear_of_injury"] = seen(60)
		a["k_documents_seized"] = seen(55)
		a["k_debt_burden"] = seen(45)
	}
	a["m_fear_of_return"] = yes(chance(r, 35))
	a["n_return"] = answered(pick(r, []string{"yes", "no", "undecided"}))
}

func (p person) findings(a map[string]any) {
	found := map[bool]string{true: "present", false: "absent"}[p.victim]
	a["o_act"], a["o_purpose"] = answered(found), answered(found)
	if p.adult() {
		a["o_means"] = answered(found)
	}
	if p.victim && p.labour {
		a["o_compel"] = answered("present")
	}
	a["o_result"] = yes(p.victim)
	a["p_told"] = answered([]string{"next_steps", "reflection_time", "legal_aid"})
}

// telephone is the number of a telephone that nobody has: no subscriber's number in Thailand begins with 1.
func telephone(r *rand.Rand) string {
	return fmt.Sprintf("+66 1%02d %03d %03d", r.IntN(100), r.IntN(1000), r.IntN(1000))
}

func digits(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + r.IntN(10))
	}
	return string(b)
}
