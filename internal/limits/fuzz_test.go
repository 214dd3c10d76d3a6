package limits

import "testing"

// FuzzLimits holds that a file of time limits is refused or gives a book whose every entry has an origin.
func FuzzLimits(f *testing.F) {
	f.Add(shipped)
	f.Add([]byte(`{"entries":[]}`))
	f.Add([]byte(`{"entries":[{"limit":"screening","province":"*","from":"2026-01-01","hours":-1,"source":"s","confidence":"V"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		book, err := parse(data)
		if err != nil {
			return
		}
		for _, e := range book.Entries() {
			if e.Source == "" || e.Confidence == "" {
				t.Errorf("an entry without an origin: %+v", e)
			}
		}
	})
}
