package app

import (
	"context"
	"errors"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/identity"
	"songtor/schemas"
)

// OpenCase is the first contact with a person of whom no form has been filled yet.
type OpenCase struct {
	OccurredAt, RecordedAt time.Time
	Province, IncidentID   string
	Entry                  int // number on the incident's list, from 1; 0 for none
	Needs                  []domain.Need
}

// OpenCase opens a case without a form. The second result is false where the same command had been accepted before.
func (s *Service) OpenCase(ctx context.Context, p identity.Principal, commandID string, in OpenCase, body []byte) (Receipt, bool, error) {
	if err := s.May(p, access.CaseOpen); err != nil {
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
		happenedAt: in.OccurredAt, recordedAt: in.RecordedAt, province: in.Province, body: request,
		command: domain.OpenCase{
			Reference: newReference(), Province: in.Province, Incident: in.IncidentID, Entry: in.Entry, Needs: in.Needs,
		},
	})
}

// Call is a command given to a case that exists.
type Call struct {
	Action                 access.Action // the command's name in the address
	ID                     string        // the command's id, chosen by the client
	IfMatch                uint64        // position that the case must still be at; 0 where the client does not say
	BasedOn                uint64        // position at which the client last saw the case; 0 where it saw the case as it is
	After                  string        // command that the same device gave before and that must have come first; may be empty
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
		by: p, action: in.Action, caseID: id, id: in.ID, ifMatch: in.IfMatch, basedOn: in.BasedOn, after: in.After,
		happenedAt: in.HappenedAt, recordedAt: in.RecordedAt, body: request, command: in.Command,
	}
	if err := s.complete(ctx, &op, in); err != nil {
		return Receipt{}, false, err
	}
	receipt, created, err := s.execute(ctx, op)
	if in.Action == access.ApproveErasure && (err == nil || errors.Is(err, ErrErased)) {
		_ = s.finishErasure(ctx, id) // what cannot be carried out now the keeper of erasures carries out: that two people agreed stands
	}
	return receipt, created, err
}
