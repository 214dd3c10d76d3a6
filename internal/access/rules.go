package access

import (
	"slices"

	"songtor/domain"
)

// allowed returns the ties of which a subject of the role needs one to take the action; none where it never may.
func allowed(r domain.Role, a Action) tie {
	switch r {
	case domain.Responder:
		return responder(a)
	case domain.CaseManager:
		return caseManager(a)
	case domain.Team:
		return team(a)
	case domain.Shelter:
		return shelter(a)
	case domain.Committee:
		return committee(a)
	case domain.Auditor:
		return auditor(a)
	case domain.Admin:
		return admin(a)
	}
	return 0
}

// responder works on the cases of its own agency. Whoever has to do with a case sees how it stands; who the person is and what
// they said is for the agency that is responsible and for those that have taken the case on. Concluding a screening is the case
// manager's.
func responder(a Action) tie {
	switch a {
	case ScreeningSubmit, CaseOpen, StageList, InboxRead, EventsRead, FormsRead, StatisticsRead, IncidentRead, IncidentIntake, LimitsRead,
		DuplicatesRead:
		return noCase
	case CaseRead:
		return party
	case CaseReadIdentity, CaseReadSensitive, CaseMatch:
		return responsible | receiver
	case RecordScreening, CorrectScreening, RecordConsent, RecordNeeds, AssessSafety, GiveInformation, AppointRepresentative,
		AssessInterests, SetHold, AddNote, AttachFile, Link, UndoLink, RefuseDuplicate:
		return responsible | opener | receiver
	case WithdrawConsent, RequestReassessment: // a person tells whom they met, whoever has the case now
		return party &^ asked
	case AcknowledgeWithdrawal:
		return told
	case Refer, Close, Reopen, Assign, GrantHandOver, RefuseHandOver, StartPeriod, PausePeriod, ResumePeriod, SettleDisagreement,
		RequestService, RefuseService, PlaceInShelter, LeaveShelter, AssessRisk:
		return responsible
	case RequestHandOver:
		return party &^ responsible
	case Accept, Decline, Complete, AcceptService, DeclineService, DeliverService:
		return asked | receiver | served
	case Revoke:
		return sending | sent
	case CaseReadLegal:
		return responsible | receiver
	case BreakGlass:
		return anyCase
	}
	return 0
}

// caseManager works on every case of every agency. The decision on identification is the team's.
func caseManager(a Action) tie {
	switch a {
	case ScreeningSubmit, CaseOpen, StageList, InboxRead, EventsRead, FormsRead, StatisticsRead, IncidentRead, IncidentIntake, LimitsRead,
		DuplicatesRead:
		return noCase
	case CaseRead, CaseReadIdentity, CaseReadSensitive, CaseReadLocation, CaseReadMedical, CaseReadLegal, CaseReadLog, CaseMatch:
		return anyCase
	case GiveFinding, DecideIdentification:
		return 0
	case Exclude, LiftExclusion, ApproveLiftExclusion, BreakGlass, ApproveBreakGlass, SetLegalHold, LiftLegalHold, RequestErasure:
		return anyCase
	}
	if isCommand(a) {
		return anyCase
	}
	return 0
}

// team sees a case once it has come to identification, and decides there.
func team(a Action) tie {
	switch a {
	case StageList, InboxRead, EventsRead, FormsRead, StatisticsRead, IncidentRead, LimitsRead:
		return noCase
	case CaseRead, CaseReadIdentity, CaseReadSensitive, DecideIdentification, ConveneTeam, HoldInterview, GiveFinding,
		RequestReassessment, AddNote, AttachFile, SetHold, AssessRisk, SettleDisagreement:
		return inIdentification | inProtection
	case CaseReadMedical, CaseReadLegal, Exclude, SetLegalHold, LiftLegalHold:
		return inIdentification | inProtection
	case BreakGlass:
		return anyCase
	}
	return 0
}

// shelter sees of a case that is offered to it what it needs to answer, and the person when it has accepted. What it has
// completed it sees no more.
func shelter(a Action) tie {
	switch a {
	case StageList, InboxRead, EventsRead, FormsRead, StatisticsRead, LimitsRead:
		return noCase
	case CaseRead:
		return responsible | asked | receiver | sending | told
	case CaseReadIdentity, CaseReadSensitive:
		return responsible | receiver
	case CaseReadMedical:
		return responsible | receiver
	case BreakGlass:
		return anyCase
	case CaseReadLocation: // what a shelter does not know it cannot give away
		return houses
	case LeaveShelter:
		return responsible | houses
	case Accept, Decline, Complete, AcceptService, DeclineService, DeliverService:
		return asked | receiver
	case WithdrawConsent, RecordNeeds, AssessSafety, GiveInformation, AddNote, AttachFile, RefuseService, AssessRisk, FollowUp,
		RequestReassessment:
		return responsible | receiver
	case AcknowledgeWithdrawal:
		return told
	case RecordConsent, Refer, Close, Assign, GrantHandOver, RefuseHandOver, RequestService, AgreePlan, PlaceInShelter:
		return responsible
	case RequestHandOver:
		return receiver
	case Revoke:
		return sending
	}
	return 0
}

// committee reads published statistics, and the time limits by which the mechanism works.
func committee(a Action) tie {
	if a == StatisticsRead || a == LimitsRead {
		return noCase
	}
	return 0
}

// auditor sees who did what on every case, and nothing that is sealed.
func auditor(a Action) tie {
	switch a {
	case StageList, FormsRead, StatisticsRead, IncidentRead, LimitsRead, AccessReport, AccessAlerts:
		return noCase
	case CaseRead, CaseReadLog, ReviewBreakGlass, SetLegalHold, LiftLegalHold, ApproveErasure, RefuseErasure, ApproveLiftExclusion:
		return anyCase
	}
	return 0
}

// admin keeps accounts, keys and read models, and sees no case.
func admin(a Action) tie {
	switch a {
	case AccountManage, DeviceManage, SessionRevoke, Rebuild, FormsRead, StatisticsRead, LimitsRead:
		return noCase
	case CaseShred, RequestErasure:
		return anyCase
	}
	return 0
}

func isCommand(a Action) bool { return slices.Contains(Commands(), a) }
