package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// There is no account to begin with, and no default one: two people are invited at the terminal, and administer the service only
// together.
func TestTheFirstAdministrators(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.start(t)
	invitation := regexp.MustCompile(`\b[A-Z2-7]{4}(-[A-Z2-7]{4}){3}\b`)
	codes := invitation.FindAllString(in.songtor(t, "", "user", "first", "--data", in.data, "--kek", in.kek), -1)
	if len(codes) != 2 || codes[0] == codes[1] {
		t.Fatalf("%d codes", len(codes))
	}
	if said := in.output.String(); invitation.MatchString(said) || !strings.Contains(said, "songtor user first") {
		t.Errorf("what is no terminal was told:\n%s", said)
	}
	for i, username := range []string{"first", "second"} {
		made := in.call(t, "", http.MethodPost, "/api/v1/invitations/redeem",
			fmt.Appendf(nil, `{"code":%q,"username":%q,"password":%q}`, codes[i], username, testPassword))
		mustStatus(t, made, http.StatusCreated)
		in.enrol(t, username)
		want := []int{http.StatusForbidden, http.StatusOK}[i]
		mustStatus(t, in.call(t, in.byPasskey(t, "first"), http.MethodGet, "/api/v1/accounts", nil), want)
	}
	if out, err := in.try("", "user", "first", "--data", in.data, "--kek", in.kek); err == nil {
		t.Errorf("two more are invited:\n%s", out)
	}
}
