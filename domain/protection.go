package domain

import (
	"slices"
	"time"
)

// Entitlement is from which standing on a service may be given.
type Entitlement string

// The entitlements.
const (
	FromPresumed   Entitlement = "presumed"   // from reasonable grounds on
	FromIdentified Entitlement = "identified" // from formal identification on
)

// Entitlements lists what the person is entitled to now, besides urgent services, which wait for nothing.
func (s State) Entitlements() []Entitlement {
	switch {
	case s.presumed() && s.identified():
		return []Entitlement{FromPresumed, FromIdentified}
	case s.presumed():
		return []Entitlement{FromPresumed}
	}
	return []Entitlement{}
}

// ServiceStatus says how far a service has come.
type ServiceStatus string

// The statuses of a service.
const (
	ServicePending     ServiceStatus = "requested"
	ServiceTaken       ServiceStatus = "accepted"
	ServiceUnavailable ServiceStatus = "declined"
	ServiceGiven       ServiceStatus = "delivered"
	ServiceUnwanted    ServiceStatus = "refused_by_person"
	ServiceReplaced    ServiceStatus = "replaced"   // declined, and asked of another provider
	ServiceTakenBack   ServiceStatus = "taken_back" // by the mechanism
)

func (s ServiceStatus) open() bool { return s == ServicePending || s == ServiceTaken }

// Service is a service asked of a provider.
type Service struct {
	ID         string
	Code       string // of the list of services; empty while its sealed part has not been opened
	By         string // agency that asked
	Provider   string // agency
	Urgent     bool
	Data       []DataClass // what the provider may open when it has accepted
	Status     ServiceStatus
	Answer     Deadline
	AnsweredAt time.Time
}

// Placement is where a person has shelter. The place itself is sealed in a class of its own.
type Placement struct {
	ID       string
	Provider string // agency
	Since    time.Time
}

// Review is something agreed or assessed that is looked at again.
type Review struct {
	ID   string
	Next Deadline
}

// ReturnStatus says how far a return has come; empty where none was arranged.
type ReturnStatus string

// The statuses of a return.
const (
	ReturnAgreed    ReturnStatus = "arranged"
	ReturnDone      ReturnStatus = "completed"
	setByAssessment              = "set in the assessment"
	setInPlan                    = "agreed in the plan"
)

// PlanAgreed says that a protection plan was agreed with the person.
type PlanAgreed struct {
	v1
	Plan   string     `json:"plan"`
	DueAt  *time.Time `json:"due_at,omitempty"` // of its review
	Source string     `json:"limit_source,omitempty"`
	Agreed Private    `json:"agreed"` // Plan
}

// Plan is what was agreed.
type Plan struct {
	Goals   string `json:"goals"`
	Actions string `json:"actions"`
	// Wishes are what the person said they want: s.33 of the Act asks that their opinion is sought.
	Wishes string `json:"wishes"`
}

// ServiceRequested says that a provider was asked for a service.
type ServiceRequested struct {
	v1
	Service  string      `json:"service"` // id
	By       string      `json:"by"`
	Provider string      `json:"provider"`
	Urgent   bool        `json:"urgent"`
	Replaces string      `json:"replaces,omitempty"` // id of the declined service that this one takes the place of
	Data     []DataClass `json:"data,omitempty"`
	DueAt    *time.Time  `json:"due_at,omitempty"`
	Source   string      `json:"limit_source,omitempty"`
	Code     Private     `json:"code"` // string, of the list of services, sealed for counting
	Note     Private     `json:"note,omitzero"`
}

// ServiceAccepted says that the provider will give it.
type ServiceAccepted struct {
	open
	Service  string `json:"service"`
	Provider string `json:"provider"`
}

// ServiceDeclined says that the provider will not.
type ServiceDeclined struct {
	v1
	Service  string        `json:"service"`
	Provider string        `json:"provider"`
	Reason   DeclineReason `json:"reason"`
	Note     Private       `json:"note,omitzero"` // string
}

// ServiceDelivered says that the person has had it.
type ServiceDelivered struct {
	v1
	Service  string  `json:"service"`
	Provider string  `json:"provider"`
	Outcome  Private `json:"outcome,omitzero"` // string
}

// ServiceRefusedByPerson says that the person did not want it. Nothing else follows from that.
type ServiceRefusedByPerson struct {
	v1
	Service string  `json:"service"`
	Reason  Private `json:"reason,omitzero"` // string
}

// ServiceWithdrawn says that the service is no longer asked of the provider.
type ServiceWithdrawn struct {
	open
	Service  string `json:"service"`
	Provider string `json:"provider"`
}

