package main

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"songtor/internal/testenv"
)

const (
	phones    = 24
	formEach  = 2
	fewInside = 4
)

// crowd is what came of many phones that send at a time.
type crowd struct {
	turnedAway, doubled, failed atomic.Int64
	positions                   sync.Map
}

// send hands a form over as a phone does: again after as long as it is asked to wait, until there is a receipt.
func (c *crowd) send(t *testing.T, in *installation, officer string, body []byte) {
	path := "/api/v1/screenings/" + uuid.NewString()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); {
		a, err := in.ask(t.Context(), officer, http.MethodPut, path, body)
		switch {
		case err == nil && a.status == http.StatusCreated:
			if _, given := c.positions.LoadOrStore(a.field(t, "position"), path); given {
				c.doubled.Add(1)
			}
			return
		case err == nil && a.refusedAs("busy"):
			c.turnedAway.Add(1)
			seconds, _ := strconv.Atoi(a.header.Get("Retry-After"))
			time.Sleep(time.Duration(seconds) * time.Second)
		default:
			t.Errorf("answered %d %s (%v)", a.status, a.body, err)
			c.failed.Add(1)
			return
		}
	}
	c.failed.Add(1)
}

// More at a time than is bounded is asked to come again before anything of it is decided, and every form has one receipt in the end. The
// control: without a bound nobody is asked to come again.
func TestWhoComesTooManyAtATimeComesAgain(t *testing.T) {
	t.Parallel()
	for name, bound := range map[string]int{"bounded": fewInside, "control": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t)
			in.environment = []string{fmt.Sprintf("SONGTOR_MOST_INSIDE=%d", bound), "SONGTOR_MOST_BEHIND=0"}
			in.begin(t)
			officer := in.signIn(t, "officer")
			_, body := screeningFor(t, 800)
			var c crowd
			var sending sync.WaitGroup
			for range phones {
				sending.Go(func() {
					for range formEach {
						c.send(t, in, officer, body)
					}
				})
			}
			sending.Wait()
			if c.failed.Load() > 0 || c.doubled.Load() > 0 {
				t.Fatalf("%d forms failed, %d are there twice", c.failed.Load(), c.doubled.Load())
			}
			if turned := c.turnedAway.Load(); turned > 0 != (bound > 0) {
				t.Errorf("%d were asked to come again", turned)
			}
			figures := []string{
				fmt.Sprintf("songtor_log_head_position{tree=\"cases\"} %d", phones*formEach), "songtor_commands_inside 0",
				fmt.Sprintf("songtor_turned_away_total{why=\"busy\"} %d", c.turnedAway.Load()),
			}
			testenv.Eventually(t, time.Minute, func() bool {
				page := in.call(t, "", http.MethodGet, "/metrics", nil).body
				for _, figure := range figures {
					if !bytes.Contains(page, []byte("\n"+figure+"\n")) {
						return false
					}
				}
				return true
			})
			t.Logf("%d forms, asked to come again %d times", phones*formEach, c.turnedAway.Load())
		})
	}
}
