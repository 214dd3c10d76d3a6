package access_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"songtor/domain"
	"songtor/internal/access"
)

const ours, theirs, others = "AG-OURS", "AG-THEIRS", "AG-OTHERS"

// The columns of the matrix: what the asking agency has to do with the case, and nothing besides.
//
//   - the question names no case
//     str  nothing
//     res  responsible now
//     opn  opened it, another is responsible
//     sng  sent a referral that waits for an answer
//     acc, dec, rev, don  sent a referral that was accepted, declined, revoked, done
//     ASK, ACC, DEC, REV, DON  was sent one that is pending, accepted, declined, revoked, done
const columns = "-   str res opn sng acc dec rev don ASK ACC DEC REV DON"

// matrix is what each role may do: + for yes, . for no. A case of every stage gives the same, but for the team.
const matrix = `
responder              -   str res opn sng acc dec rev don ASK ACC DEC REV DON
screening.submit       +   .   +   +   .   .   .   .   .   .   +   .   .   .
case.open              +   .   +   +   .   .   .   .   .   .   +   .   .   .
stage.list             +
inbox.read             +
events.read            +
forms.read             +
statistics.read        +
account.manage         .
rebuild                .
case.read              .   .   +   +   +   +   +   +   +   +   +   .   .   +
case.read.identity     .   .   +   .   .   .   .   .   .   .   +   .   .   .
case.read.sensitive    .   .   +   .   .   .   .   .   .   .   +   .   .   .
case.shred             .   .   .   .   .   .   .   .   .   .   .   .   .   .
record-screening       .   .   +   +   .   .   .   .   .   .   +   .   .   .
correct-screening      .   .   +   +   .   .   .   .   .   .   +   .   .   .
conclude-screening     .   .   .   .   .   .   .   .   .   .   .   .   .   .
record-consent         .   .   +   +   .   .   .   .   .   .   +   .   .   .
withdraw-consent       .   .   +   +   +   +   +   +   +   .   +   .   .   +
refer                  .   .   +   .   .   .   .   .   .   .   .   .   .   .
accept                 .   .   .   .   .   .   .   .   .   +   +   .   .   +
decline                .   .   .   .   .   .   .   .   .   +   +   .   .   +
revoke                 .   .   .   .   +   +   +   +   +   .   .   .   .   .
complete               .   .   .   .   .   .   .   .   .   +   +   .   .   +
decide-identification  .   .   .   .   .   .   .   .   .   .   .   .   .   .
close                  .   .   +   .   .   .   .   .   .   .   .   .   .   .

casemanager            -   str res opn sng acc dec rev don ASK ACC DEC REV DON
screening.submit       +   +   +   +   +   +   +   +   +   +   +   +   +   +
case.open              +   +   +   +   +   +   +   +   +   +   +   +   +   +
stage.list             +
inbox.read             +
events.read            +
forms.read             +
statistics.read        +
account.manage         .
rebuild                .
case.read              .   +   +   +   +   +   +   +   +   +   +   +   +   +
case.read.identity     .   +   +   +   +   +   +   +   +   +   +   +   +   +
case.read.sensitive    .   +   +   +   +   +   +   +   +   +   +   +   +   +
case.shred             .   .   .   .   .   .   .   .   .   .   .   .   .   .
record-screening       .   +   +   +   +   +   +   +   +   +   +   +   +   +
correct-screening      .   +   +   +   +   +   +   +   +   +   +   +   +   +
conclude-screening     .   +   +   +   +   +   +   +   +   +   +   +   +   +
record-consent         .   +   +   +   +   +   +   +   +   +   +   +   +   +
withdraw-consent       .   +   +   +   +   +   +   +   +   +   +   +   +   +
refer                  .   +   +   +   +   +   +   +   +   +   +   +   +   +
accept                 .   +   +   +   +   +   +   +   +   +   +   +   +   +
decline                .   +   +   +   +   +   +   +   +   +   +   +   +   +
revoke                 .   +   +   +   +   +   +   +   +   +   +   +   +   +
complete               .   +   +   +   +   +   +   +   +   +   +   +   +   +
decide-identification  .   .   .   .   .   .   .   .   .   .   .   .   .   .
close                  .   +   +   +   +   +   +   +   +   +   +   +   +   +

team/late              -   str res opn sng acc dec rev don ASK ACC DEC REV DON
screening.submit       .   .   .   .   .   .   .   .   .   .   .   .   .   .
case.open              .   .   .   .   .   .   .   .   .   .   .   .   .   .
stage.list             +
inbox.read             +
events.read            +
forms.read             +
statistics.read        +
account.manage         .
rebuild                .
case.read              .   +   +   +   +   +   +   +   +   +   +   +   +   +
case.read.identity     .   +   +   +   +   +   +   +   +   +   +   +   +   +
case.read.sensitive    .   +   +   +   +   +   +   +   +   +   +   +   +   +
case.shred             .   .   .   .   .   .   .   .   .   .   .   .   .   .
record-screening       .   .   .   .   .   .   .   .   .   .   .   .   .   .
correct-screening      .   .   .   .   .   .   .   .   .   .   .   .   .   .
conclude-screening     .   .   .   .   .   .   .   .   .   .   .   .   .   .
record-consent         .   .   .   .   .   .   .   .   .   .   .   .   .   .
withdraw-consent       .   .   .   .   .   .   .   .   .   .   .   .   .   .
refer                  .   .   .   .   .   .   .   .   .   .   .   .   .   .
accept                 .   .   .   .   .   .   .   .   .   .   .   .   .   .
decline                .   .   .   .   .   .   .   .   .   .   .   .   .   .
revoke                 .   .   .   .   .   .   .   .   .   .   .   .   .   .
complete               .   .   .   .   .   .   .   .   .   .   .   .   .   .
decide-identification  .   +   +   +   +   +   +   +   +   +   +   +   +   +
close                  .   .   .   .   .   .   .   .   .   .   .   .   .   .

team/early             -   str res opn sng acc dec rev don ASK ACC DEC REV DON
screening.submit       .   .   .   .   .   .   .   .   .   .   .   .   .   .
case.open              .   .   .   .   .   .   .   .   .   .   .   .   .   .
stage.list             +
inbox.read             +
events.read            +
forms.read             +
statistics.read        +
account.manage         .
rebuild                .
case.read              .   .   .   .   .   .   .   .   .   .   .   .   .   .
case.read.identity     .   .   .   .   .   .   .   .   .   .   .   .   .   .
case.read.sensitive    .   .   .   .   .   .   .   .   .   .   .   .   .   .
case.shred             .   .   .   .   .   .   .   .   .   .   .   .   .   .
record-screening       .   .   .   .   .   .   .   .   .   .   .   .   .   .
correct-screening      .   .   .   .   .   .   .   .   .   .   .   .   .   .
conclude-screening     .   .   .   .   .   .   .   .   .   .   .   .   .   .
record-consent         .   .   .   .   .   .   .   .   .   .   .   .   .   .
withdraw-consent       .   .   .   .   .   .   .   .   .   .   .   .   .   .
refer                  .   .   .   .   .   .   .   .   .   .   .   .   .   .
accept                 .   .   .   .   .   .   .   .   .   .   .   .   .   .
decline                .   .   .   .   .   .   .   .   .   .   .   .   .   .
revoke                 .   .   .   .   .   .   .   .   .   .   .   .   .   .
complete               .   .   .   .   .   .   .   .   .   .   .   .   .   .
decide-identification  .   .   .   .   .   .   .   .   .   .   .   .   .   .
close                  .   .   .   .   .   .   .   .   .   .   .   .   .   .

shelter                -   str res opn sng acc dec rev don ASK ACC DEC REV DON
screening.submit       .   .   .   .   .   .   .   .   .   .   .   .   .   .
case.open              .   .   .   .   .   .   .   .   .   .   .   .   .   .
stage.list             +
inbox.read             +
events.read            +
forms.read             +
statistics.read        +
account.manage         .
rebuild                .
case.read              .   .   +   .   +   .   .   .   .   +   +   .   .   .
case.read.identity     .   .   +   .   .   .   .   .   .   .   +   .   .   .
case.read.sensitive    .   .   +   .   .   .   .   .   .   .   +   .   .   .
case.shred             .   .   .   .   .   .   .   .   .   .   .   .   .   .
record-screening       .   .   .   .   .   .   .   .   .   .   .   .   .   .
correct-screening      .   .   .   .   .   .   .   .   .   .   .   .   .   .
conclude-screening     .   .   .   .   .   .   .   .   .   .   .   .   .   .
record-consent         .   .   +   .   .   .   .   .   .   .   .   .   .   .
withdraw-consent       .   .   +   .   .   .   .   .   .   .   +   .   .   .
refer                  .   .   +   .   .   .   .   .   .   .   .   .   .   .
accept                 .   .   .   .   .   .   .   .   .   +   +   .   .   .
decline                .   .   .   .   .   .   .   .   .   +   +   .   .   .
revoke                 .   .   .   .   +   .   .   .   .   .   .   .   .   .
complete               .   .   .   .   .   .   .   .   .   +   +   .   .   .
decide-identification  .   .   .   .   .   .   .   .   .   .   .   .   .   .
close                  .   .   +   .   .   .   .   .   .   .   .   .   .   .

committee              -   str res opn sng acc dec rev don ASK ACC DEC REV DON
screening.submit       .   .   .   .   .   .   .   .   .   .   .   .   .   .
case.open              .   .   .   .   .   .   .   .   .   .   .   .   .   .
stage.list             .
inbox.read             .
events.read            .
forms.read             .
statistics.read        +
account.manage         .
rebuild                .
case.read              .   .   .   .   .   .   .   .   .   .   .   .   .   .
case.read.identity     .   .   .   .   .   .   .   .   .   .   .   .   .   .
case.read.sensitive    .   .   .   .   .   .   .   .   .   .   .   .   .   .
case.shred             .   .   .   .   .   .   .   .   .   .   .   .   .   .
record-screening       .   .   .   .   .   .   .   .   .   .   .   .   .   .
correct-screening      .   .   .   .   .   .   .   .   .   .   .   .   .   .
conclude-screening     .   .   .   .   .   .   .   .   .   .   .   .   .   .
record-consent         .   .   .   .   .   .   .   .   .   .   .   .   .   .
withdraw-consent       .   .   .   .   .   .   .   .   .   .   .   .   .   .
refer                  .   .   .   .   .   .   .   .   .   .   .   .   .   .
accept                 .   .   .   .   .   .   .   .   .   .   .   .   .   .
decline                .   .   .   .   .   .   .   .   .   .   .   .   .   .
revoke                 .   .   .   .   .   .   .   .   .   .   .   .   .   .
complete               .   .   .   .   .   .   .   .   .   .   .   .   .   .
decide-identification  .   .   .   .   .   .   .   .   .   .   .   .   .   .
close                  .   .   .   .   .   .   .   .   .   .   .   .   .   .

auditor                -   str res opn sng acc dec rev don ASK ACC DEC REV DON
screening.submit       .   .   .   .   .   .   .   .   .   .   .   .   .   .
case.open              .   .   .   .   .   .   .   .   .   .   .   .   .   .
stage.list             +
inbox.read             .
events.read            .
forms.read             +
statistics.read        +
account.manage         .
rebuild                .
case.read              .   +   +   +   +   +   +   +   +   +   +   +   +   +
case.read.identity     .   .   .   .   .   .   .   .   .   .   .   .   .   .
case.read.sensitive    .   .   .   .   .   .   .   .   .   .   .   .   .   .
case.shred             .   .   .   .   .   .   .   .   .   .   .   .   .   .
record-screening       .   .   .   .   .   .   .   .   .   .   .   .   .   .
correct-screening      .   .   .   .   .   .   .   .   .   .   .   .   .   .
conclude-screening     .   .   .   .   .   .   .   .   .   .   .   .   .   .
record-consent         .   .   .   .   .   .   .   .   .   .   .   .   .   .
withdraw-consent       .   .   .   .   .   .   .   .   .   .   .   .   .   .
refer                  .   .   .   .   .   .   .   .   .   .   .   .   .   .
accept                 .   .   .   .   .   .   .   .   .   .   .   .   .   .
decline                .   .   .   .   .   .   .   .   .   .   .   .   .   .
revoke                 .   .   .   .   .   .   .   .   .   .   .   .   .   .
complete               .   .   .   .   .   .   .   .   .   .   .   .   .   .
decide-identification  .   .   .   .   .   .   .   .   .   .   .   .   .   .
close                  .   .   .   .   .   .   .   .   .   .   .   .   .   .

admin                  -   str res opn sng acc dec rev don ASK ACC DEC REV DON
screening.submit       .   .   .   .   .   .   .   .   .   .   .   .   .   .
case.open              .   .   .   .   .   .   .   .   .   .   .   .   .   .
stage.list             .
inbox.read             .
events.read            .
forms.read             +
statistics.read        +
account.manage         +
rebuild                +
case.read              .   .   .   .   .   .   .   .   .   .   .   .   .   .
case.read.identity     .   .   .   .   .   .   .   .   .   .   .   .   .   .
case.read.sensitive    .   .   .   .   .   .   .   .   .   .   .   .   .   .
case.shred             .   +   +   +   +   +   +   +   +   +   +   +   +   +
record-screening       .   .   .   .   .   .   .   .   .   .   .   .   .   .
correct-screening      .   .   .   .   .   .   .   .   .   .   .   .   .   .
conclude-screening     .   .   .   .   .   .   .   .   .   .   .   .   .   .
record-consent         .   .   .   .   .   .   .   .   .   .   .   .   .   .
withdraw-consent       .   .   .   .   .   .   .   .   .   .   .   .   .   .
refer                  .   .   .   .   .   .   .   .   .   .   .   .   .   .
accept                 .   .   .   .   .   .   .   .   .   .   .   .   .   .
decline                .   .   .   .   .   .   .   .   .   .   .   .   .   .
revoke                 .   .   .   .   .   .   .   .   .   .   .   .   .   .
complete               .   .   .   .   .   .   .   .   .   .   .   .   .   .
decide-identification  .   .   .   .   .   .   .   .   .   .   .   .   .   .
close                  .   .   .   .   .   .   .   .   .   .   .   .   .   .
`