// ShelterPlaced says that the person was given shelter.
type ShelterPlaced struct {
	v1
	Placement string  `json:"placement"`
	Provider  string  `json:"provider"`
	Location  Private `json:"location"` // string, ScopeLocation
}

// ShelterLeft says that the person is no longer there.
type ShelterLeft struct {
	open
	Placement string      `json:"placement"`
	Reason    LeaveReason `json:"reason"`
}

// LeaveReason says why a person left a shelter.
type LeaveReason string

// The reasons for leaving a shelter. Nobody is held: a person may leave at their own wish.
const (
	OwnWish       LeaveReason = "own_wish"
	MovedOn       LeaveReason = "moved_to_other_shelter"
	WentHome      LeaveReason = "returned"
	Reintegrated  LeaveReason = "reintegrated"
	LeftUntraced  LeaveReason = "left_without_word"
	ShelterUnsafe LeaveReason = "not_safe"
)

// LeaveReasons lists the reasons for leaving a shelter.
func LeaveReasons() []LeaveReason {
	return []LeaveReason{OwnWish, MovedOn, WentHome, Reintegrated, LeftUntraced, ShelterUnsafe}
}

// RiskAssessed says that the risks to the person were assessed.
type RiskAssessed struct {
	v1
	Assessment string     `json:"assessment"` // id
	DueAt      *time.Time `json:"due_at,omitempty"`
	Source     string     `json:"limit_source,omitempty"`
	Risk       Private    `json:"risk"` // Safety
}

// ReturnArranged says that a return was arranged: voluntary, safe and dignified (s.38 of the Act).
type ReturnArranged struct {
	v1
	Own     bool    `json:"own_wish"`
	Details Private `json:"details"` // Return
}

// Return is what was arranged.
type Return struct {
	Country    string `json:"country"` // ISO 3166-1 alpha-3; THA for a return within Thailand
	Place      string `json:"place,omitempty"`
	ReceivedBy string `json:"received_by,omitempty"`
	Assessment string `json:"assessment"` // of family and place, before the return
}

// ReturnCompleted says that the person has arrived, and by when somebody will ask how they are.
type ReturnCompleted struct {
	v1
	DueAt  *time.Time `json:"due_at,omitempty"`
	Source string     `json:"limit_source,omitempty"`
	Note   Private    `json:"note,omitzero"` // string
}

// FollowedUp says that somebody asked how the person is.
type FollowedUp struct {
	v1
	FollowUp string     `json:"follow_up"` // id
	DueAt    *time.Time `json:"due_at,omitempty"`
	Source   string     `json:"limit_source,omitempty"`
	How      Private    `json:"how"` // string
}

// EventType implements Event.
func (*PlanAgreed) EventType() string { return "protection.plan_agreed" }

// Privates implements Event.
func (e *PlanAgreed) Privates() []*Private { return []*Private{&e.Agreed} }

// EventType implements Event.
func (*ServiceRequested) EventType() string { return "protection.service_requested" }

// Privates implements Event.
func (e *ServiceRequested) Privates() []*Private { return []*Private{&e.Code, &e.Note} }

// EventType implements Event.
func (*ServiceAccepted) EventType() string { return "protection.service_accepted" }

// EventType implements Event.
func (*ServiceDeclined) EventType() string { return "protection.service_declined" }

// Privates implements Event.
func (e *ServiceDeclined) Privates() []*Private { return []*Private{&e.Note} }

// EventType implements Event.
func (*ServiceDelivered) EventType() string { return "protection.service_delivered" }

// Privates implements Event.
func (e *ServiceDelivered) Privates() []*Private { return []*Private{&e.Outcome} }

// EventType implements Event.
func (*ServiceRefusedByPerson) EventType() string { return "protection.service_refused_by_person" }

// Privates implements Event.
func (e *ServiceRefusedByPerson) Privates() []*Private { return []*Private{&e.Reason} }

// EventType implements Event.
func (*ServiceWithdrawn) EventType() string { return "protection.service_withdrawn" }

// EventType implements Event.
func (*ShelterPlaced) EventType() string { return "protection.shelter_placed" }

// Privates implements Event.
func (e *ShelterPlaced) Privates() []*Private { return []*Private{&e.Location} }

// EventType implements Event.
func (*ShelterLeft) EventType() string { return "protection.shelter_left" }

// EventType implements Event.
func (*RiskAssessed) EventType() string { return "protection.risk_assessed" }

// Privates implements Event.
func (e *RiskAssessed) Privates() []*Private { return []*Private{&e.Risk} }

// EventType implements Event.
func (*ReturnArranged) EventType() string { return "protection.return_arranged" }

// Privates implements Event.
func (e *ReturnArranged) Privates() []*Private { return []*Private{&e.Details} }

// EventType implements Event.
func (*ReturnCompleted) EventType() string { return "protection.return_completed" }

