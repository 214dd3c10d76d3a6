package app

import (
	"context"
	"time"

	"songtor/domain"
	"songtor/internal/limits"
	"songtor/internal/vault"
	"songtor/projections"
	"songtor/projections/deadlines"
	"songtor/projections/erasures"
	"songtor/projections/exclusions"
	"songtor/projections/frontline"
	"songtor/projections/glass"
	"songtor/projections/identification"
	"songtor/projections/inbox"
	"songtor/projections/incidents"
	"songtor/projections/links"
	"songtor/projections/matching"
	"songtor/projections/protection"
	"songtor/projections/screening"
	"songtor/projections/stage"
	"songtor/projections/statistics"
	"songtor/projections/timeline"
	"songtor/schemas"
)

// ReadModels are the rooms that reads are answered from.
type ReadModels struct {
	stages     map[domain.Stage]*stage.View
	exclusions *exclusions.Projection
	inbox      *inbox.Projection
	timeline   *timeline.Projection
	incidents  *incidents.Projection
	links      *links.Projection
	deadlines  *deadlines.Projection
	glass      *glass.Projection
	erasures   *erasures.Projection
	matching   *matching.Projection
	statistics *statistics.Projection
}

// NewReadModels returns the rooms. The statistics open their own scope of each case by means of v, and nothing else; the search for
// duplicates opens who a person is, and keeps nothing of it but blind indexes.
func NewReadModels(v vault.Keeper, book *limits.Book) *ReadModels {
	return &ReadModels{
		stages: map[domain.Stage]*stage.View{
			domain.Frontline:      frontline.New(),
			domain.Screening:      screening.New(),
			domain.Identification: identification.New(),
			domain.Protection:     protection.New(),
		},
		exclusions: exclusions.New(),
		inbox:      inbox.New(office),
		timeline:   timeline.New(),
		incidents:  incidents.New(),
		links:      links.New(),
		deadlines:  deadlines.New(nextStep(book)),
		glass:      glass.New(),
		erasures:   erasures.New(),
		matching:   matching.New(opener(v, vault.ToMatch, domain.ScopeIdentity, domain.ScopeSensitive), blind(v)),
		statistics: statistics.New(v.Pseudonyms, opener(v, vault.ToCount, domain.ScopeStatistics)),
	}
}

// Groups returns the rooms in groups that move together. No view goes on without the exclusions, which the wall of package database
// asks who may see a case. What needs keys stands apart, so that nothing that befalls the counting or the search for duplicates holds
// up the work on cases.
func (m *ReadModels) Groups() []projections.Group {
	views := projections.Group{Name: "views", Needed: m.exclusions}
	for _, s := range domain.Stages() {
		views.Projections = append(views.Projections, m.stages[s])
	}
	views.Projections = append(views.Projections, m.inbox, m.timeline, m.incidents, m.links, m.deadlines, m.glass, m.erasures)
	return []projections.Group{
		views,
		{Name: "matching", Projections: []projections.Projection{m.matching}, Silent: true, Patience: 30 * time.Second},
		{Name: "statistics", Projections: []projections.Projection{m.statistics}, Silent: true, Pace: time.Second},
	}
}

// office is the agency that stands for a rung of the ladder: the province's social development office, where the list has one, or
// the ministry's division against trafficking.
func office(rung domain.Rung, province string) string {
	if rung == domain.ToProvince {
		for _, a := range schemas.Agencies() {
			if a.Kind == "msdhs" && a.Province == province && province != "" {
				return a.Code
			}
		}
	}
	return ministry
}

// ministry is the code of the Division of Anti-Trafficking in Persons of the MSDHS.
const ministry = "datip"

// blind makes the blind indexes of the search for duplicates.
func blind(v vault.Keeper) matching.Blind {
	return func(ctx context.Context, terms []matching.Term) ([][]byte, error) {
		asked := make([]vault.Term, len(terms))
		for i, t := range terms {
			asked[i] = vault.Term(t)
		}
		return v.Blind(ctx, asked...)
	}
}

// opener opens the given scopes of a batch, with one look at the keys for each. Cases whose keys were destroyed stay closed.
func opener(v vault.Keeper, use vault.Use, scopes ...domain.Scope) func(context.Context, []domain.Commit) error {
	return func(ctx context.Context, commits []domain.Commit) error {
		for _, scope := range scopes {
			if err := openScope(ctx, v, use, scope, commits); err != nil {
				return err
			}
		}
		return nil
	}
}

func openScope(ctx context.Context, v vault.Keeper, use vault.Use, scope domain.Scope, commits []domain.Commit) error {
	ids := make([]string, len(commits))
	for i, c := range commits {
		ids[i] = c.CaseID
	}
	keys, err := v.KeysFor(ctx, vault.Grant{Use: use}, scope, ids)
	if err != nil {
		return err
	}
	for i := range commits {
		k := keys[commits[i].CaseID]
		if k.Destroyed() {
			continue
		}
		if err := vault.OpenCommit(k, &commits[i], scope); err != nil {
			return err
		}
	}
	return nil
}
