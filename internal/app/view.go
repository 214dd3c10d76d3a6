package app

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"songtor/domain"
	"songtor/schemas"
)

// viewOf is a case as a reader sees it whose history has been opened as far as the reader may open it.
func viewOf(h *history, sight sight, now time.Time) CaseView {
	st := h.state.Standing
	v := CaseView{
		CaseID: h.caseID, Reference: st.Reference, Stage: st.Stage, Status: st.Status, Agency: st.Agency, Assignee: st.Assignee,
		Province: st.Province, Incident: st.Incident, Urgent: st.Urgent, Hold: h.state.Hold, LegalHold: st.Held, OpenedAt: st.OpenedAt, Since: st.Since,
		DueAt: st.DueAt, Open: st.Status.Open(), Erased: h.keys == nil || st.Status == domain.Erased,
		Position: h.position(), Digest: h.digest(), Commits: len(h.commits),
		Consents: h.state.Consents, Return: h.state.Return, Entitlements: h.state.Entitlements(), Possible: h.state.Possible(), Shown: classesOf(sight.scopes), Openable: []Openable{},
		Screenings: []ScreeningView{}, Decisions: []DecisionView{}, Files: []FileView{}, Records: []RecordView{}, Links: []LinkView{},
		Adjustments: []schemas.Code{},
	}
	v.addState(&h.state, now)
	v.withhold(sight)
	for i := range h.commits {
		for _, f := range h.commits[i].Facts {
			v.addFact(&h.commits[i], f, sight)
		}
	}
	v.addFindings(h, sight)
	return v
}

// withhold takes out of what the state has what the reader does not see.
func (v *CaseView) withhold(sight sight) {
	if !sight.accused() {
		for i := range v.Exclusions {
			v.Exclusions[i].Accused = nil
		}
	}
	for i := range v.Services {
		if service := &v.Services[i]; !sight.service(service.Provider, service.By) {
			service.Code = nil
		}
	}
	for i := range v.Disagreements {
		d := &v.Disagreements[i]
		d.Answers = sight.two(d.Subject, d.Answers)
	}
	if v.Shelter != nil && !sight.location() {
		v.Shelter.Provider = "" // the name of a shelter tells where it is
	}
}

// each turns a list into its view. A list without entries is an empty list, not null.
func each[T, V any](list []T, as func(T) V) []V {
	views := make([]V, len(list))
	for i, t := range list {
		views[i] = as(t)
	}
	return views
}

// Moment is a time as it is answered: null for the zero time.
func Moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (v *CaseView) addState(s *domain.State, now time.Time) {
	v.Tasks = each(s.Standing.Tasks, func(t domain.Task) TaskView {
		return TaskView{Task: t, Overdue: t.DueAt != nil && !now.Before(*t.DueAt)}
	})
	v.Grants = each(s.Grants, func(g domain.Grant) GrantView { return GrantView(g) })
	v.Withdrawals = each(s.Withdrawn, func(w domain.Withdrawal) WithdrawalView {
		return WithdrawalView{w.ID, w.Purpose, w.Left, w.Waiting, w.Answer.Since, w.Due()}
	})
	v.Referrals = each(s.Referrals, referralView)
	v.Requests = each(s.Requests, func(q domain.HandOverRequest) RequestView {
		return RequestView{q.ID, q.By, q.Status, q.Answer.Since, q.Answer.DueAt}
	})
	v.Services = each(s.Services, serviceView)
	v.Claims = each(s.Claims, func(c domain.Claim) ClaimView { return ClaimView{c.ID, c.Kind, c.Step, c.Since} })
	v.Disagreements = each(s.Disputes, func(d domain.Dispute) DisagreementView {
		return DisagreementView{d.ID, d.Subject, d.Since, d.Settled, d.Two}
	})
	v.Exclusions, v.Glass = each(s.Exclusions, exclusionView), each(s.Glass, func(g domain.Glass) GlassView { return glassView(g, now) })
	if e := s.Erasure; e != nil {
		v.Erasure = &ErasureStateView{e.ID, e.Reason, s.Standing.Erasing, e.Since, len(e.Approvals)}
	}
	v.Links = each(s.Links, func(l domain.Link) LinkView { return LinkView{l.ID, l.Other, l.Kind, true} })
	v.Periods = []PeriodView{}
	for _, name := range domain.PeriodNames() {
		if p, ok := s.Periods[name]; ok {
			v.Periods = append(v.Periods, periodView(name, p, now))
		}
	}
	if s.Team != nil {
		v.Team = teamView(s.Team)
	}
	if s.Placement != nil {
		v.Shelter = &ShelterView{ID: s.Placement.ID, Provider: s.Placement.Provider, Since: s.Placement.Since}
	}
}

func exclusionView(x domain.Exclusion) ExclusionView {
	view := ExclusionView{ID: x.ID, Since: x.Since, Lifting: x.Lift != nil}
	if x.Accused != (domain.Accused{}) {
		view.Accused = &x.Accused
	}
	return view
}

func glassView(g domain.Glass, now time.Time) GlassView {
	return GlassView{
		ID: g.ID, Account: g.User, Agency: g.Agency, Scopes: g.Scopes, Reason: g.Reason, Since: g.Since, Until: g.Until,
		Running: g.Runs(g.User, now), ApproveBy: Moment(g.Approve), ApprovedAt: Moment(g.ApprovedAt), ReviewBy: g.Review.DueAt,
		ReviewedAt: Moment(g.ReviewedAt), Verdict: g.Verdict,
	}
}

