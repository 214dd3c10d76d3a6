package access

import (
	"slices"

	"songtor/domain"
)

// The oracle: what the access rules should say, as plain tables in Go. It was written from the description of the mechanism and not from
// the policies, and shares no code with what it judges: it works out the bonds of an agency to a case by itself.

// bond is what an agency may have to do with a case.
type bond uint

const (
	holds bond = 1 << iota
	began
	waits // it asked others, who have yet to answer
	heard // it asked others, who have answered, or it asked no longer
	wanted
	took
	gave
	owes // an acknowledgement of a withdrawal
	roofs
)

// dealings is every bond.
const dealings = holds | began | waits | heard | wanted | took | gave | owes | roofs

func bondsOf(agency string, c *Case) bond {
	var b bond
	if agency == "" {
		return b
	}
	add := func(when bool, what bond) {
		if when {
			b |= what
		}
	}
	add(c.Standing.Agency == agency, holds)
	add(c.OpenedBy == agency, began)
	add(c.Shelter == agency, took|roofs)
	for _, r := range c.Referrals {
		add(r.From == agency && r.Status == domain.Pending, waits)
		add(r.From == agency && r.Status != domain.Pending, heard)
		add(r.To == agency && r.Status == domain.Pending, wanted)
		add(r.To == agency && r.Status == domain.Accepted, took)
		add(r.To == agency && r.Status == domain.Done, gave)
	}
	for _, v := range c.Services {
		add(v.By == agency && v.Status == domain.ServicePending, waits)
		add(v.By == agency && v.Status != domain.ServicePending, heard)
		add(v.Provider == agency && v.Status == domain.ServicePending, wanted)
		add(v.Provider == agency && v.Status == domain.ServiceTaken, took)
		add(v.Provider == agency && v.Status == domain.ServiceGiven, gave)
	}
	for _, w := range c.Withdrawn {
		add(slices.Contains(w.Waiting, agency), owes)
	}
	return b
}

// oracle says whether a subject may take an action.
func oracle(s Subject, a Action, c *Case) bool {
	return ruledIn(s, a, c) && !ruledOut(s, a, c)
}

// ruledOut are the rules that nothing lifts.
func ruledOut(s Subject, a Action, c *Case) bool {
	purpose := s.Purpose
	if purpose == "" {
		purpose = usually[s.Role]
	}
	forIt, sealed := openedFor[a]
	switch {
	case s.Demo && !s.DevKeys, !slices.Contains(claims[s.Role], purpose), sealed && !slices.Contains(forIt, purpose):
		return true
	case tooUnsure(s, a):
		return true
	case c == nil:
		return false
	}
	opens := []Action{
		CaseReadIdentity, CaseReadSensitive, CaseReadLocation, CaseReadMedical, CaseReadLegal, CaseMatch, BreakGlass, ApproveBreakGlass,
	}
	accused := slices.ContainsFunc(s.Tokens, func(t string) bool { return slices.Contains(c.Standing.Excluded, t) })
	return accused || c.Erased && slices.Contains(opens, a)
}

// usually is the purpose of a role that names none.
var usually = map[domain.Role]Purpose{
	domain.Responder: ForScreening, domain.CaseManager: ForProtection, domain.Team: ForInvestigation, domain.Shelter: ForProtection,
	domain.Committee: ForStatistics, domain.Auditor: ForSupervision, domain.Admin: ForTechnical,
}

// claims are the purposes that a role may name.
var claims = map[domain.Role][]Purpose{
	domain.Responder:   {ForScreening, ForProtection, ForInvestigation, ForHealth, ForLegal},
	domain.CaseManager: {ForScreening, ForProtection, ForInvestigation, ForHealth, ForLegal, ForSupervision},
	domain.Team:        {ForProtection, ForInvestigation, ForHealth, ForLegal},
	domain.Shelter:     {ForProtection, ForHealth, ForLegal},
	domain.Committee:   {ForStatistics},
	domain.Auditor:     {ForSupervision},
	domain.Admin:       {ForTechnical},
}

// openedFor are the purposes for which what is sealed is opened.
var openedFor = map[Action][]Purpose{
	CaseReadLocation: {ForProtection},
	CaseReadMedical:  {ForProtection, ForHealth},
	CaseReadLegal:    {ForProtection, ForInvestigation, ForLegal},
}

