package access

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	cedar "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/eval"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"

	"songtor/domain"
)

//go:embed policies
var bundle embed.FS

// schemaFile says what the policies may speak of.
const schemaFile = "schema.cedarschema"

// Load reads the policies that the program carries and holds them against their schema. An error means that they do not hold together:
// the service must not start.
func Load() (*Policies, error) {
	files, err := fs.Sub(bundle, "policies")
	if err != nil {
		return nil, fmt.Errorf("couldn't find the access policies: %w", err)
	}
	return load(files)
}

func load(files fs.FS) (*Policies, error) {
	shape, err := readSchema(files)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the schema of the access policies: %w", err)
	}
	rules, err := readRules(files)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the access policies: %w", err)
	}
	if err := check(shape, rules); err != nil {
		return nil, fmt.Errorf("the access policies do not hold: %w", err)
	}
	hash, err := digest(files)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the access policies: %w", err)
	}
	p := &Policies{hash: hash, actions: actionEntities(shape), all: rules, chosen: map[question]ruleList{}, ties: newTieSets()}
	for _, role := range domain.Roles() {
		for _, action := range Actions() {
			q := question{role, action}
			p.chosen[q] = slices.DeleteFunc(slices.Clone(rules), func(r rule) bool { return !r.concerns(q, p.actions) })
		}
	}
	return p, nil
}

// rule is a policy with its name.
type rule struct {
	id     types.PolicyID
	policy *cedar.Policy
}

func readSchema(files fs.FS) (*resolved.Schema, error) {
	text, err := fs.ReadFile(files, schemaFile)
	if err != nil {
		return nil, err
	}
	var s schema.Schema
	s.SetFilename(schemaFile)
	if err := s.UnmarshalCedar(text); err != nil {
		return nil, err
	}
	return s.Resolve()
}

// readRules reads every policy of every file, in the order of the files' names.
func readRules(files fs.FS) ([]rule, error) {
	names, err := fs.Glob(files, "*.cedar")
	if err != nil {
		return nil, err
	}
	var rules []rule
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		list, err := cedar.NewPolicyListFromBytes(name, text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, policy := range list {
			id, named := policy.Annotations()["id"]
			if !named {
				return nil, fmt.Errorf("%s: the policy in line %d has no id", name, policy.Position().Line)
			}
			rules = append(rules, rule{types.PolicyID(id), policy})
		}
	}
	return rules, nil
}

// check holds the policies against the schema, and the schema against the program: each knows the same actions, no rule reads what may be
// absent, no two rules have one name.
func check(shape *resolved.Schema, rules []rule) error {
	var faults []error
	for uid, action := range shape.Actions {
		if action.AppliesTo != nil && !slices.Contains(Actions(), Action(uid.ID)) {
			faults = append(faults, fmt.Errorf("the schema has the action %s, which the program does not know", uid.ID))
		}
	}
	for _, action := range Actions() {
		if _, known := shape.Actions[actionUID(action)]; !known {
			faults = append(faults, fmt.Errorf("the schema lacks the action %s", action))
		}
	}
	for name, entity := range shape.Entities {
		for attribute, a := range entity.Shape {
			if a.Optional {
				faults = append(faults, fmt.Errorf("the attribute %s of %s may be absent: a rule that reads it would fail", attribute, name))
			}
		}
	}
	validator, seen := validate.New(shape), map[types.PolicyID]bool{}
	for _, r := range rules {
		if seen[r.id] {
			faults = append(faults, fmt.Errorf("two policies are called %s", r.id))
		}
		seen[r.id] = true
		if err := validator.Policy(string(r.id), (*ast.Policy)(r.policy.AST())); err != nil {
			faults = append(faults, err)
		}
		faults = append(faults, unknownNames(shape, r)...)
	}
	if len(rules) == 0 {
		faults = append(faults, errors.New("there are none"))
	}
	return errors.Join(faults...)
}

// unknownNames are the faults of a rule that names a role, a purpose, a tie or a class that there is not. The validator does not look at
// the names of an enumeration, and a rule with such a name would just never hold.
func unknownNames(shape *resolved.Schema, r rule) []error {
	var faults []error
	ast.Inspect(eval.PolicyToNode((*ast.Policy)(r.policy.AST())), func(n ast.IsNode) bool {
		value, _ := n.(ast.NodeValue)
		uid, named := value.Value.(types.EntityUID)
		enum, closed := shape.Enums[uid.Type]
		if named && closed && !slices.Contains(enum.Values, uid) {
			faults = append(faults, fmt.Errorf("for policy `%s`, there is no %s", r.id, uid))
		}
		return true
	})
	return faults
}

// digest names the bundle: SHA-256 over the names and contents of all files.
func digest(files fs.FS) (string, error) {
	names, err := fs.Glob(files, "*")
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s\x00%d\x00", name, len(text))
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// question is what policies are chosen by beforehand.
type question struct {
	role   domain.Role
	action Action
}

// concerns reports whether a rule can say anything about a question. Where it is not plain that it cannot, it can.
func (r rule) concerns(q question, actions types.EntityMap) bool {
	tree := (*ast.Policy)(r.policy.AST())
	return mayBe(tree.Principal, types.NewEntityUID(personType, ""), types.NewEntityUIDSet(roleUID(q.role))) &&
		mayBe(tree.Action, actionUID(q.action), actions[actionUID(q.action)].Parents)
}

// mayBe reports whether an entity with the parents may fall under a scope. Parents have no parents of their own.
func mayBe(scope ast.IsScopeNode, uid types.EntityUID, parents types.EntityUIDSet) bool {
	under := func(e types.EntityUID) bool { return e == uid || parents.Contains(e) }
	switch s := scope.(type) {
	case ast.ScopeTypeEq:
		return s.Entity.Type == personType || s.Entity == uid // which person it is is not known beforehand
	case ast.ScopeTypeIn:
		return under(s.Entity)
	case ast.ScopeTypeInSet:
		return slices.ContainsFunc(s.Entities, under)
	case ast.ScopeTypeIsIn:
		return s.Type == uid.Type && under(s.Entity)
	}
	return true
}

// actionEntities are the actions with the groups that they are in.
func actionEntities(shape *resolved.Schema) types.EntityMap {
	entities := types.EntityMap{}
	for uid, action := range shape.Actions {
		entities[uid] = action.Entity
	}
	return entities
}

// Needs says how surely it has to be the person who takes an action, and whether they must have proved it just before. It is the same for
// every case, so that it can be asked for before any case is looked at.
func (p *Policies) Needs(a Action) (level Assurance, fresh bool) {
	for parent := range p.actions[actionUID(a)].Parents.All() {
		switch parent.ID {
		case "field":
			return TwoFactors, false
		case "desk":
			return Phishproof, false
		}
	}
	return DeviceBound, true
}

func names(reasons []types.DiagnosticError) string {
	ids := make([]string, len(reasons))
	for i, r := range reasons {
		ids[i] = string(r.PolicyID)
	}
	slices.Sort(ids)
	return strings.Join(ids, ", ")
}
