package schemas

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// strictCases are JSON texts after RFC 8259, section by section, and what is stricter here: "y" has to be accepted, "n" refused. Texts
// that the RFC leaves open are "n" where a reader could take them in two ways.
var strictCases = map[string][]string{
	"y": {
		// 2: any value may stand alone, with white space of four kinds around it and every token
		`null`, `true`, `false`, `0`, `""`, `[]`, `{}`, " \t\n\r[ ] \n", "{ \"a\" :\r\n1 ,\t\"b\" : [ ] }",
		// 4: objects; names in any order, also empty and escaped; the same name at another level is another
		`{"":0}`, `{"a":{"a":{"a":{}}}}`, `{"a":1,"A":2}`, `{"\u0061":1,"b":2}`, `{"ก":"ข"}`, `[{"a":1},{"a":2}]`, `{"a b":1,"a\tb":2}`,
		// 5: arrays of values of several kinds
		`[1,"1",true,null,[],{}]`, `[[],[[]]]`, `[ 1 , 2 ]`,
		// 6: numbers
		`-0`, `10`, `-10`, `0.1`, `-0.0`, `1e5`, `1E5`, `1e+5`, `1e-5`, `0e0`, `0E+0`, `12.34e-56`, `1e-400`, `123456789012345`, `9007199254740991`, `-9007199254740991`,
		// 7: strings: every escape, every plane, what looks like a comment, the delete character and non-characters in escapes
		`"\"\\\/\b\f\n\r\t"`, `"\u0000"`, `"\u0e01"`, `"\uD83D\uDE00"`, `"\ud83d\ude00 😀"`, `"😀"`, `"/* a */ // b"`, "\"\x7f\"", `"\uFFFF"`, "\"\u2028\u2029\"", `"é é"`, "\"\U0010ffff\"",
		`"\\u0041"`, `"\u002c\u005d"`, `["\u0022"]`, `{"\u0000":0}`,
	},
	"n": {
		``, ` `, "\n", // no value
		// 2: two values, a value cut short, white space that is none
		`1 2`, `{}{}`, `[] []`, `nul`, `tru`, `nulll`, `True`, `NULL`, `undefined`, "\u00a0[]", "\v[]", "\f[]", "[]\x00", "\ufeff[]", "\u2003{}", `{}]`, `[1}`, `{"a":1]`,
		// 4: objects
		`{`, `}`, `{"a"}`, `{"a":}`, `{:1}`, `{"a":1,}`, `{,"a":1}`, `{"a":1 "b":2}`, `{"a" 1}`, `{"a"::1}`, `{a:1}`, `{'a':1}`, `{1:1}`, `{null:1}`, `{"a":1,,"b":2}`, `{"a":1;"b":2}`, `{[]:1}`,
		`{"a":1,"a":1}`, `{"a":1,"\u0061":1}`, `{"":1,"":2}`, `{"x":{"a":1,"b":2,"a":3}}`, `[{"a":[{"b":1,"b":1}]}]`,
		// 5: arrays
		`[`, `]`, `[1`, `[1,`, `[1,]`, `[,1]`, `[,]`, `[1,,2]`, `[1 2]`, `[1;2]`, `[1:2]`, `[[1]`, `[1]]`, `["a" "b"]`,
		// 6: numbers
		`+1`, `01`, `-01`, `00`, `1.`, `.1`, `-.1`, `-`, `--1`, `1e`, `1e+`, `1E-`, `e1`, `1.e1`, `1e1.5`, `0x1`, `0b1`, `1_000`, `1,000`, `NaN`, `Infinity`, `-Infinity`, `1/2`, `- 1`, `1 e1`, `1e 1`, `１`, `1f`, `1n`, `1e400`, `-1e400`,
		`9007199254740992`, `-9007199254740993`, `1e16`, `123456789012345678901234567890`,
		// 7: strings
		`"`, `"a`, `a"`, `'a'`, "\"a\nb\"", "\"\t\"", "\"\x00\"", "\"\x1f\"", `"\x41"`, `"\a"`, `"\'"`, `"\0"`, `"\u"`, `"\u1"`, `"\u123"`, `"\u12G4"`, `"\U00000041"`, `"\`, `"\"`, `"\u{41}"`, `"\ `, "\"\\\n\"",
		`"\ud800"`, `"\udc00"`, `"\ud800\ud800"`, `"\ude00\ud83d"`, `"\ud800x"`, `"\ud83d\u0041"`, `{"\ud800":1}`,
		// 8: bytes that are not UTF-8: cut short, overlong, a surrogate, beyond Unicode, UTF-16, Latin-1
		"\"\xff\"", "\"\xc3\"", "\"\xe2\x82\"", "\"\xc0\xaf\"", "\"\xe0\x80\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xf8\x88\x80\x80\x80\"", "{\"\xe9\":1}", "\xfe\xff\x00[\x00]", "[\x00]\x00", "\"\xe9\"",
		// what other readers let pass
		`[1] // a`, `/* a */ 1`, `# a`, `[1,/**/2]`, `(1)`, `{"a":(1)}`, `[NaN]`, `{"a":undefined}`, "`a`", `"a" + "b"`, `new Date()`, `<json/>`, `a=1`, `[1...2]`, `\u005b1]`, "\x1e[]\n",
	},
}

