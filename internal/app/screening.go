package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/identity"
	"songtor/schemas"
)

// submission is a filled form that has been found valid.
type submission struct {
	form       *schemas.Form
	fields     map[string]any
	answers    answers
	members    []member
	province   string
	incident   string
	occurredAt time.Time
	recordedAt time.Time
}

// SubmitScreening records a form from the field and opens its case. The second result is false where the same form had been
// accepted before. The id is the client's; the case's id follows from it, so that a repeated call always meets the same case.
func (s *Service) SubmitScreening(ctx context.Context, p identity.Principal, id string, body []byte) (Receipt, bool, error) {
	return s.submit(ctx, p, id, body, nil)
}

// submit records a form, with who let it out of quarantine where it was there. The keys of its case are made while it is judged, for
// they take longer; a form that is refused leaves keys that nothing is sealed with, which the same form, once mended, finds.
func (s *Service) submit(ctx context.Context, p identity.Principal, id string, body []byte, released *domain.Actor) (Receipt, bool, error) {
	if err := s.May(p, access.ScreeningSubmit); err != nil {
		return Receipt{}, false, err
	}
	leave, err := s.enter()
	if err != nil {
		return Receipt{}, false, err
	}
	defer leave()
	form, fields, err := decodeForm(body)
	if err != nil {
		return Receipt{}, false, err
	}
	op := operation{by: p, action: access.ScreeningSubmit, caseID: CaseID(id), id: id, opens: true}
	op.keys = s.makeKeys(ctx, op)
	sub, err := s.judge(form, fields, asItIs)
	if err != nil {
		return Receipt{}, false, err
	}
	command, err := sub.record(id)
	if err != nil {
		return Receipt{}, false, err
	}
	command.Opening = &domain.OpenCase{Reference: newReference(), Province: sub.province, Incident: sub.incident, Released: released}
	op.happenedAt, op.recordedAt, op.province = sub.occurredAt, sub.recordedAt, sub.province
	op.body, op.command = sub.said(), command
	receipt, fresh, err := s.perform(ctx, op)
	if err == nil {
		s.measured.Acknowledged(fresh)
	}
	return receipt, fresh, err
}

// asItIs lets nothing pass that is wrong with a form.
func asItIs(schemas.Violation) bool { return false }

// read decodes a form strictly and holds it against the version that it names.
func (s *Service) read(body []byte) (*submission, error) { return s.readBut(body, asItIs) }

// readPart is read for a form that lacks what its sender was not shown. Whether that was there before is for the whole to say.
func (s *Service) readPart(body []byte) (*submission, error) {
	return s.readBut(body, func(v schemas.Violation) bool {
		return v.Keyword == "required" && strings.HasPrefix(v.Pointer, "/answers/")
	})
}

// readBut reads a form that may be wrong in the ways that are let pass.
func (s *Service) readBut(body []byte, pass func(schemas.Violation) bool) (*submission, error) {
	form, fields, err := decodeForm(body)
	if err != nil {
		return nil, err
	}
	return s.judge(form, fields, pass)
}

// decodeForm reads the fields of a form and which form it is.
func decodeForm(body []byte) (*schemas.Form, map[string]any, error) {
	decoded, violations := schemas.DecodeStrict(body)
	if len(violations) > 0 {
		return nil, nil, &Invalid{Violations: violations}
	}
	fields, ok := decoded.(map[string]any)
	if !ok {
		return nil, nil, invalid("", "type")
	}
	form, err := formOf(fields)
	return form, fields, err
}

// judge holds the fields against the form's schema and rules.
func (s *Service) judge(form *schemas.Form, fields map[string]any, pass func(schemas.Violation) bool) (*submission, error) {
	if violations := slices.DeleteFunc(form.Validate(fields, s.Now()), pass); len(violations) > 0 {
		return nil, &Invalid{Violations: violations}
	}
	return newSubmission(form, fields)
}

func formOf(fields map[string]any) (*schemas.Form, error) {
	if fields["form"] != "screening" {
		return nil, invalid("/form", "const")
	}
	version, ok := fields["version"].(float64)
	if !ok || version != float64(int(version)) {
		return nil, invalid("/version", "type")
	}
	form, err := schemas.Screening(int(version))
	if errors.Is(err, schemas.ErrUnknownVersion) {
		return nil, invalid("/version", "x-version")
	}
	return form, err
}

// newSubmission reads fields whose types the form's schema has vouched for.
func newSubmission(form *schemas.Form, fields map[string]any) (*submission, error) {
	text := func(name string) string { v, _ := fields[name].(string); return v }
	occurred, err := time.Parse(time.RFC3339, text("occurred_at"))
	if err != nil {
		return nil, invalid("/occurred_at", "format")
	}
	recorded, err := time.Parse(time.RFC3339, text("recorded_at"))
	if err != nil {
		return nil, invalid("/recorded_at", "format")
	}
	items, _ := fields["answers"].(map[string]any)
	members, err := encode(form, items)
	return &submission{
		form: form, fields: fields, answers: items, members: members, province: text("province"), incident: text("incident_id"),
		occurredAt: occurred.UTC(), recordedAt: recorded.UTC(),
	}, err
}

