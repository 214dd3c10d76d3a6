package app

import (
	"context"
	"time"

	"songtor/domain"
	"songtor/internal/vault"
	"songtor/projections"
	"songtor/projections/frontline"
	"songtor/projections/identification"
	"songtor/projections/inbox"
	"songtor/projections/protection"
	"songtor/projections/screening"
	"songtor/projections/stage"
	"songtor/projections/statistics"
	"songtor/projections/timeline"
)

// ReadModels are the rooms that reads are answered from.
type ReadModels struct {
	stages     map[domain.Stage]*stage.View
	inbox      *inbox.Projection
	timeline   *timeline.Projection
	statistics *statistics.Projection
}

// NewReadModels returns the rooms. The statistics open their own scope of each case by means of v, and nothing else.
func NewReadModels(v *vault.Vault) *ReadModels {
	return &ReadModels{
		stages: map[domain.Stage]*stage.View{
			domain.Frontline:      frontline.New(),
			domain.Screening:      screening.New(),
			domain.Identification: identification.New(),
			domain.Protection:     protection.New(),
		},
		inbox:      inbox.New(),
		timeline:   timeline.New(),
		statistics: statistics.New(v.Pseudonym, categoriesOpener(v)),
	}
}

// Groups returns the rooms in groups that move together. The statistics stand alone, so that nothing that befalls the counting
// holds up the work on cases.
func (m *ReadModels) Groups() []projections.Group {
	views := projections.Group{Name: "views"}
	for _, s := range domain.Stages() {
		views.Projections = append(views.Projections, m.stages[s])
	}
	views.Projections = append(views.Projections, m.inbox, m.timeline)
	counts := projections.Group{Name: "statistics", Projections: []projections.Projection{m.statistics}, Silent: true, Pace: time.Second}
	return []projections.Group{views, counts}
}

// categoriesOpener opens the categories of a batch with one look at the keys. Cases whose keys were destroyed stay closed.
func categoriesOpener(v *vault.Vault) statistics.Opener {
	return func(ctx context.Context, commits []domain.Commit) error {
		ids := make([]string, len(commits))
		for i, c := range commits {
			ids[i] = c.CaseID
		}
		keys, err := v.KeysFor(ctx, domain.ScopeStatistics, ids)
		if err != nil {
			return err
		}
		for i := range commits {
			k := keys[commits[i].CaseID]
			if k.Destroyed() {
				continue
			}
			if err := vault.OpenCommit(k, &commits[i], domain.ScopeStatistics); err != nil {
				return err
			}
		}
		return nil
	}
}