func TestMatrix(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, b := range blocks(t) {
		seen[b.role]++
		for _, stage := range b.stages {
			for action, row := range b.rows {
				for i, column := range strings.Fields(columns)[:len(row)] {
					by := access.Subject{Actor: domain.Actor{Agency: ours, Role: domain.Role(b.role)}}
					err := access.Decide(by, access.Action(action), related(column, stage))
					if want := row[i] == "+"; (err == nil) != want {
						t.Errorf("%s in %s, %s on %s: got %v, want allowed=%v", b.role, stage, action, column, err, want)
					}
					if err != nil && !errors.Is(err, access.ErrDenied) {
						t.Errorf("%s %s on %s: an error other than ErrDenied: %v", b.role, action, column, err)
					}
				}
			}
		}
	}
	for _, role := range domain.Roles() {
		if seen[string(role)] == 0 {
			t.Errorf("the matrix lacks the role %s", role)
		}
	}
}

type block struct {
	role   string
	stages []domain.Stage
	rows   map[string][]string
}

// blocks reads the matrix and holds it to its own form: a row for every action in every block, a mark for every column where the
// action is on a case.
func blocks(t *testing.T) []block {
	t.Helper()
	var all []block
	for text := range strings.SplitSeq(strings.TrimSpace(matrix), "\n\n") {
		lines := strings.Split(text, "\n")
		name, header, _ := strings.Cut(lines[0], " ")
		if strings.TrimSpace(header) != columns {
			t.Fatalf("block %s has other columns: %q", name, header)
		}
		b := block{stages: domain.Stages(), rows: map[string][]string{}}
		role, when, limited := strings.Cut(name, "/")
		b.role = role
		if limited {
			b.stages = map[string][]domain.Stage{
				"early": {domain.Frontline, domain.Screening}, "late": {domain.Identification, domain.Protection},
			}[when]
		}
		for _, line := range lines[1:] {
			fields := strings.Fields(line)
			b.rows[fields[0]] = fields[1:]
			if n := len(fields) - 1; n != 1 && n != len(strings.Fields(columns)) {
				t.Fatalf("%s %s has %d marks", name, fields[0], n)
			}
		}
		for _, action := range access.Actions() {
			if b.rows[string(action)] == nil {
				t.Errorf("block %s lacks the action %s", name, action)
			}
		}
		if len(b.rows) != len(access.Actions()) {
			t.Errorf("block %s has %d actions, want %d", name, len(b.rows), len(access.Actions()))
		}
		all = append(all, b)
	}
	return all
}

