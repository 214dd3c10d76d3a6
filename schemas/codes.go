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
	Code    string `json:"code"`
	English string `json:"en"`
	Thai    string `json:"th"`
	// Kind is one of police, immigration, labour, interior, msdhs, shelter_government,
	// shelter_ngo, ngo, health, justice, committee, hotline.
	Kind      string `json:"kind"`
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
	// Entitlement is the status at which the service may start: "presumed", from
	// reasonable grounds on, or "identified".
	Entitlement string `json:"entitlement"`
	Urgent      bool   `json:"urgent"` // waits for nothing
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
)

func codeOf(e Code) string { return e.Code }

// Agencies returns the starting list of agencies.
func Agencies() []AgencyCode { return agencies().all() }

// Agency returns an agency by code.
func Agency(code string) (AgencyCode, bool) { return agencies().find(code) }

// Provinces returns the 77 provinces in the order of their codes.
func Provinces() []ProvinceCode { return provinces().all() }

// Province returns a province by its ISO 3166-2 code, such as "TH-10".
func Province(code string) (ProvinceCode, bool) { return provinces().find(code) }

// Countries returns all countries and territories, then XXA and XXX.
func Countries() []CountryCode { return countries().all() }

// Country returns a country by its alpha-3 code.
func Country(code string) (CountryCode, bool) { return countries().find(code) }

// Services returns the services a person may be referred to.
func Services() []ServiceCode { return services().all() }

// Service returns a service by code.
func Service(code string) (ServiceCode, bool) { return services().find(code) }

// Languages returns the languages by their ISO 639-3 codes.
func Languages() []Code { return languages().all() }

// Language returns a language by its ISO 639-3 code.
func Language(code string) (Code, bool) { return languages().find(code) }

// DeclineReasons returns why an agency may decline a referral.
func DeclineReasons() []Code { return declineReasons().all() }

// DeclineReason returns a reason by code.
func DeclineReason(code string) (Code, bool) { return declineReasons().find(code) }

// ExploitationForms returns the forms of exploitation.
func ExploitationForms() []ExploitationCode { return exploitations().all() }

// ExploitationForm returns a form of exploitation by code.
func ExploitationForm(code string) (ExploitationCode, bool) { return exploitations().find(code) }

// CodeLists returns the names that CodeList knows.
func CodeLists() []string {
	return []string{"agencies", "countries", "decline_reasons", "exploitation_forms", "languages", "provinces", "services"}
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
