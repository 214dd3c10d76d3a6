package api

import (
	"errors"
	"strings"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/app"
	"songtor/schemas"
)

// marker stands for something personal that a client sent at a wrong place. It must not come back.
const marker = "Malee-Suksawat-0812345678"

func TestDecodeCheckedNamesPlaceAndKeyword(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	const id = `"0b9f2ad6-5a0e-4f0e-9a67-0d6c1e6c7a11"`
	for name, c := range map[string]struct {
		into             func() commandBody
		body             string
		pointer, keyword string
	}{
		"unknown name": {conclude, `{"grounds":"yes","` + marker + `":1}`, "", keywordUnknownName},
		"unknown name within": {
			conclude, `{"grounds":"yes","elements":{"` + marker + `":"present"}}`,
			"/elements", keywordUnknownName,
		},
		"name in capitals": {conclude, `{"Grounds":"yes"}`, "", keywordUnknownName},
		"wrong type":       {conclude, `{"grounds":["` + marker + `"]}`, "/grounds", "type"},
		"not an object":    {conclude, `["` + marker + `"]`, "", "type"},
		"null":             {conclude, `{"grounds":"yes","narrative":null}`, "/narrative", "type"},
		"null in a list":   {refers, `{"to":"otp","services":["basic",null]}`, "/services/1", "type"},
		"missing":          {conclude, `{"narrative":"` + marker + `"}`, "/grounds", "required"},
		"not in the list":  {conclude, `{"grounds":"` + marker + `"}`, "/grounds", "enum"},
		"assessment":       {conclude, `{"grounds":"no","elements":{"act":"` + marker + `"}}`, "/elements/act", "enum"},
		"not a time":       {conclude, `{"grounds":"yes","occurred_at":"` + marker + `"}`, "/occurred_at", "format"},
		"impossible date":  {conclude, `{"grounds":"yes","occurred_at":"2026-02-30T10:00:00Z"}`, "/occurred_at", "format"},
		"time as number":   {conclude, `{"grounds":"yes","occurred_at":12}`, "/occurred_at", "type"},
		"in the future":    {conclude, `{"grounds":"yes","occurred_at":"2026-11-23T12:06:00Z"}`, "/occurred_at", schemas.KeywordNotFuture},
		"written down before it happened": {
			conclude,
			`{"grounds":"yes","occurred_at":"2026-11-22T10:00:00Z","recorded_at":"2026-11-22T09:59:59Z"}`, "/recorded_at", schemas.KeywordOrder,
		},
		"a slip of the year": {conclude, `{"grounds":"yes","occurred_at":"0205-11-22T10:00:00Z"}`, "/occurred_at", keywordTooEarly},
		"narrative too long": {conclude, `{"grounds":"yes","narrative":"` + strings.Repeat("ก", maxNote+1) + `"}`, "/narrative", "maxLength"},
		"control character":  {conclude, `{"grounds":"yes","narrative":"` + marker + `\u0007"}`, "/narrative", schemas.KeywordText},
		"turned direction":   {conclude, `{"grounds":"yes","narrative":"` + marker + `\u202e"}`, "/narrative", schemas.KeywordText},
		"no services":        {refers, `{"to":"otp","services":[]}`, "/services", "minItems"},
		"empty service":      {refers, `{"to":"otp","services":["basic",""]}`, "/services/1", "required"},
		"too many services":  {refers, `{"to":"otp","services":["a"` + strings.Repeat(`,"a"`, maxServices) + `]}`, "/services", "maxItems"},
		"no referral":        {declines, `{"reason":"full"}`, "/referral_id", "required"},
		"referral no id":     {declines, `{"referral_id":"` + marker + `","reason":"full"}`, "/referral_id", "format"},
		"no reason":          {declines, `{"referral_id":` + id + `}`, "/reason", "required"},
		"agreed left out":    {consents, `{"purpose":"referral"}`, "/agreed", "required"},
		"purpose":            {consents, `{"purpose":"` + marker + `","agreed":true}`, "/purpose", "enum"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := decodeChecked([]byte(c.body), c.into(), now)
			invalid, ok := errors.AsType[*app.Invalid](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if len(invalid.Violations) != 1 || invalid.Violations[0].Pointer != c.pointer || invalid.Violations[0].Keyword != c.keyword {
				t.Errorf("got %+v, want %q %s", invalid.Violations, c.pointer, c.keyword)
			}
		})
	}
}

