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
	AccountManage   Action = "account.manage"
	Rebuild         Action = "rebuild"
)

// The actions on a case that change nothing, by what they show, and its erasure.
const (
	CaseRead          Action = "case.read"           // where it stands and what happened, all in clear
	CaseReadIdentity  Action = "case.read.identity"  // who the person is
	CaseReadSensitive Action = "case.read.sensitive" // what the person answered, what was noted and found
	CaseShred         Action = "case.shred"
)

// The commands on a case, by their addresses in the API.
const (
	RecordScreening      Action = "record-screening"
	CorrectScreening     Action = "correct-screening"
	ConcludeScreening    Action = "conclude-screening"
	RecordConsent        Action = "record-consent"
	WithdrawConsent      Action = "withdraw-consent"
	Refer                Action = "refer"
	Accept               Action = "accept"
	Decline              Action = "decline"
	Revoke               Action = "revoke"
	Complete             Action = "complete"
	DecideIdentification Action = "decide-identification"
	Close                Action = "close"
)

// Actions lists every action.
func Actions() []Action {
	return []Action{
		ScreeningSubmit, CaseOpen, StageList, InboxRead, EventsRead, FormsRead, StatisticsRead, AccountManage, Rebuild,
		CaseRead, CaseReadIdentity, CaseReadSensitive, CaseShred,
		RecordScreening, CorrectScreening, ConcludeScreening, RecordConsent, WithdrawConsent,
		Refer, Accept, Decline, Revoke, Complete, DecideIdentification, Close,
	}
}
