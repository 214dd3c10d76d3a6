package domain

// Role is what a person does in the mechanism. It decides which commands they may give (internal/access).
type Role string

// The roles.
const (
	Responder   Role = "responder"   // fills the screening form: police, immigration, labour, NGO, hotline
	CaseManager Role = "casemanager" // works the stage queues for the ministry (MSDHS)
	Team        Role = "team"        // member of a multidisciplinary team: decides on identification
	Shelter     Role = "shelter"     // receives referrals and gives services
	Committee   Role = "committee"   // reads published statistics, never a case
	Auditor     Role = "auditor"     // reads who did what, never what a person answered
	Admin       Role = "admin"       // keeps accounts and keys, never reads a case
)

// Roles lists every role, in the order in which they meet a case.
func Roles() []Role {
	return []Role{Responder, CaseManager, Team, Shelter, Committee, Auditor, Admin}
}

// Actor is who asked for a command. User is an opaque account id: names of officers do not enter the log.
type Actor struct {
	User   string `json:"user"`
	Agency string `json:"agency"`
	Role   Role   `json:"role"`
}
