package api

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/schemas"
)

// marker stands for something personal that a client sent at a wrong place. It must not come back.
const marker = "Malee-Suksawat-0812345678"

// anID is the id of something in a body.
const anID = "0b9f2ad6-5a0e-4f0e-9a67-0d6c1e6c7a11"

func bodyOf(t *testing.T, action access.Action) commandBody {
	t.Helper()
	for _, c := range commands() {
		if c.action == action && c.body != nil {
			return c.body()
		}
	}
	t.Fatalf("%s has no body", action)
	return nil
}

func TestDecodeCheckedNamesPlaceAndKeyword(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	const id = `"` + anID + `"`
	long := strings.Repeat("ก", maxNote+1)
	for name, c := range map[string]struct {
		action           access.Action
		body             string
		pointer, keyword string
	}{
		"unknown name":        {access.ConcludeScreening, `{"grounds":"yes","` + marker + `":1}`, "", keywordUnknownName},
		"unknown name within": {access.ConcludeScreening, `{"grounds":"yes","elements":{"` + marker + `":"present"}}`, "/elements", keywordUnknownName},
		"name in capitals":    {access.ConcludeScreening, `{"Grounds":"yes"}`, "", keywordUnknownName},
		"wrong type":          {access.ConcludeScreening, `{"grounds":["` + marker + `"]}`, "/grounds", keywordType},
		"not an object":       {access.ConcludeScreening, `["` + marker + `"]`, "", keywordType},
		"null":                {access.ConcludeScreening, `{"grounds":"yes","narrative":null}`, "/narrative", keywordType},
		"null in a list":      {access.Refer, `{"to":"datip","services":["basic",null]}`, "/services/1", keywordType},
		"missing":             {access.ConcludeScreening, `{"narrative":"` + marker + `"}`, "/grounds", keywordRequired},
		"not in the list":     {access.ConcludeScreening, `{"grounds":"` + marker + `"}`, "/grounds", keywordEnum},
		"assessment":          {access.ConcludeScreening, `{"grounds":"no","elements":{"act":"` + marker + `"}}`, "/elements/act", keywordEnum},
		"not a time":          {access.ConcludeScreening, `{"grounds":"yes","occurred_at":"` + marker + `"}`, "/occurred_at", keywordFormat},
		"impossible date":     {access.ConcludeScreening, `{"grounds":"yes","occurred_at":"2026-02-30T10:00:00Z"}`, "/occurred_at", keywordFormat},
		"time as number":      {access.ConcludeScreening, `{"grounds":"yes","occurred_at":12}`, "/occurred_at", keywordType},
		"in the future":       {access.ConcludeScreening, `{"grounds":"yes","occurred_at":"2026-11-23T12:06:00Z"}`, "/occurred_at", schemas.KeywordNotFuture},
		"written down before it happened": {
			access.ConcludeScreening,
			`{"grounds":"yes","occurred_at":"2026-11-22T10:00:00Z","recorded_at":"2026-11-22T09:59:59Z"}`, "/recorded_at", schemas.KeywordOrder,
		},
		"a slip of the year": {access.ConcludeScreening, `{"grounds":"yes","occurred_at":"0205-11-22T10:00:00Z"}`, "/occurred_at", keywordTooEarly},
		"narrative too long": {access.ConcludeScreening, `{"grounds":"yes","narrative":"` + long + `"}`, "/narrative", keywordMaxLength},
		"control character":  {access.ConcludeScreening, `{"grounds":"yes","narrative":"` + marker + `\u0007"}`, "/narrative", schemas.KeywordText},
		"turned direction":   {access.ConcludeScreening, `{"grounds":"yes","narrative":"` + marker + `\u202e"}`, "/narrative", schemas.KeywordText},

		"no services":       {access.Refer, `{"to":"datip","services":[]}`, "/services", keywordMinItems},
		"empty service":     {access.Refer, `{"to":"datip","services":["basic",""]}`, "/services/1", keywordRequired},
		"too many services": {access.Refer, `{"to":"datip","services":["basic"` + strings.Repeat(`,"basic"`, maxItems) + `]}`, "/services", keywordMaxItems},
		"unknown receiver":  {access.Refer, `{"to":"` + marker + `","services":["basic"]}`, "/to", schemas.KeywordCode},
		"unknown service":   {access.Refer, `{"to":"datip","services":["` + marker + `"]}`, "/services/0", schemas.KeywordCode},
		"unknown data":      {access.Refer, `{"to":"datip","services":["basic"],"data":["identity","` + marker + `"]}`, "/data/1", keywordEnum},
		"no referral":       {access.Decline, `{"reason":"no_capacity"}`, "/referral_id", keywordRequired},
		"referral no id":    {access.Decline, `{"referral_id":"` + marker + `","reason":"no_capacity"}`, "/referral_id", keywordFormat},
		"no reason":         {access.Decline, `{"referral_id":` + id + `}`, "/reason", keywordRequired},
		"unknown reason":    {access.Decline, `{"referral_id":` + id + `,"reason":"` + marker + `"}`, "/reason", schemas.KeywordCode},
		"own revocation":    {access.Revoke, `{"referral_id":` + id + `,"reason":"consent_withdrawn"}`, "/reason", keywordEnum},
		"no assignee":       {access.Assign, `{}`, "/assignee", keywordRequired},
		"assignee by name":  {access.Assign, `{"assignee":"` + marker + `"}`, "/assignee", keywordFormat},
		"refused request":   {access.RefuseHandOver, `{"request_id":` + id + `,"reason":"` + marker + `"}`, "/reason", schemas.KeywordCode},
		"request no id":     {access.GrantHandOver, `{"request_id":"` + marker + `"}`, "/request_id", keywordFormat},

		"agreed left out":         {access.RecordConsent, `{"purpose":"referral"}`, "/agreed", keywordRequired},
		"purpose":                 {access.RecordConsent, `{"purpose":"` + marker + `","agreed":true}`, "/purpose", keywordEnum},
		"consent to nobody known": {access.RecordConsent, `{"purpose":"referral","agreed":true,"recipient":"` + marker + `"}`, "/recipient", schemas.KeywordCode},
		"consent's data":          {access.RecordConsent, `{"purpose":"referral","agreed":true,"data":["` + marker + `"]}`, "/data/0", keywordEnum},
		"consent's language":      {access.RecordConsent, `{"purpose":"referral","agreed":true,"language":"` + marker + `"}`, "/language", schemas.KeywordCode},
		"a Buddhist year":         {access.RecordConsent, `{"purpose":"referral","agreed":true,"until":"2570-01-01T00:00:00Z"}`, "/until", keywordTooLate},
		"withdrawal no id":        {access.AcknowledgeWithdrawal, `{"withdrawal_id":"` + marker + `"}`, "/withdrawal_id", keywordFormat},

		"no needs":           {access.RecordNeeds, `{"needs":[]}`, "/needs", keywordMinItems},
		"unknown need":       {access.RecordNeeds, `{"needs":["medical","` + marker + `"]}`, "/needs/1", keywordEnum},
		"unknown danger":     {access.AssessSafety, `{"danger":"` + marker + `"}`, "/danger", keywordEnum},
		"danger from itself": {access.AssessSafety, `{"danger":"safe","from":[""]}`, "/from/0", keywordRequired},
		"unknown topic":      {access.GiveInformation, `{"understood":true,"topics":["` + marker + `"]}`, "/topics/0", schemas.KeywordCode},
		"not understood":     {access.GiveInformation, `{"topics":["consent"]}`, "/understood", keywordRequired},
		"representative":     {access.AppointRepresentative, `{"kind":"` + marker + `","name":"n"}`, "/kind", keywordEnum},
		"nobody's views":     {access.AssessInterests, `{"summary":"s"}`, "/views", keywordRequired},
		"hold for nothing":   {access.SetHold, `{"basis":" "}`, "/basis", keywordRequired},
		"hold by nobody":     {access.LiftHold, `{"reason":"r","authority":{"name":"n"}}`, "/authority/reference", keywordRequired},

		"unknown period":  {access.StartPeriod, `{"period":"` + marker + `"}`, "/period", keywordEnum},
		"half authority":  {access.StartPeriod, `{"period":"section_29","authority":{"reference":"1"}}`, "/authority/name", keywordRequired},
		"no until":        {access.ExtendPeriod, `{"period":"reflection","authority":{"name":"n","reference":"1"}}`, "/until", keywordRequired},
		"unknown pause":   {access.PausePeriod, `{"period":"reflection","reason":"` + marker + `"}`, "/reason", keywordEnum},
		"unknown ending":  {access.EndPeriod, `{"period":"reflection","reason":"` + marker + `"}`, "/reason", keywordEnum},
		"no member":       {access.ConveneTeam, `{"members":[]}`, "/members", keywordMinItems},
		"unknown member":  {access.ConveneTeam, `{"members":[{"agency":"datip"},{"agency":"` + marker + `"}]}`, "/members/1/agency", schemas.KeywordCode},
		"member no id":    {access.ConveneTeam, `{"members":[{"agency":"datip","user":"` + marker + `"}]}`, "/members/0/user", keywordFormat},
		"member's kind":   {access.ConveneTeam, `{"members":[{"agency":"datip","kind":"msdhs"}]}`, "/members/0", keywordUnknownName},
		"no notes":        {access.HoldInterview, `{"language":"mya"}`, "/notes", keywordRequired},
		"adjustment":      {access.HoldInterview, `{"notes":"n","adjustments":["` + marker + `"]}`, "/adjustments/0", schemas.KeywordCode},
		"unknown outcome": {access.GiveFinding, `{"outcome":"` + marker + `","reasons":"r"}`, "/outcome", keywordEnum},
		"no grounds":      {access.DecideIdentification, `{"outcome":"both"}`, "/grounds", keywordRequired},
		"unknown dissent": {
			access.DecideIdentification, `{"outcome":"both","grounds":"g","dissent":[{"agency":"` + marker + `","outcome":"both","reasons":"r"}]}`,
			"/dissent/0/agency", schemas.KeywordCode,
		},
		"reassessment": {access.RequestReassessment, `{"reason":"` + marker + `"}`, "/reason", keywordEnum},

		"service asked for":   {access.RequestService, `{"service":"` + marker + `"}`, "/service", schemas.KeywordCode},
		"unknown provider":    {access.RequestService, `{"service":"basic","provider":"` + marker + `"}`, "/provider", schemas.KeywordCode},
		"service no id":       {access.AcceptService, `{"service_id":"` + marker + `"}`, "/service_id", keywordFormat},
		"a referral's reason": {access.DeclineService, `{"service_id":` + id + `,"reason":"` + marker + `"}`, "/reason", schemas.KeywordCode},
		"shelter nowhere":     {access.PlaceInShelter, `{"provider":"datip"}`, "/location", keywordRequired},
		"unknown shelter":     {access.PlaceInShelter, `{"provider":"` + marker + `","location":"l"}`, "/provider", schemas.KeywordCode},
		"leaves for nothing":  {access.LeaveShelter, `{"reason":"` + marker + `"}`, "/reason", keywordEnum},
		"plan without wishes": {access.AgreePlan, `{"goals":"g","actions":"a"}`, "/wishes", keywordRequired},
		"plan of another era": {access.AgreePlan, `{"goals":"g","actions":"a","wishes":"w","review_at":"2570-01-01T00:00:00Z"}`, "/review_at", keywordTooLate},
		"unknown item":        {access.FileClaim, `{"kind":"fund","items":[{"code":"` + marker + `"}]}`, "/items/0/code", schemas.KeywordCode},
		"negative amount":     {access.FileClaim, `{"kind":"fund","items":[{"code":"medical","amount":-1}]}`, "/items/0/amount", keywordMinimum},
		"amount as text":      {access.FileClaim, `{"kind":"fund","items":[{"code":"medical","amount":"1"}]}`, "/items/0/amount", keywordType},
		"amount in fractions": {access.FileClaim, `{"kind":"fund","items":[{"code":"medical","amount":1.5}]}`, "/items/0/amount", keywordType},
		"unknown step":        {access.AdvanceClaim, `{"claim_id":` + id + `,"step":"` + marker + `"}`, "/step", keywordEnum},
		"unknown country":     {access.ArrangeReturn, `{"own_wish":true,"country":"` + marker + `","assessment":"a"}`, "/country", schemas.KeywordCode},
		"whose wish":          {access.ArrangeReturn, `{"country":"LAO","assessment":"a"}`, "/own_wish", keywordRequired},
		"no account":          {access.FollowUp, `{}`, "/how", keywordRequired},

		"for whom":         {access.AddNote, `{"audience":"` + marker + `","text":"t"}`, "/audience", keywordEnum},
		"empty note":       {access.AddNote, `{"audience":"case","text":""}`, "/text", keywordRequired},
		"link no id":       {access.Link, `{"other":"` + marker + `","kind":"family"}`, "/other", keywordFormat},
		"unknown link":     {access.Link, `{"other":` + id + `,"kind":"` + marker + `"}`, "/kind", keywordEnum},
		"disagreement":     {access.SettleDisagreement, `{"disagreement_id":"` + marker + `","keep":"other","reason":"r"}`, "/disagreement_id", keywordFormat},
		"kept":             {access.SettleDisagreement, `{"disagreement_id":` + id + `,"keep":"` + marker + `","reason":"r"}`, "/keep", keywordEnum},
		"closed for":       {access.Close, `{"reason":"` + marker + `"}`, "/reason", keywordEnum},
		"reopened for":     {access.Reopen, `{"reason":"other"}`, "/reason", keywordEnum},
		"duplicate no id":  {access.RefuseDuplicate, `{"other":"1"}`, "/other", keywordFormat},
		"undone no id":     {access.UndoLink, `{}`, "/link_id", keywordRequired},
		"note of too much": {access.AddNote, `{"audience":"case","text":"` + long + `"}`, "/text", keywordMaxLength},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := decodeChecked([]byte(c.body), bodyOf(t, c.action), now)
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

func TestEveryCommandHasAnAddress(t *testing.T) {
	t.Parallel()
	seen := map[access.Action]bool{access.AttachFile: true} // by PUT
	for _, c := range commands() {
		if seen[c.action] {
			t.Errorf("%s is there twice", c.action)
		}
		seen[c.action] = true
	}
	for _, action := range access.Commands() {
		if !seen[action] {
			t.Errorf("%s has no address", action)
		}
	}
	if len(seen) != len(access.Commands()) {
		t.Errorf("%d commands have an address, there are %d", len(seen), len(access.Commands()))
	}
}

// sample is a complete body of a command and what it becomes.
type sample struct {
	body string
	want domain.Command
}

func samples() map[access.Action]sample {
	var (
		someday   = time.Date(2026, 12, 24, 3, 0, 0, 0, time.UTC)
		at        = `"2026-12-24T10:00:00+07:00"`
		id        = `"` + strings.ToUpper(anID) + `"`
		signed    = domain.Authority{Name: "a", Reference: "7/2569"}
		authority = `"authority":{"name":"a","reference":"7/2569"}`
		elements  = map[domain.Element]domain.Assessment{domain.Act: domain.Present, domain.Compulsion: domain.NotNeeded}
		found     = `"elements":{"act":"present","s6_1_compulsion":"not_needed"}`
		safety    = domain.Safety{Danger: domain.AtRisk, From: []string{"employer"}, Measures: "m", SafeContact: "c"}
		risk      = `"danger":"at_risk","from":["employer"],"measures":"m","safe_contact":"c"`
		asked     = domain.ConsentDetails{Language: "mya", Interpreter: "i", Witness: "w", Reason: "r"}
		details   = `"language":"mya","interpreter":"i","witness":"w","reason":"r"`
		items     = domain.ClaimDetails{Items: []domain.ClaimItem{{Code: "medical", Amount: 150_000}}, Note: "n"}
		claimed   = `"items":[{"code":"medical","amount":150000}],"note":"n"`
		data      = []domain.DataClass{domain.DataIdentity, domain.DataHealth}
	)
	return map[access.Action]sample{
		access.RecordNeeds:  {`{"needs":["medical"]}`, domain.RecordNeeds{Needs: []domain.Need{domain.NeedMedical}}},
		access.AssessSafety: {`{` + risk + `}`, domain.AssessSafety{Safety: safety}},
		access.GiveInformation: {
			`{"topics":["consent"],"language":"mya","interpreter":"i","understood":false}`,
			domain.GiveInformation{Topics: []string{"consent"}, Telling: domain.Telling{Language: "mya", Interpreter: "i"}},
		},
		access.AppointRepresentative: {
			`{"kind":"guardian","name":"n","contact":"c"}`,
			domain.AppointRepresentative{Kind: domain.ParentOrGuardian, Representative: domain.Representative{Name: "n", Contact: "c"}},
		},
		access.AssessInterests: {`{"summary":"s","views":"v"}`, domain.AssessInterests{Interests: domain.Interests{Summary: "s", Views: "v"}}},
		access.SetHold:         {`{"basis":"b"}`, domain.SetHold{Basis: "b"}},
		access.LiftHold:        {`{` + authority + `,"reason":"r"}`, domain.LiftHold{Authority: signed, Reason: "r"}},

		access.RecordConsent: {
			`{"purpose":"referral","agreed":true,"recipient":"datip","data":["identity","health"],"until":` + at + `,` + details + `}`,
			domain.RecordConsent{Answer: domain.Answer{
				Purpose: domain.ToReferral, Agreed: true, Recipient: "datip", Data: data, Until: &someday, Details: asked,
			}},
		},
		access.WithdrawConsent: {
			`{"purpose":"referral","recipient":"datip",` + details + `}`,
			domain.WithdrawConsent{Purpose: domain.ToReferral, Recipient: "datip", Details: asked},
		},
		access.AcknowledgeWithdrawal: {`{"withdrawal_id":` + id + `}`, domain.AcknowledgeWithdrawal{Withdrawal: anID}},
		access.ConcludeScreening: {
			`{"grounds":"yes",` + found + `,"narrative":"n"}`,
			domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: domain.Reasons{Elements: elements, Narrative: "n"}},
		},

		access.Refer: {
			`{"to":"datip","services":["basic"],"hand_over":true,"data":["identity","health"],"note":"n"}`,
			domain.Refer{Referral: "key", To: "datip", Services: []string{"basic"}, HandOver: true, Data: data, Note: "n"},
		},
		access.Accept: {`{"referral_id":` + id + `}`, domain.AcceptReferral{Referral: anID}},
		access.Decline: {
			`{"referral_id":` + id + `,"reason":"no_capacity","note":"n"}`,
			domain.DeclineReferral{Referral: anID, Reason: "no_capacity", Note: "n"},
		},
		access.Revoke:          {`{"referral_id":` + id + `,"reason":"sent_in_error"}`, domain.RevokeReferral{Referral: anID, Reason: domain.SentInError}},
		access.Complete:        {`{"referral_id":` + id + `,"outcome":"o"}`, domain.CompleteReferral{Referral: anID, Outcome: "o"}},
		access.Assign:          {`{"assignee":"me"}`, domain.Assign{Assignee: app.Me}},
		access.RequestHandOver: {`{"reason":"r"}`, domain.RequestHandOver{Reason: "r"}},
		access.GrantHandOver:   {`{"request_id":` + id + `}`, domain.GrantHandOver{Request: anID}},
		access.RefuseHandOver: {
			`{"request_id":` + id + `,"reason":"no_capacity"}`, domain.RefuseHandOver{Request: anID, Reason: "no_capacity"},
		},

		access.StartPeriod: {`{"period":"section_29",` + authority + `}`, domain.StartPeriod{Period: domain.Section29, Authority: &signed}},
		access.ExtendPeriod: {
			`{"period":"section_29","until":` + at + `,` + authority + `}`,
			domain.ExtendPeriod{Period: domain.Section29, Until: someday, Authority: signed},
		},
		access.PausePeriod:  {`{"period":"reflection","reason":"hospital"}`, domain.PausePeriod{Period: domain.Reflection, Reason: domain.InHospital}},
		access.ResumePeriod: {`{"period":"reflection"}`, domain.ResumePeriod{Period: domain.Reflection}},
		access.EndPeriod:    {`{"period":"reflection","reason":"over"}`, domain.EndPeriod{Period: domain.Reflection, Reason: domain.PeriodOver}},

		access.ConveneTeam: {
			`{"members":[{"agency":"datip","user":` + id + `},{"agency":"rtp-atpd"}],"meets_at":` + at + `}`,
			domain.ConveneTeam{Members: []domain.Member{{Agency: "datip", User: anID}, {Agency: "rtp-atpd"}}, MeetsAt: &someday},
		},
		access.HoldInterview: {
			`{"language":"mya","interpreter":"i","present":"p","place":"l","notes":"n","adjustments":["easy_read"]}`,
			domain.HoldInterview{Interview: domain.Interview{
				Language: "mya", Interpreter: "i", Present: "p", Place: "l", Notes: "n", Adjustments: []string{"easy_read"},
			}},
		},
		access.GiveFinding: {
			`{"outcome":"tip_s6",` + found + `,"reasons":"r"}`,
			domain.GiveFinding{Opinion: domain.Opinion{Outcome: domain.VictimOfTrafficking, Elements: elements, Reasons: "r"}},
		},
		access.DecideIdentification: {
			`{"outcome":"tip_s6","grounds":"g","dissent":[{"agency":"datip","user":` + id + `,"outcome":"undetermined","reasons":"r"}]}`,
			domain.DecideIdentification{Finding: domain.Finding{
				Outcome: domain.VictimOfTrafficking, Grounds: "g",
				Dissent: []domain.Dissent{{Agency: "datip", User: anID, Outcome: domain.CannotTell, Reasons: "r"}},
			}},
		},
		access.RequestReassessment: {`{"reason":"person","note":"n"}`, domain.RequestReassessment{Reason: domain.AskedByPerson, Note: "n"}},

		access.RequestService: {
			`{"service":"basic","provider":"datip","replaces":` + id + `,"data":["identity","health"],"note":"n"}`,
			domain.RequestService{Code: "basic", Provider: "datip", Replaces: anID, Data: data, Note: "n"},
		},
		access.AcceptService: {`{"service_id":` + id + `}`, domain.AcceptService{Service: anID}},
		access.DeclineService: {
			`{"service_id":` + id + `,"reason":"no_interpreter","note":"n"}`,
			domain.DeclineService{Service: anID, Reason: "no_interpreter", Note: "n"},
		},
		access.DeliverService: {`{"service_id":` + id + `,"outcome":"o"}`, domain.DeliverService{Service: anID, Outcome: "o"}},
		access.RefuseService:  {`{"service_id":` + id + `,"reason":"r"}`, domain.RefuseService{Service: anID, Reason: "r"}},
		access.PlaceInShelter: {
			`{"provider":"shelter-women-central","location":"l","long_term":true}`,
			domain.PlaceInShelter{Provider: "shelter-women-central", Location: "l", LongTerm: true},
		},
		access.LeaveShelter: {`{"reason":"own_wish"}`, domain.LeaveShelter{Reason: domain.OwnWish}},

		access.AgreePlan: {
			`{"goals":"g","actions":"a","wishes":"w","review_at":` + at + `}`,
			domain.AgreePlan{Plan: domain.Plan{Goals: "g", Actions: "a", Wishes: "w"}, ReviewAt: &someday},
		},
		access.AssessRisk:   {`{` + risk + `,"review_at":` + at + `}`, domain.AssessRisk{Safety: safety, ReviewAt: &someday}},
		access.FileClaim:    {`{"kind":"fund",` + claimed + `}`, domain.FileClaim{Kind: domain.FromFund, ClaimDetails: items}},
		access.AdvanceClaim: {`{"claim_id":` + id + `,"step":"approved",` + claimed + `}`, domain.AdvanceClaim{Claim: anID, Step: domain.ClaimApproved, ClaimDetails: items}},
		access.ArrangeReturn: {
			`{"own_wish":true,"country":"LAO","place":"p","received_by":"b","assessment":"a"}`,
			domain.ArrangeReturn{Own: true, Return: domain.Return{Country: "LAO", Place: "p", ReceivedBy: "b", Assessment: "a"}},
		},
		access.CompleteReturn: {`{"note":"n"}`, domain.CompleteReturn{Note: "n"}},
		access.FollowUp:       {`{"how":"h","next_at":` + at + `}`, domain.FollowUp{How: "h", Next: &someday}},

		access.AddNote:         {`{"audience":"agency","text":"t"}`, domain.AddNote{Audience: domain.ForAgency, Text: "t"}},
		access.Link:            {`{"other":` + id + `,"kind":"child_of"}`, domain.LinkCase{Other: anID, Kind: domain.ChildOf}},
		access.UndoLink:        {`{"link_id":` + id + `}`, domain.UndoLink{Link: anID}},
		access.RefuseDuplicate: {`{"other":` + id + `}`, domain.RefuseDuplicate{Other: anID}},
		access.SettleDisagreement: {
			`{"disagreement_id":"` + anID + `/2","keep":"other","reason":"r"}`,
			domain.SettleDisagreement{Disagreement: anID + "/2", Keep: domain.KeepOther, Reason: "r"},
		},
		access.Exclude: {
			`{"agency":"datip","account":` + id + `,"reason":"r"}`,
			domain.Exclude{Accused: domain.Accused{Agency: "datip", Account: anID}, Reason: "r"},
		},
		access.LiftExclusion:        {`{"exclusion_id":` + id + `,"reason":"r"}`, domain.LiftExclusion{Exclusion: anID, Reason: "r"}},
		access.ApproveLiftExclusion: {`{"exclusion_id":` + id + `}`, domain.ApproveLiftExclusion{Exclusion: anID}},
		access.BreakGlass: {
			`{"scopes":["identity","medical"],"reason":"danger_to_life","text":"t"}`,
			domain.BreakGlass{Scopes: []domain.Scope{domain.ScopeIdentity, domain.ScopeMedical}, Reason: domain.DangerToLife, Text: "t"},
		},
		access.ApproveBreakGlass: {`{"glass_id":` + id + `}`, domain.ApproveBreakGlass{Glass: anID}},
		access.ReviewBreakGlass: {
			`{"glass_id":` + id + `,"verdict":"justified","text":"t"}`,
			domain.ReviewBreakGlass{Glass: anID, Verdict: domain.Justified, Text: "t"},
		},
		access.SetLegalHold:   {`{"basis":"b"}`, domain.SetLegalHold{Basis: "b"}},
		access.LiftLegalHold:  {`{"reason":"r"}`, domain.LiftLegalHold{Reason: "r"}},
		access.RequestErasure: {`{"reason":"erasure_request"}`, domain.RequestErasure{Reason: domain.ErasureAsked}},
		access.ApproveErasure: {`{"erasure_id":` + id + `}`, domain.ApproveErasure{Erasure: anID}},
		access.RefuseErasure:  {`{"erasure_id":` + id + `,"note":"n"}`, domain.RefuseErasure{Erasure: anID, Note: "n"}},

		access.Close:  {`{"reason":"other"}`, domain.CloseCase{Reason: domain.OtherReason}},
		access.Reopen: {`{"reason":"new_risk","note":"n"}`, domain.ReopenCase{Reason: domain.RiskAgain, Note: "n"}},
	}
}

func TestBodiesBecomeCommands(t *testing.T) {
	t.Parallel()
	all := samples()
	for _, c := range commands() {
		if c.body == nil {
			continue
		}
		b := c.body()
		if err := decodeChecked([]byte(all[c.action].body), b, time.Now()); err != nil {
			t.Errorf("%s: %v", c.action, err)
			continue
		}
		if got := b.command("key"); !reflect.DeepEqual(inUTC(got), all[c.action].want) {
			t.Errorf("%s became %+v, want %+v", c.action, got, all[c.action].want)
		}
	}
}

// inUTC gives the times of a command one zone, so that they compare.
func inUTC(c domain.Command) domain.Command {
	v := reflect.New(reflect.TypeOf(c)).Elem()
	v.Set(reflect.ValueOf(c))
	var walk func(reflect.Value)
	walk = func(v reflect.Value) {
		switch at := v.Addr().Interface().(type) {
		case *time.Time:
			*at = at.UTC()
			return
		case **time.Time:
			if *at != nil {
				*at = new((*at).UTC())
			}
			return
		}
		if v.Kind() == reflect.Struct {
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		}
	}
	walk(v)
	return v.Interface().(domain.Command)
}

// Every sample has every member that its body can have, so that none is forgotten on the way to the command.
func TestSamplesAreComplete(t *testing.T) {
	t.Parallel()
	for action, s := range samples() {
		for name := range members(reflect.TypeOf(bodyOf(t, action)).Elem()) {
			if name != "occurred_at" && name != "recorded_at" && !strings.Contains(s.body, `"`+name+`"`) {
				t.Errorf("the sample of %s lacks %s", action, name)
			}
		}
	}
}

// members are the names that a body has, with their types.
func members(t reflect.Type) map[string]reflect.Type {
	names := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag != "" && tag != "-" {
			names[tag] = f.Type
		}
	}
	return names
}

func TestMissingMembersAreToldTogether(t *testing.T) {
	t.Parallel()
	err := decodeChecked([]byte(`{}`), new(advanceClaim), time.Now())
	invalid, ok := errors.AsType[*app.Invalid](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	want := []schemas.Violation{{Pointer: "/claim_id", Keyword: keywordRequired}, {Pointer: "/step", Keyword: keywordRequired}}
	if !slices.Equal(invalid.Violations, want) {
		t.Errorf("got %+v", invalid.Violations)
	}
}