// Privates implements Event.
func (e *ReturnCompleted) Privates() []*Private { return []*Private{&e.Note} }

// EventType implements Event.
func (*FollowedUp) EventType() string { return "protection.followed_up" }

// Privates implements Event.
func (e *FollowedUp) Privates() []*Private { return []*Private{&e.How} }

// AgreePlan records the plan agreed with the person, in the place of the one before.
type AgreePlan struct {
	Plan
	ReviewAt *time.Time // nil for the configured limit
}

func (c AgreePlan) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case !s.presumed():
		return nil, refused(s, "protection.not_presumed")
	case c.Goals == "" || c.Actions == "" || c.Wishes == "":
		return nil, invalid("protection.incomplete_plan")
	}
	due, source, err := r.dueOr(s, LimitReview, c.ReviewAt, setInPlan)
	return []Event{&PlanAgreed{Plan: r.ID, DueAt: due, Source: source, Agreed: private(ScopeSensitive, c.Plan)}}, err
}

// RequestService asks a provider, which may be the own agency, for a service. Level and Urgent are those of the list of services; the
// caller has looked them up.
type RequestService struct {
	Code     string
	Level    Entitlement
	Urgent   bool
	Provider string
	Replaces string // id of a service that was declined; may be empty
	Data     []DataClass
	Note     string
}

func (c RequestService) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case c.Code == "" || c.Provider == "" || c.Level != FromPresumed && c.Level != FromIdentified:
		return nil, invalid("service.incomplete")
	case slices.ContainsFunc(c.Data, func(d DataClass) bool { return !slices.Contains(DataClasses(), d) }):
		return nil, invalid("consent.unknown_data")
	case c.Replaces != "" && !slices.ContainsFunc(s.Services, func(v Service) bool { return v.ID == c.Replaces && v.Status == ServiceUnavailable }):
		return nil, refused(s, "service.not_declined")
	case !c.Urgent && !slices.Contains(s.Entitlements(), c.Level):
		return nil, refused(s, "service.not_entitled")
	case !c.Urgent && s.declines(ToSupport):
		return nil, refused(s, "service.person_refused")
	}
	due, source := r.due(s, LimitService)
	return []Event{&ServiceRequested{
		Service: r.ID, By: r.By.Agency, Provider: c.Provider, Urgent: c.Urgent, Replaces: c.Replaces, Data: c.Data,
		DueAt: due, Source: source, Code: private(ScopeStatistics, c.Code), Note: optionalNote(c.Note),
	}}, nil
}

// declines reports whether the person said no to a purpose, at once or later.
func (s State) declines(p Purpose) bool { return s.Consents[p] == Denied || s.Consents[p] == Withdrawn }

// AcceptService is a provider's word that it will give a service.
type AcceptService struct{ Service string }

func (c AcceptService) decide(s State, r Request) ([]Event, error) {
	v, err := s.serviceOf(c.Service, r.By.Agency, ServicePending)
	if err != nil {
		return nil, err
	}
	return []Event{&ServiceAccepted{Service: v.ID, Provider: v.Provider}}, nil
}

// DeclineService is a provider's word that it will not, with a reason of the code list that the caller has checked.
type DeclineService struct {
	Service string
	Reason  DeclineReason
	Note    string
}

func (c DeclineService) decide(s State, r Request) ([]Event, error) {
	v, err := s.serviceOf(c.Service, r.By.Agency, ServicePending)
	switch {
	case err != nil:
		return nil, err
	case c.Reason == "":
		return nil, invalid("service.no_reason")
	}
	return []Event{&ServiceDeclined{Service: v.ID, Provider: v.Provider, Reason: c.Reason, Note: optionalNote(c.Note)}}, nil
}

// DeliverService reports that the person has had a service.
type DeliverService struct {
	Service string
	Outcome string
}

func (c DeliverService) decide(s State, r Request) ([]Event, error) {
	v, err := s.serviceOf(c.Service, r.By.Agency, ServiceTaken)
	if err != nil {
		return nil, err
	}
	return []Event{&ServiceDelivered{Service: v.ID, Provider: v.Provider, Outcome: optionalNote(c.Outcome)}}, nil
}

// RefuseService records that the person does not want a service.
type RefuseService struct {
	Service string
	Reason  string
}

func (c RefuseService) decide(s State, _ Request) ([]Event, error) {
	v, err := s.service(c.Service)
	switch {
	case err != nil:
		return nil, err
	case !v.Status.open():
		return nil, refused(s, "service.not_open")
	}
	return []Event{&ServiceRefusedByPerson{Service: v.ID, Reason: optionalNote(c.Reason)}}, nil
}