// record makes the command that records the form under the given id.
func (sub *submission) record(id string) (domain.RecordScreening, error) {
	content, err := sub.content()
	return domain.RecordScreening{
		Screening: id, Form: sub.ref(), Content: content, Consents: sub.answers.consents(), Needs: sub.answers.needs(),
	}, err
}

// said is what a submission says, in one order and without white space: two requests that say the same give the same bytes.
func (sub *submission) said() []byte {
	said := fmt.Appendf(nil, "%s %d %s %s %s %s\n", sub.form.Name, sub.form.Version, sub.province, sub.incident,
		sub.occurredAt.Format(time.RFC3339Nano), sub.recordedAt.Format(time.RFC3339Nano))
	said = append(appendObject(said, sub.members, member.impersonal), '\n')
	if slices.ContainsFunc(sub.members, member.identifying) {
		said = appendObject(said, sub.members, member.identifying)
	}
	return said
}

// joined is one object of the members of two; the other where one is missing.
func joined(a, b []byte) []byte {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	members := map[string]jsontext.Value{}
	for _, part := range [][]byte{a, b} {
		if json.Unmarshal(part, &members) != nil {
			return nil // what was encoded here always decodes
		}
	}
	whole, err := json.Marshal(members, json.Deterministic(true))
	if err != nil {
		return nil
	}
	return whole
}

func (sub *submission) ref() domain.FormRef {
	return domain.FormRef{Name: sub.form.Name, Version: sub.form.Version, Hash: sub.form.Hash}
}

// content splits the answers by who may open them: what names or reaches the person, what is on their health, and everything else.
func (sub *submission) content() (domain.Content, error) {
	findings := domain.Derive(sub.answers.observations(sub.form))
	content := domain.Content{
		Findings: findings,
		Answers:  domain.PrivateJSON(domain.ScopeSensitive, appendObject(nil, sub.members, member.ordinary)),
	}
	if slices.ContainsFunc(sub.members, member.medical) {
		content.Health = domain.PrivateJSON(domain.ScopeMedical, appendObject(nil, sub.members, member.medical))
	}
	if slices.ContainsFunc(sub.members, member.identifying) {
		content.Identity = domain.PrivateJSON(domain.ScopeIdentity, appendObject(nil, sub.members, member.identifying))
	}
	var err error
	content.Categories, err = private(domain.ScopeStatistics, sub.answers.categories(findings, sub.occurredAt))
	return content, err
}

// member is an answer under the key of its item, encoded once for everything that is made of it.
type member struct {
	key     string
	scope   domain.Scope
	encoded []byte
}

func (m member) identifying() bool { return m.scope == domain.ScopeIdentity }
func (m member) impersonal() bool  { return m.scope != domain.ScopeIdentity }
func (m member) medical() bool     { return m.scope == domain.ScopeMedical }
func (m member) ordinary() bool    { return m.scope == domain.ScopeSensitive }

// encode encodes the answers in the order of their keys.
func encode(form *schemas.Form, all answers) ([]member, error) {
	members := make([]member, 0, len(all))
	for _, item := range form.Items() {
		answer, ok := all[item.Key]
		if !ok {
			continue
		}
		m := member{key: item.Key}
		_, m.scope = kindOf(item)
		var err error
		if m.encoded, err = json.Marshal(answer, json.Deterministic(true)); err != nil {
			return nil, fmt.Errorf("couldn't encode %s data", m.scope)
		}
		members = append(members, m)
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.key, b.key) })
	return members, nil
}

// appendObject appends the object of the members that are wanted. The keys of items need no escaping.
func appendObject(to []byte, members []member, wanted func(member) bool) []byte {
	size := len("{}")
	for _, m := range members {
		if wanted(m) {
			size += len(`"":,`) + len(m.key) + len(m.encoded)
		}
	}
	to = append(slices.Grow(to, size), '{')
	first := true
	for _, m := range members {
		if !wanted(m) {
			continue
		}
		if !first {
			to = append(to, ',')
		}
		first = false
		to = append(append(append(append(to, '"'), m.key...), '"', ':'), m.encoded...)
	}
	return append(to, '}')
}

func private(scope domain.Scope, v any) (domain.Private, error) {
	encoded, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return domain.Private{}, fmt.Errorf("couldn't encode %s data", scope)
	}
	return domain.PrivateJSON(scope, encoded), nil
}

// CaseID derives a case's id from the id of the command that opens it. Whoever repeats the command meets the case it opened.
func CaseID(commandID string) string { return derivedID("songtor case\x00" + commandID) }

// derivedID is an id that follows from a text: whoever does the same thing again does it under the same id.
func derivedID(text string) string {
	sum := sha256.Sum256([]byte(text))
	id, _ := uuid.FromBytes(sum[:16])
	id[6] = id[6]&0x0f | 0x80 // version 8: an id made by a rule of our own (RFC 9562, section 5.8)
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

// newReference draws a case reference.
func newReference() string {
	for {
		var random [15]byte
		_, _ = rand.Read(random[:]) // never fails since Go 1.24
		if reference, ok := domain.MakeReference(random); ok {
			return reference
		}
	}
}
