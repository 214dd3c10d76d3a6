package app

import (
	"encoding/json"
	"slices"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/identity"
	"songtor/schemas"
)

// sight is how far a reader sees into a case: the scopes that are opened for them and, for an agency that only received the case,
// the kinds of data that the sender let go along.
type sight struct {
	scopes []domain.Scope
	whole  []domain.Scope     // of them those that are seen whole, because they do not rest on having received the case
	only   []domain.DataClass // what went along; of the others no more is seen
	agency string             // of the reader
}

// classes are the scopes that a reader may be shown, with the action that shows them.
var classes = []struct {
	scope  domain.Scope
	action access.Action
}{
	{domain.ScopeIdentity, access.CaseReadIdentity},
	{domain.ScopeSensitive, access.CaseReadSensitive},
	{domain.ScopeLocation, access.CaseReadLocation},
	{domain.ScopeMedical, access.CaseReadMedical},
	{domain.ScopeLegal, access.CaseReadLegal},
}

// sightOf says how far somebody sees into a case as it is now.
func (s *Service) sightOf(p identity.Principal, h *history, now time.Time) sight {
	seen, asks, unsent := sight{agency: p.Agency, only: received(p.Agency, h.state, now)}, s.inquiry(s.subject(p), h), s.asIfNotReceived(p, h)
	for _, class := range classes {
		if asks.Decide(class.action) == nil {
			seen.scopes = append(seen.scopes, class.scope)
		}
	}
	for _, class := range classes {
		if slices.Contains(seen.scopes, class.scope) && unsent.Decide(class.action) == nil {
			seen.whole = append(seen.whole, class.scope) // each for itself: a broken glass may open one alone
		}
	}
	for _, scopes := range []*[]domain.Scope{&seen.scopes, &seen.whole} {
		if slices.Contains(*scopes, domain.ScopeSensitive) {
			*scopes = append(*scopes, domain.ScopeStatistics)
		}
	}
	return seen
}

// Openable is a class of a case that is not shown, and what its reader would have to ask for it for.
type Openable struct {
	Class    string           `json:"class"`
	Purposes []access.Purpose `json:"purposes"`
}

// openable are the classes that a sight does not show and that the same person may open, for a purpose that they name and signed in as
// surely as it takes.
func (s *Service) openable(p identity.Principal, h *history, seen sight) []Openable {
	found := []Openable{}
	by := surely(s.subject(p))
	for _, class := range classes {
		if slices.Contains(seen.scopes, class.scope) {
			continue
		}
		may := Openable{Class: string(class.scope)}
		for _, by.Purpose = range access.Purposes() {
			if s.inquiry(by, h).Decide(class.action) == nil {
				may.Purposes = append(may.Purposes, by.Purpose)
			}
		}
		if len(may.Purposes) > 0 {
			found = append(found, may)
		}
	}
	return found
}

// received are the kinds of data that went along to an agency with what it has accepted, none once the person's consent has lapsed.
func received(agency string, s domain.State, now time.Time) []domain.DataClass {
	if s.Lapsed(agency, now) {
		return nil
	}
	var classes []domain.DataClass
	for _, r := range s.Referrals {
		if r.To == agency && r.Status == domain.Accepted {
			classes = append(classes, r.Data...)
		}
	}
	for _, v := range s.Services {
		if v.Provider == agency && v.Status == domain.ServiceTaken {
			classes = append(classes, v.Data...)
		}
	}
	return classes
}

// sees reports whether the reader sees what is of a kind and sealed in a scope.
func (s sight) sees(class domain.DataClass, scope domain.Scope) bool {
	return slices.Contains(s.whole, scope) || slices.Contains(s.only, class)
}

// accused reports whether the reader may know whom the case accuses.
func (s sight) accused() bool { return s.sees(domain.DataDecisions, domain.ScopeSensitive) }

// location reports whether the reader may know where the person has shelter.
func (s sight) location() bool { return slices.Contains(s.scopes, domain.ScopeLocation) }

// item reports whether the reader sees the answer to an item.
func (s sight) item(i schemas.Item) bool {
	class, scope := kindOf(i)
	return slices.Contains(s.scopes, scope) && s.sees(class, scope)
}