func (s State) service(id string) (Service, error) {
	if err := s.mustBeOpen(); err != nil {
		return Service{}, err
	}
	i := slices.IndexFunc(s.Services, func(v Service) bool { return v.ID == id })
	if i < 0 {
		return Service{}, missing("service.unknown")
	}
	return s.Services[i], nil
}

func (s State) serviceOf(id, provider string, want ServiceStatus) (Service, error) {
	v, err := s.service(id)
	switch {
	case err != nil:
		return Service{}, err
	case v.Status != want:
		return Service{}, refused(s, "service.not_"+string(want))
	case v.Provider != provider:
		return Service{}, refused(s, "service.not_provider")
	}
	return v, nil
}

// PlaceInShelter records that the person has shelter. LongTerm is for identified victims; a bed for the night is for everybody.
type PlaceInShelter struct {
	Provider string
	Location string
	LongTerm bool
}

func (c PlaceInShelter) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case c.Provider == "" || c.Location == "":
		return nil, invalid("shelter.incomplete")
	case s.Placement != nil:
		return nil, refused(s, "shelter.placed_already")
	case c.LongTerm && !slices.Contains(s.Entitlements(), FromIdentified):
		return nil, refused(s, "service.not_entitled")
	}
	return []Event{&ShelterPlaced{Placement: r.ID, Provider: c.Provider, Location: private(ScopeLocation, c.Location)}}, nil
}

// LeaveShelter records that the person is no longer in the shelter.
type LeaveShelter struct{ Reason LeaveReason }

func (c LeaveShelter) decide(s State, _ Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case s.Placement == nil:
		return nil, refused(s, "shelter.not_placed")
	case !slices.Contains(LeaveReasons(), c.Reason):
		return nil, invalid("shelter.unknown_reason")
	}
	return []Event{&ShelterLeft{Placement: s.Placement.ID, Reason: c.Reason}}, nil
}

// AssessRisk records the risks to the person, and by when to look again.
type AssessRisk struct {
	Safety
	ReviewAt *time.Time
}

func (c AssessRisk) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	if !slices.Contains(Dangers(), c.Danger) {
		return nil, invalid("frontline.unknown_danger")
	}
	due, source, err := r.dueOr(s, "", c.ReviewAt, setByAssessment)
	return []Event{&RiskAssessed{Assessment: r.ID, DueAt: due, Source: source, Risk: private(ScopeSensitive, c.Safety)}}, err
}

// ArrangeReturn records that a return was arranged.
type ArrangeReturn struct {
	Own bool // at the person's own wish
	Return
}

func (c ArrangeReturn) decide(s State, _ Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case !s.presumed():
		return nil, refused(s, "protection.not_presumed")
	case s.Return == ReturnAgreed:
		return nil, refused(s, "return.arranged_already")
	case c.Country == "" || c.Assessment == "":
		return nil, invalid("return.incomplete")
	}
	return []Event{&ReturnArranged{Own: c.Own, Details: private(ScopeSensitive, c.Return)}}, nil
}

// CompleteReturn records that the person has arrived.
type CompleteReturn struct{ Note string }

func (c CompleteReturn) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	if s.Return != ReturnAgreed {
		return nil, refused(s, "return.not_arranged")
	}
	due, source := r.due(s, LimitFollowUp)
	return []Event{&ReturnCompleted{DueAt: due, Source: source, Note: optionalNote(c.Note)}}, nil
}

// FollowUp records how the person is, and by when to ask again.
type FollowUp struct {
	How  string
	Next *time.Time
}

func (c FollowUp) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case !s.presumed():
		return nil, refused(s, "protection.not_presumed")
	case c.How == "":
		return nil, invalid("protection.no_account")
	}
	due, source, err := r.dueOr(s, "", c.Next, setByAssessment)
	return []Event{&FollowedUp{FollowUp: r.ID, DueAt: due, Source: source, How: private(ScopeSensitive, c.How)}}, err
}

func (s State) requested(e *ServiceRequested, at time.Time) State {
	v := Service{
		ID: e.Service, By: e.By, Provider: e.Provider, Urgent: e.Urgent, Data: e.Data, Status: ServicePending,
		Answer: Deadline{Since: at, DueAt: e.DueAt, Source: e.Source},
	}
	if e.Code.Reveal(&v.Code) != nil {
		v.Code = ""
	}
	s = s.serviced(e.Replaces, ServiceReplaced, at)
	s.Services = append(slices.Clip(s.Services), v)
	return s
}

func (s State) serviced(id string, status ServiceStatus, at time.Time) State {
	s.Services = slices.Clone(s.Services)
	for i := range s.Services {
		if s.Services[i].ID == id {
			s.Services[i].Status, s.Services[i].AnsweredAt = status, at
		}
	}
	return s
}
