package access

import (
	"sync/atomic"

	"github.com/cedar-policy/cedar-go/types"

	"songtor/domain"
)

// The types of what the policies speak of.
const (
	personType  = types.EntityType("Person")
	roleType    = types.EntityType("Role")
	caseType    = types.EntityType("Case")
	actionType  = types.EntityType("Action")
	purposeType = types.EntityType("Purpose")
	tieType     = types.EntityType("Tie")
	classType   = types.EntityType("Class")
)

// mechanism is what actions are about that name no case.
var mechanism = types.Entity{UID: types.NewEntityUID("Mechanism", "nrm")}

func actionUID(a Action) types.EntityUID    { return types.NewEntityUID(actionType, types.String(a)) }
func roleUID(r domain.Role) types.EntityUID { return types.NewEntityUID(roleType, types.String(r)) }

// scene is what the policies see of the world at one question: who asks, about what, and the actions.
type scene struct {
	person, resource types.Entity
	actions          types.EntityMap
}

// Get implements types.EntityGetter.
func (s scene) Get(uid types.EntityUID) (types.Entity, bool) {
	switch uid {
	case s.person.UID:
		return s.person, true
	case s.resource.UID:
		return s.resource, true
	}
	return s.actions.Get(uid)
}

// entity is the subject as the policies see it. Who it is by name is nothing to them.
func (s Subject) entity() types.Entity {
	purpose := s.Purpose
	if purpose == "" {
		purpose = Usual(s.Role)
	}
	tokens := make([]types.Value, len(s.Tokens))
	for i, t := range s.Tokens {
		tokens[i] = types.String(t)
	}
	return types.Entity{
		UID:     types.NewEntityUID(personType, "asking"),
		Parents: types.NewEntityUIDSet(roleUID(s.Role)),
		Attributes: types.NewRecord(types.RecordMap{
			"agency": types.String(s.Agency), "assurance": types.Long(s.Assurance), "fresh": types.Boolean(s.Fresh),
			"demo": types.Boolean(s.Demo), "purpose": types.NewEntityUID(purposeType, types.String(purpose)),
			"tokens": types.NewSet(tokens...),
		}),
	}
}

func (s Subject) surroundings() types.Record {
	if s.DevKeys {
		return aroundDevKeys
	}
	return aroundRealKeys
}

// What is so around a question is one of two.
var (
	aroundDevKeys  = types.NewRecord(types.RecordMap{"dev": types.True})
	aroundRealKeys = types.NewRecord(types.RecordMap{"dev": types.False})
)

// entityOf is a case as the policies see it when the subject asks, whose agency has the ties.
func (p *Policies) entityOf(c *Case, s Subject, ties tie) types.Entity {
	return types.Entity{
		UID: types.NewEntityUID(caseType, "asked about"),
		Attributes: types.NewRecord(types.RecordMap{
			"ties": p.ties.of(ties), "excluded": excludedOf(c), "glass": glassOf(c, s.User), "erased": types.Boolean(c.Erased),
		}),
	}
}

var none = types.NewSet()

func excludedOf(c *Case) types.Set {
	if len(c.Standing.Excluded) == 0 {
		return none
	}
	tokens := make([]types.Value, len(c.Standing.Excluded))
	for i, t := range c.Standing.Excluded {
		tokens[i] = types.String(t)
	}
	return types.NewSet(tokens...)
}

// glassOf are the classes that an account may read because it broke the glass.
func glassOf(c *Case, user string) types.Set {
	if len(c.Glass) == 0 || user == "" {
		return none
	}
	var classes []types.Value
	for _, scope := range domain.GlassScopes() {
		for _, g := range c.Glass {
			if g.Opens(user, scope, c.At) {
				classes = append(classes, types.NewEntityUID(classType, types.String(scope)))
				break
			}
		}
	}
	return types.NewSet(classes...)
}

// tieSets are the sets of ties as the policies see them, each made when it is first needed.
type tieSets []atomic.Pointer[types.Set]

func newTieSets() *tieSets {
	sets := make(tieSets, 1<<len(tieNames))
	return &sets
}

func (t tieSets) of(ties tie) types.Set {
	if made := t[ties].Load(); made != nil {
		return *made
	}
	var values []types.Value
	for i, name := range tieNames {
		if ties&(1<<i) != 0 {
			values = append(values, types.NewEntityUID(tieType, types.String(name)))
		}
	}
	made := types.NewSet(values...)
	t[ties].Store(&made)
	return made
}