// related makes a case of another agency to which ours has the one relation that the column names.
func related(column string, stage domain.Stage) *access.Case {
	c := &access.Case{Standing: domain.Standing{Stage: stage, Agency: theirs}, OpenedBy: theirs}
	from, to := ours, others
	if column == strings.ToUpper(column) {
		from, to = others, ours
	}
	switch column {
	case "-":
		return nil
	case "str":
		c.Referrals = []domain.Referral{{From: theirs, To: others, Status: domain.Accepted}}
	case "res":
		c.Standing.Agency = ours
	case "opn":
		c.OpenedBy = ours
	default:
		status := map[string]domain.ReferralStatus{
			"SNG": domain.Pending, "ASK": domain.Pending, "ACC": domain.Accepted, "DEC": domain.Declined,
			"REV": domain.Revoked, "DON": domain.Done,
		}[strings.ToUpper(column)]
		c.Referrals = []domain.Referral{{From: from, To: to, Status: status}}
	}
	return c
}

// everyCase calls f with a case for every stage and every set of relations of the agency to it.
func everyCase(f func(name string, c *access.Case)) {
	names := strings.Fields(columns)[2:]
	for _, stage := range append(domain.Stages(), "") {
		for set := range 1 << len(names) {
			c := related("str", stage)
			var held []string
			for i, name := range names {
				if set&(1<<i) == 0 {
					continue
				}
				held = append(held, name)
				with := related(name, stage)
				c.Referrals = append(c.Referrals, with.Referrals...)
				if with.Standing.Agency == ours {
					c.Standing.Agency = ours
				}
				if with.OpenedBy == ours {
					c.OpenedBy = ours
				}
			}
			f(fmt.Sprint(stage, held), c)
		}
	}
}

