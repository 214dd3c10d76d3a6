package synthetic

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/identity"
)

// walk takes one person through the mechanism, as far as there was time since they were met. It knows what it has done, so that it gives
// no command that the case does not allow: a refusal ends it and is reported. Once it has ended every further command is left out.
type walk struct {
	*journey
	*cast
	service hands
	now     time.Time
	caseID  string
	at      time.Time // when the next thing happens
	last    time.Time // when the last one happened
	ended   bool      // the person's course has come to this day, or to its end
	err     error
	course
}

// hands are the use cases by which a walk does its work.
type hands struct {
	open    func(by identity.Principal, commandID string, in app.OpenCase) (app.Receipt, error)
	submit  func(by identity.Principal, f Form) (app.Receipt, error)
	execute func(by identity.Principal, caseID string, in app.Call) (app.Receipt, error)
	attach  func(by identity.Principal, caseID, fileID string, f app.File) (app.Receipt, error)
}

// course is what has come of the case so far.
type course struct {
	officer   identity.Principal // who met the person
	holder    identity.Principal // acts for the agency that is responsible
	clerk     identity.Principal // the case manager who works on it
	form      Form
	read      uint64         // position of the commit with the form
	helped    bool           // the person has not refused support
	shared    bool           // data may go to every agency of the mechanism
	tookBack  domain.Purpose // the consent that the person took back
	told      []identity.Principal
	guarded   bool // somebody stands by the child
	weighed   bool // the child's best interests have been assessed
	held      bool // the non-punishment hold
	placed    bool // has shelter
	returned  bool
	concluded time.Time
	open      []openService
}

// openService is a service that a provider has accepted and not yet given.
type openService struct {
	id string
	by identity.Principal
}

// Refusal is a step of the caseload that the case did not allow: its author was wrong, or the service runs by other time limits and
// team rules than those that come with it.
type Refusal struct {
	Command string
	Err     error
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("the synthetic command %s: %v", r.Command, r.Err)
}

// Unwrap returns the refusal by the domain or the rules of access.
func (r *Refusal) Unwrap() error { return r.Err }

// after lets some hours pass, drawn between the two. It reports whether what comes then has happened yet.
func (w *walk) after(least, most int) bool {
	return w.until(w.at.Add(time.Duration(least)*time.Hour + time.Duration(w.random.IntN((most-least)*3600+1))*time.Second))
}

// days is after in days.
func (w *walk) days(least, most int) bool { return w.after(24*least, 24*most) }

// until lets the time come to t, where it is not later already.
func (w *walk) until(t time.Time) bool {
	if t.After(w.at) {
		w.at = t.Truncate(time.Second)
	}
	if w.at.After(w.now) {
		w.ended = true
	}
	return w.goesOn()
}

func (w *walk) goesOn() bool { return !w.ended && w.err == nil }

func (w *walk) chance(percent int) bool { return chance(w.random, percent) }

// do gives a command and returns its id.
func (w *walk) do(by identity.Principal, action access.Action, c domain.Command) string {
	return w.call(by, app.Call{Action: action, Command: c})
}

// call gives a command at the present hour of the case.
func (w *walk) call(by identity.Principal, in app.Call) string {
	if !w.goesOn() {
		return ""
	}
	if in.ID == "" {
		in.ID = uuidFrom(w.random)
	}
	in.HappenedAt, in.RecordedAt = w.at, w.at
	receipt, err := w.service.execute(by, w.caseID, in)
	w.done(string(in.Action), receipt, err)
	return in.ID
}

// done notes what came of a command.
func (w *walk) done(command string, receipt app.Receipt, err error) {
	var refused *domain.Error
	var invalid *app.Invalid
	switch {
	case errors.As(err, &refused), errors.As(err, &invalid), errors.Is(err, app.ErrNotFound), errors.Is(err, app.ErrOtherContent):
		w.err = &Refusal{Command: command, Err: err}
	case err != nil:
		w.err = err
	default:
		w.caseID, w.last = receipt.CaseID, w.at
	}
}

// openCase opens the case without a form.
func (w *walk) openCase(by identity.Principal, needs ...domain.Need) {
	if !w.goesOn() {
		return
	}
	receipt, err := w.service.open(by, w.id, app.OpenCase{
		OccurredAt: w.at, RecordedAt: w.at, Province: w.province, IncidentID: w.incident, Entry: w.entry, Needs: needs,
	})
	w.done("open-case", receipt, err)
}

// submitForm opens the case with the person's form.
func (w *walk) submitForm(by identity.Principal) {
	if !w.goesOn() {
		return
	}
	receipt, err := w.service.submit(by, w.filled())
	w.done("submit-screening", receipt, err)
	w.read = receipt.Position
}

// recordForm records the person's form on the case that is open.
func (w *walk) recordForm(by identity.Principal) {
	if !w.goesOn() {
		return
	}
	form := w.filled()
	id := uuidFrom(w.random)
	form.ID = id
	body, err := form.Body()
	if err != nil {
		w.err = err
		return
	}
	receipt, err := w.service.execute(by, w.caseID, app.Call{Action: access.RecordScreening, ID: id, Body: body})
	w.done("record-screening", receipt, err)
	w.form.ID, w.read = id, receipt.Position
}

// filled fills the person's form, once, at the present hour of the case.
func (w *walk) filled() Form {
	met := w.person
	met.metAt = w.at
	w.form = met.form(w.random)
	if w.form.RecordedAt.After(w.now) {
		w.form.RecordedAt = w.now
	}
	return w.form
}

// correct sends the form again with other answers, seen at a position; 0 for the form as it stands.
func (w *walk) correct(by identity.Principal, reason domain.CorrectionReason, basedOn uint64, changes map[string]any) string {
	if !w.goesOn() {
		return ""
	}
	corrected := w.form
	corrected.ID, corrected.OccurredAt, corrected.RecordedAt = "", w.at, w.at
	corrected.Answers = map[string]any{}
	for key, answer := range w.form.Answers {
		corrected.Answers[key] = answer
	}
	for key, answer := range changes {
		corrected.Answers[key] = answer
	}
	body, err := json.Marshal(map[string]any{"screening_id": w.form.ID, "reason": reason, "screening": corrected})
	if err != nil {
		w.err = fmt.Errorf("couldn't encode a synthetic correction: %w", err)
		return ""
	}
	return w.call(by, app.Call{Action: access.CorrectScreening, BasedOn: basedOn, Body: body})
}

// said reports whether the form's answer to a question is yes.
func (w *walk) said(key string) bool {
	answer, _ := w.form.Answers[key].(map[string]any)
	return answer["value"] == "yes"
}

// hears notes that an agency holds data of the case and so learns of a withdrawal.
func (w *walk) hears(p identity.Principal) {
	if !slices.ContainsFunc(w.told, func(other identity.Principal) bool { return other.Agency == p.Agency }) {
		w.told = append(w.told, p)
	}
}
