package api

import (
	"os/exec"
	"strings"
	"testing"
)

// The example in examples/ leads four people through the whole mechanism, and fails where a case does not stand where it should.
func TestTheExampleLeadsFourPeopleThroughTheMechanism(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	out, err := exec.CommandContext(t.Context(), "node", "examples/whole-nrm.mjs", h.url).CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	for _, journey := range []string{"(a)", "(b)", "(c)", "(d)"} {
		if !strings.Contains(string(out), "\n"+journey+" ") {
			t.Errorf("the journey %s was not made:\n%s", journey, out)
		}
	}
}
