package access_test

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/access"
)

// policies are those of the program, which every test asks.
var policies = load()

func load() *access.Policies {
	p, err := access.Load()
	if err != nil {
		panic(err)
	}
	return p
}

const ours, theirs, others = "AG-OURS", "AG-THEIRS", "AG-OTHERS"

// division is the agency of the ministry that supervises the mechanism.
const division = "datip"

// as is somebody against whom nothing speaks but the role and the agency.
func as(role domain.Role, agency string) access.Subject {
	s := access.Subject{
		Actor: domain.Actor{User: "u", Agency: agency, Role: role}, Assurance: access.DeviceBound, Fresh: true, Purpose: access.ForProtection,
	}
	if slices.Contains([]domain.Role{domain.Committee, domain.Auditor, domain.Admin}, role) {
		s.Purpose = access.Usual(role)
	}
	return s
}

// columns are those of the published matrix, matrix.md, where they are explained: what the asking agency has to do with the case.
const columns = "-   str res opn sng acc dec rev don ASK ACC DEC REV DON svp sva SVP SVT SVG SVD SHL tld"

func TestMatrix(t *testing.T) {
	t.Parallel()
	seen := map[domain.Role]int{}
	for _, b := range blocks(t) {
		seen[b.role]++
		for _, stage := range b.stages {
			for action, row := range b.rows {
				for i, column := range strings.Fields(columns)[:len(row)] {
					err := policies.Decide(as(b.role, b.agency), access.Action(action), relatedTo(b.agency, column, stage))
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
		if seen[role] == 0 {
			t.Errorf("the matrix lacks the role %s", role)
		}
	}
}

type block struct {
	role   domain.Role
	agency string
	stages []domain.Stage
	rows   map[string][]string
}

// blockOf makes the empty block of a name: a role, or a case manager of the ministry's division, with the stages that it is for.
func blockOf(name string) block {
	b := block{agency: ours, stages: domain.Stages(), rows: map[string][]string{}}
	role, when, limited := strings.Cut(name, "/")
	b.role = domain.Role(role)
	if role == "ministry" {
		b.role, b.agency = domain.CaseManager, division
	}
	if limited {
		b.stages = map[string][]domain.Stage{
			"first": b.stages[:1], "later": b.stages[1:], "early": b.stages[:2], "late": b.stages[2:],
		}[when]
	}
	return b
}

// blocks reads the matrix and holds it to its own form: every action once in every block, a mark for every column where the action
// is on a case.
func blocks(t *testing.T) []block {
	t.Helper()
	var all []block
	text, err := os.ReadFile("matrix.md")
	if err != nil {
		t.Fatal(err)
	}
	fenced := strings.Split(string(text), "```")
	for n := 1; n < len(fenced); n += 2 {
		lines := strings.Split(strings.TrimSpace(fenced[n]), "\n")
		name, header, _ := strings.Cut(lines[0], " ")
		if strings.TrimSpace(header) != columns {
			t.Fatalf("block %s has other columns: %q", name, header)
		}
		b := blockOf(name)
		for _, line := range lines[1:] {
			for action, marks := range rowsOf(t, line) {
				if b.rows[action] != nil {
					t.Errorf("block %s has the action %s twice", name, action)
				}
				b.rows[action] = marks
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

// rowsOf reads one line: an action with its marks, or the actions that are denied everywhere.
func rowsOf(t *testing.T, line string) map[string][]string {
	t.Helper()
	fields, width := strings.Fields(line), len(strings.Fields(columns))
	rows := map[string][]string{}
	if fields[0] == "never" {
		for _, action := range fields[1:] {
			rows[action] = slices.Repeat([]string{"."}, width)
		}
		return rows
	}
	if n := len(fields) - 1; n != 1 && n != width {
		t.Fatalf("%s has %d marks", fields[0], n)
	}
	rows[fields[0]] = fields[1:]
	return rows
}

// related makes a case of another agency to which ours has the one relation that the column names.
func related(column string, stage domain.Stage) *access.Case { return relatedTo(ours, column, stage) }

// relatedTo makes a case of another agency to which an agency has the one relation that the column names.
func relatedTo(agency, column string, stage domain.Stage) *access.Case {
	c := &access.Case{Standing: domain.Standing{Stage: stage, Agency: theirs}, OpenedBy: theirs}
	from, to := agency, others
	if column == strings.ToUpper(column) {
		from, to = others, agency
	}
	switch column {
	case "-":
		return nil
	case "str":
		c.Referrals = []domain.Referral{{From: theirs, To: others, Status: domain.Accepted}}
		c.Services = []domain.Service{{By: theirs, Provider: others, Status: domain.ServiceTaken}}
		c.Withdrawn = []domain.Withdrawal{{By: agency, Waiting: []string{others}}}
		c.Shelter = others
	case "res":
		c.Standing.Agency = agency
	case "opn":
		c.OpenedBy = agency
	case "svp", "sva", "SVP", "SVT", "SVG", "SVD":
		status := map[string]domain.ServiceStatus{
			"svp": domain.ServicePending, "sva": domain.ServiceTaken, "SVP": domain.ServicePending, "SVT": domain.ServiceTaken,
			"SVG": domain.ServiceGiven, "SVD": domain.ServiceUnavailable,
		}[column]
		c.Services = []domain.Service{{By: from, Provider: to, Status: status}}
	case "SHL":
		c.Shelter = agency
	case "tld":
		c.Withdrawn = []domain.Withdrawal{{By: theirs, Waiting: []string{others, agency}}}
	default:
		status := map[string]domain.ReferralStatus{
			"SNG": domain.Pending, "ASK": domain.Pending, "ACC": domain.Accepted, "DEC": domain.Declined,
			"REV": domain.Revoked, "DON": domain.Done,
		}[strings.ToUpper(column)]
		c.Referrals = []domain.Referral{{From: from, To: to, Status: status}}
	}
	return c
}

// with adds to a case what the agency has to do with another.
func with(c, other *access.Case) *access.Case {
	c.Referrals = append(c.Referrals, other.Referrals...)
	c.Services = append(c.Services, other.Services...)
	c.Withdrawn = append(c.Withdrawn, other.Withdrawn...)
	if other.Standing.Agency == ours {
		c.Standing.Agency = ours
	}
	if other.OpenedBy == ours {
		c.OpenedBy = ours
	}
	if other.Shelter == ours {
		c.Shelter = ours
	}
	return c
}

// everyCase calls f with a case for every stage and up to three relations of the agency to it, and with all of them.
func everyCase(f func(name string, c *access.Case)) {
	names := strings.Fields(columns)[2:]
	for _, stage := range append(domain.Stages(), "") {
		for set := range 1 << len(names) {
			if n := bits.OnesCount(uint(set)); n > 3 && n < len(names) {
				continue
			}
			c := related("str", stage)
			var held []string
			for i, name := range names {
				if set&(1<<i) != 0 {
					held, c = append(held, name), with(c, related(name, stage))
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
		by := as(role, ours)
		everyCase(func(name string, c *access.Case) {
			asked := policies.About(by, c)
			for _, action := range actions {
				if role == domain.Admin && slices.Contains(unseen, action) {
					continue
				}
				if err := asked.Decide(action); !errors.Is(err, access.ErrDenied) {
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
			free = free || policies.Decide(as(role, ours), action, nil) == nil
		}
		if !free {
			on = append(on, action)
		}
	}
	return on
}

// unseen are the actions on a case that need no sight of it: what an administrator carries out, and what opens a case that is closed.
var unseen = []access.Action{access.CaseShred, access.RequestErasure, access.BreakGlass, access.ApproveBreakGlass, access.CaseKnow}

// A command on a case that its giver may not even see would answer 404 to something that was done.
func TestWhoeverActsOnACaseMayReadWhereItStands(t *testing.T) {
	t.Parallel()
	actions := caseActions()
	for _, role := range domain.Roles() {
		by := as(role, ours)
		everyCase(func(name string, c *access.Case) {
			asked := policies.About(by, c)
			if asked.Decide(access.CaseRead) == nil {
				return
			}
			for _, action := range actions {
				if !slices.Contains(unseen, action) && asked.Decide(action) == nil {
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
		by := as(role, ours)
		for _, one := range names {
			for _, two := range names {
				other := related(two, domain.Screening)
				a, b := policies.About(by, related(one, domain.Screening)), policies.About(by, other)
				both := policies.About(by, with(related(one, domain.Screening), other))
				for _, action := range actions {
					want := a.Decide(action) == nil || b.Decide(action) == nil
					if got := both.Decide(action) == nil; got != want {
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
		by := as(role, ours)
		for _, action := range access.Actions() {
			for _, c := range []*access.Case{nil, related("res", domain.Screening)} {
				if !errors.Is(policies.Decide(by, action, c), access.ErrDenied) {
					t.Errorf("role %q may %s", role, action)
				}
			}
		}
		if scope := policies.ListScope(by, domain.Screening); !scope.None {
			t.Errorf("role %q lists %+v", role, scope)
		}
	}
	for _, role := range domain.Roles() {
		by := as(role, ours)
		for _, action := range []access.Action{"", "Refer", "case.read.*", "destroy-keys"} {
			for _, c := range []*access.Case{nil, related("res", domain.Identification)} {
				if !errors.Is(policies.Decide(by, action, c), access.ErrDenied) {
					t.Errorf("%s may %q", role, action)
				}
			}
		}
	}
}

// A case whose agency is not known must not belong to everybody who has none.
func TestNoAgencyIsNoTie(t *testing.T) {
	t.Parallel()
	nobodys := &access.Case{
		Referrals: []domain.Referral{{Status: domain.Accepted}}, Services: []domain.Service{{Status: domain.ServiceTaken}},
		Withdrawn: []domain.Withdrawal{{Waiting: []string{""}}},
	}
	for _, role := range []domain.Role{domain.Responder, domain.Shelter} {
		by := as(role, "")
		for _, action := range caseActions() {
			if !errors.Is(policies.Decide(by, action, nobodys), access.ErrDenied) {
				t.Errorf("%s without agency may %s", role, action)
			}
		}
		if scope := policies.ListScope(by, domain.Frontline); !scope.None {
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
		by := as(domain.Role(fields[0]), ours)
		for _, field := range fields[1:] {
			stage, scope, _ := strings.Cut(field, "=")
			if got := describe(policies.ListScope(by, domain.Stage(stage))); got != scope {
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
	by := as(domain.Responder, ours)
	by.Provinces = []string{"TH-50"}
	if got := policies.ListScope(by, domain.Screening).Provinces; len(got) != 1 || got[0] != "TH-50" {
		t.Errorf("the list is narrowed to %v", got)
	}
	c := related("str", domain.Screening)
	c.Standing.Province = "TH-50"
	if err := policies.Decide(by, access.CaseRead, c); !errors.Is(err, access.ErrDenied) {
		t.Errorf("a case in the province opened: %v", err)
	}
}

func TestCommandsBearTheNamesOfTheDomain(t *testing.T) {
	t.Parallel()
	possible := everyPossible()
	for _, name := range possible {
		if !slices.Contains(access.Commands(), access.Action(name)) {
			t.Errorf("the domain allows %s, which is no command", name)
		}
	}
	for _, command := range access.Commands() {
		if !slices.Contains(possible, string(command)) {
			t.Errorf("the domain never allows %s", command)
		}
	}
}

// What a shelter cannot know it cannot give away: where a person is that it does not house, even if it serves them or was responsible
// for them before. Besides the shelter a case manager of the agency that is responsible knows.
func TestWhereAPersonHasShelterIsForThatShelter(t *testing.T) {
	t.Parallel()
	wrong := map[domain.Role][]string{}
	everyCase(func(name string, c *access.Case) {
		for _, role := range domain.Roles() {
			by := as(role, ours)
			want := (role == domain.CaseManager || role == domain.Shelter) && c.Shelter == ours ||
				role == domain.CaseManager && c.Standing.Agency == ours
			if got := policies.Decide(by, access.CaseReadLocation, c) == nil; got != want {
				wrong[role] = append(wrong[role], name)
			}
		}
	})
	for role, names := range wrong {
		t.Errorf("%s on %d cases, such as %s", role, len(names), names[0])
	}
}

// everyPossible lists what the domain allows on cases that have one of everything.
func everyPossible() []string {
	var names []string
	for _, stage := range domain.Stages() {
		for _, status := range []domain.Status{domain.FirstContact, domain.InProtection, domain.Closed} {
			s := domain.State{
				Exists: true, Standing: domain.Standing{Stage: stage, Status: status}, Screenings: []string{"s"},
				Decisions: []domain.Decision{{On: domain.OnIdentification, Result: string(domain.InProtection)}},
				Referrals: []domain.Referral{{Status: domain.Pending}, {Status: domain.Accepted}},
				Requests:  []domain.HandOverRequest{{Status: domain.Pending}},
				Consents:  map[domain.Purpose]domain.Consent{domain.ToReferral: domain.Given},
				Grants:    []domain.Grant{{Purpose: domain.ToReferral, Answer: domain.Given}},
				Withdrawn: []domain.Withdrawal{{Waiting: []string{others}}},
				Team:      &domain.MeetingTeam{}, Placement: &domain.Placement{}, Hold: status == domain.InProtection,
				Services: []domain.Service{{Status: domain.ServicePending}, {Status: domain.ServiceTaken}},
				Claims:   []domain.Claim{{Step: domain.ClaimMade}}, Links: []domain.Link{{}}, Disputes: []domain.Dispute{{}},
				Return: domain.ReturnAgreed, Exclusions: []domain.Exclusion{{}, {Lift: &domain.Lift{}}},
				Glass: []domain.Glass{{Approve: time.Now()}}, Erasure: &domain.Erasure{},
			}
			s.Periods = periods(status)
			names = append(names, s.Possible()...)
			s.Placement, s.Return, s.Erasure, s.LegalHold = nil, "", nil, &domain.LegalHold{}
			names = append(names, s.Possible()...)
		}
	}
	return names
}

// periods are one that runs and one that is paused, of the protection under s.29 and, later, of reflection.
func periods(status domain.Status) map[domain.PeriodName]domain.Period {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	running := domain.Period{StartedAt: start, EndsAt: new(start.Add(24 * time.Hour))}
	switch status {
	case domain.FirstContact:
		return map[domain.PeriodName]domain.Period{domain.Section29: running}
	case domain.InProtection:
		running.PausedAt = start.Add(time.Hour)
		return map[domain.PeriodName]domain.Period{domain.Section29: running}
	}
	return nil
}
