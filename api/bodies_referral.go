package api

import (
	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/schemas"
)

// referralCommands are those by which a case goes from agency to agency and person to person.
func referralCommands() []command {
	return []command{
		{access.Refer, func() commandBody { return new(refer) }},
		{access.Accept, func() commandBody { return new(acceptReferral) }},
		{access.Decline, func() commandBody { return new(declineReferral) }},
		{access.Revoke, func() commandBody { return new(revokeReferral) }},
		{access.Complete, func() commandBody { return new(completeReferral) }},
		{access.Assign, func() commandBody { return new(assign) }},
		{access.RequestHandOver, func() commandBody { return new(requestHandOver) }},
		{access.GrantHandOver, func() commandBody { return new(grantHandOver) }},
		{access.RefuseHandOver, func() commandBody { return new(refuseHandOver) }},
	}
}

type refer struct {
	times
	To       string             `json:"to"`
	Services []string           `json:"services"`
	HandOver bool               `json:"hand_over"`
	Data     []domain.DataClass `json:"data"`
	Note     string             `json:"note"`
}

func (b *refer) check(c *checker) {
	listed(c, "/to", b.To, schemas.Agency)
	c.must(len(b.Services) > 0, "/services", keywordMinItems)
	c.must(len(b.Services) <= maxItems, "/services", keywordMaxItems)
	for i, service := range b.Services {
		listed(c, place("/services", i), service, schemas.Service)
	}
	dataClasses(c, b.Data)
	c.text("/note", b.Note, maxNote)
}

func (b *refer) command(id string) domain.Command {
	return domain.Refer{Referral: id, To: b.To, Services: b.Services, HandOver: b.HandOver, Data: b.Data, Note: b.Note}
}

// onReferral is what every answer to a referral carries.
type onReferral struct {
	times
	Referral string `json:"referral_id"`
}

func (b *onReferral) check(c *checker) { b.Referral = c.id("/referral_id", b.Referral) }

type acceptReferral struct{ onReferral }

func (b *acceptReferral) command(string) domain.Command {
	return domain.AcceptReferral{Referral: b.Referral}
}

type declineReferral struct {
	onReferral
	Reason domain.DeclineReason `json:"reason"`
	Note   string               `json:"note"`
}

func (b *declineReferral) check(c *checker) {
	b.onReferral.check(c)
	listed(c, "/reason", string(b.Reason), schemas.DeclineReason)
	c.text("/note", b.Note, maxNote)
}

func (b *declineReferral) command(string) domain.Command {
	return domain.DeclineReferral{Referral: b.Referral, Reason: b.Reason, Note: b.Note}
}

type revokeReferral struct {
	onReferral
	Reason domain.RevokeReason `json:"reason"`
}

func (b *revokeReferral) check(c *checker) {
	b.onReferral.check(c)
	oneOf(c, "/reason", b.Reason, domain.RevokeReasons()...)
}

func (b *revokeReferral) command(string) domain.Command {
	return domain.RevokeReferral{Referral: b.Referral, Reason: b.Reason}
}

type completeReferral struct {
	onReferral
	Outcome string `json:"outcome"`
}

func (b *completeReferral) check(c *checker) {
	b.onReferral.check(c)
	c.text("/outcome", b.Outcome, maxNote)
}

func (b *completeReferral) command(string) domain.Command {
	return domain.CompleteReferral{Referral: b.Referral, Outcome: b.Outcome}
}

type assign struct {
	times
	Assignee *string `json:"assignee"`
}

func (b *assign) check(c *checker) {
	if c.must(b.Assignee != nil, "/assignee", keywordRequired) && *b.Assignee != "" && *b.Assignee != app.Me {
		*b.Assignee = c.id("/assignee", *b.Assignee)
	}
}

func (b *assign) command(string) domain.Command { return domain.Assign{Assignee: *b.Assignee} }

type requestHandOver struct {
	times
	Reason string `json:"reason"`
}

func (b *requestHandOver) check(c *checker) { c.sentence("/reason", b.Reason) }

func (b *requestHandOver) command(string) domain.Command {
	return domain.RequestHandOver{Reason: b.Reason}
}

// onRequest is what every answer to a request for the case carries.
type onRequest struct {
	times
	Request string `json:"request_id"`
}

func (b *onRequest) check(c *checker) { b.Request = c.id("/request_id", b.Request) }

type grantHandOver struct{ onRequest }

func (b *grantHandOver) command(string) domain.Command {
	return domain.GrantHandOver{Request: b.Request}
}

type refuseHandOver struct {
	onRequest
	Reason domain.DeclineReason `json:"reason"`
}

func (b *refuseHandOver) check(c *checker) {
	b.onRequest.check(c)
	listed(c, "/reason", string(b.Reason), schemas.DeclineReason)
}

func (b *refuseHandOver) command(string) domain.Command {
	return domain.RefuseHandOver{Request: b.Request, Reason: b.Reason}
}
