package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"songtor/internal/app"
	"songtor/internal/identity"
	"songtor/internal/release"
	"songtor/internal/synthetic"
)

// publishDemo loads so many people of the years before and publishes the half-years that are over, if it is to: what the administrator builds the
// committee publishes. It may take minutes and nobody waits for it; until then the service says that nothing is published. What is looked at
// first comes first: the search for duplicates gives way while there is work, and is let through the open cases before.
func (o *operator) publishDemo(ctx context.Context, people int, publish bool, logger *slog.Logger) error {
	head, err := o.stores.log.Head(ctx)
	if err != nil {
		return fmt.Errorf("couldn't see how far the open cases reach: %w", err)
	}
	if err := o.runner.WaitForAll(ctx, head); err != nil {
		return fmt.Errorf("couldn't wait until the open cases show: %w", err)
	}
	if err := o.loadPast(ctx, people, logger); err != nil || !publish {
		return err
	}
	account := o.demoAccount(ctx)
	admin, known := account("admin")
	committee, alsoKnown := account("committee")
	if !known || !alsoKnown {
		return nil // somebody has taken them out of use
	}
	plan, err := o.app.PlanReleases(ctx, admin)
	if err != nil {
		return fmt.Errorf("couldn't see which half-years are over: %w", err)
	}
	for _, s := range plan.Periods {
		if s.State == "published" {
			continue
		}
		if err := o.publishPeriod(ctx, admin, committee, s.Period.ID, logger); err != nil {
			return err
		}
	}
	return nil
}

// publishPeriod builds a half-year and publishes it.
func (o *operator) publishPeriod(ctx context.Context, admin, committee identity.Principal, period string, logger *slog.Logger) error {
	start := time.Now()
	logger.Info("building a release of the statistics", slog.String("period", period))
	_, err := o.app.BuildRelease(ctx, admin, app.Building{Period: period, Report: reportBuild(logger, period)})
	switch {
	case errors.Is(err, release.ErrTooFew), errors.Is(err, release.ErrLater):
		return nil // there are too few people in it to say how many, now or when a later one was published
	case err != nil:
		return fmt.Errorf("couldn't build %s: %w", period, err)
	}
	waiting, err := o.app.Proposals(ctx, committee)
	if err != nil {
		return fmt.Errorf("couldn't find what was built: %w", err)
	}
	for _, p := range waiting {
		if p.Release.ID != period {
			continue
		}
		if _, err := o.app.PublishRelease(ctx, committee, period, p.Digest); err != nil {
			return fmt.Errorf("couldn't publish %s: %w", period, err)
		}
	}
	logger.Info("published a release of the statistics", slog.String("period", period), slog.Duration("took", time.Since(start)))
	return nil
}

// loadPast adds so many people of the years before, whom only the statistics need.
func (o *operator) loadPast(ctx context.Context, people int, logger *slog.Logger) error {
	start := time.Now()
	added, err := synthetic.LoadPast(ctx, o.app, start, people, synthetic.By(o.demoAccount(ctx)), synthetic.Report(func(err error) {
		logger.Warn("a step of the synthetic caseload was refused", slog.Any("error", err))
	}))
	if err != nil {
		return fmt.Errorf("couldn't load the synthetic people of the years before: %w", err)
	}
	if added > 0 {
		logger.Info("loaded the synthetic people of the years before", slog.Int("people", added), slog.Duration("took", time.Since(start)))
	}
	return nil
}

// reportBuild logs how far a build has come, every ten seconds.
func reportBuild(logger *slog.Logger, period string) func(release.Progress) {
	last := time.Now()
	return func(p release.Progress) {
		if time.Since(last) < 10*time.Second {
			return
		}
		last = time.Now()
		logger.Info("building a release of the statistics", slog.String("period", period), slog.String("step", p.Universe+": "+p.Step),
			slog.Int("done", p.Done), slog.Int("total", p.Total))
	}
}

// quickRules are the rules of the demonstration: nationality is counted by itself and not in pairs, so that a release takes seconds where
// the usual one takes minutes on a small machine; and what was answered to drafts of the Washington Group's questions is counted, which the release
// says, since there are hardly others yet.
func quickRules() *release.Rules {
	r := release.Usual()
	r.DraftWording = true
	blocks := r.Universes[0].Blocks
	first := &blocks[0]
	first.Dimensions = slices.DeleteFunc(first.Dimensions, func(d string) bool { return d == "nationality" })
	first.Tables = slices.DeleteFunc(first.Tables, func(t release.TableRules) bool { return slices.Contains(t.Dimensions, "nationality") })
	r.Universes[0].Blocks = append(blocks, release.BlockRules{
		Dimensions: []string{"nationality"}, Tables: []release.TableRules{{ID: "nationality", Dimensions: []string{"nationality"}}},
		Reason: "Nationality by itself, so that the demonstration is quick.",
	})
	return r
}
