package release

import (
	"slices"

	"songtor/domain"
	"songtor/projections/statistics"
	"songtor/schemas"
)

const (
	unknown   = "unknown"
	notStated = "not_stated"
)

// dimensions are the categories of each, in the order in which tables show them. What is not known is a category of its own.
var dimensions = map[string][]string{
	"sex":         {"female", "male", notStated},
	"age":         {"0-17", "18-29", "30+", unknown},
	"nationality": {"thai", "myanmar", "cambodia", "laos", "other", unknown},
	"form":        {"forced_criminality", "sexual", "labour", "begging", "other", unknown},
	"region":      {"north", "northeast", "central", "east", "west", "south", unknown},
	"disability":  {"yes", "no", "missing"},
	"ground":      {string(domain.VictimOfTrafficking), string(domain.VictimOfForcedLabour), string(domain.VictimOfBoth), unknown},
	"language":    {"thai", "burmese", "khmer", "lao", "vietnamese", "chinese", "english", "other", unknown},
	"interpreter": {"not_needed", "professional", "other", "none", unknown},

	"age_band":    {"0-8", "9-17", "18-20", "21-23", "24-26", "27-29", "30-38", "39-47", "48+"},
	"form_detail": {"forced_labour", "domestic"},
	"province":    provinces(),

	"service_shelter": service, "service_health": service, "service_legal": service, "service_livelihood": service, "service_return": service,

	"outcome":       {"identified", "identified_before", "not_identified", "undetermined"},
	"days":          {"0-3", "4-7", "8-15", "16-30", "31+"},
	"grounds_found": {string(domain.GroundsYes), string(domain.GroundsNo), string(domain.GroundsUnclear)},
	"step":          {"refused", "met", "screened", "presumed", "identified", "served"},
	"refusal":       {"none", "screening", "referral", "support", "police_cooperation", "data_sharing", "several"},
	"batch":         {"alone", "with_others"},
	"agency":        {"police", "immigration", "labour", "interior", "msdhs", "ngo", "hotline", "other"},
	"result":        {"grounds", "no_grounds", "open"},
	"gaps":          {"0-4", "5-19", "20+", unknown},
	"disputed":      {"yes", "no"},
	"referral":      {string(domain.Accepted), string(domain.Done), string(domain.Declined), string(domain.Revoked), string(domain.Pending)},
	"late":          {"yes", "no"},
	"review":        {"changed", "upheld", "open"},
}

// Dimensions are the categories of each dimension, in the order in which tables show them.
func Dimensions() map[string][]string { return dimensions }

var service = []string{"not_asked", "delivered", "waiting", "declined", "not_wanted"}

// within says which dimensions divide the categories of another: each of their categories lies in one of its.
var within = map[string]string{"age_band": "age", "province": "region", "form_detail": "form"}

// divides lists the categories of a dimension that lie in a category of the one that it divides.
func divides(dimension, category string) []string {
	return slices.DeleteFunc(slices.Clone(dimensions[dimension]), func(c string) bool {
		switch dimension {
		case "age_band":
			return ageGroup(c) != category
		case "province":
			return regionOf(c) != category
		}
		return category != "labour"
	})
}

func provinces() []string {
	var codes []string
	for _, p := range schemas.Provinces() {
		codes = append(codes, p.Code)
	}
	return codes
}

// record is what is counted of a person in one universe: a category of each dimension.
type record map[string]string

// universes say who is in them in a period, and what is counted of them.
var universes = map[string]func(p *statistics.Person, in Period) (record, bool){
	"identified": identified,
	"decided":    decided,
	"concluded":  concluded,
	"met":        met,
	"screened":   screened,
	"referred":   referred,
	"reviewed":   reviewed,
}

func isVictim(result string) bool {
	return slices.Contains([]string{
		string(domain.VictimOfTrafficking), string(domain.VictimOfForcedLabour), string(domain.VictimOfBoth), string(domain.InProtection),
	}, result)
}

// lastOf is the last decision of a period, nil for none.
func lastOf(decisions []statistics.Decision, in Period) *statistics.Decision {
	var last *statistics.Decision
	for i := range decisions {
		if in.holds(decisions[i].On) {
			last = &decisions[i]
		}
	}
	return last
}

// foundBefore reports whether a person had been found to be a victim when a period began.
func foundBefore(p *statistics.Person, in Period) bool {
	return slices.ContainsFunc(p.Decisions, func(d statistics.Decision) bool {
		return isVictim(d.Result) && d.On < in.From.Format("2006-01-02")
	})
}

func identified(p *statistics.Person, in Period) (record, bool) {
	d := lastOf(p.Decisions, in)
	if d == nil || !isVictim(d.Result) || foundBefore(p, in) {
		return nil, false
	}
	r := said(p)
	r["region"], r["province"] = regionOf(p.Province), p.Province
	if r["ground"] = d.Result; d.Result == string(domain.InProtection) {
		r["ground"] = unknown
	}
	for _, group := range []string{"shelter", "health", "legal", "livelihood", "return"} {
		r["service_"+group] = serviceOf(p, group)
	}
	return r, true
}

// said is what a person said at the screening.
func said(p *statistics.Person) record {
	c := statistics.Categories{Disability: "missing"}
	if p.Said != nil {
		c = *p.Said
	}
	r := record{
		"sex": c.Sex, "age": ageGroup(c.AgeBand), "age_band": c.AgeBand, "disability": c.Disability,
		"nationality": nationality(c.NationalityGroup), "form": form(c.Exploitation), "form_detail": c.Exploitation,
		"language": known(c.Language), "interpreter": known(c.Interpreter), "gaps": known(c.Gaps),
	}
	if c.Sex != "female" && c.Sex != "male" {
		r["sex"] = notStated
	}
	return r
}

