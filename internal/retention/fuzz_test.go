package retention

import (
	"testing"

	"songtor/domain"
)

// FuzzParse holds that a file of rules is refused or gives a book that states every ending with an origin and lets nothing be erased
// before its time has come.
func FuzzParse(f *testing.F) {
	f.Add(shipped)
	f.Add([]byte(`{"entries":[]}`))
	f.Add([]byte(`{"entries":[{"ending":"no_grounds","from":"2026-01-01","days":-1,"source":"s","confidence":"V"}]}`))
	f.Add([]byte(`{"entries":[{"ending":"no_grounds","from":"2026-01-01","until":"2026-01-01","days":36525,"grace_days":36525,"source":"s","confidence":"V"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		book, err := parse(data)
		if err != nil {
			return
		}
		stated := map[domain.Ending]bool{}
		for _, r := range book.Rules() {
			stated[r.Ending] = true
			if r.Source == "" || r.Confidence == "" {
				t.Errorf("a rule without an origin: %+v", r)
			}
			rule, set := book.For(r.Ending, r.begin())
			if set && rule.Whole() <= 0 {
				t.Errorf("a case is never kept: %+v", rule)
			}
			if r.From != "" && rule != r {
				t.Errorf("on its first day %+v is not in force, but %+v", r, rule)
			}
		}
		for _, e := range domain.Endings() {
			if !stated[e] {
				t.Errorf("nothing is stated of %s", e)
			}
		}
	})
}
