package api

import (
	"errors"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"songtor/domain"
	"songtor/internal/app"
	"songtor/projections/inbox"
	"songtor/projections/stage"
	"songtor/schemas"
)

// TestBodiesAreDescribed holds the body of every command against openapi.yaml: the same members, the same of them required, the same
// values of those that come from a closed list.
func TestBodiesAreDescribed(t *testing.T) {
	t.Parallel()
	doc := description(t)
	for _, c := range commands() {
		if c.body == nil {
			continue
		}
		op := doc.Paths.Value(prefix + "/cases/{id}/" + string(c.action)).GetOperation(http.MethodPost)
		described := op.RequestBody.Value.Content.Get(jsonType).Schema.Value
		body := reflect.TypeOf(c.body()).Elem()
		have, want := slices.Sorted(maps.Keys(members(body))), slices.Sorted(maps.Keys(described.Properties))
		if !slices.Equal(have, want) {
			t.Errorf("%s has %v, described are %v", c.action, have, want)
		}
		if described.AdditionalProperties.Has == nil || *described.AdditionalProperties.Has {
			t.Errorf("%s is described as taking other members", c.action)
		}
		if needed := required(t, c); !slices.Equal(needed, slices.Sorted(slices.Values(described.Required))) {
			t.Errorf("%s needs %v, described as needed are %v", c.action, needed, described.Required)
		}
		compareTypes(t, string(c.action), body, described)
	}
}

// required are the members without which a body is refused.
func required(t *testing.T, c command) []string {
	t.Helper()
	err := decodeChecked([]byte(`{}`), c.body(), time.Now())
	invalid, _ := errors.AsType[*app.Invalid](err)
	if invalid == nil {
		return nil
	}
	var names []string
	for _, v := range invalid.Violations {
		name, _, _ := strings.Cut(strings.TrimPrefix(v.Pointer, "/"), "/")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// compareTypes compares the closed lists that the members of a body are of.
func compareTypes(t *testing.T, at string, body reflect.Type, described *openapi3.Schema) {
	t.Helper()
	for name, member := range members(body) {
		schema := described.Properties[name]
		if schema == nil {
			continue
		}
		property := schema.Value
		for member.Kind() == reflect.Pointer {
			member = member.Elem()
		}
		if member.Kind() == reflect.Slice && property.Items != nil {
			member, property = member.Elem(), property.Items.Value
		}
		if values, closed := closedLists()[member]; closed && !sameValues(property.Enum, values) {
			t.Errorf("%s/%s is one of %v, described are %v", at, name, values, property.Enum)
		}
		if member.Kind() == reflect.Struct && member != reflect.TypeFor[time.Time]() {
			compareTypes(t, at+"/"+name, member, property)
		}
	}
}

func sameValues(described []any, values []string) bool {
	if len(described) != len(values) {
		return false
	}
	return !slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(described, any(v)) })
}

func texts[T ~string](values ...T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

// closedLists are the types whose values a body takes from a closed list.
func closedLists() map[reflect.Type][]string {
	return map[reflect.Type][]string{
		reflect.TypeFor[domain.Need]():               texts(domain.Needs()...),
		reflect.TypeFor[domain.Danger]():             texts(domain.Dangers()...),
		reflect.TypeFor[domain.RepresentativeKind](): texts(domain.RepresentativeKinds()...),
		reflect.TypeFor[domain.Purpose]():            texts(domain.Purposes()...),
		reflect.TypeFor[domain.DataClass]():          texts(domain.DataClasses()...),
		reflect.TypeFor[domain.Grounds]():            texts(domain.GroundsYes, domain.GroundsNo, domain.GroundsUnclear),
		reflect.TypeFor[domain.Assessment]():         texts(domain.Present, domain.Absent, domain.NotClear, domain.NotAsked, domain.NotNeeded),
		reflect.TypeFor[domain.RevokeReason]():       texts(domain.RevokeReasons()...),
		reflect.TypeFor[domain.PeriodName]():         texts(domain.PeriodNames()...),
		reflect.TypeFor[domain.PauseReason]():        texts(domain.PauseReasons()...),
		reflect.TypeFor[domain.EndReason]():          texts(domain.EndReasons()...),
		reflect.TypeFor[domain.Outcome]():            texts(domain.Outcomes()...),
		reflect.TypeFor[domain.ReassessReason]():     texts(domain.ReassessReasons()...),
		reflect.TypeFor[domain.LeaveReason]():        texts(domain.LeaveReasons()...),
		reflect.TypeFor[domain.ClaimKind]():          texts(domain.ClaimKinds()...),
		reflect.TypeFor[domain.ClaimStep]():          texts(domain.ClaimSteps()...),
		reflect.TypeFor[domain.Audience]():           texts(domain.Audiences()...),
		reflect.TypeFor[domain.LinkKind]():           texts(domain.LinkKinds()...),
		reflect.TypeFor[domain.Kept]():               texts(domain.KeepStanding, domain.KeepOther),
		reflect.TypeFor[domain.CloseReason]():        texts(domain.CloseReasons()...),
		reflect.TypeFor[domain.ReopenReason]():       texts(domain.ReopenReasons()...),
		reflect.TypeFor[domain.Scope]():              texts(domain.GlassScopes()...),
		reflect.TypeFor[domain.GlassReason]():        texts(domain.GlassReasons()...),
		reflect.TypeFor[domain.Verdict]():            texts(domain.Verdicts()...),
		reflect.TypeFor[domain.ErasureReason]():      texts(domain.ErasureReasons()...),
	}
}

// TestClosedListsAreDescribed holds the lists that answers and parameters take their values from against openapi.yaml.
func TestClosedListsAreDescribed(t *testing.T) {
	t.Parallel()
	doc := description(t)
	for name, values := range map[string][]string{
		"Status": texts(domain.Statuses()...), "TaskKind": texts(domain.TaskKinds()...), "Stage": texts(domain.Stages()...),
		"Rung": texts(domain.Rungs()...), "ReferralKind": texts(inbox.ReferralKinds()...),
		"ReferralStatus": texts(domain.Pending, domain.Accepted, domain.Declined, domain.Revoked, domain.Done),
		"ConsentState":   texts(domain.Given, domain.Denied, domain.Withdrawn),
	} {
		if described := doc.Components.Schemas[name].Value.Enum; !sameValues(described, values) {
			t.Errorf("%s is one of %v, described are %v", name, values, described)
		}
	}
	parameter := func(path, name string) []any {
		return doc.Paths.Value(prefix+path).Get.Parameters.GetByInAndName("query", name).Schema.Value.Enum
	}
	for name, values := range map[string][]string{"order": texts(stage.Orders()...), "due": texts(stage.Dues()...)} {
		if described := parameter("/stages/{stage}/cases", name); !sameValues(described, values) {
			t.Errorf("%s is one of %v, described are %v", name, values, described)
		}
	}
	if boxes := slices.Concat([]inbox.Box{everyTask, inbox.Own, inbox.Escalated}, inbox.ReferralBoxes()); !sameValues(parameter("/inbox", "box"), texts(boxes...)) {
		t.Errorf("box is one of %v", boxes)
	}
	lists := doc.Paths.Value(prefix+"/codes/{list}").Get.Parameters.GetByInAndName("path", "list").Schema.Value.Enum
	var names []string
	for _, name := range schemas.CodeLists() {
		names = append(names, strings.ReplaceAll(name, "_", "-"))
	}
	if !sameValues(lists, names) {
		t.Errorf("the code lists are %v, described are %v", names, lists)
	}
}
