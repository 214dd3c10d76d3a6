package web

import (
	"embed"
	"encoding/json"
	"fmt"
)

//go:embed text
var texts embed.FS

// Texts returns the words of an area of the application in a language, by their keys. Holes are written {name}.
func Texts(area, language string) (map[string]string, error) {
	raw, err := texts.ReadFile("text/" + area + "/" + language + ".json")
	if err != nil {
		return nil, fmt.Errorf("words of %s in %s: %w", area, language, err)
	}
	var words map[string]string
	if err := json.Unmarshal(raw, &words); err != nil {
		return nil, fmt.Errorf("words of %s in %s: %w", area, language, err)
	}
	return words, nil
}
