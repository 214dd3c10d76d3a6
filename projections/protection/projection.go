// Package protection is the view of the identified victims in protection.
//
// Order of the queue: who has been in protection longest first.
//
// Its own columns: services, how many are asked for and not delivered; claims, how many are not at their last step; plan_missing, whether a
// plan is still to be agreed; review_at, the first date set for looking at plan, risk or person again; period_ends_at, when the first of
// the running periods ends.
package protection

import (
	_ "embed"

	"songtor/domain"
	"songtor/projections/stage"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what this room does with commits.
const version = 1

// New makes the view.
func New() *stage.View {
	return stage.New(domain.Protection, version, schema, stage.Queue{},
		stage.Tasks("services", domain.TaskService, domain.TaskDeliver, domain.TaskServiceAnew), stage.Tasks("claims", domain.TaskClaim),
		stage.HasTask("plan_missing", domain.TaskPlan), stage.FirstDue("review_at", domain.TaskReview, domain.TaskRisk, domain.TaskFollowUp),
		stage.FirstDue("period_ends_at", domain.TaskPeriodEnds))
}