func TestCommitteeAndAdminNeverReadACase(t *testing.T) {
	t.Parallel()
	actions := caseActions()
	for _, role := range []domain.Role{domain.Committee, domain.Admin} {
		by := access.Subject{Actor: domain.Actor{User: "u", Agency: ours, Role: role}, Provinces: []string{"TH-10"}}
		everyCase(func(name string, c *access.Case) {
			for _, action := range actions {
				if action == access.CaseShred && role == domain.Admin {
					continue
				}
				if err := access.Decide(by, action, c); !errors.Is(err, access.ErrDenied) {
					t.Errorf("%s %s on %s: got %v", role, action, name, err)
				}
			}
		})
	}
}

// caseActions lists the actions on a case: those that are denied to everybody without one.
func caseActions() []access.Action {
	var on []access.Action
	for _, action := range access.Actions() {
		free := false
		for _, role := range domain.Roles() {
			free = free || access.Decide(access.Subject{Actor: domain.Actor{Agency: ours, Role: role}}, action, nil) == nil
		}
		if !free {
			on = append(on, action)
		}
	}
	return on
}

// A command on a case that its giver may not even see would answer 404 to something that was done.
func TestWhoeverActsOnACaseMayReadWhereItStands(t *testing.T) {
	t.Parallel()
	actions := caseActions()
	for _, role := range domain.Roles() {
		by := access.Subject{Actor: domain.Actor{Agency: ours, Role: role}}
		everyCase(func(name string, c *access.Case) {
			if access.Decide(by, access.CaseRead, c) == nil {
				return
			}
			for _, action := range actions {
				if action != access.CaseShred && access.Decide(by, action, c) == nil {
					t.Errorf("%s may %s on %s without reading it", role, action, name)
				}
			}
		})
	}
}