// tooUnsure reports whether it is not sure enough that it is the person.
func tooUnsure(s Subject, a Action) bool {
	field := []Action{
		ScreeningSubmit, CaseOpen, StageList, InboxRead, EventsRead, FormsRead, StatisticsRead, IncidentRead, IncidentIntake, LimitsRead,
		CaseRead, CaseKnow, RecordScreening, CorrectScreening, RecordConsent, WithdrawConsent, AcknowledgeWithdrawal, RecordNeeds, AssessSafety,
		GiveInformation, SetHold, Refer, Revoke, AddNote, AttachFile,
	}
	grave := []Action{
		AccountManage, DeviceManage, AccessReport, ReleasePublish, CaseShred, Exclude, LiftExclusion, ApproveLiftExclusion, BreakGlass, ApproveBreakGlass,
		ReviewBreakGlass, LiftLegalHold, RequestErasure, ApproveErasure, RefuseErasure,
	}
	switch {
	case slices.Contains(field, a):
		return s.Assurance < TwoFactors
	case slices.Contains(grave, a):
		return s.Assurance < DeviceBound || !s.Fresh
	}
	return s.Assurance < Phishproof
}

// ruledIn are the rules that let somebody in.
func ruledIn(s Subject, a Action, c *Case) bool {
	if c == nil {
		return slices.Contains(withoutCase[s.Role], a)
	}
	works := s.Role == domain.Responder || s.Role == domain.CaseManager || s.Role == domain.Team || s.Role == domain.Shelter
	switch {
	case (a == BreakGlass || a == ApproveBreakGlass) && works && s.Agency != "":
		return true
	case throughGlass(s, a, c), a == CaseKnow && s.Role != domain.Committee && s.Agency != "":
		return true
	}
	b := bondsOf(s.Agency, c)
	late := c.Standing.Stage == domain.Identification || c.Standing.Stage == domain.Protection
	switch s.Role {
	case domain.Responder:
		return b&bondsOfResponder(a) != 0
	case domain.CaseManager:
		return managerMay(s, a, b, late || c.Standing.Stage == domain.Screening)
	case domain.Team:
		return late && slices.Contains(teamsWork, a)
	case domain.Shelter:
		return b&bondsOfShelter(a) != 0
	case domain.Auditor:
		return slices.Contains(audited, a)
	case domain.Admin:
		return a == CaseShred || a == RequestErasure
	}
	return false
}

var withoutCase = map[domain.Role][]Action{
	domain.Responder: {
		ScreeningSubmit, CaseOpen, StageList, InboxRead, EventsRead, FormsRead, StatisticsRead, IncidentRead, IncidentIntake, LimitsRead,
		DuplicatesRead,
	},
	domain.CaseManager: {
		ScreeningSubmit, CaseOpen, StageList, InboxRead, EventsRead, FormsRead, StatisticsRead, IncidentRead, IncidentIntake, LimitsRead,
		DuplicatesRead, QuarantineKeep,
	},
	domain.Team:      {StageList, InboxRead, EventsRead, FormsRead, StatisticsRead, IncidentRead, LimitsRead},
	domain.Shelter:   {StageList, InboxRead, EventsRead, FormsRead, StatisticsRead, LimitsRead},
	domain.Committee: {StatisticsRead, ReleasePublish, LimitsRead},
	domain.Auditor:   {StageList, InboxRead, EventsRead, FormsRead, StatisticsRead, IncidentRead, LimitsRead, AccessReport, AccessAlerts},
	domain.Admin: {
		AccountManage, DeviceManage, SessionRevoke, Rebuild, FormsRead, StatisticsRead, ReleaseBuild, ReleasePublish, LimitsRead,
		QuarantineKeep,
	},
}

var teamsWork = []Action{
	CaseRead, CaseReadIdentity, CaseReadSensitive, CaseReadMedical, CaseReadLegal, DecideIdentification, ConveneTeam, HoldInterview,
	GiveFinding, RequestReassessment, AddNote, AttachFile, SetHold, AssessRisk, SettleDisagreement, Exclude, SetLegalHold, LiftLegalHold,
}

var audited = []Action{
	CaseRead, CaseReadLog, ReviewBreakGlass, ApproveLiftExclusion, SetLegalHold, LiftLegalHold, ApproveErasure, RefuseErasure,
}

// throughGlass reports whether somebody may read because they broke the glass.
func throughGlass(s Subject, a Action, c *Case) bool {
	scope, reads := behindGlass[a]
	return slices.ContainsFunc(c.Glass, func(g domain.Glass) bool {
		opens := func(scope domain.Scope) bool {
			sealed := scope != domain.ScopeIdentity && scope != domain.ScopeSensitive
			return slices.Contains(g.Scopes, scope) && (!sealed || g.ApprovedBy != "")
		}
		if g.User != s.User || s.User == "" || c.At.Before(g.Since) || !c.At.Before(g.Until) {
			return false
		}
		return reads && opens(scope) || a == CaseRead && slices.ContainsFunc(g.Scopes, opens)
	})
}

