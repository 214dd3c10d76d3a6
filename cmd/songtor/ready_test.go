package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"songtor/internal/app"
	"songtor/internal/testenv"
)

// A read model that has stopped stops in every process alike: were they all not ready, no form would find anybody. The control is the same
// service before its read models are built.
func TestAReadModelThatStopsTakesNobodyAway(t *testing.T) {
	t.Parallel()
	stores, o := openService(t)
	if err := o.ready(t.Context()); err == nil || errors.Is(err, app.ErrStale) {
		t.Errorf("a service whose read models were never built says %v", err)
	}
	running, stop := context.WithCancel(t.Context())
	defer stop()
	go func() { _ = o.runner.Run(running) }()
	testenv.Eventually(t, time.Minute, func() bool { return o.ready(t.Context()) == nil })

	_, err := stores.pools.Migrate.Exec(t.Context(),
		"alter table projections.positions add constraint drilled check (name <> 'matching' or position = 0) not valid")
	must(t, err)
	openCase(t, o)
	testenv.Eventually(t, time.Minute, func() bool { return errors.Is(o.ready(t.Context()), app.ErrStale) })
	if err := o.ready(t.Context()); !strings.Contains(err.Error(), "matching") {
		t.Errorf("it does not say which: %v", err)
	}
	openCase(t, o)
}
