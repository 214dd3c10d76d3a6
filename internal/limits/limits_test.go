package limits

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"songtor/domain"
	"songtor/internal/calendar"
)

func moment(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, domain.Thailand)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func load(t *testing.T, entries ...string) (*Book, error) {
	t.Helper()
	return Load(write(t, `{"about": "", "entries": [`+strings.Join(entries, ",")+`]}`))
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "limits.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Only what a source was found for is set.
func TestDefaultSetsWhatHasASource(t *testing.T) {
	t.Parallel()
	got := Default().For("TH-10", moment(t, "2026-11-23 12:00"))
	want := map[domain.LimitName]time.Duration{
		domain.LimitIdentify: 15 * 24 * time.Hour, domain.LimitReflection: 15 * 24 * time.Hour,
		domain.LimitSection29: 24 * time.Hour, domain.LimitSection29Ext: 7 * 24 * time.Hour,
		domain.LimitGlass: time.Hour, domain.LimitGlassApproval: 10 * time.Minute, domain.LimitGlassReview: 72 * time.Hour,
	}
	for _, name := range domain.LimitNames() {
		limit, set := got.Times[name]
		if limit.Duration != want[name] || limit.WorkingDays != 0 || set != (want[name] > 0) {
			t.Errorf("%s is %+v", name, limit)
		}
		if set && !strings.Contains(limit.Source, "Trafficking in Persons") && !strings.HasPrefix(limit.Source, "Songtor rule") {
			t.Errorf("%s comes from %q", name, limit.Source)
		}
	}
	if t1 := got.Team; t1.Members != 0 || t1.Kinds != nil || t1.Quorum != 0 {
		t.Errorf("a team must be %+v", t1)
	}
	ladder := []domain.Step{{After: 0, To: domain.ToAssignee}, {After: 24 * time.Hour, To: domain.ToSupervisor}, {After: 48 * time.Hour, To: domain.ToProvince}, {After: 72 * time.Hour, To: domain.ToMinistry}}
	if !slices.Equal(got.Escalation, ladder) {
		t.Errorf("the ladder is %+v", got.Escalation)
	}
}

func TestDefaultStatesEveryLimit(t *testing.T) {
	t.Parallel()
	stated := map[string]int{}
	for _, e := range Default().Entries() {
		stated[e.subject()]++
		if e.From == "" || e.Source == "" || e.Confidence == "" {
			t.Errorf("%+v", e)
		}
		if e.Limit != "" && (e.Unset == "") == (e.Confidence == "?") {
			t.Errorf("%s: confidence %s", e.Limit, e.Confidence)
		}
		if e.Escalation != nil && (e.Source != "design inference, not a legal rule" || e.Confidence != "D") {
			t.Errorf("the ladder comes from %q, %s", e.Source, e.Confidence)
		}
	}
	for _, name := range domain.LimitNames() {
		if stated[string(name)] != 1 {
			t.Errorf("%s is stated %d times", name, stated[string(name)])
		}
	}
	if stated["team"] != 1 || stated["escalation"] != 1 || len(stated) != len(domain.LimitNames())+2 {
		t.Errorf("stated are %v", stated)
	}
}

func TestDefaultBegins(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]int{"2008-06-04 23:59": 0, "2008-06-05 00:00": 5, "2022-10-31 23:59": 5, "2022-11-01 00:00": 7} {
		if got := Default().For("TH-63", moment(t, at)); len(got.Times) != want || got.Holiday == nil {
			t.Errorf("%s: %v", at, got.Times)
		}
	}
}

const (
	everywhere = `{"limit": "accept_referral", "province": "*", "from": "2026-01-01", "hours": 48, "source": "order 1", "confidence": "V"}`
	bangkok    = `{"limit": "accept_referral", "province": "TH-10", "from": "2026-03-01", "until": "2026-03-31", "working_days": 3, "source": "order 2", "confidence": "V"}`
	bangkok2   = `{"limit": "accept_referral", "province": "TH-10", "from": "2026-04-01", "hours": 12, "source": "order 3", "confidence": "V"}`
	tak        = `{"limit": "accept_referral", "province": "TH-63", "from": "2026-02-01", "unset": "suspended", "source": "order 4", "confidence": "V"}`
	team       = `{"team": {"members": 4, "kinds": ["msdhs", "police"], "quorum": 3}, "province": "TH-10", "from": "2026-03-01", "source": "order 5", "confidence": "V"}`
	noTeam     = `{"team": {}, "province": "*", "from": "2026-01-01", "unset": "nothing found", "source": "none", "confidence": "?"}`
	ladder     = `{"escalation": [{"to": "supervisor", "after_hours": 0}, {"to": "ministry", "after_hours": 5}], "province": "*", "from": "2026-01-01", "source": "order 6", "confidence": "V"}`
	noLadder   = `{"escalation": [], "province": "TH-63", "from": "2026-02-01", "unset": "not here", "source": "none", "confidence": "?"}`
)

