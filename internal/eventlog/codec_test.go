package eventlog

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"songtor/domain"
)

func TestACommitComesBackAsItWas(t *testing.T) {
	t.Parallel()
	want := next(nil,
		&domain.CaseOpened{Reference: "R", Agency: "police", Province: "TH-10"},
		&domain.ReferralSent{Referral: "r1", From: "police", To: "shelter", Services: []string{"shelter_temp"}}, // an empty note
	)
	want.Fingerprint = domain.Private{}
	data, err := Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	want.Digest = Digest(data)
	if !reflect.DeepEqual(&got, want) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
}

// What the domain's own encoding gives for a sealed value and what the log writes must not drift apart: rows hold the former.
func TestSealedValuesLookAsTheDomainWritesThem(t *testing.T) {
	t.Parallel()
	e := &domain.ReferralSent{Referral: "r1", From: "a", To: "b", Services: []string{"x"}, Note: sealed(domain.ScopeSensitive, []byte{0xfb, 0xff, 1})}
	want, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	data, err := Encode(next(nil, e))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), `"data":`+string(want)+`}`) {
		t.Fatalf("%s does not hold %s", data, want)
	}
}

func TestTimesAreWrittenInUTC(t *testing.T) {
	t.Parallel()
	bangkok := time.FixedZone("ICT", 7*60*60)
	c := next(nil)
	here, err := Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	c.RecordedAt, c.Standing.Since, c.Facts[0].HappenedAt = noon.In(bangkok), noon.In(bangkok), noon.In(bangkok)
	there, err := Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	if string(here) != string(there) || !strings.Contains(string(here), `"2026-03-02T12:00:00.123456789Z"`) {
		t.Fatalf("a time zone changes the bytes:\n%s\n%s", here, there)
	}
}

func TestPersonalDataInClearIsNotEncoded(t *testing.T) {
	t.Parallel()
	clear := domain.PrivateJSON(domain.ScopeIdentity, []byte(`"Somchai"`))
	inEvent := next(nil, &domain.ReferralSent{Note: clear})
	inFingerprint := next(nil)
	inFingerprint.Fingerprint = clear
	for name, c := range map[string]*domain.Commit{"event": inEvent, "fingerprint": inFingerprint} {
		_, err := Encode(c)
		if !errors.Is(err, domain.ErrUnsealed) {
			t.Errorf("%s: got %v, want ErrUnsealed", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "Somchai") {
			t.Errorf("%s: the error tells what was not to be told", name)
		}
	}
}

func TestAnIncompleteCommitIsNotEncoded(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*domain.Commit){
		"id":            func(c *domain.Commit) { c.ID = "" },
		"case":          func(c *domain.Commit) { c.CaseID = "" },
		"number":        func(c *domain.Commit) { c.Number = 0 },
		"previous":      func(c *domain.Commit) { c.Previous = "x" },
		"no previous":   func(c *domain.Commit) { c.Number = 2 },
		"events":        func(c *domain.Commit) { c.Facts = nil },
		"event":         func(c *domain.Commit) { c.Facts[0].Event = nil },
		"time":          func(c *domain.Commit) { c.RecordedAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"invalid UTF-8": func(c *domain.Commit) { c.Command = "\xff" },
	} {
		c := next(nil)
		spoil(c)
		if _, err := Encode(c); err == nil {
			t.Errorf("%s: encoded", name)
		}
	}
}

func TestWhatIsNotUnderstoodIsRefused(t *testing.T) {
	t.Parallel()
	data, err := Encode(next(nil, &domain.ReferralSent{Referral: "r1", Services: []string{"x"}, Note: sealed(domain.ScopeSensitive, []byte("note"))}))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, old, new string
		want           error
	}{
		{"commit version", `{"v":1,`, `{"v":2,`, ErrUnknownCommit},
		{"commit version with a new member", `{"v":1,`, `{"v":2,"later":true,`, ErrUnknownCommit},
		{"no version", `{"v":1,`, `{`, ErrUnknownCommit},
		{"event type", `"referral.sent"`, `"referral.resent"`, domain.ErrUnknownEvent},
		{"event version", `"referral.sent","v":1`, `"referral.sent","v":2`, domain.ErrUnknownEvent},
		{"unknown member of the commit", `"n":1,`, `"n":1,"extra":0,`, ErrUnknownCommit},
		{"unknown member of the actor", `"user":`, `"extra":0,"user":`, ErrUnknownCommit},
		{"unknown member of an event", `"data":`, `"extra":0,"data":`, ErrUnknownCommit},
		{"unknown member of event data", `"from":`, `"extra":0,"from":`, ErrUnknownCommit},
		{"unknown member of a sealed value", `"ct":`, `"extra":0,"ct":`, ErrUnknownCommit},
		{"data before the type", `{"type":"referral.sent"`, `{"data":{},"type":"referral.sent"`, ErrUnknownCommit},
		{"a member twice", `"n":1,`, `"n":1,"n":1,`, ErrUnknownCommit},
		{"another case of a name", `"n":1,`, `"N":1,`, ErrUnknownCommit},
		{"a wrong type", `"n":1,`, `"n":"1",`, ErrUnknownCommit},
		{"no events", string(data[strings.Index(string(data), `"events":`):]), `"events":[]}`, ErrUnknownCommit},
		{"bytes after it", `]}`, `]}{}`, ErrUnknownCommit},
		{"not base64", `"ct":"`, `"ct":"!`, ErrUnknownCommit},
		{"no id", string(data[strings.Index(string(data), `"id":`):strings.Index(string(data), `"case":`)]), `"id":"",`, ErrUnknownCommit},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(string(data), tt.old, tt.new, 1)
			if changed == string(data) {
				t.Fatal("the test changed nothing")
			}
			if _, err := Decode([]byte(changed)); !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestErrorsOfDecodingQuoteNothing(t *testing.T) {
	t.Parallel()
	for _, data := range []string{`{"v":"Somchai"}`, `{"v":1,"n":"Somchai"}`, `{"v":1,"recorded_at":"Somchai"}`, `{"v":1,Somchai`} {
		if _, err := Decode([]byte(data)); err == nil || strings.Contains(err.Error(), "Somchai") {
			t.Errorf("%s gives %v", data, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, e := range goldenEvents() {
		c := goldenCommit(e)
		data, err := Encode(&c)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Decode(data)
		if err != nil {
			return
		}
		if _, err := Encode(&c); err != nil {
			t.Fatalf("decoded what cannot be encoded: %v", err)
		}
	})
}
