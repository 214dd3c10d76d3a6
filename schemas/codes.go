package schemas

import (
	"encoding/json"
	"slices"
	"sync"
)

// Code is an entry of a code list.
type Code struct {
	Code    string `json:"code"`
	English string `json:"en"`
	Thai    string `json:"th"`
}

// AgencyCode is an agency that takes part in the mechanism.
type AgencyCode struct {
	Code      string `json:"code"`
	English   string `json:"en"`
	Thai      string `json:"th"`
	Kind      string `json:"kind"`      // one of AgencyKinds
	Province  string `json:"province"`  // ISO 3166-2 code, or "" for one that is not bound to a province
	Synthetic bool   `json:"synthetic"` // invented, for trials
}

// ProvinceCode is a province of Thailand, by ISO 3166-2.
type ProvinceCode struct {
	Code    string `json:"code"`
	English string `json:"en"`
	Thai    string `json:"th"`
	HASC    string `json:"hasc"`   // the identifier that map data uses
	Region  string `json:"region"` // north, northeast, west, central, east or south
}

// CountryCode is a country or territory by ISO 3166-1 alpha-3, or XXA (stateless) or
// XXX (unknown).
type CountryCode struct {
	Code    string `json:"code"`
	English string `json:"en"`
	Thai    string `json:"th"`
	Alpha2  string `json:"alpha_2"` // "" for XXA and XXX
	Region  string `json:"region"`  // africa, americas, asia, europe, oceania, other or unknown
}

// ServiceCode is a service that a person may be referred to.
type ServiceCode struct {
	Code    string `json:"code"`
	English string `json:"en"`
	Thai    string `json:"th"`
	// Group is protection, shelter, basic, health, access, legal, status, livelihood or
	// return.
	Group string `json:"group"`
	// Entitlement is the status at which the service may start: "presumed", from
	// reasonable grounds on, or "identified".
	Entitlement string `json:"entitlement"`
	Urgent      bool   `json:"urgent"` // waits for nothing
	// NeedsConsent says that the service starts only with the person's consent to this
	// very service.
	NeedsConsent bool `json:"needs_consent"`
	Foreign      Note `json:"foreign"` // what is particular for a foreign national; zero where nothing is
	Child        Note `json:"child"`   // what is particular for a child; zero where nothing is
}

// Note is a sentence for people.
type Note struct {
	English string `json:"en"`
	Thai    string `json:"th"`
}

// FundItemCode is what the Anti-Human Trafficking Fund pays for.
type FundItemCode struct {
	Code    string `json:"code"`
	English string `json:"en"`
	Thai    string `json:"th"`
	Number  int    `json:"number"` // on the fund's claim form, from 1
	// Individual says that kind and amount are approved one by one.
	Individual bool `json:"individual"`
}

// LinkKindCode is how two people are connected.
type LinkKindCode struct {
	Code     string `json:"code"`
	English  string `json:"en"`
	Thai     string `json:"th"`
	Directed bool   `json:"directed"` // reads differently from its other end
	Reverse  Note   `json:"reverse"`  // how it reads from there; zero unless Directed
}

// InformationTopicCode is something a person must be told.
type InformationTopicCode struct {
	Code    string `json:"code"`
	English string `json:"en"`
	Thai    string `json:"th"`
	Basis   string `json:"basis"` // a section of the Act, or the principle it follows from
}

// accommodation is an adjustment for a person with a difficulty in functioning.
type accommodation struct {
	Code
	For []difficulty `json:"for"`
}

// difficulty is a domain of the Washington Group Short Set, named as in WashingtonGroup,
// with the answers at which something is offered.
type difficulty struct {
	Domain string `json:"domain"`
	Levels []int  `json:"levels"` // 2 some difficulty, 3 a lot of difficulty, 4 cannot do at all
}

// ExploitationCode is a form of exploitation.
type ExploitationCode struct {
	Code    string `json:"code"`
	English string `json:"en"`
	Thai    string `json:"th"`
	Group   string `json:"group"` // the coarse form used in statistics
}

