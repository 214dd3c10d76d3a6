package secret

import (
	"bytes"
	"encoding/gob"
	stdjson "encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

const planted = "Xylophone-4711"

// settings holds secrets in every way in which a struct may.
type settings struct {
	Password Text
	Pointer  *Text
	List     []Text
	ByName   map[string]Value[[]byte]
	hidden   Text
	deep     struct{ deeper *Value[string] }
}

func secrets() settings {
	password, bytes, deep := TextOf(planted), Of([]byte(planted)), Of(planted)
	s := settings{Password: password, Pointer: &password, List: []Text{password}, ByName: map[string]Value[[]byte]{"a": bytes}, hidden: password}
	s.deep.deeper = &deep
	return s
}

// printed is everything that prints a value, by name.
func printed(t *testing.T, v any) map[string]string {
	t.Helper()
	texts := map[string]string{"error": fmt.Errorf("couldn't: %v: %w", v, errors.New("x")).Error(), "Sprint": fmt.Sprint(v), "Sprintln": fmt.Sprintln(v)}
	for _, verb := range "vsqxXdTtbcoOUeEfFgGp" {
		for _, flags := range []string{"", "+", "#", "-20", "020", " ", "+#.3"} {
			format := "%" + flags + string(verb)
			texts[format] = fmt.Sprintf(format, v)
		}
	}
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"slog JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		"slog text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).Info("m", slog.Any("v", v), slog.Group("g", slog.Any("v", v)))
		texts[name] = b.String()
	}
	for name, encode := range map[string]func(any) ([]byte, error){
		"encoding/json": stdjson.Marshal, "json experiment": func(v any) ([]byte, error) { return json.Marshal(v) }, "xml": xml.Marshal,
		"gob": func(v any) ([]byte, error) {
			var b bytes.Buffer
			err := gob.NewEncoder(&b).Encode(v)
			return b.Bytes(), err
		},
	} {
		text, err := encode(v)
		texts[name] = string(text) + fmt.Sprint(err)
	}
	return texts
}

// leaks reports whether a text holds the planted word, also as numbers or in hexadecimal.
func leaks(text string) bool {
	lower := strings.ToLower(text)
	for _, form := range []string{planted, fmt.Sprintf("%x", planted), fmt.Sprintf("% x", planted), strings.Trim(fmt.Sprint([]byte(planted)), "[]"), "WHlsb3Bob25l"} {
		if strings.Contains(lower, strings.ToLower(form)) {
			return true
		}
	}
	return false
}

func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	s := secrets()
	for name, v := range map[string]any{
		"Text": s.Password, "*Text": s.Pointer, "bytes": s.ByName["a"], "list": s.List, "map": s.ByName, "struct": s, "*struct": &s,
		"any": []any{s.Password, s}, "number": Of(4711),
	} {
		for how, text := range printed(t, v) {
			if leaks(text) || name == "number" && strings.Contains(text, "4711") {
				t.Errorf("%s of %s prints %s", how, name, text)
			}
		}
	}
}

// The control: the same search finds the word in a struct that is not of this package, and in one whose secrets only have String.
func TestTheSearchFindsWhatIsPrinted(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]any{"plain": struct{ Password string }{planted}, "String alone": struct{ password naive }{naive{planted}}} {
		found := 0
		for _, text := range printed(t, v) {
			if leaks(text) {
				found++
			}
		}
		if found < 10 {
			t.Errorf("%s is found in %d texts only", name, found)
		}
	}
}

// naive is how a secret is often made: fmt does not ask a field that is not exported.
type naive struct{ inside string }

func (naive) String() string { return Redacted }

func TestASecretComesOutByExpose(t *testing.T) {
	t.Parallel()
	var read struct {
		Password Text `json:"password"`
	}
	if err := json.Unmarshal([]byte(`{"password":"`+planted+`"}`), &read); err != nil || read.Password.Expose() != planted {
		t.Errorf("read %q, %v", read.Password.Expose(), err)
	}
	if err := stdjson.Unmarshal([]byte(`{"password":"x"}`), &read); err != nil || read.Password.Expose() != "x" {
		t.Errorf("read %q, %v", read.Password.Expose(), err)
	}
	var none Text
	if none.Expose() != "" || !none.Empty() || !none.Equal(TextOf("")) || none.Equal(TextOf("x")) || !TextOf("x").Equal(TextOf("x")) {
		t.Error("an empty text is not one")
	}
}
