package synthetic

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/identity"
	"songtor/internal/limits"
)

// desk decides commands by the real rules of the domain and of access, and keeps the cases in memory: a caseload of any day is walked
// in a moment. The forms it reads only as far as the rules look.
type desk struct {
	mutex    sync.Mutex
	position uint64
	cases    map[string]*folder
	book     *limits.Book
	policies *access.Policies
}

// folder is a case on the desk.
type folder struct {
	facts   []domain.Fact
	state   domain.State
	opener  string
	commits []commit
}

type commit struct {
	id       string
	action   access.Action
	by       domain.Actor
	position uint64
	facts    int // of the case so far
	receipt  app.Receipt
}

func newDesk() *desk {
	policies, err := access.Load()
	if err != nil {
		panic(err)
	}
	return &desk{cases: map[string]*folder{}, book: limits.Default(), policies: policies}
}

func (d *desk) OpenCase(_ context.Context, p identity.Principal, id string, in app.OpenCase, _ []byte) (app.Receipt, bool, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.decide(p, app.CaseID(id), app.Call{Action: access.CaseOpen, ID: id, HappenedAt: in.OccurredAt, Command: domain.OpenCase{
		Reference: "r", Province: in.Province, Incident: in.IncidentID, Entry: in.Entry, Needs: in.Needs,
	}})
}

func (d *desk) SubmitScreening(_ context.Context, p identity.Principal, id string, body []byte) (app.Receipt, bool, error) {
	form, record := readForm(id, body)
	d.mutex.Lock()
	defer d.mutex.Unlock()
	record.Opening = &domain.OpenCase{Reference: "r", Province: form.Province, Incident: form.Incident}
	return d.decide(p, app.CaseID(id), app.Call{Action: access.ScreeningSubmit, ID: id, HappenedAt: form.OccurredAt, Command: record})
}

func (d *desk) Execute(_ context.Context, p identity.Principal, caseID string, in app.Call) (app.Receipt, bool, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	switch c := in.Command.(type) {
	case nil:
		return d.form(p, caseID, in)
	case domain.Assign:
		c.Assignee = p.UserID
		in.Command = c
	case domain.LinkCase:
		c.Case = caseID
		in.Command = c
	case domain.RequestService:
		c.Level, c.Urgent = entitlements[c.Code], c.Code == "shelter_temp" || c.Code == "basic"
		in.Command = c
	case domain.BreakGlass:
		c.Reviewer = ministry
		in.Command = c
	case domain.Exclude:
		c.Office, c.Token = ministry, "token"
		in.Command = c
	case domain.SettleDisagreement:
		c.Correction = &domain.CorrectScreening{Reason: domain.Disagreement}
		if f := d.cases[caseID]; len(f.state.Screenings) > 0 {
			c.Correction.Screening = f.state.Screenings[0]
			c.Correction.Content.Findings = *f.state.Findings
		}
		in.Command = c
	}
	return d.decide(p, caseID, in)
}

// entitlements are those of the services that the caseload asks for.
var entitlements = map[string]domain.Entitlement{
	"psychosocial": domain.FromPresumed, "medical": domain.FromIdentified, "legal_rep": domain.FromIdentified, "training": domain.FromIdentified,
	"work_permit": domain.FromIdentified, "family_tracing": domain.FromPresumed, "shelter_temp": domain.FromPresumed, "basic": domain.FromPresumed,
	"interpretation": domain.FromPresumed, "education": domain.FromIdentified,
}

func (d *desk) form(p identity.Principal, caseID string, in app.Call) (app.Receipt, bool, error) {
	if in.Action == access.RecordScreening {
		form, record := readForm(in.ID, in.Body)
		in.HappenedAt, in.Command = form.OccurredAt, record
		return d.decide(p, caseID, in)
	}
	var body struct {
		Screening string                  `json:"screening_id"`
		Reason    domain.CorrectionReason `json:"reason"`
		Form      json.RawMessage         `json:"screening"`
	}
	if err := json.Unmarshal(in.Body, &body); err != nil {
		return app.Receipt{}, false, err
	}
	form, record := readForm("", body.Form)
	corrected := domain.CorrectScreening{Screening: body.Screening, Reason: body.Reason, Content: record.Content}
	for _, c := range d.cases[caseID].commits {
		if in.BasedOn != 0 && c.position > in.BasedOn && c.action == access.CorrectScreening {
			corrected.Disputed = []domain.TwoAnswers{{Question: "c_injury", Of: body.Screening, Standing: `"yes"`, Other: `"no"`}}
		}
	}
	in.HappenedAt, in.Command = form.OccurredAt, corrected
	return d.decide(p, caseID, in)
}