// list is a code list with an index.
type list[T any] struct {
	entries []T
	byCode  map[string]T
}

func (l *list[T]) all() []T {
	return slices.Clone(l.entries)
}

func (l *list[T]) find(code string) (T, bool) {
	e, ok := l.byCode[code]
	return e, ok
}

func load[T any](name string, code func(T) string) *list[T] {
	var data struct {
		Items []T `json:"items"`
	}
	mustUnmarshal(mustRead("codes/"+name+".json"), &data)
	l := &list[T]{entries: data.Items, byCode: make(map[string]T, len(data.Items))}
	for _, e := range data.Items {
		l.byCode[code(e)] = e
	}
	return l
}

var (
	agencies  = sync.OnceValue(func() *list[AgencyCode] { return load("agencies", func(e AgencyCode) string { return e.Code }) })
	provinces = sync.OnceValue(func() *list[ProvinceCode] {
		return load("provinces", func(e ProvinceCode) string { return e.Code })
	})
	countries      = sync.OnceValue(func() *list[CountryCode] { return load("countries", func(e CountryCode) string { return e.Code }) })
	services       = sync.OnceValue(func() *list[ServiceCode] { return load("services", func(e ServiceCode) string { return e.Code }) })
	languages      = sync.OnceValue(func() *list[Code] { return load("languages", codeOf) })
	declineReasons = sync.OnceValue(func() *list[Code] { return load("decline_reasons", codeOf) })
	exploitations  = sync.OnceValue(func() *list[ExploitationCode] {
		return load("exploitation_forms", func(e ExploitationCode) string { return e.Code })
	})
	serviceDeclines = sync.OnceValue(func() *list[Code] { return load("service_decline_reasons", codeOf) })
	fundItems       = sync.OnceValue(func() *list[FundItemCode] { return load("fund_items", func(e FundItemCode) string { return e.Code }) })
	claimKinds      = sync.OnceValue(func() *list[Code] { return load("claim_kinds", codeOf) })
	incidentKinds   = sync.OnceValue(func() *list[Code] { return load("incident_kinds", codeOf) })
	linkKinds       = sync.OnceValue(func() *list[LinkKindCode] { return load("link_kinds", func(e LinkKindCode) string { return e.Code }) })
	topics          = sync.OnceValue(func() *list[InformationTopicCode] {
		return load("information_topics", func(e InformationTopicCode) string { return e.Code })
	})
	accommodations = sync.OnceValue(func() *list[accommodation] {
		return load("accommodations", func(e accommodation) string { return e.Code.Code })
	})
)

func codeOf(e Code) string { return e.Code }

// Agencies returns the starting list of agencies.
func Agencies() []AgencyCode { return agencies().all() }

// Agency returns an agency by code.
func Agency(code string) (AgencyCode, bool) { return agencies().find(code) }

// AgencyKinds returns the kinds of agency.
func AgencyKinds() []string {
	return []string{
		"police", "immigration", "labour", "interior", "msdhs", "shelter_government", "shelter_ngo", "ngo", "health", "justice", "committee", "hotline",
	}
}

// Provinces returns the 77 provinces in the order of their codes.
func Provinces() []ProvinceCode { return provinces().all() }

// Province returns a province by its ISO 3166-2 code, such as "TH-10".
func Province(code string) (ProvinceCode, bool) { return provinces().find(code) }

// Country returns a country by its alpha-3 code.
func Country(code string) (CountryCode, bool) { return countries().find(code) }

// Services returns the services a person may be referred to.
func Services() []ServiceCode { return services().all() }

// Service returns a service by code.
func Service(code string) (ServiceCode, bool) { return services().find(code) }

// Language returns a language by its ISO 639-3 code.
func Language(code string) (Code, bool) { return languages().find(code) }

// DeclineReason returns a reason by code.
func DeclineReason(code string) (Code, bool) { return declineReasons().find(code) }

