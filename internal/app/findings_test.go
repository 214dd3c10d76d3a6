package app

import (
	"slices"
	"testing"

	"songtor/domain"
	"songtor/schemas"
)

// What decisions and counts rest on has to be asked by every version of the form that is open.
func TestEveryVersionAsksWhatDecisionsRestOn(t *testing.T) {
	t.Parallel()
	wanted := []string{languageKey, interpretedKey, interpreterKey, witnessKey, under18Key, ageKey, birthKey, sexKey, nationalityKey, exploitationKey}
	wanted = slices.Concat(wanted, wgKeys[:], healthKeys, []string{contactKey})
	for _, p := range domain.Purposes() {
		wanted = append(wanted, consentKeys[p], refusalKeys[p])
	}
	for _, k := range needKeys {
		wanted = append(wanted, k.key)
	}
	for _, form := range schemas.ScreeningVersions() {
		elements := map[domain.Element]bool{}
		ilo := 0
		for _, item := range form.Items() {
			wanted = slices.DeleteFunc(wanted, func(key string) bool { return key == item.Key })
			if e, ok := elementOf(item.Element); ok {
				elements[e] = true
			}
			if item.ILO > 0 {
				ilo++
			}
		}
		if len(wanted) > 0 {
			t.Errorf("version %d does not ask %v", form.Version, wanted)
		}
		if len(elements) != 3 || ilo != 11 {
			t.Errorf("version %d speaks of %d elements and %d of the ILO's 11 indicators", form.Version, len(elements), ilo)
		}
	}
}

func TestTheStatesOfAnItemAreTheCodesOfTheSet(t *testing.T) {
	t.Parallel()
	item := func(state string, value ...any) map[string]any {
		m := map[string]any{"state": state}
		if len(value) > 0 {
			m["value"] = value[0]
		}
		return m
	}
	a := answers{
		"e_vis": item("answered", 3.0), "e_hear": item("declined"), "e_mob": item("unknown"),
		"e_cog": item("not_asked"), "e_sc": item("answered", 1.0),
	}
	if got, want := a.washingtonGroup(), (domain.WGAnswers{3, 7, 9, 0, 1, 0}); got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}
