package release

import (
	_ "embed"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"

	"songtor/internal/sheet"
)

//go:embed crosswalk.json
var crosswalkData []byte

// Standard is a way in which others want the figures: their fields and values in the place of ours.
type Standard struct {
	ID          string                   `json:"id"`
	Name        string                   `json:"name"`
	Provisional bool                     `json:"provisional"`
	About       string                   `json:"about"`
	Tables      []string                 `json:"tables"`
	Fields      map[string]StandardField `json:"fields"` // by our dimension
}

// StandardField is one of their fields, and their value for each of our categories; empty where they have none.
type StandardField struct {
	Field  string            `json:"field"`
	Values map[string]string `json:"values"`
}

// Standards are those that come with the program.
func Standards() []Standard {
	var all []Standard
	if err := json.Unmarshal(crosswalkData, &all, json.RejectUnknownMembers(true)); err != nil {
		panic("release: the crosswalk that comes with the program: " + err.Error()) // a test reads it
	}
	return all
}

// FindStandard returns a standard by its id.
func FindStandard(id string) (Standard, bool) {
	all := Standards()
	i := slices.IndexFunc(all, func(s Standard) bool { return s.ID == id })
	if i < 0 {
		return Standard{}, false
	}
	return all[i], true
}

// StandardCSV is a release in the terms of a standard. A sum is given only where each of its counts is published, so that the file says
// nothing that the release does not.
func (r Release) StandardCSV(s Standard) []byte {
	var file sheet.CSV
	file.Add("standard", "provisional", "period", "table", "field", "value", "field_2", "value_2", "count")
	for _, id := range s.Tables {
		for _, t := range r.Tables {
			if t.ID == id {
				s.addTable(&file, r.ID, t)
			}
		}
	}
	return file.Bytes()
}

func (s Standard) addTable(file *sheet.CSV, period string, t Table) {
	type line struct {
		texts []string
		sum   int
		whole bool
	}
	var lines []*line
	for _, c := range t.Cells {
		texts := s.texts(t, c)
		i := slices.IndexFunc(lines, func(l *line) bool { return slices.Equal(l.texts, texts) })
		if i < 0 {
			i, lines = len(lines), append(lines, &line{texts: texts, whole: true})
		}
		if c.Count == nil {
			lines[i].whole = false
			continue
		}
		lines[i].sum += *c.Count
	}
	for _, l := range lines {
		count := ""
		if l.whole {
			count = strconv.Itoa(l.sum)
		}
		row := append([]string{s.Name, strconv.FormatBool(s.Provisional), period, t.ID}, l.texts...)
		file.Add(append(row, count)...)
	}
}

// texts are the fields and values of a cell, four of them.
func (s Standard) texts(t Table, c Cell) []string {
	var texts []string
	for _, d := range t.Dimensions {
		f := s.Fields[d]
		texts = append(texts, f.Field, f.Values[c.At[d]])
	}
	for len(texts) < 4 {
		texts = append(texts, "")
	}
	return texts
}
