package statistics

import (
	"encoding/base64"
	"reflect"
	"slices"
	"testing"
)

// The cases of a person are joined whatever their order is, also where they hang together by way of a third.
func TestTheCasesOfOnePersonAreJoined(t *testing.T) {
	t.Parallel()
	same := func(name string) []Same { return []Same{{Other: base64.RawURLEncoding.EncodeToString([]byte(name))}} }
	rows := []row{
		{[]byte("a"), Person{Met: "2026-01-05", Agency: "police", Stopped: true, Refused: []string{"support"}}},
		{[]byte("b"), Person{
			Met: "2026-03-01", Agency: "ngo", Screened: "2026-03-01", Said: &Categories{Sex: "female"}, Refused: []string{"support", "referral"},
			Decisions: []Decision{{On: "2026-03-20", Result: "tip_s6", At: 9}}, Same: same("a"),
		}},
		{[]byte("c"), Person{
			Met: "2026-02-01", Screened: "2026-02-02", Said: &Categories{Sex: "male"}, Decisions: []Decision{{On: "2026-07-02", Result: "both", At: 7}}, Same: same("b"),
		}},
		{[]byte("d"), Person{Met: "2026-02-09", Same: same("erased")}},
	}
	for range 6 {
		people := persons(rows)
		if len(people) != 2 {
			t.Fatalf("%d people have four cases, three of which are of one person", len(people))
		}
		i := slices.IndexFunc(people, func(p Person) bool { return p.Met == "2026-01-05" })
		if i < 0 {
			t.Fatal("the first contact is lost")
		}
		p := people[i]
		results := []string{p.Decisions[0].Result, p.Decisions[1].Result}
		if p.Agency != "police" || p.Stopped || p.Screened != "2026-02-02" || p.Said.Sex != "male" || !reflect.DeepEqual(results, []string{"both", "tip_s6"}) || len(p.Refused) != 2 {
			t.Errorf("the person is %+v", p)
		}
		rows = append(rows[1:], rows[0])
	}
}