func TestSeveralRelationsGiveWhatEachGives(t *testing.T) {
	t.Parallel()
	names, actions := strings.Fields(columns)[1:], caseActions()
	for _, role := range domain.Roles() {
		by := access.Subject{Actor: domain.Actor{Agency: ours, Role: role}}
		for _, one := range names {
			for _, two := range names {
				a, b := related(one, domain.Screening), related(two, domain.Screening)
				both := related(one, domain.Screening)
				both.Referrals = append(both.Referrals, b.Referrals...)
				if b.Standing.Agency == ours {
					both.Standing.Agency = ours
				}
				if b.OpenedBy == ours {
					both.OpenedBy = ours
				}
				for _, action := range actions {
					want := access.Decide(by, action, a) == nil || access.Decide(by, action, b) == nil
					if got := access.Decide(by, action, both) == nil; got != want {
						t.Errorf("%s %s on %s with %s: %v, want %v", role, action, one, two, got, want)
					}
				}
			}
		}
	}
}

func TestUnknownRolesAndActionsAreDenied(t *testing.T) {
	t.Parallel()
	for _, role := range []domain.Role{"", "Admin", "root", "responder "} {
		by := access.Subject{Actor: domain.Actor{Agency: ours, Role: role}}
		for _, action := range access.Actions() {
			for _, c := range []*access.Case{nil, related("res", domain.Screening)} {
				if !errors.Is(access.Decide(by, action, c), access.ErrDenied) {
					t.Errorf("role %q may %s", role, action)
				}
			}
		}
		if scope := access.ListScope(by, domain.Screening); !scope.None {
			t.Errorf("role %q lists %+v", role, scope)
		}
	}
	for _, role := range domain.Roles() {
		by := access.Subject{Actor: domain.Actor{Agency: ours, Role: role}}
		for _, action := range []access.Action{"", "Refer", "case.read.*", "destroy-keys"} {
			for _, c := range []*access.Case{nil, related("res", domain.Identification)} {
				if !errors.Is(access.Decide(by, action, c), access.ErrDenied) {
					t.Errorf("%s may %q", role, action)
				}
			}
		}
	}
}

