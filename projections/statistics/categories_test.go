package statistics

import "testing"

func TestCategoriesAreChecked(t *testing.T) {
	t.Parallel()
	good := Categories{Sex: "female", AgeBand: "9-17", NationalityGroup: "laos", Exploitation: "sexual", Disability: "no"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	full := good
	full.Washington, full.Language, full.Interpreter, full.Gaps = []string{"1", "2", "3", "4", "refused", "missing"}, "lao", "none", "5-19"
	if err := full.Check(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*Categories){
		"another dimension's value": func(c *Categories) { c.Disability = "unknown" },
		"a level that there is not": func(c *Categories) { c.Washington = []string{"5"} },
		"a language by its code":    func(c *Categories) { c.Language = "mya" },
		"a gap without bounds":      func(c *Categories) { c.Gaps = "7" },
	} {
		bad := full
		spoil(&bad)
		if bad.Check() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
