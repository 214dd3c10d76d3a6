package access

import (
	"slices"
	"testing"
	"time"

	"songtor/domain"
)

// FuzzDecide asks about people and cases that no program would make. A rule that cannot be evaluated is a fault of the program; whoever is
// nobody gets nothing, and whom a case accuses gets nothing.
func FuzzDecide(f *testing.F) {
	policies, err := Load()
	if err != nil {
		f.Fatal(err)
	}
	actions := Actions()
	f.Add("responder", "datip", "datip", "screening", "screening", uint8(3), uint8(1), "x", "y")
	f.Add("admin", "", "", "", "", uint8(0), uint8(7), "x", "x")
	f.Add("\xff", "\x00", "principal", "in", "permit", uint8(255), uint8(200), "", "")
	f.Fuzz(func(t *testing.T, role, agency, other, stage, purpose string, assurance, action uint8, token, excluded string) {
		s := Subject{
			Actor:     domain.Actor{User: token, Role: domain.Role(role), Agency: agency},
			Assurance: Assurance(assurance), Fresh: assurance%2 == 0, DevKeys: true, Purpose: Purpose(purpose), Tokens: []string{token},
		}
		c := &Case{Standing: domain.Standing{Stage: domain.Stage(stage), Agency: other, Excluded: []string{excluded}}, OpenedBy: agency, Shelter: other, At: time.Unix(0, 0)}
		a := actions[int(action)%len(actions)]
		err := policies.Decide(s, a, c)
		if err == nil && (token == excluded || role == "" || !slices.Contains(domain.Roles(), domain.Role(role))) {
			t.Fatalf("%q of %q may %s", role, agency, a)
		}
	})
}