var behindGlass = map[Action]domain.Scope{
	CaseReadIdentity: domain.ScopeIdentity, CaseReadSensitive: domain.ScopeSensitive, CaseReadLocation: domain.ScopeLocation,
	CaseReadMedical: domain.ScopeMedical, CaseReadLegal: domain.ScopeLegal,
}

func bondsOfResponder(a Action) bond {
	switch a {
	case CaseRead:
		return dealings
	case CaseReadIdentity, CaseReadSensitive, CaseReadMedical, CaseReadLegal, CaseMatch:
		return holds | took
	case RecordScreening, CorrectScreening, RecordConsent, RecordNeeds, AssessSafety, GiveInformation, AppointRepresentative,
		AssessInterests, SetHold, AddNote, AttachFile, Link, UndoLink, RefuseDuplicate:
		return holds | began | took
	case WithdrawConsent, RequestReassessment:
		return dealings &^ wanted
	case AcknowledgeWithdrawal:
		return owes
	case Refer, Close, Reopen, Assign, GrantHandOver, RefuseHandOver, StartPeriod, PausePeriod, ResumePeriod, SettleDisagreement,
		RequestService, RefuseService, PlaceInShelter, LeaveShelter, AssessRisk:
		return holds
	case RequestHandOver:
		return dealings &^ holds
	case Accept, Decline, Complete, AcceptService, DeclineService, DeliverService:
		return wanted | took | gave
	case Revoke:
		return waits | heard
	}
	return 0
}

func bondsOfShelter(a Action) bond {
	switch a {
	case CaseRead:
		return holds | wanted | took | waits | owes
	case CaseReadIdentity, CaseReadSensitive, CaseReadMedical:
		return holds | took
	case CaseReadLocation:
		return roofs
	case LeaveShelter:
		return holds | roofs
	case Accept, Decline, Complete, AcceptService, DeclineService, DeliverService:
		return wanted | took
	case WithdrawConsent, RecordNeeds, AssessSafety, GiveInformation, AddNote, AttachFile, RefuseService, AssessRisk, FollowUp,
		RequestReassessment:
		return holds | took
	case AcknowledgeWithdrawal:
		return owes
	case RecordConsent, Refer, Close, Assign, GrantHandOver, RefuseHandOver, RequestService, AgreePlan, PlaceInShelter:
		return holds
	case RequestHandOver:
		return took
	case Revoke:
		return waits
	}
	return 0
}

// managerMay is what a case manager may: everything but what is the team's on the cases of the own agency and on those it took on, and
// on every case past the first contact for the division that supervises the mechanism, which keeps the clocks of all cases; what is sealed
// on the own cases only; and, with less to do with a case, what a responder might.
func managerMay(s Subject, a Action, b bond, pastContact bool) bool {
	var enough bond
	switch a {
	case CaseRead, RequestHandOver:
		return true
	case GiveFinding, DecideIdentification, ReviewBreakGlass, ApproveErasure, RefuseErasure, CaseShred:
		return false
	case CaseReadMedical, CaseReadLegal:
		return b&(holds|took) != 0
	case CaseReadLocation:
		return b&(holds|roofs) != 0
	case RecordScreening, CorrectScreening, RecordConsent, RecordNeeds, AssessSafety, GiveInformation, AppointRepresentative,
		AssessInterests, SetHold, AddNote, AttachFile, Link, UndoLink, RefuseDuplicate:
		enough = began
	case WithdrawConsent, RequestReassessment:
		enough = dealings &^ wanted
	case AcknowledgeWithdrawal:
		enough = owes
	case Accept, Decline, Complete, AcceptService, DeclineService, DeliverService:
		enough = wanted | gave
	case Revoke:
		enough = waits | heard
	}
	if s.Agency == "datip" && (a == ExtendPeriod || a == EndPeriod || a == LiftHold) {
		return true
	}
	known := slices.Contains(Commands(), a) || slices.Contains([]Action{
		CaseReadIdentity, CaseReadSensitive, CaseReadLog, CaseMatch, Exclude, LiftExclusion, ApproveLiftExclusion, SetLegalHold, LiftLegalHold,
		RequestErasure,
	}, a)
	return known && (b&(enough|holds|took) != 0 || s.Agency == "datip" && pastContact)
}