func TestTheEntryInForceForTheProvinceCounts(t *testing.T) {
	t.Parallel()
	b, err := load(t, tak, bangkok2, bangkok, everywhere)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ province, at, source string }{
		{"TH-50", "2025-12-31 23:59", ""},
		{"TH-50", "2026-01-01 00:00", "order 1"},
		{"", "2026-03-15 12:00", "order 1"},
		{"nowhere", "2026-03-15 12:00", "order 1"},
		{"TH-10", "2026-02-28 23:59", "order 1"},
		{"TH-10", "2026-03-01 00:00", "order 2"},
		{"TH-10", "2026-03-31 23:59", "order 2"},
		{"TH-10", "2026-04-01 00:00", "order 3"},
		{"TH-10", "2099-01-01 00:00", "order 3"},
		{"TH-63", "2026-01-31 23:59", "order 1"},
		{"TH-63", "2026-02-01 00:00", ""},
	}
	for _, tt := range tests {
		if got := b.For(tt.province, moment(t, tt.at)).Times[domain.LimitAccept].Source; got != tt.source {
			t.Errorf("%s at %s: %q, want %q", tt.province, tt.at, got, tt.source)
		}
	}
}

func TestAnEndedProvinceEntryGivesWayToEverywhere(t *testing.T) {
	t.Parallel()
	b, err := load(t, bangkok, everywhere)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.For("TH-10", moment(t, "2026-04-01 00:00")).Times[domain.LimitAccept]; got.Duration != 48*time.Hour || got.WorkingDays != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestTeamAndLadderGoByProvinceAndDate(t *testing.T) {
	t.Parallel()
	b, err := load(t, team, noTeam, ladder, noLadder)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.For("TH-10", moment(t, "2026-02-28 23:59")).Team; got.Members != 0 || got.Source != "" {
		t.Errorf("before: %+v", got)
	}
	got := b.For("TH-10", moment(t, "2026-03-01 00:00")).Team
	if got.Members != 4 || got.Quorum != 3 || !slices.Equal(got.Kinds, []string{"msdhs", "police"}) || got.Source != "order 5" {
		t.Errorf("after: %+v", got)
	}
	want := []domain.Step{{After: 0, To: domain.ToSupervisor}, {After: 5 * time.Hour, To: domain.ToMinistry}}
	if got := b.For("TH-10", moment(t, "2026-03-01 00:00")).Escalation; !slices.Equal(got, want) {
		t.Errorf("ladder %+v", got)
	}
	if got := b.For("TH-63", moment(t, "2026-03-01 00:00")).Escalation; got != nil {
		t.Errorf("a ladder where there is none: %+v", got)
	}
}

// Monday 7 and Thursday 10 December 2026 are holidays.
func TestWorkingDaysKnowTheHolidays(t *testing.T) {
	t.Parallel()
	b, err := load(t, strings.Replace(bangkok, `"2026-03-31"`, `"2026-12-31"`, 1))
	if err != nil {
		t.Fatal(err)
	}
	start := moment(t, "2026-12-04 15:00") // Friday
	due, source := b.For("TH-10", start).Due(domain.LimitAccept, start)
	if due == nil || !due.Equal(moment(t, "2026-12-12 00:00")) || source != "order 2" { // after Tuesday, Wednesday and Friday
		t.Errorf("due %v by %q", due, source)
	}
	none, err := calendar.Load(write(t, `{"substitution": {"source": "s", "confidence": "M"}, "years": [{"year": 2020}]}`))
	if err != nil {
		t.Fatal(err)
	}
	due, _ = b.WithCalendar(none).For("TH-10", start).Due(domain.LimitAccept, start)
	if due == nil || !due.Equal(moment(t, "2026-12-10 00:00")) { // after Monday, Tuesday and Wednesday
		t.Errorf("without holidays due %v", due)
	}
}

func TestForDoesNotAllocate(t *testing.T) {
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	b := Default()
	if n := testing.AllocsPerRun(100, func() { b.For("TH-10", at) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkFor(b *testing.B) {
	at, book := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Default()
	for b.Loop() {
		book.For("TH-10", at)
	}
}

func TestEntriesSayWhatIsNotMentioned(t *testing.T) {
	t.Parallel()
	b, err := load(t, bangkok)
	if err != nil {
		t.Fatal(err)
	}
	all := b.Entries()
	if len(all) != 1+len(domain.LimitNames()) || all[0].Source != "order 2" {
		t.Fatalf("%d entries", len(all))
	}
	for _, e := range all[1:] {
		if e.Unset == "" || e.Province != Everywhere || e.Source == "" {
			t.Errorf("%+v", e)
		}
	}
	all[0].Source = "changed"
	if b.Entries()[0].Source == "changed" {
		t.Error("a caller can change the book")
	}
}

// What the API shows can be given back as a configuration.
func TestEntriesAreAFile(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(map[string]any{"entries": Default().Entries()})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Load(write(t, string(text)))
	if err != nil {
		t.Fatal(err)
	}
	at := moment(t, "2026-11-23 12:00")
	got, want := b.For("*", at), Default().For("*", at)
	if len(got.Times) != len(want.Times) || got.Times[domain.LimitReflection] != want.Times[domain.LimitReflection] || !slices.Equal(got.Escalation, want.Escalation) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	const first = `"limit": "accept_referral", "province": "*", "from": "2026-01-01"`
	tests := []struct{ name, entry, old, new, says string }{
		{"unknown member", everywhere, `"source"`, `"sauce"`, `"sauce"`},
		{"member twice", everywhere, `"hours": 48`, `"hours": 48, "hours": 24`, `"hours"`},
		{"wrong type", everywhere, `48`, `"48"`, "/entries/0/hours"},
		{"part of an hour", everywhere, `48`, `1.5`, "/entries/0/hours"},
		{"too many hours to count", everywhere, `48`, `99999999999999999999`, "/entries/0/hours"},
		{"unknown limit", everywhere, `accept_referral`, `accept`, `entry 1 (accept, *): limit "accept" is not known; use one of [conclude_screening`},
		{"about nothing", everywhere, `"limit": "accept_referral", `, ``, "give one of limit, team and escalation"},
		{"about two things", everywhere, `"limit"`, `"team": {}, "limit"`, "give one of limit, team and escalation"},
		{"unknown province", everywhere, `"*"`, `"TH-99"`, `entry 1 (accept_referral, TH-99): province "TH-99" is not known; give "*" or a code`},
		{"no province", everywhere, `"province": "*", `, ``, `province "" is not known`},
		{"no source", everywhere, `"source": "order 1", `, ``, "entry 1 (accept_referral, *): source is missing; say where"},
		{"blank source", everywhere, `"order 1"`, `"  "`, "source is missing"},
		{"unset without source", tak, `"source": "order 4", `, ``, "source is missing"},
		{"no confidence", everywhere, `, "confidence": "V"`, ``, `confidence ""`},
		{"unknown confidence", everywhere, `"V"`, `"sure"`, `confidence "sure" is not V, V2, M, D or ?`},
		{"no length", everywhere, `"hours": 48, `, ``, "give one of hours, minutes, working_days and unset"},
		{"no hours", everywhere, `48`, `0`, "give one of hours, minutes, working_days and unset"},
		{"two lengths", everywhere, `"hours": 48`, `"hours": 48, "working_days": 2`, "give one of hours, minutes, working_days and unset"},
		{"set and unset", everywhere, `"hours": 48`, `"hours": 48, "unset": "x"`, "give one of hours, minutes, working_days and unset"},
		{"negative hours", everywhere, `48`, `-48`, "hours is -48; give 1 to"},
		{"endless hours", everywhere, `48`, `2880000`, "hours is 2880000; give 1 to"},
		{"negative days", bangkok, `"working_days": 3`, `"working_days": -3`, "working_days is -3; give 1 to"},
		{"endless days", bangkok, `"working_days": 3`, `"working_days": 1001`, "working_days is 1001; give 1 to"},
		{"no such day", everywhere, `2026-01-01`, `2026-02-30`, `from "2026-02-30"`},
		{"Buddhist year", everywhere, `2026-01-01`, `2569-01-01`, "in the common era"},
		{"no beginning", everywhere, `, "from": "2026-01-01"`, ``, `from ""`},
		{"no such last day", bangkok, `2026-03-31`, `soon`, `until "soon"`},
		{"end before beginning", bangkok, `2026-03-31`, `2026-02-28`, "until lies before from"},
		{"minutes of a day", everywhere, `"hours": 48`, `"minutes": 1441`, "minutes is 1441; give 1 to 1440"},
		{"hours of a team", team, `"team"`, `"hours": 3, "team"`, "hours, minutes and working_days belong to a limit only"},
		{"empty team", team, `"members": 4, "kinds": ["msdhs", "police"], "quorum": 3`, ``, "give either a rule for the team or unset"},
		{"team and unset", noTeam, `{}`, `{"members": 2}`, "give either a rule for the team or unset"},
		{"negative members", team, `4`, `-4`, "members is -4"},
		{"negative quorum", team, `"quorum": 3`, `"quorum": -1`, "quorum -1"},
		{"quorum above members", team, `"quorum": 3`, `"quorum": 5`, "the quorum of 5 is more than the 4 members"},
		{"unknown kind", team, `"police"`, `"army"`, `kind "army" is not known`},
		{"kind twice", team, `"police"`, `"msdhs"`, `kind "msdhs" is not known or given twice`},
		{"unknown member of a team", team, `"members"`, `"people"`, `"people"`},
		{"unknown rung", ladder, `ministry`, `king`, "step 2 (king after 5 hours) does not climb"},
		{"rungs go down", ladder, `"ministry"`, `"assignee"`, "step 2 (assignee after 5 hours) does not climb"},
		{"same rung twice", ladder, `"ministry"`, `"supervisor"`, "step 2 (supervisor after 5 hours) does not climb"},
		{"steps at once", ladder, `5`, `0`, "step 2 (ministry after 0 hours) does not climb"},
		{"negative step", ladder, `"after_hours": 0`, `"after_hours": -1`, "step 1 (supervisor after -1 hours) does not climb"},
		{"late first step", ladder, `"after_hours": 0`, `"after_hours": 1`, "begin after 0 hours"},
		{"no steps", ladder, `{"to": "supervisor", "after_hours": 0}, {"to": "ministry", "after_hours": 5}`, ``, "give either steps or unset"},
		{"nothing", everywhere, `{` + first + `, "hours": 48, "source": "order 1", "confidence": "V"}`, ``, "list at least one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(tt.entry, tt.old) {
				t.Fatalf("%s is not in the entry", tt.old)
			}
			if _, err := load(t, tt.entry); err != nil {
				t.Fatalf("the entry without the mistake: %v", err)
			}
			_, err := load(t, strings.Replace(tt.entry, tt.old, tt.new, 1))
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "limits.json; correct it") {
				t.Errorf("%v does not say %q", err, tt.says)
			}
		})
	}
}

func TestLoadRefusesEntriesOfWhichNoneGoesFirst(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		entries []string
		says    string
	}{
		{"the same twice", []string{everywhere, everywhere}, "entry 2 (accept_referral, *): is in force together with entry 1"},
		{"last day is first day", []string{bangkok, strings.Replace(bangkok2, "2026-04-01", "2026-03-31", 1)}, "entry 2 (accept_referral, TH-10)"},
		{"day after", []string{bangkok, bangkok2}, ""},
		{"inside", []string{bangkok, strings.Replace(bangkok, "2026-03-01", "2026-03-10", 1)}, "entry 2"},
		{"other province", []string{bangkok, everywhere}, ""},
		{"two teams", []string{team, team}, "entry 2 (team, TH-10)"},
		{"two ladders", []string{ladder, ladder}, "entry 2 (escalation, *)"},
		{"different things", []string{team, ladder, everywhere}, ""},
	}
	for _, tt := range tests {
		_, err := load(t, tt.entries...)
		if (err != nil) != (tt.says != "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestLoadNamesEveryMistakeAtOnce(t *testing.T) {
	t.Parallel()
	_, err := load(t, everywhere, strings.Replace(bangkok, `"order 2"`, `""`, 1), strings.Replace(tak, "TH-63", "TH-00", 1))
	for _, want := range []string{"entry 2 (accept_referral, TH-10): source", "entry 3 (accept_referral, TH-00): province"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func TestLoadWithoutAFile(t *testing.T) {
	t.Parallel()
	if _, err := Load(filepath.Join(t.TempDir(), "none.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := Load(write(t, `{}`)); err == nil || !strings.Contains(err.Error(), "list at least one") {
		t.Errorf("an empty file: %v", err)
	}
}
