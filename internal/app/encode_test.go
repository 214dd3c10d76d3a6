package app

import (
	"bytes"
	"math"
	"testing"

	"github.com/go-json-experiment/json"
)

// What a form says is kept in these bytes, and a form that is sent again is known by them: they stay those of the library for ever.
func TestAnswersAreEncodedAsTheLibraryDoes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`null`, `true`, `false`, `""`, `0`, `-0`, `1`, `1.5`, `1e21`, `1e20`, `1e-7`, `0.000001`, `123456789012345678`, `-1.7976931348623157e308`, `5e-324`,
		`"ส่งต่อ"`, `"a\u0000\u001f\u007f\"\\\/<>&\u2028\u2029\ud83d\ude00"`, `[]`, `{}`, `[[],{},[null,true,"x",1]]`,
		`{"state":"answered","value":["b","a"],"note":{"z":1,"a":{"é":2,"e":3},"":4}}`,
		`{"9":1,"8":1,"7":1,"6":1,"5":1,"4":1,"3":1,"2":1,"1":1,"\uffff":1,"\ud83d\ude00":1}`,
	} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		want, err := json.Marshal(v, json.Deterministic(true))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got, err := appendAnswer([]byte("before"), v); err != nil || !bytes.Equal(got, append([]byte("before"), want...)) {
			t.Errorf("%s becomes %s (%v), want %s", text, got, err, want)
		}
	}
	for _, v := range []any{1, []string{"a"}, "\xff", []any{map[string]any{"\xff": 1.0}}, math.MaxInt} {
		if got, err := appendAnswer(nil, v); err == nil {
			t.Errorf("%#v, which JSON does not decode to, becomes %s", v, got)
		}
	}
}