// ExploitationForms returns the forms of exploitation.
func ExploitationForms() []ExploitationCode { return exploitations().all() }

// ServiceDeclineReasons returns why a provider may decline to give a service.
func ServiceDeclineReasons() []Code { return serviceDeclines().all() }

// ServiceDeclineReason returns a provider's reason by code.
func ServiceDeclineReason(code string) (Code, bool) { return serviceDeclines().find(code) }

// FundItems returns what the Anti-Human Trafficking Fund pays for, in the order of its
// claim form.
func FundItems() []FundItemCode { return fundItems().all() }

// FundItem returns an item of the fund's claim form by code.
func FundItem(code string) (FundItemCode, bool) { return fundItems().find(code) }

// ClaimKinds returns the ways to money for a person who was exploited.
func ClaimKinds() []Code { return claimKinds().all() }

// ClaimKind returns a kind of claim by code.
func ClaimKind(code string) (Code, bool) { return claimKinds().find(code) }

// IncidentKinds returns how an agency may meet the people of an incident.
func IncidentKinds() []Code { return incidentKinds().all() }

// IncidentKind returns a kind of incident by code.
func IncidentKind(code string) (Code, bool) { return incidentKinds().find(code) }

// LinkKinds returns how two people may be connected.
func LinkKinds() []LinkKindCode { return linkKinds().all() }

// LinkKind returns a kind of link by code.
func LinkKind(code string) (LinkKindCode, bool) { return linkKinds().find(code) }

// InformationTopics returns what a person must be told.
func InformationTopics() []InformationTopicCode { return topics().all() }

// InformationTopic returns a topic by code.
func InformationTopic(code string) (InformationTopicCode, bool) { return topics().find(code) }

// Accommodation returns an adjustment for a person with a difficulty in functioning by
// code.
func Accommodation(code string) (Code, bool) {
	a, ok := accommodations().find(code)
	return a.Code, ok
}

// Accommodations returns what to offer a person who gave these answers to the six
// Washington Group questions, in the order of the list. Answers other than 2 (some
// difficulty), 3 (a lot of difficulty) and 4 (cannot do at all) call for nothing.
func Accommodations(answers [6]int) []Code {
	var offered []Code
	for _, a := range accommodations().entries {
		if slices.ContainsFunc(a.For, func(d difficulty) bool { return d.met(answers) }) {
			offered = append(offered, a.Code)
		}
	}
	return offered
}

func (d difficulty) met(answers [6]int) bool {
	i := slices.Index(functioning, d.Domain)
	return i >= 0 && slices.Contains(d.Levels, answers[i])
}

// functioning are the domains of the Washington Group Short Set in the order of its
// questions.
var functioning = []string{"seeing", "hearing", "mobility", "cognition", "self-care", "communication"}

// CodeLists returns the names that CodeList knows.
func CodeLists() []string {
	return []string{
		"accommodations", "agencies", "claim_kinds", "countries", "decline_reasons", "exploitation_forms", "fund_items", "incident_kinds",
		"information_topics", "languages", "link_kinds", "provinces", "service_decline_reasons", "services",
	}
}

// CodeList returns a code list as JSON, {"_about": …, "items": […]}, for clients.
func CodeList(name string) (json.RawMessage, bool) {
	if !slices.Contains(CodeLists(), name) {
		return nil, false
	}
	return mustRead("codes/" + name + ".json"), true
}

// hasCode tells whether a code is in the list that a form names with x-codes. The list
// "items" is the form's own.
func (f *Form) hasCode(list, code string) bool {
	var ok bool
	switch list {
	case "agencies":
		_, ok = Agency(code)
	case "countries":
		_, ok = Country(code)
	case "languages":
		_, ok = Language(code)
	case "provinces":
		_, ok = Province(code)
	case "services":
		_, ok = Service(code)
	case "items":
		ok = f.isItem[code]
	}
	return ok
}
