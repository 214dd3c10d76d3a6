package domain_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// TestMain sets how many random sequences a run tries. The command line overrides it: -rapid.checks=10000.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": "2000", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}
