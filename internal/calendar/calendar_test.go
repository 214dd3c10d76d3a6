package calendar

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"songtor/domain"
)

func day(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation(time.DateOnly, s, domain.Thailand)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// The weekdays on which government offices were closed, as published for each year; 2027 as calculated.
func TestDaysOff(t *testing.T) {
	t.Parallel()
	want := map[int]string{
		2022: "01-03 02-16 04-06 04-13 04-14 04-15 05-04 05-13 05-16 06-03 07-13 07-14 07-15 07-28 07-29 08-12 10-13 10-14 10-24 12-05 12-12 12-30",
		2023: "01-02 03-06 04-06 04-13 04-14 04-17 05-04 05-05 05-17 06-05 07-28 07-31 08-01 08-02 08-14 10-13 10-23 12-05 12-11 12-29",
		2024: "01-01 02-26 04-08 04-12 04-15 04-16 05-06 05-10 05-22 06-03 07-22 07-29 08-12 10-14 10-23 12-05 12-10 12-30 12-31",
		2025: "01-01 02-12 04-07 04-14 04-15 04-16 05-05 05-09 05-12 06-02 06-03 07-10 07-11 07-28 08-11 08-12 10-13 10-23 12-05 12-10 12-31",
		2026: "01-01 01-02 03-03 04-06 04-13 04-14 04-15 05-04 05-13 06-01 06-03 07-28 07-29 07-30 08-12 10-13 10-23 12-07 12-10 12-31",
		2027: "01-01 02-22 04-06 04-13 04-14 04-15 05-04 05-20 06-03 07-19 07-20 07-28 08-12 10-13 10-25 12-06 12-10 12-31",
	}
	for year, days := range want {
		var got []string
		for _, d := range Thailand().Holidays(year) {
			if !weekend(day(t, d.Date)) {
				got = append(got, d.Date[5:])
			}
		}
		if !slices.Equal(got, strings.Fields(days)) {
			t.Errorf("%d:\n got %v\nwant %v", year, got, days)
		}
	}
	if got := Thailand().Years(); !slices.Equal(got, []int{2022, 2023, 2024, 2025, 2026, 2027}) {
		t.Errorf("known years are %v", got)
	}
}

func TestHoliday(t *testing.T) {
	t.Parallel()
	tests := []struct{ at, english, thai string }{
		{"2026-11-23", "", ""},
		{"2026-05-01", "", ""}, // Labour Day: government offices are open
		{"2026-07-31", "", ""}, // proposed and withdrawn
		{"2024-01-02", "", ""}, // the substitution was moved to 29 December
		{"2023-01-03", "", ""}, // one substitution for holidays in a row
		{"2023-12-29", "Substitution for New Year's Eve", "ชดเชยวันสิ้นปี"},
		{"2023-01-02", "Substitution for New Year's Eve and New Year's Day", "ชดเชยวันสิ้นปีและวันขึ้นปีใหม่"},
		{"2024-04-16", "Substitution for Songkran", "ชดเชยวันสงกรานต์"},
		{"2026-03-03", "Makha Bucha Day", "วันมาฆบูชา"},
		{"2023-06-03", "Birthday of Queen Suthida; Visakha Bucha Day", "วันเฉลิมพระชนมพรรษาสมเด็จพระนางเจ้าฯ พระบรมราชินี; วันวิสาขบูชา"},
		{"2022-10-13", "King Bhumibol Adulyadej Memorial Day", "วันคล้ายวันสวรรคตพระบาทสมเด็จพระบรมชนกาธิเบศร มหาภูมิพลอดุลยเดชมหาราช บรมนาถบพิตร"},
		{"2026-10-13", "King Bhumibol the Great Memorial Day", "วันนวมินทรมหาราช"},
		{"2021-12-31", "", ""}, // a year that is not known
		{"2028-01-03", "", ""}, // its substitution neither
	}
	for _, tt := range tests {
		name, ok := Thailand().Holiday(day(t, tt.at))
		if name != (Name{tt.english, tt.thai}) || ok != (tt.english != "") {
			t.Errorf("%s is %+v, %v", tt.at, name, ok)
		}
	}
}

func TestADayIsADayInThailand(t *testing.T) {
	t.Parallel()
	for at, want := range map[time.Time]bool{
		time.Date(2026, 12, 9, 16, 59, 59, 0, time.UTC):  false,
		time.Date(2026, 12, 9, 17, 0, 0, 0, time.UTC):    true,
		time.Date(2026, 12, 10, 16, 59, 59, 0, time.UTC): true,
		time.Date(2026, 12, 10, 17, 0, 0, 0, time.UTC):   false,
	} {
		if _, ok := Thailand().Holiday(at); ok != want {
			t.Errorf("%s: %v", at, ok)
		}
	}
}

func TestKnown(t *testing.T) {
	t.Parallel()
	for year, want := range map[int]bool{2021: false, 2022: true, 2027: true, 2028: false, 2569: false} {
		if Thailand().Known(year) != want || (Thailand().Holidays(year) != nil) != want {
			t.Errorf("%d: known is not %v", year, want)
		}
	}
	if !strings.Contains(Thailand().Note(2027), "Ploughing") || Thailand().Note(2022) != "" {
		t.Error("the notes do not say what is missing")
	}
}

func TestEveryDaySaysWhereItComesFrom(t *testing.T) {
	t.Parallel()
	for _, year := range Thailand().Years() {
		for _, d := range Thailand().Holidays(year) {
			if d.Source == "" || d.Confidence == "" || d.English == "" || !strings.ContainsFunc(d.Thai, func(r rune) bool { return r >= 0x0e00 && r <= 0x0e7f }) {
				t.Errorf("%+v", d)
			}
			if year == 2027 && d.Kind == Lunar && d.Confidence != "M" {
				t.Errorf("%s was calculated and is marked %s", d.Date, d.Confidence)
			}
		}
	}
}

func TestHolidayDoesNotAllocate(t *testing.T) {
	at := day(t, "2026-12-10")
	if n := testing.AllocsPerRun(100, func() { Thailand().Holiday(at) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// minimal is a file with one place for a mistake.
const minimal = `{"about": "", "substitution": {"source": "s", "confidence": "M"},
	"yearly": [{"date": "01-01", "en": "New Year", "th": "ปีใหม่", "source": "s", "confidence": "V"}],
	"years": [{"year": 2030, "note": "", "days": [
		{"date": "2030-02-18", "kind": "lunar", "en": "Makha", "th": "มาฆ", "source": "s", "confidence": "M"}]}]}`

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, old, new, says string }{
		{"unknown member", `"about"`, `"abuot"`, "abuot"},
		{"member twice", `"note": ""`, `"note": "", "note": ""`, "note"},
		{"wrong type", `"year": 2030`, `"year": "2030"`, "/years/0/year"},
		{"broken JSON", `]}]}`, `]}]`, "unexpected EOF"},
		{"trailing data", `]}]}`, `]}]} {}`, "invalid character"},
		{"no such day", `"date": "2030-02-18"`, `"date": "2030-02-30"`, `year 2030, 2030-02-30: "2030-02-30" is not a date YYYY-MM-DD`},
		{"day of another year", `"date": "2030-02-18"`, `"date": "2031-02-18"`, "year 2030, 2031-02-18: lies in another year"},
		{"rule without a date", `"date": "01-01"`, `"date": "13-01"`, "yearly 13-01: date is not MM-DD"},
		{"29 February is no day of every year", `"date": "01-01"`, `"date": "02-29"`, "yearly 02-29: date is not MM-DD"},
		{"Buddhist year", `"year": 2030`, `"year": 2573`, "year 2573: is no year of the common era; take 543"},
		{"unknown kind", `"lunar"`, `"luna"`, `kind "luna"`},
		{"rule as listed day", `"lunar"`, `"yearly"`, `kind "yearly"`},
		{"no source", `"th": "มาฆ", "source": "s"`, `"th": "มาฆ", "source": " "`, "year 2030, 2030-02-18: source is missing"},
		{"rule without source", `"th": "ปีใหม่", "source": "s"`, `"th": "ปีใหม่"`, "yearly 01-01: source is missing"},
		{"substitution without source", `{"source": "s", "confidence": "M"}`, `{"confidence": "M"}`, "substitution: source is missing"},
		{"unknown confidence", `"confidence": "V"`, `"confidence": "sure"`, `confidence "sure"`},
		{"no Thai name", `"th": "มาฆ"`, `"th": ""`, "en and th must both be given"},
		{"moved from nowhere", `"kind": "lunar"`, `"kind": "moved"`, "instead_of belongs to kind moved"},
		{"instead of nothing", `"kind": "lunar"`, `"kind": "moved", "instead_of": "2030-02-20"`, "instead_of 2030-02-20: no substitution is due"},
		{"a day that is no date", `"kind": "lunar"`, `"kind": "moved", "instead_of": "soon"`, `"soon" is not a date`},
		{"no years", `"years": [`, `"years": [], "_": [`, "_"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if strings.Count(minimal, tt.old) == 0 {
				t.Fatalf("%s is not in the file", tt.old)
			}
			path := write(t, strings.Replace(minimal, tt.old, tt.new, 1))
			_, err := Load(path)
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v does not say %q", err, tt.says)
			}
		})
	}
}

