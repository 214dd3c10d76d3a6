package calendar

import (
	"fmt"
	"time"
)

// thaiMonths are the months from January.
var thaiMonths = [12]string{
	"มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
}

// BuddhistYear returns the year of the Buddhist era (BE) of a time in Thailand: 543 more than the common era. Until 1940 the year
// began on 1 April.
func BuddhistYear(t time.Time) int {
	t = t.In(zone)
	if t.Year() <= 1940 && t.Month() < time.April {
		return t.Year() + 542
	}
	return t.Year() + 543
}

// BuddhistDate writes the day of a time in Thailand: "23 พฤศจิกายน 2569" in Thai (lang "th"), "23 November 2569 BE (2026)" in
// English, which is also the answer for any other language.
func BuddhistDate(t time.Time, lang string) string {
	t = t.In(zone)
	if lang == "th" {
		return fmt.Sprintf("%d %s %d", t.Day(), thaiMonths[t.Month()-1], BuddhistYear(t))
	}
	return fmt.Sprintf("%d %s %d BE (%d)", t.Day(), t.Month(), BuddhistYear(t), t.Year())
}

// Buddhist writes day and time of day in Thailand: "23 พฤศจิกายน 2569 14:05 น." in Thai (lang "th"), "23 November 2569 BE (2026)
// 14:05" in English, which is also the answer for any other language.
func Buddhist(t time.Time, lang string) string {
	s := BuddhistDate(t, lang) + t.In(zone).Format(" 15:04")
	if lang == "th" {
		s += " น."
	}
	return s
}
