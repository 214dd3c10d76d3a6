package app

import (
	"context"
	"errors"
	"maps"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/identity"
	"songtor/schemas"
)

// complete checks and fills in what the domain does not know, the code lists, the forms and the accounts, before anything of the case
// is looked at.
func (s *Service) complete(ctx context.Context, op *operation, in Call) error {
	switch in.Action {
	case access.RecordScreening:
		return s.completeRecord(op, in.Body)
	case access.CorrectScreening:
		return s.completeCorrection(op, in.Body)
	}
	command, err := s.completed(ctx, op, in.Command)
	op.command = command
	return err
}

func (s *Service) completed(ctx context.Context, op *operation, command domain.Command) (domain.Command, error) {
	switch c := command.(type) {
	case domain.Refer:
		return c, errors.Join(known("/to", c.To, schemas.Agency), allKnown("/services", c.Services, schemas.Service))
	case domain.DeclineReferral:
		return c, known("/reason", string(c.Reason), schemas.DeclineReason)
	case domain.RefuseHandOver:
		return c, known("/reason", string(c.Reason), schemas.DeclineReason)
	case domain.DeclineService:
		return c, known("/reason", string(c.Reason), schemas.ServiceDeclineReason)
	case domain.GiveInformation:
		return c, allKnown("/topics", c.Topics, schemas.InformationTopic)
	case domain.RecordConsent:
		return c, knownOrNone("/recipient", c.Recipient, schemas.Agency)
	case domain.WithdrawConsent:
		return c, knownOrNone("/recipient", c.Recipient, schemas.Agency)
	case domain.ConveneTeam:
		return completeTeam(c)
	case domain.RequestService:
		return completeService(c, op.by.Agency)
	case domain.PlaceInShelter:
		if c.Provider == "" {
			c.Provider = op.by.Agency
		}
		return c, known("/provider", c.Provider, schemas.Agency)
	case domain.FileClaim:
		return c, knownItems(c.Items)
	case domain.AdvanceClaim:
		return c, knownItems(c.Items)
	case domain.ArrangeReturn:
		return c, known("/country", c.Country, schemas.Country)
	case domain.HoldInterview:
		return c, allKnown("/adjustments", c.Adjustments, schemas.Accommodation)
	case domain.Assign:
		return s.completeAssignment(ctx, op, c)
	case domain.LinkCase:
		return s.completeLink(ctx, op, c)
	case domain.Exclude:
		return s.completeExclusion(ctx, c)
	case domain.BreakGlass:
		return s.completeGlass(ctx, op, c)
	case domain.SettleDisagreement:
		op.amends = true
		op.prepare = func(h *history) (domain.Command, error) { return s.settlement(h, c) }
		return c, nil
	}
	return command, nil
}

func known[T any](pointer, code string, find func(string) (T, bool)) error {
	if _, ok := find(code); !ok {
		return invalid(pointer, "x-code")
	}
	return nil
}

func knownOrNone[T any](pointer, code string, find func(string) (T, bool)) error {
	if code == "" {
		return nil
	}
	return known(pointer, code, find)
}

func allKnown[T any](pointer string, codes []string, find func(string) (T, bool)) error {
	for i, code := range codes {
		if err := known(pointer+"/"+strconv.Itoa(i), code, find); err != nil {
			return err
		}
	}
	return nil
}

func knownItems(items []domain.ClaimItem) error {
	for i, item := range items {
		if err := known("/items/"+strconv.Itoa(i)+"/code", item.Code, schemas.FundItem); err != nil {
			return err
		}
	}
	return nil
}

// completeTeam fills in what kind of agency each member comes from.
func completeTeam(c domain.ConveneTeam) (domain.Command, error) {
	for i, m := range c.Members {
		agency, ok := schemas.Agency(m.Agency)
		if !ok {
			return c, invalid("/members/"+strconv.Itoa(i)+"/agency", "x-code")
		}
		c.Members[i].Kind = agency.Kind
	}
	return c, nil
}

