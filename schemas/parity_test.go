package schemas

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// parityCase is a valid fixture with members set or removed, and what is wrong with it then.
type parityCase struct {
	Name   string         `json:"name"`
	From   string         `json:"from"`
	Set    map[string]any `json:"set"`
	Remove []string       `json:"remove"`
	Expect []Violation    `json:"expect"`
}

// The page judges by the same schema with a validator of its own. Both run the bodies of
// parity.json, so that nobody is told on a phone that a form is in order and has it refused.
func TestValidate_Parity(t *testing.T) {
	t.Parallel()
	var file struct {
		Now   time.Time    `json:"now"`
		Cases []parityCase `json:"cases"`
	}
	if err := json.Unmarshal(readFixture(t, "parity.json"), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) < 30 {
		t.Fatalf("only %d cases", len(file.Cases))
	}
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			got := v1(t).Validate(c.body(t), file.Now)
			if len(got) != len(c.Expect) || len(got) > 0 && !reflect.DeepEqual(got, c.Expect) {
				t.Errorf("violations %v, want %v", got, c.Expect)
			}
		})
	}
}

func (c parityCase) body(t *testing.T) map[string]any {
	t.Helper()
	body := decoded(t, "valid/"+c.From)
	for pointer, v := range c.Set {
		holder, name := holderOf(body, pointer)
		holder[name] = expanded(v)
	}
	for _, pointer := range c.Remove {
		holder, name := holderOf(body, pointer)
		delete(holder, name)
	}
	return body
}

func holderOf(body map[string]any, pointer string) (holder map[string]any, name string) {
	at := strings.LastIndexByte(pointer, '/')
	return objectOf(lookup(body, pointer[:at])), pointer[at+1:]
}

// expanded writes out {"repeat": text, "times": n} and {"repeatItem": text, "times": n}, which keep the file short.
func expanded(v any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	times, _ := object["times"].(float64)
	if text, ok := object["repeat"].(string); ok {
		return strings.Repeat(text, int(times))
	}
	if text, ok := object["repeatItem"].(string); ok {
		list := make([]any, int(times))
		for i := range list {
			list[i] = text
		}
		return list
	}
	for name, member := range object {
		object[name] = expanded(member)
	}
	return object
}