func conclude() commandBody { return new(concludeScreening) }
func refers() commandBody   { return new(refer) }
func declines() commandBody { return new(declineReferral) }
func consents() commandBody { return new(recordConsent) }

func TestTimesDefaultToTheArrival(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		body               string
		occurred, recorded time.Time
	}{
		"none given":           {`{}`, now, now},
		"recorded given":       {`{"recorded_at":"2026-11-20T08:00:00Z"}`, now.Add(-76 * time.Hour), now.Add(-76 * time.Hour)},
		"occurred given":       {`{"occurred_at":"2026-11-20T08:00:00Z"}`, now.Add(-76 * time.Hour), now},
		"clock a little ahead": {`{"occurred_at":"2026-11-23T12:04:00Z"}`, now.Add(4 * time.Minute), now.Add(4 * time.Minute)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &closeCase{Reason: domain.OtherReason}
			if err := decodeChecked([]byte(c.body), b, now); err != nil {
				t.Fatal(err)
			}
			if !b.OccurredAt.Equal(c.occurred) || !b.RecordedAt.Equal(c.recorded) {
				t.Errorf("got %v and %v", b.OccurredAt, b.RecordedAt)
			}
		})
	}
}

func TestAssessmentsCoverEveryElement(t *testing.T) {
	t.Parallel()
	b := new(concludeScreening)
	var members []string
	for _, e := range domain.Elements() {
		members = append(members, `"`+string(e)+`":"present"`)
	}
	body := `{"grounds":"yes","elements":{` + strings.Join(members, ",") + `}}`
	if err := decodeChecked([]byte(body), b, time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := b.Elements.byElement(); len(got) != len(domain.Elements()) {
		t.Errorf("got %v", got)
	}
}

func TestBodiesBecomeCommands(t *testing.T) {
	t.Parallel()
	const id = "0b9f2ad6-5a0e-4f0e-9a67-0d6c1e6c7a11"
	bodies := map[string]string{
		"conclude-screening":    `{"grounds":"yes","elements":{"act":"present"},"narrative":"n"}`,
		"record-consent":        `{"purpose":"referral","agreed":false,"language":"mya"}`,
		"withdraw-consent":      `{"purpose":"referral","reason":"r"}`,
		"refer":                 `{"to":"otp","services":["basic"],"hand_over":true,"note":"n"}`,
		"accept":                `{"referral_id":"` + strings.ToUpper(id) + `"}`,
		"decline":               `{"referral_id":"` + id + `","reason":"full","note":"n"}`,
		"revoke":                `{"referral_id":"` + id + `","reason":"sent_in_error"}`,
		"complete":              `{"referral_id":"` + id + `","outcome":"o"}`,
		"decide-identification": `{"outcome":"tip_s6","grounds":"g"}`,
		"close":                 `{"reason":"other"}`,
	}
	want := map[string]domain.Command{
		"record-consent":        domain.RecordConsent{Answer: domain.Answer{Purpose: domain.ToReferral, Details: domain.ConsentDetails{Language: "mya"}}},
		"withdraw-consent":      domain.WithdrawConsent{Purpose: domain.ToReferral, Details: domain.ConsentDetails{Reason: "r"}},
		"accept":                domain.AcceptReferral{Referral: id},
		"decline":               domain.DeclineReferral{Referral: id, Reason: "full", Note: "n"},
		"revoke":                domain.RevokeReferral{Referral: id, Reason: domain.SentInError},
		"complete":              domain.CompleteReferral{Referral: id, Outcome: "o"},
		"decide-identification": domain.DecideIdentification{Finding: domain.Finding{Outcome: domain.VictimOfTrafficking, Grounds: "g"}},
		"close":                 domain.CloseCase{Reason: domain.OtherReason},
	}
	for _, c := range commands() {
		if c.body == nil {
			continue
		}
		b := c.body()
		if err := decodeChecked([]byte(bodies[string(c.action)]), b, time.Now()); err != nil {
			t.Errorf("%s: %v", c.action, err)
			continue
		}
		got := b.command("key")
		if expected, ok := want[string(c.action)]; ok && got != expected {
			t.Errorf("%s became %+v", c.action, got)
		}
	}
}