// completeService fills in from which standing on the service may be given, and the own agency where no provider is named.
func completeService(c domain.RequestService, own string) (domain.Command, error) {
	service, ok := schemas.Service(c.Code)
	if !ok {
		return c, invalid("/service", "x-code")
	}
	if c.Provider == "" {
		c.Provider = own
	}
	c.Level, c.Urgent = domain.Entitlement(service.Entitlement), service.Urgent
	return c, known("/provider", c.Provider, schemas.Agency)
}

// Me names the caller where an account is expected.
const Me = "me"

// completeAssignment finds the person who is to have the case: somebody of the agency that is responsible.
func (s *Service) completeAssignment(ctx context.Context, op *operation, c domain.Assign) (domain.Command, error) {
	agency := op.by.Agency
	switch c.Assignee {
	case "":
		return c, nil
	case Me, op.by.UserID:
		c.Assignee = op.by.UserID
	default:
		account, err := s.accounts.ByID(ctx, c.Assignee)
		switch {
		case errors.Is(err, identity.ErrNoAccount):
			return c, invalid("/assignee", "x-code")
		case err != nil:
			return c, unavailable("look up the account", err)
		case !account.Active:
			return c, invalid("/assignee", "x-code")
		}
		agency = account.Agency
	}
	op.prepare = func(h *history) (domain.Command, error) {
		if agency != h.state.Standing.Agency {
			return nil, invalid("/assignee", "x-agency")
		}
		return c, nil
	}
	return c, nil
}

// completeLink makes sure that the other case is there and that the caller may know of it.
func (s *Service) completeLink(ctx context.Context, op *operation, c domain.LinkCase) (domain.Command, error) {
	c.Case = op.caseID
	other, err := s.load(ctx, c.Other)
	if err == nil {
		err = s.mayOnCase(op.by, access.CaseRead, other)
	}
	if errors.Is(err, ErrNotFound) {
		return c, invalid("/other", "x-case")
	}
	return c, err
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
	op.happenedAt, op.recordedAt, op.body, op.command = sub.occurredAt, sub.recordedAt, sub.said(), command
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
	read := s.read
	if op.basedOn != 0 {
		read = s.readPart
	}
	sub, err := read(c.Form)
	if err != nil {
		return within("/screening", err)
	}
	op.happenedAt, op.recordedAt, op.amends = sub.occurredAt, sub.recordedAt, true
	corrected := domain.CorrectScreening{Screening: c.Screening, Form: sub.ref(), Reason: c.Reason}
	if op.basedOn != 0 {
		by, basedOn := op.by, op.basedOn
		op.command = corrected
		op.prepare = func(h *history) (domain.Command, error) {
			corrected, sub, err := s.withUnseen(h, by, basedOn, corrected, sub)
			if err != nil {
				return nil, within("/screening", err)
			}
			return s.merged(h, basedOn, corrected, sub)
		}
		return nil
	}
	corrected.Content, err = sub.content()
	op.command = corrected
	return err
}

// withUnseen is a correction with the answers that stood when it was begun and that who corrects is not shown, and so did not give:
// nobody takes away what they did not see. One that is based on nothing is the whole form, and this is not asked of it.
func (s *Service) withUnseen(
	h *history, by identity.Principal, basedOn uint64, c domain.CorrectScreening, sub *submission,
) (domain.CorrectScreening, *submission, error) {
	if err := s.open(h, domain.ScopeIdentity, domain.ScopeMedical); err != nil {
		return c, sub, err
	}
	stands, _ := formAt(h, c.Screening, basedOn)
	seen, kept := s.sightOf(by, h, s.now()), maps.Clone(sub.answers)
	for _, item := range sub.form.Items() {
		stood, there := stands[item.Key]
		if _, given := sub.answers[item.Key]; there && !given && !seen.item(item) {
			kept[item.Key] = stood
		}
	}
	whole, err := s.with(sub, kept)
	if err != nil {
		return c, sub, err
	}
	c.Content, err = whole.content()
	return c, whole, err
}
