package verify

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// holding is a certificate that holds: 24 people in two rooms, of which only the total is known, and a third room that is published to be empty.
const holding = `{
 "format": "songtor-disclosure-certificate/1", "statement": "", "policy": {"k": 11, "coalition": 1, "extra": 0.02}, "bound": 12,
 "publications": [{
  "release": "r", "populations": ["p"], "dimensions": [{"name": "room", "categories": ["a", "b", "c", "d"]}], "tables": [["room"]],
  "cells": [{"at": {}, "count": 24}, {"at": {"room": "a"}, "count": null}, {"at": {"room": "b"}, "count": null}, {"at": {"room": "c"}, "count": 0}],
  "structural": [{"room": "d"}]
 }],
 "populations": ["p"], "dimensions": [{"name": "room", "categories": ["a", "b", "c", "d"]}],
 "worlds": [[0, 12, 1, 12]]
}`

// proving has a room that is empty because the others hold everybody.
const proving = `{
 "format": "songtor-disclosure-certificate/1", "statement": "", "policy": {"k": 2, "coalition": 0, "extra": 0.02}, "bound": 2,
 "publications": [{
  "release": "r", "populations": ["p"], "dimensions": [{"name": "room", "categories": ["a", "b"]}], "tables": [["room"]],
  "cells": [{"at": {}, "count": 5}, {"at": {"room": "a"}, "count": 5}, {"at": {"room": "b"}, "count": null}]
 }],
 "populations": ["p"], "dimensions": [{"name": "room", "categories": ["a", "b"]}],
 "worlds": [[0, 5]],
 "zeros": [{"terms": [{"publication": 0, "at": {}, "times": "1/1"}, {"publication": 0, "at": {"room": "a"}, "times": "-1/1"}]}]
}`

// sealed is holding as it lies under seal.
var sealed = strings.Replace(strings.Replace(holding, `"songtor-disclosure-certificate/1"`, `"songtor-disclosure-certificate/2"`, 1),
	`"statement": "",`, `"statement": "", "covers": "sealed", "may_be_shown": false, "salt": "`+base64.StdEncoding.EncodeToString(make([]byte, saltSize))+`",`, 1)

func TestWhatHoldsIsTaken(t *testing.T) {
	t.Parallel()
	for _, file := range []string{holding, proving, sealed} {
		if _, err := Certificate([]byte(file)); err != nil {
			t.Error(err)
		}
	}
}

// TestEveryChangeIsRefused changes one thing at a time of certificates that hold.
func TestEveryChangeIsRefused(t *testing.T) {
	t.Parallel()
	set := func(path ...any) func(map[string]any) {
		return func(c map[string]any) {
			var at any = c
			for _, step := range path[:len(path)-2] {
				switch s := step.(type) {
				case string:
					at = at.(map[string]any)[s]
				case int:
					at = at.([]any)[s]
				}
			}
			switch key := path[len(path)-2].(type) {
			case string:
				at.(map[string]any)[key] = path[len(path)-1]
			case int:
				at.([]any)[key] = path[len(path)-1]
			}
		}
	}
	for name, change := range map[string]struct {
		file string
		do   func(map[string]any)
	}{
		"another form":                       {holding, set("format", "x")},
		"a bound above what is reached":      {holding, func(c map[string]any) { set("bound", 13)(c); set("policy", "k", 12)(c) }},
		"a bound that is not k and c":        {holding, set("bound", 11)},
		"no world":                           {holding, set("worlds", []any{})},
		"a world with too few people":        {holding, set("worlds", 0, []any{0, 12, 1, 11})},
		"a world with people in an empty":    {holding, set("worlds", 0, []any{0, 12, 1, 11, 2, 1})},
		"a world with people who can't be":   {holding, set("worlds", 0, []any{0, 12, 1, 11, 3, 1})},
		"a world with fewer than nobody":     {holding, set("worlds", 0, []any{0, 25, 1, -1})},
		"a world that names an atom twice":   {holding, set("worlds", 0, []any{0, 12, 0, 12})},
		"a world beyond the atoms":           {holding, set("worlds", 0, []any{0, 12, 1, 12, 9, 0})},
		"a world that is cut off":            {holding, set("worlds", 0, []any{0, 12, 1})},
		"a count that contradicts":           {holding, set("publications", 0, "cells", 1, "count", 13)},
		"a category that is seen to be full": {holding, set("publications", 0, "structural", []any{})},
		"a dimension left out":               {holding, set("dimensions", []any{})},
		"a category left out":                {holding, set("dimensions", 0, "categories", []any{"a", "b", "c"})},
		"a population left out":              {holding, set("publications", 0, "populations", []any{"q"})},
		"no proof":                           {proving, set("zeros", []any{})},
		"a proof that sums to one":           {proving, set("zeros", 0, "terms", 1, "times", "-4/5")},
		"a proof that counts below zero":     {proving, set("zeros", 0, "terms", 1, "times", "-2/1")},
		"a proof of a withheld cell":         {proving, set("zeros", 0, "terms", 1, "at", map[string]any{"room": "b"})},
		"something that is not in the form":  {proving, set("more", 1)},
		"a seal without salt":                {sealed, set("salt", "AAAA")},
		"a seal that may be shown":           {sealed, set("may_be_shown", true)},
		"a seal with an atom left out":       {sealed, set("worlds", 0, []any{0, 24})},
		"a seal with the people apart":       {sealed, set("people", []any{0, 12, 1, 12})},
	} {
		var c map[string]any
		if err := json.Unmarshal([]byte(change.file), &c); err != nil {
			t.Fatal(err)
		}
		change.do(c)
		changed, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Certificate(changed); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
