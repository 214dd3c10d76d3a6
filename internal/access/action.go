package access

// Action is something that a person asks of the service. The set is closed.
type Action string

// The actions that name no case.
const (
	ScreeningSubmit Action = "screening.submit"
	CaseOpen        Action = "case.open"
	StageList       Action = "stage.list" // which cases it shows is said by ListScope
	InboxRead       Action = "inbox.read"
	EventsRead      Action = "events.read"
	FormsRead       Action = "forms.read"
	StatisticsRead  Action = "statistics.read" // published tables only
	ReleaseBuild    Action = "release.build"   // counts a closed period and proposes what may be published
	ReleasePublish  Action = "release.publish" // publishes what another person has built, or refuses it
	AccountManage   Action = "account.manage"
	IncidentRead    Action = "incident.read"   // which incidents it shows is said by the stage lists' scope
	IncidentIntake  Action = "incident.intake" // opens a case for each person of a list
	LimitsRead      Action = "limits.read"
	DuplicatesRead  Action = "duplicates.read" // pairs of which both cases may be read
	Rebuild         Action = "rebuild"
	AccessReport    Action = "access.report"   // what an account, a device or a session has opened
	AccessAlerts    Action = "access.alerts"   // browsing that is out of the ordinary
	DeviceManage    Action = "device.manage"   // takes devices of the field in and out of use
	SessionRevoke   Action = "session.revoke"  // ends the sessions of others
	QuarantineKeep  Action = "quarantine.keep" // sees which forms are held back, takes files of forms in, and releases or rejects them
)

// The actions on a case that change nothing, by what they show, and its erasure.
const (
	CaseRead          Action = "case.read"           // where it stands and what happened, all in clear
	CaseTimeline      Action = "case.timeline"       // its course; who may read the case may read it
	CaseFile          Action = "case.file"           // a file; who may read what is sensitive may read it
	CaseReadIdentity  Action = "case.read.identity"  // who the person is
	CaseReadSensitive Action = "case.read.sensitive" // what the person answered, what was noted and found
	CaseReadLocation  Action = "case.read.location"  // where the person has shelter
	CaseReadMedical   Action = "case.read.medical"   // what those who treat the person wrote down
	CaseReadLegal     Action = "case.read.legal"     // what those who stand by the person in law wrote down
	CaseReadLog       Action = "case.read.log"       // who opened what of the case, and what for
	CaseKnow          Action = "case.know"           // that there is such a case: what names it, and the receipts of what one did to it
	CaseMatch         Action = "case.match"          // cases that are likely of the same person
	CaseShred         Action = "case.shred"
)

// The commands on a case, by their addresses in the API.
const (
	RecordScreening       Action = "record-screening"
	CorrectScreening      Action = "correct-screening"
	ConcludeScreening     Action = "conclude-screening"
	RecordConsent         Action = "record-consent"
	WithdrawConsent       Action = "withdraw-consent"
	AcknowledgeWithdrawal Action = "acknowledge-withdrawal"
	RecordNeeds           Action = "record-needs"
	AssessSafety          Action = "assess-safety"
	GiveInformation       Action = "give-information"
	AppointRepresentative Action = "appoint-representative"
	AssessInterests       Action = "assess-interests"
	SetHold               Action = "set-hold"
	LiftHold              Action = "lift-hold"
	Refer                 Action = "refer"
	Accept                Action = "accept"
	Decline               Action = "decline"
	Revoke                Action = "revoke"
	Complete              Action = "complete"
	Assign                Action = "assign"
	RequestHandOver       Action = "request-hand-over"
	GrantHandOver         Action = "grant-hand-over"
	RefuseHandOver        Action = "refuse-hand-over"
	StartPeriod           Action = "start-period"
	ExtendPeriod          Action = "extend-period"
	PausePeriod           Action = "pause-period"
	ResumePeriod          Action = "resume-period"
	EndPeriod             Action = "end-period"
	ConveneTeam           Action = "convene-team"
	HoldInterview         Action = "hold-interview"
	GiveFinding           Action = "give-finding"
	DecideIdentification  Action = "decide-identification"
	RequestReassessment   Action = "request-reassessment"
	AgreePlan             Action = "agree-plan"
	RequestService        Action = "request-service"
	AcceptService         Action = "accept-service"
	DeclineService        Action = "decline-service"
	DeliverService        Action = "deliver-service"
	RefuseService         Action = "refuse-service"
	PlaceInShelter        Action = "place-in-shelter"
	LeaveShelter          Action = "leave-shelter"
	AssessRisk            Action = "assess-risk"
	FileClaim             Action = "file-claim"
	AdvanceClaim          Action = "advance-claim"
	ArrangeReturn         Action = "arrange-return"
	CompleteReturn        Action = "complete-return"
	FollowUp              Action = "follow-up"
	AddNote               Action = "add-note"
	AttachFile            Action = "attach-file"
	Link                  Action = "link"
	UndoLink              Action = "undo-link"
	RefuseDuplicate       Action = "refuse-duplicate"
	SettleDisagreement    Action = "settle-disagreement"
	Close                 Action = "close"
	Reopen                Action = "reopen"
)

