package access

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// copied is the bundle as files that a test may change.
func copied(t *testing.T) fstest.MapFS {
	t.Helper()
	files, err := fs.Sub(bundle, "policies")
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(files, "*")
	if err != nil {
		t.Fatal(err)
	}
	all := fstest.MapFS{}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = &fstest.MapFile{Data: text}
	}
	return all
}

func replace(t *testing.T, files fstest.MapFS, name, old, with string) {
	t.Helper()
	text := string(files[name].Data)
	if !strings.Contains(text, old) {
		t.Fatalf("%s does not contain %q", name, old)
	}
	files[name] = &fstest.MapFile{Data: []byte(strings.Replace(text, old, with, 1))}
}

// Every fault of the bundle stops the start with a line that says where it is.
func TestAFaultyBundleDoesNotLoad(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, old, with, says string }{
		"no policy language":         {"team.cedar", "permit (", "allow (", "team.cedar"},
		"an unknown action":          {"team.cedar", `Action::"give-finding"`, `Action::"give-findings"`, "give-findings"},
		"an unknown tie":             {"shelter.cedar", `Tie::"houses"`, `Tie::"house"`, "shelter.location"},
		"an unknown purpose":         {"forbid.cedar", `Purpose::"protection"`, `Purpose::"profit"`, "location-for-protection"},
		"an unknown attribute":       {"forbid.cedar", "principal.tokens", "principal.badges", "excluded"},
		"an unknown role":            {"admin.cedar", `Role::"admin"`, `Role::"root"`, "admin.purposes"},
		"numbers against words":      {"forbid.cedar", "principal.assurance < 1", `principal.assurance < "1"`, "field-needs-two-factors"},
		"a policy without a name":    {"forbid.cedar", "@id(\"excluded\")\n", "", "no id"},
		"one name twice":             {"admin.cedar", `@id("admin.erasure")`, `@id("excluded")`, "excluded"},
		"an action about the wrong":  {"admin.cedar", "resource is Mechanism", "resource is Case", "admin.mechanism"},
		"an attribute that may lack": {schemaFile, "erased: Bool", "erased?: Bool", "erased"},
		"an action that is gone":     {schemaFile, `"case.know", `, "", "case.know"},
		"an action nobody knows":     {schemaFile, `"case.know", `, `"case.know", "case.sell", `, "case.sell"},
		"no schema language":         {schemaFile, "entity Mechanism;", "entity Mechanism", schemaFile},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := copied(t)
			replace(t, files, c.file, c.old, c.with)
			_, err := load(files)
			if err == nil {
				t.Fatal("it loads")
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error does not name %s: %v", c.says, err)
			}
		})
	}
	if _, err := load(fstest.MapFS{}); err == nil {
		t.Error("an empty bundle loads")
	}
	if _, err := load(copied(t)); err != nil {
		t.Errorf("the bundle itself does not load: %v", err)
	}
}

func TestTheHashNamesEveryByte(t *testing.T) {
	t.Parallel()
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	again, err := load(copied(t))
	if err != nil {
		t.Fatal(err)
	}
	if p.Hash() != again.Hash() || len(p.Hash()) != 64 {
		t.Errorf("the hash is %q, and %q the next time", p.Hash(), again.Hash())
	}
	for name := range copied(t) {
		files := copied(t)
		files[name].Data = append(files[name].Data, '\n')
		other, err := load(files)
		if err != nil {
			t.Fatal(err)
		}
		if other.Hash() == p.Hash() {
			t.Errorf("a change of %s does not change the hash", name)
		}
	}
}

// What an action needs of a sign-in is what the policies ask of it.
func TestNeedsIsWhatThePoliciesAsk(t *testing.T) {
	t.Parallel()
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[question]bool{}
	for c := range questions() {
		q := question{c.subject.Role, c.action}
		if seen[q] || !expected(c.with(0)) {
			continue
		}
		seen[q] = true
		level, fresh := p.Needs(c.action)
		if c.askedAsAnother() {
			level, fresh = p.Needs(RecordScreening)
		}
		for _, has := range []Assurance{PasswordOnly, TwoFactors, Phishproof, DeviceBound} {
			for _, just := range []bool{true, false} {
				by := c.subject
				by.Assurance, by.Fresh = has, just
				want := has >= level && (just || !fresh)
				if got := p.Decide(by, c.action, c.about) == nil; got != want {
					t.Fatalf("%s by %s with level %d, fresh=%v: %v, want %v", c.action, by.Role, has, just, got, want)
				}
			}
		}
	}
}
