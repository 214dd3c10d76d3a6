// Package sheet writes tables that spreadsheets open, so that no cell of them is anything but a text.
//
// A spreadsheet takes a cell that begins with certain signs for a formula, whatever the file says, and a formula can send the other cells
// away. Every cell that could be taken so gets an apostrophe before it, which spreadsheets read as "this is a text". Source: OWASP ASVS
// 5.0, 1.2.10.
package sheet

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// formulaSigns are those with which a formula begins, also in their full width, as East Asian keyboards write them.
const formulaSigns = "=+-@＝＋－＠"

// Cell returns a text as it is safe in a cell of any file.
func Cell(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	if strings.ContainsRune(formulaSigns, first) || unicode.IsControl(first) || unicode.IsSpace(first) || unicode.Is(unicode.Cf, first) || first == '\'' {
		return "'" + s
	}
	return s
}

// CSV is a table in the form of RFC 4180, in which every field stands in quotation marks: encoding/csv quotes only where it must, and what
// is not quoted is taken for a number or a date.
type CSV struct{ b bytes.Buffer }

// Add writes a row.
func (c *CSV) Add(cells ...string) {
	for i, cell := range cells {
		if i > 0 {
			c.b.WriteByte(',')
		}
		c.b.WriteString(`"` + strings.ReplaceAll(Cell(cell), `"`, `""`) + `"`)
	}
	c.b.WriteString("\r\n")
}

// Bytes are the rows so far.
func (c *CSV) Bytes() []byte { return c.b.Bytes() }
