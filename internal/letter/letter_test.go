package letter

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"songtor/domain"
	"songtor/schemas"
)

func TestMomentsCountBuddhistYears(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.December, 31, 18, 30, 0, 0, time.UTC) // past midnight in Thailand
	for language, want := range map[string]string{"th": "1 มกราคม 2570 เวลา 01:30 น.", "en": "1 January 2027 (BE 2570), 01:30"} {
		w, err := wordsIn(language)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.moment(at); got != want {
			t.Errorf("in %s: %s, want %s", language, got, want)
		}
	}
}

// A limit in working days is over at the midnight that ends its last day.
func TestADeadlineAtMidnightIsOfTheDayThatEnds(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2026, time.December, 31, 17, 0, 0, 0, time.UTC) // in Thailand
	for language, want := range map[string][]string{
		"th": {"31 ธันวาคม 2569 เวลา 24:00 น.", "1 มกราคม 2570 เวลา 00:00 น.", "31 ธันวาคม 2569 เวลา 23:59 น."},
		"en": {"31 December 2026 (BE 2569), 24:00", "1 January 2027 (BE 2570), 00:00", "31 December 2026 (BE 2569), 23:59"},
	} {
		w, err := wordsIn(language)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{w.deadline(midnight), w.deadline(midnight.Add(time.Second)), w.deadline(midnight.Add(-time.Second))}
		if !slices.Equal(got, want) {
			t.Errorf("in %s: %q, want %q", language, got, want)
		}
	}
}

// A consent for a time is no consent for good.
func TestAConsentIsPrintedWithItsEnd(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, time.December, 31, 17, 0, 0, 0, time.UTC)
	w, err := wordsIn("en")
	if err != nil {
		t.Fatal(err)
	}
	for want, g := range map[string]domain.Grant{
		"Given: All kinds": {Answer: domain.Given},
		"Given: Contact\nuntil 31 December 2026 (BE 2569), 24:00": {Answer: domain.Given, Data: []domain.DataClass{domain.DataContact}, Until: &until},
		"Withdrawn": {Answer: domain.Withdrawn, Until: &until},
	} {
		if got := w.answered(g); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestAnswersAreInWords holds it that every choice of the form is put into words in both languages.
func TestAnswersAreInWords(t *testing.T) {
	t.Parallel()
	form, err := schemas.Screening(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range Languages() {
		w, err := wordsIn(language)
		if err != nil {
			t.Fatal(err)
		}
		words, err := w.formWords(form)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range form.Items() {
			if words.Items[item.Key].Label == "" {
				t.Errorf("%s has no words in %s", item.Key, language)
			}
			for _, choice := range item.Choices {
				if got := words.code(words.valueOf(words.nodes[item.Key]), choice); got == choice && choice == strings.ToLower(choice) { // names of scripts are the same in English
					t.Errorf("the choice %s of %s has no words in %s", choice, item.Key, language)
				}
			}
		}
	}
}

func TestOtherLanguagesAreRefused(t *testing.T) {
	t.Parallel()
	if _, err := WriteSummary("fr", Summary{}); !errors.Is(err, ErrLanguage) {
		t.Errorf("got %v", err)
	}
	if !slices.Contains(Languages(), "th") {
		t.Error("letters are not written in Thai")
	}
}
