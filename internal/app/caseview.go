package app

import (
	"encoding/json"
	"time"

	"songtor/domain"
	"songtor/schemas"
)

// CaseView is one case as a reader may see it. Position is that of the case's latest commit: what a command can name as the state
// it was given for. What the reader may not open is null.
type CaseView struct {
	CaseID        string                            `json:"case_id"`
	Reference     string                            `json:"case_reference"`
	Stage         domain.Stage                      `json:"stage"`
	Status        domain.Status                     `json:"status"`
	Agency        string                            `json:"agency"`
	Assignee      string                            `json:"assignee,omitempty"`
	Province      string                            `json:"province"`
	Incident      string                            `json:"incident,omitempty"`
	Urgent        bool                              `json:"urgent"`
	Hold          bool                              `json:"hold"` // non-punishment: no step against the person
	LegalHold     bool                              `json:"legal_hold"`
	Exclusions    []ExclusionView                   `json:"exclusions"`
	Glass         []GlassView                       `json:"glass"`
	Erasure       *ErasureStateView                 `json:"erasure"` // null where nobody asked for it
	OpenedAt      time.Time                         `json:"opened_at"`
	Since         time.Time                         `json:"since"`
	DueAt         *time.Time                        `json:"due_at"`
	Open          bool                              `json:"open"`
	Erased        bool                              `json:"erased"`
	Position      uint64                            `json:"position"`
	Digest        string                            `json:"digest"`
	Commits       int                               `json:"commits"`
	Tasks         []TaskView                        `json:"tasks"`
	Consents      map[domain.Purpose]domain.Consent `json:"consents"`
	Grants        []GrantView                       `json:"grants"`
	Withdrawals   []WithdrawalView                  `json:"withdrawals"`
	Referrals     []ReferralView                    `json:"referrals"`
	Requests      []RequestView                     `json:"hand_over_requests"`
	Screenings    []ScreeningView                   `json:"screenings"`
	Decisions     []DecisionView                    `json:"decisions"`
	Periods       []PeriodView                      `json:"periods"`
	Team          *TeamView                         `json:"team"`
	Entitlements  []domain.Entitlement              `json:"entitlements"`
	Services      []ServiceView                     `json:"services"`
	Shelter       *ShelterView                      `json:"shelter"`
	Claims        []ClaimView                       `json:"claims"`
	Return        domain.ReturnStatus               `json:"return,omitempty"`
	Links         []LinkView                        `json:"links"`
	Disagreements []DisagreementView                `json:"disagreements"`
	Files         []FileView                        `json:"files"`
	Records       []RecordView                      `json:"records"`
	Child         *ChildView                        `json:"child"`          // null for an adult, and to a reader who may not know
	Adjustments   []schemas.Code                    `json:"accommodations"` // that follow from the Washington Group answers
	Possible      []string                          `json:"possible"`       // the commands that the case's state allows and that the reader may give
	Shown         []string                          `json:"shown"`          // the classes that were opened for the reader
	Openable      []Openable                        `json:"openable"`       // those that were not and that the reader may open
}

// TaskView is one thing that the case waits for. Overdue is true from the second in which it is due.
type TaskView struct {
	domain.Task
	Overdue bool `json:"overdue"`
}

// GrantView is what the person answered for one purpose and recipient.
type GrantView struct {
	Purpose   domain.Purpose     `json:"purpose"`
	Recipient string             `json:"recipient,omitempty"`
	Data      []domain.DataClass `json:"data,omitempty"`
	Until     *time.Time         `json:"until,omitempty"`
	Answer    domain.Consent     `json:"answer"`
}

// WithdrawalView is a consent taken back, but for the kinds of data that are left, with the agencies that have yet to acknowledge it.
type WithdrawalView struct {
	ID      string             `json:"withdrawal_id"`
	Purpose domain.Purpose     `json:"purpose"`
	Left    []domain.DataClass `json:"left,omitempty"`
	Waiting []string           `json:"waiting"`
	Since   time.Time          `json:"since"`
	DueAt   *time.Time         `json:"due_at"`
}

// ExclusionView is whom the case hides from. Accused is null to a reader who may not know.
type ExclusionView struct {
	ID      string          `json:"exclusion_id"`
	Since   time.Time       `json:"since"`
	Accused *domain.Accused `json:"accused"`
	Lifting bool            `json:"lift_requested"` // somebody asked to lift it, and another person has to approve
}

// GlassView is a right to read the case that somebody took in an emergency.
type GlassView struct {
	ID         string             `json:"glass_id"`
	Account    string             `json:"account"`
	Agency     string             `json:"agency"`
	Scopes     []domain.Scope     `json:"scopes"`
	Reason     domain.GlassReason `json:"reason"`
	Since      time.Time          `json:"since"`
	Until      time.Time          `json:"until"`
	Running    bool               `json:"running"`
	ApproveBy  *time.Time         `json:"approve_by"` // null where nothing that it names is sealed
	ApprovedAt *time.Time         `json:"approved_at"`
	ReviewBy   *time.Time         `json:"review_by"`
	ReviewedAt *time.Time         `json:"reviewed_at"`
	Verdict    domain.Verdict     `json:"verdict,omitempty"`
}

// ErasureStateView is how far the erasure of the case has come.
type ErasureStateView struct {
	ID        string               `json:"erasure_id"`
	Reason    domain.ErasureReason `json:"reason"`
	Stage     domain.ErasureStage  `json:"stage"`
	Since     time.Time            `json:"since"`
	Approvals int                  `json:"approvals"` // besides the person who asked
}