func TestLoadRefusesAFileWithoutYears(t *testing.T) {
	t.Parallel()
	_, err := Load(write(t, `{"substitution": {"source": "s", "confidence": "M"}}`))
	if err == nil || !strings.Contains(err.Error(), "list at least one") {
		t.Errorf("got %v", err)
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file gives %v", err)
	}
}

func TestLoadNamesEveryMistakeAtOnce(t *testing.T) {
	t.Parallel()
	text := strings.Replace(minimal, `"source": "s", "confidence": "V"`, `"confidence": "V"`, 1)
	text = strings.Replace(text, `"lunar"`, `"solar"`, 1)
	_, err := Load(write(t, text))
	if err == nil || !strings.Contains(err.Error(), "solar") || !strings.Contains(err.Error(), "yearly 01-01") {
		t.Errorf("got %v", err)
	}
}

func TestLoadReplacesTheShippedDays(t *testing.T) {
	t.Parallel()
	c, err := Load(write(t, minimal))
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]bool{"2030-01-01": true, "2030-02-18": true, "2030-05-04": false, "2026-01-01": false} {
		if _, ok := c.Holiday(day(t, at)); ok != want {
			t.Errorf("%s: %v", at, ok)
		}
	}
	if c.Known(2026) || !c.Known(2030) {
		t.Errorf("known are %v", c.Years())
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "holidays.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSubstitution(t *testing.T) {
	t.Parallel()
	const head = `{"substitution": {"source": "s", "confidence": "M"}, "yearly": [{"date": "%", "en": "A", "th": "ก", "source": "s", "confidence": "V"}], "years": [{"year": 2028, "days": [`
	special := func(date string) string {
		return `{"date": "` + date + `", "kind": "special", "en": "S", "th": "พ", "source": "s", "confidence": "V"}`
	}
	tests := []struct{ name, yearly, listed, want string }{
		{"on a Saturday", "01-15", "", "2028-01-15 2028-01-17"},
		{"on a Friday", "01-14", "", "2028-01-14"},
		{"a special day has none", "01-14", special("2028-01-15"), "2028-01-14 2028-01-15"},
		{"a special day is skipped", "01-15", special("2028-01-17"), "2028-01-15 2028-01-17 2028-01-18"},
		{"a special day on the same day changes nothing", "01-15", special("2028-01-15"), "2028-01-15 2028-01-17"},
		{"nor on the same day as a lunar one", "01-14", strings.Replace(special("2028-01-15"), "special", "lunar", 1) + "," + strings.Replace(special("2028-01-15"), `"S"`, `"T"`, 1), "2028-01-14 2028-01-15 2028-01-17"},
		{"none in a year that is not known", "12-31", "", "2028-12-31"},
	}
	for _, tt := range tests {
		c, err := Load(write(t, strings.Replace(head, "%", tt.yearly, 1)+tt.listed+`]}]}`))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		var got []string
		for _, d := range slices.Concat(c.Holidays(2028), c.Holidays(2029)) {
			got = append(got, d.Date)
		}
		if !slices.Equal(got, strings.Fields(tt.want)) {
			t.Errorf("%s: %v, want %s", tt.name, got, tt.want)
		}
	}
}