// textOf is in which language the texts are that somebody reads who is interviewed in one.
var textOf = map[string]string{"thai": "th", "burmese": "my", "khmer": "km", "lao": "lo", "vietnamese": "vi", "chinese": "zh", "english": "en"}

// inReviewedWords reports whether the Washington Group's questions had a reviewed text when and in the language in which a person was asked them. Where an
// interpreter put them into another language nobody knows the words, and the language of the interview stands for them.
func inReviewedWords(p *statistics.Person) bool {
	if p.Said == nil {
		return false
	}
	since, ok := schemas.WashingtonGroupSince(textOf[p.Said.Language])
	return ok && p.Screened >= since
}

func known(category string) string {
	if category == "" {
		return unknown
	}
	return category
}

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

func nationality(group string) string {
	switch group {
	case "thai", "myanmar", "cambodia", "laos":
		return group
	case "", unknown:
		return unknown
	}
	return "other"
}

func form(exploitation string) string {
	switch exploitation {
	case "forced_criminality", "sexual", "begging":
		return exploitation
	case "forced_labour", "domestic":
		return "labour"
	case "other", "multiple":
		return "other"
	}
	return unknown
}

func regionOf(province string) string {
	p, found := schemas.Province(province)
	if !found {
		return unknown
	}
	return p.Region
}

// serviceOf is what came of the services of a group: delivered where any was.
func serviceOf(p *statistics.Person, group string) string {
	best := "not_asked"
	rank := []string{"not_asked", "not_wanted", "declined", "waiting", "delivered"}
	for _, s := range p.Services {
		code, found := schemas.Service(s.What)
		if !found || code.Group != group {
			continue
		}
		now := map[string]string{
			string(domain.ServicePending): "waiting", string(domain.ServiceTaken): "waiting", string(domain.ServiceUnavailable): "declined",
			string(domain.ServiceGiven): "delivered", string(domain.ServiceUnwanted): "not_wanted",
		}[s.Status]
		if slices.Index(rank, now) > slices.Index(rank, best) {
			best = now
		}
	}
	return best
}

func decided(p *statistics.Person, in Period) (record, bool) {
	d := lastOf(p.Decisions, in)
	if d == nil {
		return nil, false
	}
	outcome := "undetermined"
	switch {
	case isVictim(d.Result) && foundBefore(p, in):
		outcome = "identified_before"
	case isVictim(d.Result):
		outcome = "identified"
	case d.Result == string(domain.NotAVictim):
		outcome = "not_identified"
	}
	return record{"outcome": outcome, "days": took(d.Days)}, true
}

func concluded(p *statistics.Person, in Period) (record, bool) {
	d := lastOf(p.Conclusions, in)
	if d == nil {
		return nil, false
	}
	return record{"grounds_found": d.Result, "days": took(d.Days)}, true
}

func took(days int) string {
	for _, band := range []struct {
		below int
		band  string
	}{{4, "0-3"}, {8, "4-7"}, {16, "8-15"}, {31, "16-30"}} {
		if days < band.below {
			return band.band
		}
	}
	return "31+"
}

func met(p *statistics.Person, in Period) (record, bool) {
	if !in.holds(p.Met) {
		return nil, false
	}
	r := record{"region": regionOf(p.Province), "step": step(p), "refusal": "none", "batch": "alone"}
	switch {
	case p.Stopped:
		r["refusal"] = "screening" // what else was refused does not matter any more
	case len(p.Refused) == 1:
		r["refusal"] = p.Refused[0]
	case len(p.Refused) > 1:
		r["refusal"] = "several"
	}
	if p.Batch {
		r["batch"] = "with_others"
	}
	return r, true
}

// step is the furthest that a person has come.
func step(p *statistics.Person) string {
	victim := slices.ContainsFunc(p.Decisions, func(d statistics.Decision) bool { return isVictim(d.Result) })
	served := slices.ContainsFunc(p.Services, func(r statistics.Request) bool { return r.Status == string(domain.ServiceGiven) })
	presumed := slices.ContainsFunc(p.Conclusions, func(d statistics.Decision) bool { return d.Result == string(domain.GroundsYes) })
	switch {
	case p.Stopped:
		return "refused"
	case victim && served:
		return "served"
	case victim:
		return "identified"
	case presumed:
		return "presumed"
	case p.Screened != "":
		return "screened"
	}
	return "met"
}

func screened(p *statistics.Person, in Period) (record, bool) {
	if !in.holds(p.Screened) {
		return nil, false
	}
	r := record{"agency": agencyKind(p.Agency), "gaps": said(p)["gaps"], "result": "open", "disputed": "no"}
	if n := len(p.Conclusions); n > 0 {
		switch p.Conclusions[n-1].Result {
		case string(domain.GroundsYes):
			r["result"] = "grounds"
		case string(domain.GroundsNo):
			r["result"] = "no_grounds"
		}
	}
	if p.Disputed {
		r["disputed"] = "yes"
	}
	return r, true
}

func agencyKind(code string) string {
	a, found := schemas.Agency(code)
	if !found || !slices.Contains(dimensions["agency"], a.Kind) {
		return "other"
	}
	return a.Kind
}

func referred(p *statistics.Person, in Period) (record, bool) {
	for _, r := range p.Referrals {
		if in.holds(r.On) {
			late := "no"
			if r.Late {
				late = "yes"
			}
			return record{"referral": r.Status, "late": late}, true
		}
	}
	return nil, false
}

func reviewed(p *statistics.Person, in Period) (record, bool) {
	for _, r := range p.Reviews {
		if in.holds(r.On) {
			result := "open"
			if r.Result != "" {
				result = r.Result
			}
			return record{"review": result}, true
		}
	}
	return nil, false
}
