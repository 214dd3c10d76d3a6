package vault_test

import (
	"encoding/json"
	"testing"

	"songtor/domain"
	"songtor/internal/vault"
)

// Words that are planted in a commit, one a scope.
var planted = map[domain.Scope]string{
	domain.ScopeIdentity:   "นางสาวจันทร์เพ็ญ แก้วมณีโชติ",
	domain.ScopeSensitive:  "Zwangsarbeit-auf-dem-Kutter-7431",
	domain.ScopeStatistics: "nationality:Absurdistan-5520",
}

func private(tb testing.TB, scope domain.Scope, v any) domain.Private {
	tb.Helper()
	p, err := domain.NewPrivate(scope, v)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// newCommit makes a commit with two events and something to seal in every scope; one part is empty.
func newCommit(tb testing.TB, caseID string) *domain.Commit {
	tb.Helper()
	return &domain.Commit{
		ID: "4f0c7f3e-1111-4222-8333-944455556666", CaseID: caseID, Number: 1,
		Fingerprint: private(tb, domain.ScopeSensitive, []byte("digest")),
		Facts: []domain.Fact{
			{Event: &domain.CaseOpened{}},
			{Event: &domain.ScreeningRecorded{
				Answers:    private(tb, domain.ScopeSensitive, planted[domain.ScopeSensitive]),
				Identity:   private(tb, domain.ScopeIdentity, planted[domain.ScopeIdentity]),
				Categories: private(tb, domain.ScopeStatistics, planted[domain.ScopeStatistics]),
			}},
			{Event: &domain.UrgentNeedRecorded{Needs: private(tb, domain.ScopeSensitive, []string{"shelter"})}},
		},
	}
}

// throughTheLog encodes and decodes the commit's events, which leaves them closed.
func throughTheLog(tb testing.TB, c *domain.Commit) *domain.Commit {
	tb.Helper()
	read := *c
	read.Fingerprint = domain.Private{}
	encode(tb, c.Fingerprint, &read.Fingerprint)
	read.Facts = nil
	for _, fact := range c.Facts {
		event, err := domain.NewEvent(fact.Event.EventType(), fact.Event.EventVersion())
		if err != nil {
			tb.Fatal(err)
		}
		encode(tb, fact.Event, event)
		read.Facts = append(read.Facts, domain.Fact{Event: event})
	}
	return &read
}

func encode(tb testing.TB, from, to any) {
	tb.Helper()
	b, err := json.Marshal(from)
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(b, to); err != nil {
		tb.Fatal(err)
	}
}

func TestCommitRoundTrip(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	commit := newCommit(t, newCaseID())
	keys := create(t, v, commit.CaseID)
	if err := vault.SealCommit(keys, commit); err != nil {
		t.Fatal(err)
	}
	for _, p := range commit.Privates() {
		if p.Plain() != nil {
			t.Error("a part of a sealed commit is in clear")
		}
	}
	read := throughTheLog(t, commit)
	if err := vault.OpenCommit(keys, read, domain.ScopeIdentity, domain.ScopeStatistics); err != nil {
		t.Fatal(err)
	}
	recorded := read.Facts[1].Event.(*domain.ScreeningRecorded)
	wantReveal(t, recorded.Identity, planted[domain.ScopeIdentity], nil)
	wantReveal(t, recorded.Categories, planted[domain.ScopeStatistics], nil)
	wantReveal(t, recorded.Answers, "", domain.ErrClosed)
	if !recorded.Findings.Empty() {
		t.Error("an empty part came back with something in it")
	}
	if read.Fingerprint.Plain() != nil {
		t.Error("the fingerprint was opened unasked")
	}
}

func wantReveal(tb testing.TB, p domain.Private, want string, wantError error) {
	tb.Helper()
	var got string
	err := p.Reveal(&got)
	wantErr(tb, "Reveal", err, wantError)
	if got != want {
		tb.Errorf("revealed another text in scope %s", p.Scope)
	}
}

func TestOpenCommitWithoutScopesOpensNothing(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	commit := newCommit(t, newCaseID())
	keys := create(t, v, commit.CaseID)
	if err := vault.SealCommit(keys, commit); err != nil {
		t.Fatal(err)
	}
	if err := vault.OpenCommit(keys, commit); err != nil {
		t.Fatal(err)
	}
	for _, p := range commit.Privates() {
		if p.Plain() != nil {
			t.Error("a part was opened unasked")
		}
	}
}

func TestOpenCommitRefusesForgeries(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	other := create(t, v, newCaseID())
	for name, c := range map[string]struct {
		forge func(*domain.Commit)
		want  error
	}{
		"nothing forged":  {func(*domain.Commit) {}, nil},
		"another commit":  {func(c *domain.Commit) { c.ID = "4f0c7f3e-1111-4222-8333-944455556667" }, vault.ErrNotAuthentic},
		"another case":    {func(c *domain.Commit) { c.CaseID = other.CaseID() }, vault.ErrWrongKey},
		"events reversed": {func(c *domain.Commit) { c.Facts[1], c.Facts[2] = c.Facts[2], c.Facts[1] }, vault.ErrNotAuthentic},
		"parts exchanged": {func(c *domain.Commit) {
			recorded := c.Facts[1].Event.(*domain.ScreeningRecorded)
			recorded.Answers, c.Fingerprint = c.Fingerprint, recorded.Answers
		}, vault.ErrNotAuthentic},
		"scope renamed": {func(c *domain.Commit) { c.Fingerprint.Scope = domain.ScopeStatistics }, vault.ErrWrongKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			commit := newCommit(t, newCaseID())
			keys := create(t, v, commit.CaseID)
			if err := vault.SealCommit(keys, commit); err != nil {
				t.Fatal(err)
			}
			read := throughTheLog(t, commit)
			c.forge(read)
			wantErr(t, "OpenCommit", vault.OpenCommit(keys, read, domain.Scopes()...), c.want)
		})
	}
}

func TestSealCommitNeedsTheCasesKeys(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	commit := newCommit(t, newCaseID())
	wantErr(t, "another case's keys", vault.SealCommit(create(t, v, newCaseID()), commit), vault.ErrWrongKey)
	wantErr(t, "no keys", vault.SealCommit(nil, commit), vault.ErrNoKey)
	if _, err := json.Marshal(commit.Facts[1].Event); err == nil {
		t.Error("an unsealed event could be encoded")
	}
}