func TestStrictDecoderTakesWhatIsJSONAndNothingElse(t *testing.T) {
	t.Parallel()
	if missed := misjudged(func(body []byte) bool { _, violations := DecodeStrict(body); return violations == nil }); len(missed) > 0 {
		t.Errorf("misjudged: %q", missed)
	}
}

// misjudged returns the cases that a decoder judges wrongly.
func misjudged(accepts func([]byte) bool) (missed []string) {
	for verdict, texts := range strictCases {
		for _, text := range texts {
			if accepts([]byte(text)) != (verdict == "y") {
				missed = append(missed, text)
			}
		}
	}
	return missed
}

// The control: the decoder that everybody uses does not pass.
func TestTheStandardDecoderIsNotStrict(t *testing.T) {
	t.Parallel()
	missed := misjudged(lenient)
	if len(missed) < 20 {
		t.Errorf("of what it lets pass only %d are found: %q", len(missed), missed)
	}
}

// TestLimitsOfABody sends each figure of the limits, and one more.
func TestLimitsOfABody(t *testing.T) {
	t.Parallel()
	list := func(n int, item string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
	}
	object := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"m%d":0`, i)
		}
		return "{" + b.String()[1:] + "}"
	}
	for _, c := range []struct {
		name, at, beyond, keyword string
	}{
		{"depth", strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1), KeywordDepth},
		{"members", object(maxMembers), object(maxMembers + 1), KeywordMembers},
		{"members of several", list(4, object(maxMembers/4)), list(5, object(maxMembers/4)), KeywordMembers},
		{"items", list(maxItems, "0"), list(maxItems+1, "0"), KeywordItems},
		{"items of several", list(3, list(maxItems, "0")), list(3, list(maxItems+1, "0")), KeywordItems},
		{"a text", `"` + strings.Repeat("ก", maxString) + `"`, `"` + strings.Repeat("ก", maxString+1) + `"`, KeywordString},
		{"a text of escapes", `"` + strings.Repeat(`\u0e01`, maxString) + `"`, `"` + strings.Repeat(`\u0e01`, maxString+1) + `"`, KeywordString},
		{"a name", `{"` + strings.Repeat("a", maxString) + `":0}`, `{"` + strings.Repeat("a", maxString+1) + `":0}`, KeywordString},
		{"a number", `[9007199254740991]`, `[9007199254740992]`, KeywordMost},
		{"a negative number", `{"a":-9007199254740991}`, `{"a":-9007199254740992}`, KeywordMost},
	} {
		if _, violations := DecodeStrict([]byte(c.at)); violations != nil {
			t.Errorf("%s at the limit: %v", c.name, violations)
		}
		if _, violations := DecodeStrict([]byte(c.beyond)); len(violations) != 1 || violations[0] != (Violation{"", c.keyword}) {
			t.Errorf("%s beyond the limit: %v", c.name, violations)
		}
	}
}

// lenient decodes as the standard library does.
func lenient(body []byte) bool {
	var v any
	return json.Unmarshal(body, &v) == nil
}
