// Package letter writes what goes out on paper about a case: the letter with which a person is referred, and the summary of a case. It is
// given what its reader may see and decides nothing about that; it puts codes into words, in Thai or English, and sets them.
package letter

import (
	"encoding/json"
	"strings"
	"time"

	"songtor/domain"
	"songtor/internal/paper"
)

// Form is a filled form, as far as it may be shown.
type Form struct {
	Version  int
	Identity json.RawMessage // null where who the person is may not be shown
	Answers  json.RawMessage // null where no answers may be shown
}

// Decision is a decision with its reasons, which are null where they may not be shown.
type Decision struct {
	Type, Result string
	At           time.Time
	Reasons      json.RawMessage
}

// Referral is what a referral's letter says.
type Referral struct {
	Reference string
	From, To  string
	SentAt    time.Time
	DueAt     *time.Time
	Status    domain.ReferralStatus
	Services  []string
	HandOver  bool
	Data      []domain.DataClass // that may be in the letter
	Note      string
	Form      *Form
	Decisions []Decision
	Adjust    []string // accommodations, in the letter's language
	PrintedAt time.Time
}

// dotted is a line to write on.
var dotted = strings.Repeat(".", 70)

// WriteReferral writes the letter of a referral as a PDF.
func WriteReferral(language string, r Referral) ([]byte, error) {
	w, err := wordsIn(language)
	if err != nil {
		return nil, err
	}
	d, err := w.begin("letter.title", r.Reference, r.PrintedAt)
	if err != nil {
		return nil, err
	}
	d.Facts([]paper.Fact{
		{Term: w.t("letter.from"), Value: w.name("agencies", r.From)},
		{Term: w.t("letter.to"), Value: w.name("agencies", r.To)},
		{Term: w.t("reference"), Value: r.Reference},
		{Term: w.t("letter.sent"), Value: w.moment(r.SentAt)},
		{Term: w.t("letter.due"), Value: w.deadlineOr(r.DueAt)},
		{Term: w.t("letter.status"), Value: w.word("referral_status", string(r.Status))},
	})
	d.Heading(w.t("letter.asked"))
	d.Facts([]paper.Fact{
		{Term: w.t("letter.services"), Value: w.names("services", r.Services)},
		{Term: w.t("letter.handOver"), Value: w.yesNo(r.HandOver)},
		{Term: w.t("letter.note"), Value: r.Note},
		{Term: w.t("accommodations"), Value: lines(r.Adjust)},
	})
	d.Heading(w.t("letter.data"))
	d.Text(w.t(or(len(r.Data) == 0, "letter.noData", "letter.consent")))
	d.Facts([]paper.Fact{{Term: w.t("letter.classes"), Value: w.classes(r.Data)}})
	if err := w.form(d, r.Form); err != nil {
		return nil, err
	}
	w.decisions(d, r.Decisions)
	d.Heading(w.t("letter.signature"))
	d.Facts([]paper.Fact{{Term: w.t("letter.signed"), Value: dotted}, {Term: w.t("letter.position"), Value: dotted}, {Term: w.t("letter.date"), Value: dotted}})
	w.closing(d)
	return d.Bytes()
}

// Summary is what the summary of a case says.
type Summary struct {
	Reference string
	Stage     domain.Stage
	Status    domain.Status
	Agency    string
	Province  string
	OpenedAt  time.Time
	Urgent    bool
	Hold      bool
	Sheltered bool
	Consents  []domain.Grant
	Form      *Form
	Adjust    []string
	Decisions []Decision
	Periods   []Period
	Referrals []Referral
	Services  []Service
	Tasks     []Task
	PrintedAt time.Time
}

// Period is a protected period.
type Period struct {
	Name    domain.PeriodName
	From    time.Time
	Until   *time.Time
	Running bool
}

// Service is a service that was asked for. Code is empty where it may not be shown.
type Service struct {
	Code, Provider string
	Status         domain.ServiceStatus
	Since          time.Time
}

// Task is what the case waits for.
type Task struct {
	Kind, Agency string
	DueAt        *time.Time
}

// WriteSummary writes the summary of a case as a PDF.
func WriteSummary(language string, s Summary) ([]byte, error) {
	w, err := wordsIn(language)
	if err != nil {
		return nil, err
	}
	d, err := w.begin("summary.title", s.Reference, s.PrintedAt)
	if err != nil {
		return nil, err
	}
	d.Facts([]paper.Fact{
		{Term: w.t("reference"), Value: s.Reference},
		{Term: w.t("summary.stage"), Value: w.word("stage", string(s.Stage)) + ": " + w.word("status", string(s.Status))},
		{Term: w.t("summary.agency"), Value: w.name("agencies", s.Agency)},
		{Term: w.t("summary.province"), Value: w.name("provinces", s.Province)},
		{Term: w.t("summary.opened"), Value: w.moment(s.OpenedAt)},
		{Term: w.t("summary.urgent"), Value: w.yesNo(s.Urgent)},
		{Term: w.t("summary.hold"), Value: w.yesNo(s.Hold)},
		{Term: w.t("summary.shelter"), Value: w.yesNo(s.Sheltered)},
		{Term: w.t("accommodations"), Value: lines(s.Adjust)},
	})
	w.tasks(d, s.Tasks)
	w.consents(d, s.Consents)
	if err := w.form(d, s.Form); err != nil {
		return nil, err
	}
	w.decisions(d, s.Decisions)
	w.periods(d, s.Periods)
	w.referrals(d, s.Referrals)
	w.services(d, s.Services)
	w.closing(d)
	return d.Bytes()
}

func or(condition bool, yes, no string) string {
	if condition {
		return yes
	}
	return no
}