// A case whose agency is not known must not belong to everybody who has none.
func TestNoAgencyIsNoTie(t *testing.T) {
	t.Parallel()
	nobodys := &access.Case{Referrals: []domain.Referral{{Status: domain.Accepted}}}
	for _, role := range []domain.Role{domain.Responder, domain.Shelter} {
		by := access.Subject{Actor: domain.Actor{Role: role}}
		for _, action := range caseActions() {
			if !errors.Is(access.Decide(by, action, nobodys), access.ErrDenied) {
				t.Errorf("%s without agency may %s", role, action)
			}
		}
		if scope := access.ListScope(by, domain.Frontline); !scope.None {
			t.Errorf("%s without agency lists %+v", role, scope)
		}
	}
}

func TestListScope(t *testing.T) {
	t.Parallel()
	const want = `
responder    frontline=own screening=own identification=own protection=own
casemanager  frontline=all screening=all identification=all protection=all
team         frontline=none screening=none identification=all protection=all
shelter      frontline=own screening=own identification=own protection=own
committee    frontline=none screening=none identification=none protection=none
auditor      frontline=all screening=all identification=all protection=all
admin        frontline=none screening=none identification=none protection=none
`
	for line := range strings.SplitSeq(strings.TrimSpace(want), "\n") {
		fields := strings.Fields(line)
		by := access.Subject{Actor: domain.Actor{Agency: ours, Role: domain.Role(fields[0])}}
		for _, field := range fields[1:] {
			stage, scope, _ := strings.Cut(field, "=")
			if got := describe(access.ListScope(by, domain.Stage(stage))); got != scope {
				t.Errorf("%s %s: %s, want %s", fields[0], stage, got, scope)
			}
		}
	}
}

func describe(s access.Scope) string {
	switch {
	case s.All && !s.None && s.Agencies == nil:
		return "all"
	case s.None && !s.All && s.Agencies == nil:
		return "none"
	case !s.All && !s.None && len(s.Agencies) == 1 && s.Agencies[0] == ours:
		return "own"
	}
	return fmt.Sprintf("%+v", s)
}

func TestProvincesNarrowListsAndOpenNothing(t *testing.T) {
	t.Parallel()
	by := access.Subject{Actor: domain.Actor{Agency: ours, Role: domain.Responder}, Provinces: []string{"TH-50"}}
	if got := access.ListScope(by, domain.Screening).Provinces; len(got) != 1 || got[0] != "TH-50" {
		t.Errorf("the list is narrowed to %v", got)
	}
	c := related("str", domain.Screening)
	c.Standing.Province = "TH-50"
	if err := access.Decide(by, access.CaseRead, c); !errors.Is(err, access.ErrDenied) {
		t.Errorf("a case in the province opened: %v", err)
	}
}

func TestCommandsBearTheNamesOfTheDomain(t *testing.T) {
	t.Parallel()
	for _, name := range everyPossible() {
		found := false
		for _, action := range access.Actions() {
			found = found || string(action) == name
		}
		if !found {
			t.Errorf("the domain allows %s, which is no action", name)
		}
	}
}

func everyPossible() []string {
	var names []string
	for _, stage := range domain.Stages() {
		s := domain.State{
			Exists: true, Standing: domain.Standing{Stage: stage, Status: domain.FirstContact}, Screenings: []string{"s"},
			Referrals: []domain.Referral{{Status: domain.Pending}, {Status: domain.Accepted}},
			Consents:  map[domain.Purpose]domain.Consent{domain.ToReferral: domain.Given},
		}
		names = append(names, s.Possible()...)
	}
	return names
}

func BenchmarkDecide(b *testing.B) {
	by := access.Subject{Actor: domain.Actor{Agency: ours, Role: domain.Responder}}
	c := related("ACC", domain.Screening)
	for b.Loop() {
		if err := access.Decide(by, access.CaseReadSensitive, c); err != nil {
			b.Fatal(err)
		}
	}
}
