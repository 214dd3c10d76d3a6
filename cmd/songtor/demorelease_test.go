package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"songtor/projections"
)

// What is looked at first comes first. The control is the second half: with read models that are at work the people are added.
func TestThePeopleOfTheYearsBeforeComeAfterTheOpenCasesShow(t *testing.T) {
	t.Parallel()
	stores, o := openService(t)
	must(t, o.identity.EnsureDemo(t.Context()))
	openCase(t, o)
	open, err := stores.log.Head(t.Context())
	must(t, err)

	impatient, cancel := context.WithTimeout(t.Context(), 5*time.Second) // time to see how far the open cases reach, on a busy machine too
	defer cancel()
	if err := o.publishDemo(impatient, 2, false, slog.New(slog.DiscardHandler)); !errors.Is(err, projections.ErrBehind) {
		t.Errorf("read models that stand still: %v, want ErrBehind", err)
	}
	if head, err := stores.log.Head(t.Context()); err != nil || head != open {
		t.Errorf("the log went from %d to %d (%v) before the open case showed", open, head, err)
	}

	running, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- o.runner.Run(running) }()
	must(t, o.publishDemo(t.Context(), 2, false, slog.New(slog.DiscardHandler)))
	if head, err := stores.log.Head(t.Context()); err != nil || head <= open {
		t.Errorf("the log is at %d still (%v): nobody of the years before was added", head, err)
	}
	stop()
	must(t, <-ran)
}