// ReferralView is one referral of a case.
type ReferralView struct {
	ID         string                `json:"referral_id"`
	From       string                `json:"from"`
	To         string                `json:"to"`
	Services   []string              `json:"services"`
	HandOver   bool                  `json:"hand_over"`
	Data       []domain.DataClass    `json:"data"`
	Status     domain.ReferralStatus `json:"status"`
	SentAt     time.Time             `json:"sent_at"`
	DueAt      *time.Time            `json:"due_at"`
	AnsweredAt *time.Time            `json:"answered_at"`
}

// RequestView is an agency's request to be given the case.
type RequestView struct {
	ID     string                `json:"request_id"`
	By     string                `json:"by"`
	Status domain.ReferralStatus `json:"status"`
	Since  time.Time             `json:"since"`
	DueAt  *time.Time            `json:"due_at"`
}

// ScreeningView is one filled form in its latest wording. Answers and Findings are null to a reader who may not open sensitive
// data, Identity to one who may not learn who the person is.
type ScreeningView struct {
	ID          string          `json:"screening_id"`
	Form        string          `json:"form"`
	FormVersion int             `json:"form_version"`
	HappenedAt  time.Time       `json:"happened_at"`
	Corrections int             `json:"corrections"`
	Answers     json.RawMessage `json:"answers"`
	Identity    json.RawMessage `json:"identity"`
	Findings    json.RawMessage `json:"findings"`
}

// DecisionView is one decision with its reasons, which are null to a reader who may not open them.
type DecisionView struct {
	Type       string          `json:"type"`
	Result     string          `json:"result"`
	HappenedAt time.Time       `json:"happened_at"`
	Reasons    json.RawMessage `json:"reasons"`
}

// PeriodView is a protected period: s.29 or the reflection period.
type PeriodView struct {
	Period    domain.PeriodName `json:"period"`
	StartedAt time.Time         `json:"started_at"`
	EndsAt    *time.Time        `json:"ends_at"`
	Source    string            `json:"limit_source,omitempty"`
	Running   bool              `json:"running"`
	Over      bool              `json:"over"` // by its clock, at the time of the answer
	PausedAt  *time.Time        `json:"paused_at"`
	EndedAt   *time.Time        `json:"ended_at"`
}

// TeamView is the multidisciplinary team that is convened, and which of its members have given their finding.
type TeamView struct {
	ID      string       `json:"team_id"`
	Since   time.Time    `json:"since"`
	Members []MemberView `json:"members"`
}

// MemberView is a seat in the team.
type MemberView struct {
	domain.Member
	Heard bool `json:"heard"`
}

// ServiceView is a service asked of a provider. Code is null to a reader who may not open it.
type ServiceView struct {
	ID         string               `json:"service_id"`
	Code       *string              `json:"service"`
	By         string               `json:"by"`
	Provider   string               `json:"provider"`
	Urgent     bool                 `json:"urgent"`
	Data       []domain.DataClass   `json:"data"`
	Status     domain.ServiceStatus `json:"status"`
	Since      time.Time            `json:"since"`
	DueAt      *time.Time           `json:"due_at"`
	AnsweredAt *time.Time           `json:"answered_at"`
}

// ShelterView is where the person has shelter. Provider is empty and Location null to a reader who may not know.
type ShelterView struct {
	ID       string          `json:"placement_id"`
	Provider string          `json:"provider"`
	Since    time.Time       `json:"since"`
	Location json.RawMessage `json:"location"`
}

// ClaimView is a claim for money.
type ClaimView struct {
	ID    string           `json:"claim_id"`
	Kind  domain.ClaimKind `json:"kind"`
	Step  domain.ClaimStep `json:"step"`
	Since time.Time        `json:"since"`
}

// LinkView is a link to another case, seen from this one. Made is true on the case from which it was made.
type LinkView struct {
	ID    string          `json:"link_id"`
	Other string          `json:"other"`
	Kind  domain.LinkKind `json:"kind"`
	Made  bool            `json:"made_here"`
}

// DisagreementView is two answers to one question that were given independently; null to a reader who may not open them.
type DisagreementView struct {
	ID      string             `json:"disagreement_id"`
	Subject domain.Subject     `json:"subject"`
	Since   time.Time          `json:"since"`
	Settled bool               `json:"settled"`
	Answers *domain.TwoAnswers `json:"answers"`
}

// FileView is a file that belongs to the case. Details are null to a reader who may not open it.
type FileView struct {
	ID      string          `json:"file_id"`
	Size    int             `json:"size"`
	AddedAt time.Time       `json:"added_at"`
	Details json.RawMessage `json:"details"`
}

// RecordView is an event with its sealed parts opened as far as the reader may open them, and null where not.
type RecordView struct {
	Type       string                     `json:"type"`
	Number     int                        `json:"number"` // of the commit in the case
	HappenedAt time.Time                  `json:"happened_at"`
	RecordedAt time.Time                  `json:"recorded_at"`
	AcceptedAt time.Time                  `json:"accepted_at"`
	Agency     string                     `json:"agency"`
	Parts      map[string]json.RawMessage `json:"parts"`
}

// ChildView says what has been done for a person who is or may be a child.
type ChildView struct {
	Branch        domain.AgeBranch `json:"branch"`
	Guardian      bool             `json:"guardian"`
	BestInterests bool             `json:"best_interests"`
}
