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
	Needs Private `json:"needs"` // []Need
}

// EventType implements Event.
func (*UrgentNeedRecorded) EventType() string { return "frontline.urgent_need_recorded" }

// EventVersion implements Event.
func (*UrgentNeedRecorded) EventVersion() int { return 1 }

// Privates implements Event.
func (e *UrgentNeedRecorded) Privates() []*Private { return []*Private{&e.Needs} }

// OpenCase opens a case at the first contact.
type OpenCase struct {
	Reference string
	Province  string
	Incident  string // id of the operation or group in which the person was met; may be empty
	Needs     []Need
}

func (c OpenCase) decide(s State, r Request) ([]Event, error) {
	switch {
	case s.Exists:
		return nil, refused(s, "case.exists")
	case c.Reference == "" || c.Province == "" || r.By.Agency == "":
		return nil, invalid("case.incomplete")
	}
	opened := &CaseOpened{Reference: c.Reference, Agency: r.By.Agency, Province: c.Province, Incident: c.Incident}
	needs, err := urgent(c.Needs)
	if err != nil {
		return nil, err
	}
	return append([]Event{opened}, needs...), nil
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
	p, err := NewPrivate(ScopeSensitive, needs)
	if err != nil {
		return nil, err
	}
	return []Event{&UrgentNeedRecorded{Needs: p}}, nil
}
