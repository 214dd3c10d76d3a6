package api

import (
	"slices"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/schemas"
)

// consentCommands are those on consent.
func consentCommands() []command {
	return []command{
		{access.RecordConsent, func() commandBody { return new(recordConsent) }},
		{access.WithdrawConsent, func() commandBody { return new(withdrawConsent) }},
		{access.AcknowledgeWithdrawal, func() commandBody { return new(acknowledgeWithdrawal) }},
	}
}

// consentDetails checks how consent was asked for.
func consentDetails(c *checker, d domain.ConsentDetails) {
	known(c, "/language", d.Language, schemas.Language)
	c.text("/interpreter", d.Interpreter, maxNote)
	c.text("/witness", d.Witness, maxNote)
	c.text("/reason", d.Reason, maxNote)
}

type recordConsent struct {
	times
	domain.ConsentDetails
	Purpose   domain.Purpose     `json:"purpose"`
	Agreed    *bool              `json:"agreed"`
	Recipient string             `json:"recipient"`
	Data      []domain.DataClass `json:"data"`
	Until     *time.Time         `json:"until"`
}

func (b *recordConsent) check(c *checker) {
	oneOf(c, "/purpose", b.Purpose, domain.Purposes()...)
	c.must(b.Agreed != nil, "/agreed", keywordRequired)
	known(c, "/recipient", b.Recipient, schemas.Agency)
	dataClasses(c, b.Data)
	c.planned("/until", b.Until)
	consentDetails(c, b.ConsentDetails)
}

func (b *recordConsent) command(string) domain.Command {
	return domain.RecordConsent{Answer: domain.Answer{
		Purpose: b.Purpose, Agreed: *b.Agreed, Recipient: b.Recipient, Data: b.Data, Until: b.Until, Details: b.ConsentDetails,
	}}
}

type withdrawConsent struct {
	times
	domain.ConsentDetails
	Purpose   domain.Purpose `json:"purpose"`
	Recipient string         `json:"recipient"`
}

func (b *withdrawConsent) check(c *checker) {
	oneOf(c, "/purpose", b.Purpose, domain.Purposes()...)
	known(c, "/recipient", b.Recipient, schemas.Agency)
	consentDetails(c, b.ConsentDetails)
}

func (b *withdrawConsent) command(string) domain.Command {
	return domain.WithdrawConsent{Purpose: b.Purpose, Recipient: b.Recipient, Details: b.ConsentDetails}
}

type acknowledgeWithdrawal struct {
	times
	Withdrawal string `json:"withdrawal_id"`
}

// check lets the name of a purpose stand for a withdrawal too: the first version of the event had no id.
func (b *acknowledgeWithdrawal) check(c *checker) {
	if !slices.Contains(domain.Purposes(), domain.Purpose(b.Withdrawal)) {
		b.Withdrawal = c.id("/withdrawal_id", b.Withdrawal)
	}
}

func (b *acknowledgeWithdrawal) command(string) domain.Command {
	return domain.AcknowledgeWithdrawal{Withdrawal: b.Withdrawal}
}
