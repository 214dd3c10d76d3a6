package letter

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"songtor/domain"
	"songtor/internal/calendar"
	"songtor/schemas"
	"songtor/web"
)

// ErrLanguage says that nothing is written in a language.
var ErrLanguage = errors.New("letters are not written in this language")

// Languages are those in which letters are written.
func Languages() []string { return []string{"th", "en"} }

// words are the words of letters in a language, with those of the pages for codes that both name.
type words struct {
	language string
	own      map[string]string
	pages    map[string]string
}

func wordsIn(language string) (*words, error) {
	if language != "th" && language != "en" {
		return nil, ErrLanguage
	}
	own, err := web.Texts("letters", language)
	if err != nil {
		return nil, err
	}
	pages, err := web.Texts("casework", language)
	return &words{language, own, pages}, err
}

// t is a text of letters, with its holes filled by pairs of name and value.
func (w *words) t(key string, pairs ...string) string {
	text, ok := w.own[key]
	if !ok {
		return key
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[i]+"}", pairs[i+1])
	}
	return text
}

// word is what a code of a closed list is called on the pages; the code itself where they have no word for it.
func (w *words) word(list, code string) string {
	if text, ok := w.pages[list+"."+code]; ok {
		return text
	}
	return code
}

// name is what a code of one of the lists of the service is called.
func (w *words) name(list, code string) string {
	data, known := schemas.CodeList(strings.ReplaceAll(list, "-", "_"))
	var found struct {
		Items []schemas.Code `json:"items"`
	}
	if !known || json.Unmarshal(data, &found) != nil {
		return code
	}
	for _, item := range found.Items {
		if item.Code == code {
			return or(w.language == "th", item.Thai, item.English)
		}
	}
	return code
}

func (w *words) names(list string, codes []string) string {
	return lines(each(codes, func(code string) string { return w.name(list, code) }))
}

func (w *words) yesNo(yes bool) string { return w.t(or(yes, "yes", "no")) }

// moment is a time in Thailand. In Thai its year counts the Buddhist era alone, in English both, so that it can be compared.
func (w *words) moment(at time.Time) string {
	at = at.In(domain.Thailand)
	return w.written(at, at.Format("15:04"))
}

// written is a day and a time of it.
func (w *words) written(at time.Time, clock string) string {
	year := fmt.Sprint(at.Year() + calendar.BuddhistEra)
	if w.language == "en" {
		year = fmt.Sprintf("%d (BE %s)", at.Year(), year)
	}
	return w.t("moment", "day", fmt.Sprint(at.Day()), "month", w.t(fmt.Sprintf("month.%d", at.Month())), "year", year, "time", clock)
}

// deadline is when something is due. Midnight is written as the end of the day that is over then: a limit in working days ends with its last
// day, and the date of the day after would promise one more.
func (w *words) deadline(at time.Time) string {
	at = at.In(domain.Thailand)
	if at.Equal(domain.StartOfDay(at)) {
		return w.written(at.AddDate(0, 0, -1), "24:00")
	}
	return w.moment(at)
}

func (w *words) deadlineOr(at *time.Time) string {
	if at == nil {
		return w.t("noLimit")
	}
	return w.deadline(*at)
}