func referralView(r domain.Referral) ReferralView {
	return ReferralView{
		ID: r.ID, From: r.From, To: r.To, Services: r.Services, HandOver: r.HandOver, Data: slices.Concat([]domain.DataClass{}, r.Data),
		Status: r.Status, SentAt: r.Answer.Since, DueAt: r.Answer.DueAt, AnsweredAt: Moment(r.AnsweredAt),
	}
}

func serviceView(s domain.Service) ServiceView {
	view := ServiceView{
		ID: s.ID, By: s.By, Provider: s.Provider, Urgent: s.Urgent, Data: slices.Concat([]domain.DataClass{}, s.Data), Status: s.Status,
		Since: s.Answer.Since, DueAt: s.Answer.DueAt, AnsweredAt: Moment(s.AnsweredAt),
	}
	if s.Code != "" {
		view.Code = &s.Code
	}
	return view
}

func periodView(name domain.PeriodName, p domain.Period, now time.Time) PeriodView {
	return PeriodView{
		Period: name, StartedAt: p.StartedAt, EndsAt: p.EndsAt, Source: p.Source, Running: p.Running(),
		Over:     p.Running() && !p.Paused() && p.EndsAt != nil && !now.Before(*p.EndsAt),
		PausedAt: Moment(p.PausedAt), EndedAt: Moment(p.EndedAt),
	}
}

func teamView(t *domain.MeetingTeam) *TeamView {
	return &TeamView{ID: t.ID, Since: t.Since, Members: each(t.Members, func(m domain.Member) MemberView {
		return MemberView{Member: m, Heard: t.Heard(m)}
	})}
}

func (v *CaseView) addFact(c *domain.Commit, f domain.Fact, sight sight) {
	switch e := f.Event.(type) {
	case *domain.ScreeningRecorded:
		v.Screenings = append(v.Screenings, ScreeningView{
			ID: e.Screening, Form: e.Form, FormVersion: e.FormVersion, HappenedAt: f.HappenedAt,
			Answers: sight.form(e.FormVersion, e.Answers, e.Health), Identity: sight.items(e.FormVersion, e.Identity), Findings: sight.decisions(e.Findings),
		})
	case *domain.ScreeningCorrected:
		v.correct(e, sight)
	case *domain.ScreeningConcluded:
		v.Decisions = append(v.Decisions, DecisionView{e.EventType(), string(e.Grounds), f.HappenedAt, sight.decisions(e.Reasons)})
	case *domain.IdentificationDecided:
		v.Decisions = append(v.Decisions, DecisionView{e.EventType(), string(e.Result), f.HappenedAt, sight.decisions(e.Finding)})
	case *domain.FileAttached:
		v.Files = append(v.Files, FileView{e.File, e.Size, f.HappenedAt, sight.decisions(e.Details)})
	case *domain.ShelterPlaced:
		if v.Shelter != nil && v.Shelter.ID == e.Placement {
			v.Shelter.Location = e.Location.Plain()
		}
	default:
		v.record(c, f, sight)
	}
}

func (v *CaseView) correct(e *domain.ScreeningCorrected, sight sight) {
	for i := range v.Screenings {
		if s := &v.Screenings[i]; s.ID == e.Screening {
			s.Form, s.FormVersion, s.Corrections = e.Form, e.FormVersion, s.Corrections+1
			s.Answers, s.Identity = sight.form(e.FormVersion, e.Answers, e.Health), sight.items(e.FormVersion, e.Identity)
			s.Findings = sight.decisions(e.Findings)
		}
	}
}

// record adds an event that has personal parts and no view of its own.
func (v *CaseView) record(c *domain.Commit, f domain.Fact, sight sight) {
	parts := map[string]json.RawMessage{}
	for name, p := range partsOf(f.Event) {
		if !p.Empty() {
			parts[name] = sight.part(f.Event, p)
		}
	}
	if len(parts) == 0 {
		return
	}
	v.Records = append(v.Records, RecordView{
		Type: f.Event.EventType(), Number: c.Number, HappenedAt: f.HappenedAt, RecordedAt: c.RecordedAt, AcceptedAt: c.AcceptedAt,
		Agency: c.Actor.Agency, Parts: parts,
	})
}

// partsOf are the personal parts of an event by their names in JSON.
func partsOf(e domain.Event) map[string]domain.Private {
	parts := map[string]domain.Private{}
	value := reflect.ValueOf(e).Elem()
	for i := range value.NumField() {
		field := value.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		if p, ok := reflect.TypeAssert[domain.Private](value.Field(i)); ok {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			parts[name] = p
		}
	}
	return parts
}

// addFindings adds what follows from the findings for those who care for the person.
func (v *CaseView) addFindings(h *history, sight sight) {
	findings := h.state.Findings
	if findings == nil || !sight.care() {
		return
	}
	if findings.Branch != domain.AdultBranch {
		v.Child = &ChildView{Branch: findings.Branch, Guardian: h.state.Guardian, BestInterests: h.state.BestInterests}
	}
	if answers := latestAnswers(h); answers != nil {
		v.Adjustments = append(v.Adjustments, schemas.Accommodations(answers.washingtonGroup())...)
	}
}

// latestAnswers are those of the latest form, nil where they are not open.
func latestAnswers(h *history) answers {
	var latest domain.Private
	for _, c := range h.commits {
		for _, f := range c.Facts {
			switch e := f.Event.(type) {
			case *domain.ScreeningRecorded:
				latest = e.Answers
			case *domain.ScreeningCorrected:
				latest = e.Answers
			}
		}
	}
	var a answers
	if latest.Reveal(&a) != nil {
		return nil
	}
	return a
}
