package app

import (
	"context"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/identity"
	"songtor/schemas"
)

// OpenCase is the first contact with a person of whom no form has been filled yet.
type OpenCase struct {
	OccurredAt, RecordedAt time.Time
	Province, IncidentID   string
	Needs                  []domain.Need
}

// OpenCase opens a case without a form. The second result is false where the same command had been accepted before.
func (s *Service) OpenCase(ctx context.Context, p identity.Principal, commandID string, in OpenCase, body []byte) (Receipt, bool, error) {
	if err := may(p, access.CaseOpen); err != nil {
		return Receipt{}, false, err
	}
	if _, known := schemas.Province(in.Province); !known {
		return Receipt{}, false, invalid("/province", "x-code")
	}
	request, err := canonical(body)
	if err != nil {
		return Receipt{}, false, err
	}
	return s.execute(ctx, operation{
		by: p, action: access.CaseOpen, caseID: CaseID(commandID), id: commandID, opens: true,
		happenedAt: in.OccurredAt, recordedAt: in.RecordedAt, body: request,
		command: domain.OpenCase{Reference: newReference(), Province: in.Province, Incident: in.IncidentID, Needs: in.Needs},
	})
}

// Call is a command given to a case that exists.
type Call struct {
	Action                 access.Action // the command's name in the address
	ID                     string        // the command's id, chosen by the client
	IfMatch                uint64        // position of the case's latest commit that the client saw; 0 where it does not say
	HappenedAt, RecordedAt time.Time
	Command                domain.Command // nil for the commands that carry a form
	Body                   []byte         // the request as it came
}

// Execute gives a command to a case. The second result is false where the same command had been accepted before.
func (s *Service) Execute(ctx context.Context, p identity.Principal, id string, in Call) (Receipt, bool, error) {
	request, err := canonical(in.Body)
	if err != nil {
		return Receipt{}, false, err
	}
	op := operation{
		by: p, action: in.Action, caseID: id, id: in.ID, ifMatch: in.IfMatch,
		happenedAt: in.HappenedAt, recordedAt: in.RecordedAt, body: request, command: in.Command,
	}
	if err := s.complete(&op, in); err != nil {
		return Receipt{}, false, err
	}
	return s.execute(ctx, op)
}

// complete checks what the domain does not know, the code lists and the forms, before anything of the case is looked at.
func (s *Service) complete(op *operation, in Call) error {
	switch in.Action {
	case access.RecordScreening:
		return s.completeRecord(op, in.Body)
	case access.CorrectScreening:
		return s.completeCorrection(op, in.Body)
	}
	switch c := in.Command.(type) {
	case domain.Refer:
		return checkReferral(c)
	case domain.DeclineReferral:
		if _, known := schemas.DeclineReason(string(c.Reason)); !known {
			return invalid("/reason", "x-code")
		}
	}
	return nil
}

func checkReferral(c domain.Refer) error {
	if _, known := schemas.Agency(c.To); !known {
		return invalid("/to", "x-code")
	}
	for i, service := range c.Services {
		if _, known := schemas.Service(service); !known {
			return invalid("/services/"+strconv.Itoa(i), "x-code")
		}
	}
	return nil
}

func (s *Service) completeRecord(op *operation, body []byte) error {
	sub, err := s.read(body)
	if err != nil {
		return err
	}
	command, err := sub.record(op.id)
	if err != nil {
		return err
	}
	op.happenedAt, op.recordedAt, op.body, op.command = sub.occurredAt, sub.recordedAt, sub.said(command.Content), command
	return nil
}

// correction is the body of the command that corrects a screening.
type correction struct {
	Screening string                  `json:"screening_id"`
	Reason    domain.CorrectionReason `json:"reason"`
	Form      jsontext.Value          `json:"screening"`
}

func (s *Service) completeCorrection(op *operation, body []byte) error {
	if _, violations := schemas.DecodeStrict(body); len(violations) > 0 {
		return &Invalid{Violations: violations}
	}
	var c correction
	if err := json.Unmarshal(body, &c, json.RejectUnknownMembers(true)); err != nil {
		return invalid("", "type")
	}
	if len(c.Form) == 0 {
		return invalid("/screening", "required")
	}
	sub, err := s.read(c.Form)
	if err != nil {
		return within("/screening", err)
	}
	content, err := sub.content()
	if err != nil {
		return err
	}
	op.happenedAt, op.recordedAt = sub.occurredAt, sub.recordedAt
	op.command = domain.CorrectScreening{Screening: c.Screening, Form: sub.ref(), Content: content, Reason: c.Reason}
	return nil
}