// The commands that guard a case: against those whom it accuses, against being closed to those who have to act at once, and against
// being kept too short or too long.
const (
	Exclude              Action = "exclude"
	LiftExclusion        Action = "lift-exclusion"
	ApproveLiftExclusion Action = "approve-lift-exclusion"
	BreakGlass           Action = "break-glass"
	ApproveBreakGlass    Action = "approve-break-glass"
	ReviewBreakGlass     Action = "review-break-glass"
	SetLegalHold         Action = "set-legal-hold"
	LiftLegalHold        Action = "lift-legal-hold"
	RequestErasure       Action = "request-erasure"
	ApproveErasure       Action = "approve-erasure"
	RefuseErasure        Action = "refuse-erasure"
)

// Actions lists every action.
func Actions() []Action {
	return append(Commands(),
		ScreeningSubmit, CaseOpen, StageList, InboxRead, EventsRead, FormsRead, StatisticsRead, ReleaseBuild, ReleasePublish, AccountManage, IncidentRead,
		IncidentIntake, LimitsRead, DuplicatesRead, Rebuild, AccessReport, AccessAlerts, DeviceManage, SessionRevoke, QuarantineKeep,
		CaseRead, CaseReadIdentity, CaseReadSensitive, CaseReadLocation, CaseReadMedical, CaseReadLegal, CaseReadLog, CaseKnow,
		CaseMatch, CaseShred)
}

// guards lists the commands that guard a case.
func guards() []Action {
	return []Action{
		Exclude, LiftExclusion, ApproveLiftExclusion, BreakGlass, ApproveBreakGlass, ReviewBreakGlass, SetLegalHold, LiftLegalHold,
		RequestErasure, ApproveErasure, RefuseErasure,
	}
}

// Commands lists the commands on a case.
func Commands() []Action {
	return append(guards(),
		RecordScreening, CorrectScreening, ConcludeScreening, RecordConsent, WithdrawConsent, AcknowledgeWithdrawal, RecordNeeds,
		AssessSafety, GiveInformation, AppointRepresentative, AssessInterests, SetHold, LiftHold, Refer, Accept, Decline, Revoke, Complete,
		Assign, RequestHandOver, GrantHandOver, RefuseHandOver, StartPeriod, ExtendPeriod, PausePeriod, ResumePeriod, EndPeriod,
		ConveneTeam, HoldInterview, GiveFinding, DecideIdentification, RequestReassessment, AgreePlan, RequestService, AcceptService,
		DeclineService, DeliverService, RefuseService, PlaceInShelter, LeaveShelter, AssessRisk, FileClaim, AdvanceClaim, ArrangeReturn,
		CompleteReturn, FollowUp, AddNote, AttachFile, Link, UndoLink, RefuseDuplicate, SettleDisagreement, Close, Reopen)
}