// two are both answers of a disagreement, nil where the reader does not see them. Those to an item of a form are of the item's kind, whatever
// they are sealed in; the others are decisions.
func (s sight) two(on domain.Subject, two *domain.TwoAnswers) *domain.TwoAnswers {
	visible := s.sees(domain.DataDecisions, domain.ScopeSensitive)
	if on == domain.OnAnswer && two != nil {
		visible = s.item(itemOf(two.Question))
	}
	if !visible {
		return nil
	}
	return two
}

// service reports whether the reader knows which service was asked for: those who ask for it and give it do.
func (s sight) service(provider, by string) bool {
	return provider == s.agency || by == s.agency || s.sees(domain.DataDecisions, domain.ScopeSensitive)
}

// care reports whether the reader knows about health and functioning.
func (s sight) care() bool { return s.sees(domain.DataHealth, domain.ScopeSensitive) }

func (s sight) decisions(p domain.Private) json.RawMessage {
	if !s.sees(domain.DataDecisions, p.Scope) {
		return nil
	}
	return p.Plain()
}

// part is a personal part of an event that is no form. What a service is and how a referral went is for those who give it; a note for
// one agency is for that agency.
func (s sight) part(e domain.Event, p domain.Private) json.RawMessage {
	switch e := e.(type) {
	case *domain.NoteAdded:
		if e.Audience == domain.ForAgency && e.Agency != s.agency {
			return nil
		}
	case *domain.ServiceRequested:
		if s.service(e.Provider, e.By) {
			return p.Plain()
		}
	case *domain.DisagreementNoted:
		var two domain.TwoAnswers
		if p.Reveal(&two) != nil || s.two(e.Subject, &two) == nil {
			return nil
		}
		return p.Plain()
	case *domain.ReferralSent:
		if e.To == s.agency || e.From == s.agency {
			return p.Plain()
		}
	case *domain.ReferralDone:
		if e.To == s.agency || e.From == s.agency {
			return p.Plain()
		}
	case *domain.RepresentativeAppointed:
		if s.sees(domain.DataIdentity, p.Scope) {
			return p.Plain()
		}
		return nil
	}
	return s.decisions(p)
}

// form is all of a form's answers that the reader sees. Those on health are sealed apart, unless the form was taken before they were.
func (s sight) form(version int, rest, health domain.Private) json.RawMessage {
	return joined(s.items(version, rest), s.items(version, health))
}

// items leaves of a form's items those whose kind the reader sees, and null where that is none.
func (s sight) items(version int, p domain.Private) json.RawMessage {
	if slices.Contains(s.whole, p.Scope) || p.Plain() == nil {
		return p.Plain()
	}
	var all map[string]json.RawMessage
	form, err := schemas.Screening(version)
	if err != nil || p.Reveal(&all) != nil {
		return nil
	}
	seen := map[string]json.RawMessage{}
	for _, item := range form.Items() {
		class, _ := kindOf(item)
		if answer, ok := all[item.Key]; ok && slices.Contains(s.only, class) {
			seen[item.Key] = answer
		}
	}
	if len(seen) == 0 {
		return nil
	}
	encoded, err := json.Marshal(seen)
	if err != nil {
		return nil // values that were JSON always encode
	}
	return encoded
}

// healthKeys are the items on health outside the section on functioning. A test holds them against every open version of the form.
// They are sealed apart.
var healthKeys = []string{"c_injury", "c_urgent_medical", "c_pregnant", "c_self_harm", "c_medical_detail", "m_vulnerabilities"}

// contactKey is the item on how the person may be reached.
const contactKey = "d_contacts"

// functioning is the section with the Washington Group questions.
const functioning = "e"

// kindOf is the kind of data that an item asks for, and the scope in which its answer is sealed.
func kindOf(i schemas.Item) (domain.DataClass, domain.Scope) {
	switch {
	case i.Key == contactKey:
		return domain.DataContact, domain.ScopeIdentity
	case i.Class == schemas.ClassIdentity:
		return domain.DataIdentity, domain.ScopeIdentity
	case slices.Contains(healthKeys, i.Key):
		return domain.DataHealth, domain.ScopeMedical
	case i.Section == functioning:
		return domain.DataHealth, domain.ScopeSensitive
	}
	return domain.DataAnswers, domain.ScopeSensitive
}

// itemOf is the item of a key in the latest version of the form that has it.
func itemOf(key string) schemas.Item {
	for _, form := range slices.Backward(schemas.ScreeningVersions()) {
		for _, item := range form.Items() {
			if item.Key == key {
				return item
			}
		}
	}
	return schemas.Item{}
}
