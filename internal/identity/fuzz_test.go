package identity

import "testing"

// FuzzCanonicalUsername holds that a username has one spelling, and that it is made of what the table allows.
func FuzzCanonicalUsername(f *testing.F) {
	for _, s := range []string{"somchai", "SomChai", "a", "a b", "ｓｏｍ", "som\u0000", "K", "\xff", "ﬁ", "İstanbul"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, ok := canonicalUsername(s)
		if !ok {
			return
		}
		if again, ok := canonicalUsername(name); !ok || again != name {
			t.Errorf("%q becomes %q and then %q", s, name, again)
		}
		for _, r := range name {
			if r > 'z' || r < '-' {
				t.Errorf("%q becomes %q", s, name)
			}
		}
	})
}

// FuzzNormalisePassword holds that a password is hashed in one form, and that checking one never fails.
func FuzzNormalisePassword(f *testing.F) {
	for _, s := range []string{"correct horse battery", "น้ำ", "นำ้", "\xff", "demo-only", ""} {
		f.Add("somchai", s)
	}
	f.Fuzz(func(t *testing.T, username, password string) {
		_, _ = checkPassword(username, password)
		normal, ok := normalise(password)
		if !ok {
			return
		}
		if again, ok := normalise(normal); !ok || again != normal {
			t.Errorf("%q becomes %q and then %q", password, normal, again)
		}
	})
}