func (d *desk) AttachFile(_ context.Context, p identity.Principal, caseID, fileID string, f app.File) (app.Receipt, bool, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	facts := d.cases[caseID].facts
	return d.decide(p, caseID, app.Call{Action: access.AttachFile, ID: fileID, HappenedAt: facts[len(facts)-1].HappenedAt, Command: domain.AttachFile{
		File: fileID, Size: len(f.Content), Details: domain.FileDetails{MediaType: f.MediaType, SHA256: "x"},
	}})
}

func (d *desk) Case(_ context.Context, _ identity.Principal, id string, _ time.Time) (app.CaseView, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	f := d.cases[id]
	if f == nil {
		return app.CaseView{}, app.ErrNotFound
	}
	return app.CaseView{CaseID: id, OpenedAt: f.state.Standing.OpenedAt}, nil
}

// decide is called with the desk locked.
func (d *desk) decide(p identity.Principal, caseID string, in app.Call) (app.Receipt, bool, error) {
	f := d.cases[caseID]
	if f == nil {
		f = &folder{opener: p.Agency}
	}
	for _, c := range f.commits {
		if c.id == in.ID {
			return c.receipt, false, nil
		}
	}
	if err := d.policies.Decide(access.Subject{Actor: p.Actor(), Assurance: access.DeviceBound, Fresh: true}, in.Action, f.about()); err != nil {
		return app.Receipt{}, false, fmt.Errorf("%w: %s by %s of %s", app.ErrNotFound, in.Action, p.Role, p.Agency)
	}
	facts, err := domain.Decide(f.state, domain.Request{
		ID: in.ID, By: p.Actor(), HappenedAt: in.HappenedAt, Limits: d.book.For(f.state.Standing.Province, in.HappenedAt),
		Command: in.Command, Seen: f.seen(in.BasedOn),
	})
	if err != nil {
		return app.Receipt{}, false, err
	}
	d.position++
	d.cases[caseID] = f
	f.state, f.facts = domain.Fold(f.state, facts), append(f.facts, facts...)
	receipt := app.Receipt{CommandID: in.ID, CaseID: caseID, Position: d.position}
	f.commits = append(f.commits, commit{in.ID, in.Action, p.Actor(), d.position, len(f.facts), receipt})
	return receipt, true, nil
}

func (f *folder) about() *access.Case {
	if len(f.commits) == 0 {
		return nil
	}
	about := &access.Case{
		Standing: f.state.Standing, OpenedBy: f.opener, Referrals: f.state.Referrals, Services: f.state.Services, Withdrawn: f.state.Withdrawn,
	}
	if f.state.Placement != nil {
		about.Shelter = f.state.Placement.Provider
	}
	return about
}

func (f *folder) seen(basedOn uint64) *domain.State {
	if basedOn == 0 || basedOn >= f.commits[len(f.commits)-1].position {
		return nil
	}
	n := 0
	for _, c := range f.commits {
		if c.position <= basedOn {
			n = c.facts
		}
	}
	return new(domain.Fold(domain.State{}, f.facts[:n]))
}

// readForm takes from a form what the rules look at.
func readForm(id string, body []byte) (Form, domain.RecordScreening) {
	var form Form
	if err := json.Unmarshal(body, &form); err != nil {
		panic(err)
	}
	text := func(key string) string {
		answer, _ := form.Answers[key].(map[string]any)
		value, _ := answer["value"].(string)
		return value
	}
	record := domain.RecordScreening{Screening: id}
	var age *int
	if answer, ok := form.Answers["d_age_years"].(map[string]any); ok {
		if years, ok := answer["value"].(float64); ok {
			age = new(int(years))
		}
	}
	record.Content.Findings.Branch = domain.BranchOf(text("d_under_18"), age)
	if text("d_name_said") != "" {
		record.Content.Identity = domain.PrivateJSON(domain.ScopeIdentity, []byte(`{}`))
	}
	for _, p := range domain.Purposes() {
		if agreed := text("b_consent_" + string(p)); agreed != "" {
			record.Consents = append(record.Consents, domain.Answer{Purpose: p, Agreed: agreed == "yes"})
		}
	}
	if text("c_danger_now") == "yes" {
		record.Needs = []domain.Need{domain.NeedSafety}
	}
	return form, record
}
