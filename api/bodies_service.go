package api

import (
	"songtor/domain"
	"songtor/internal/access"
	"songtor/schemas"
)

// serviceCommands are those on services and shelter.
func serviceCommands() []command {
	return []command{
		{access.RequestService, func() commandBody { return new(requestService) }},
		{access.AcceptService, func() commandBody { return new(acceptService) }},
		{access.DeclineService, func() commandBody { return new(declineService) }},
		{access.DeliverService, func() commandBody { return new(deliverService) }},
		{access.RefuseService, func() commandBody { return new(refuseService) }},
		{access.PlaceInShelter, func() commandBody { return new(placeInShelter) }},
		{access.LeaveShelter, func() commandBody { return new(leaveShelter) }},
	}
}

type requestService struct {
	times
	Service  string             `json:"service"`
	Provider string             `json:"provider"`
	Replaces string             `json:"replaces"`
	Data     []domain.DataClass `json:"data"`
	Note     string             `json:"note"`
}

func (b *requestService) check(c *checker) {
	listed(c, "/service", b.Service, schemas.Service)
	known(c, "/provider", b.Provider, schemas.Agency)
	if b.Replaces != "" {
		b.Replaces = c.id("/replaces", b.Replaces)
	}
	dataClasses(c, b.Data)
	c.text("/note", b.Note, maxNote)
}

// command leaves to internal/app what follows from the list of services, and the own agency where no provider is named.
func (b *requestService) command(string) domain.Command {
	return domain.RequestService{Code: b.Service, Provider: b.Provider, Replaces: b.Replaces, Data: b.Data, Note: b.Note}
}

// onService is what every answer to a request for a service carries.
type onService struct {
	times
	Service string `json:"service_id"`
}

func (b *onService) check(c *checker) { b.Service = c.id("/service_id", b.Service) }

type acceptService struct{ onService }

func (b *acceptService) command(string) domain.Command {
	return domain.AcceptService{Service: b.Service}
}

type declineService struct {
	onService
	Reason domain.DeclineReason `json:"reason"`
	Note   string               `json:"note"`
}

func (b *declineService) check(c *checker) {
	b.onService.check(c)
	listed(c, "/reason", string(b.Reason), schemas.ServiceDeclineReason)
	c.text("/note", b.Note, maxNote)
}

func (b *declineService) command(string) domain.Command {
	return domain.DeclineService{Service: b.Service, Reason: b.Reason, Note: b.Note}
}

type deliverService struct {
	onService
	Outcome string `json:"outcome"`
}

func (b *deliverService) check(c *checker) {
	b.onService.check(c)
	c.text("/outcome", b.Outcome, maxNote)
}

func (b *deliverService) command(string) domain.Command {
	return domain.DeliverService{Service: b.Service, Outcome: b.Outcome}
}

type refuseService struct {
	onService
	Reason string `json:"reason"`
}

func (b *refuseService) check(c *checker) {
	b.onService.check(c)
	c.text("/reason", b.Reason, maxNote)
}

func (b *refuseService) command(string) domain.Command {
	return domain.RefuseService{Service: b.Service, Reason: b.Reason}
}

type placeInShelter struct {
	times
	Provider string `json:"provider"`
	Location string `json:"location"`
	LongTerm bool   `json:"long_term"`
}

func (b *placeInShelter) check(c *checker) {
	known(c, "/provider", b.Provider, schemas.Agency)
	c.sentence("/location", b.Location)
}

// command leaves the own agency to internal/app where no provider is named.
func (b *placeInShelter) command(string) domain.Command {
	return domain.PlaceInShelter{Provider: b.Provider, Location: b.Location, LongTerm: b.LongTerm}
}

type leaveShelter struct {
	times
	Reason domain.LeaveReason `json:"reason"`
}

func (b *leaveShelter) check(c *checker) { oneOf(c, "/reason", b.Reason, domain.LeaveReasons()...) }

func (b *leaveShelter) command(string) domain.Command { return domain.LeaveShelter{Reason: b.Reason} }
