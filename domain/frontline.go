package domain

import "slices"

// Need is an immediate need seen at the first contact. Meeting it never waits for screening, consent to referral or identification.
type Need string

// The immediate needs.
const (
	NeedSafety   Need = "safety"
	NeedMedical  Need = "medical"
	NeedShelter  Need = "shelter"
	NeedChild    Need = "child_alone"
	NeedSelfHarm Need = "self_harm"
	NeedOther    Need = "other"
)

// Needs lists the immediate needs.
func Needs() []Need {
	return []Need{NeedSafety, NeedMedical, NeedShelter, NeedChild, NeedSelfHarm, NeedOther}
}

// UrgentNeedRecorded says that something cannot wait. That it is urgent is clear, so that queues can sort by it; what it is, is not.
type UrgentNeedRecorded struct {
	v1
	Needs Private `json:"needs"` // []Need
}

// SafetyAssessed says that somebody looked at whether the person is safe where they are.
type SafetyAssessed struct {
	v1
	Urgent     bool    `json:"urgent"`
	Assessment Private `json:"assessment"` // Safety
}

// Danger says how safe a person is.
type Danger string

// The degrees of danger.
const (
	IsSafe   Danger = "safe"
	AtRisk   Danger = "at_risk"
	InDanger Danger = "in_danger"
)

// Dangers lists the degrees of danger.
func Dangers() []Danger { return []Danger{IsSafe, AtRisk, InDanger} }

// Safety is what was found about a person's safety, and what was done.
type Safety struct {
	Danger   Danger   `json:"danger"`
	From     []string `json:"from,omitempty"` // codes such as "employer", "debt", "family"
	Measures string   `json:"measures,omitempty"`
	// SafeContact says how the person may be reached without being put at risk.
	SafeContact string `json:"safe_contact,omitempty"`
}

// InformationGiven says that the person was told their rights: s.33 and s.34 of the Anti-Trafficking in Persons Act ask that they are
// told of protection with its time frames, of compensation and of legal aid.
type InformationGiven struct {
	v1
	Topics []string `json:"topics"` // codes
	How    Private  `json:"how"`    // Telling
}

// Telling is how a person was told something.
type Telling struct {
	Language    string `json:"language,omitempty"` // ISO 639-3
	Interpreter string `json:"interpreter,omitempty"`
	Understood  bool   `json:"understood"`
}

// EventType implements Event.
func (*UrgentNeedRecorded) EventType() string { return "frontline.urgent_need_recorded" }

// Privates implements Event.
func (e *UrgentNeedRecorded) Privates() []*Private { return []*Private{&e.Needs} }

// EventType implements Event.
func (*SafetyAssessed) EventType() string { return "frontline.safety_assessed" }

// Privates implements Event.
func (e *SafetyAssessed) Privates() []*Private { return []*Private{&e.Assessment} }

// EventType implements Event.
func (*InformationGiven) EventType() string { return "frontline.information_given" }

// Privates implements Event.
func (e *InformationGiven) Privates() []*Private { return []*Private{&e.How} }

// OpenCase opens a case at the first contact.
type OpenCase struct {
	Reference string
	Province  string
	Incident  string // id of the operation or group in which the person was met; may be empty
	Entry     int    // number on the list of the incident, from 1; 0 for none
	Needs     []Need
	Released  *Actor // who let the form that opens the case out of quarantine; nil where it was not there
}

func (c OpenCase) decide(s State, r Request) ([]Event, error) {
	switch {
	case s.Exists:
		return nil, refused(s, "case.exists")
	case c.Reference == "" || c.Province == "" || r.By.Agency == "" || c.Entry < 0:
		return nil, invalid("case.incomplete")
	}
	opened := &CaseOpened{
		Reference: c.Reference, Agency: r.By.Agency, Province: c.Province, Incident: c.Incident, Entry: c.Entry, Released: c.Released,
	}
	needs, err := urgent(c.Needs)
	if err != nil {
		return nil, err
	}
	return append([]Event{opened}, needs...), nil
}

// RecordNeeds records what cannot wait, at any time of an open case.
type RecordNeeds struct{ Needs []Need }

func (c RecordNeeds) decide(s State, _ Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	if len(c.Needs) == 0 {
		return nil, invalid("frontline.unknown_need")
	}
	return urgent(c.Needs)
}

// AssessSafety records how safe the person is.
type AssessSafety struct{ Safety }

func (c AssessSafety) decide(s State, _ Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	if !slices.Contains(Dangers(), c.Danger) {
		return nil, invalid("frontline.unknown_danger")
	}
	return []Event{&SafetyAssessed{Urgent: c.Danger == InDanger, Assessment: private(ScopeSensitive, c.Safety)}}, nil
}

// GiveInformation records that the person was told their rights. The topics are codes of the code list that the caller has checked.
type GiveInformation struct {
	Topics  []string
	Telling Telling
}

func (c GiveInformation) decide(s State, _ Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	if len(c.Topics) == 0 {
		return nil, invalid("frontline.no_topic")
	}
	return []Event{&InformationGiven{Topics: c.Topics, How: private(ScopeSensitive, c.Telling)}}, nil
}

func urgent(needs []Need) ([]Event, error) {
	if len(needs) == 0 {
		return nil, nil
	}
	for _, n := range needs {
		if !slices.Contains(Needs(), n) {
			return nil, invalid("frontline.unknown_need")
		}
	}
	return []Event{&UrgentNeedRecorded{Needs: private(ScopeSensitive, needs)}}, nil
}
