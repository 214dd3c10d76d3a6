package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"songtor/internal/identity"
	"songtor/internal/synthetic"
)

const demoPassword = identity.DemoPassword

// demoCmd is for those who want to try the API.
type demoCmd struct {
	Generate demoGenerateCmd `cmd:"" help:"Print synthetic screening forms as JSON lines, ready for POST /api/v1/screenings/batch."`
}

type demoGenerateCmd struct {
	People int    `default:"10" help:"How many forms."`
	Seed   uint64 `default:"1" help:"The same seed gives the same people."`
}

// Run prints the forms.
func (c *demoGenerateCmd) Run(out io.Writer) error {
	lines := json.NewEncoder(out)
	for _, f := range synthetic.Forms(c.Seed, c.People, time.Now().UTC()) {
		if err := lines.Encode(f); err != nil {
			return fmt.Errorf("couldn't print a form: %w", err)
		}
	}
	return nil
}
