package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
)

// The measures of the chart, in pixels.
const (
	chartWidth  = 900
	chartLabel  = 520 // where bars begin
	chartRow    = 26
	chartBar    = 14
	chartTop    = 44
	chartDouble = 70 // of bar for each doubling
)

// chart draws each figure as a bar of how far its ratio is from what is promised: to the right of the line is better than the promise,
// to the left worse, by doublings. It is text and rectangles, readable without colour.
func chart(figures []figure) []byte {
	var b bytes.Buffer
	height := chartTop + chartRow*len(figures) + 16
	line := chartLabel + (chartWidth-chartLabel)/2
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" font-family="sans-serif" font-size="12" role="img">`+"\n",
		chartWidth, height)
	fmt.Fprintf(&b, `<title>Each ratio against its promise</title><rect width="%d" height="%d" fill="#fff"/>`+"\n", chartWidth, height)
	fmt.Fprintf(&b, `<text x="%d" y="18" text-anchor="middle">the promise</text><text x="%d" y="18" text-anchor="end">twice as good</text>`+
		`<text x="%d" y="18">half</text>`+"\n", line, line+2*chartDouble+40, line-2*chartDouble)
	for i, f := range figures {
		y := chartTop + i*chartRow
		fmt.Fprintf(&b, `<text x="8" y="%d">%s</text>`, y, html.EscapeString(f.label()))
		from, to, fill := line, line+f.length(), "#1d70b8"
		if to < from {
			from, to, fill = to, from, "#b35900"
		}
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`, from, y-chartBar+3, max(to-from, 1), chartBar, fill)
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%.2f (%s)</text>`+"\n", chartWidth-8, y, f.Ratio, html.EscapeString(f.aim()))
	}
	fmt.Fprintf(&b, `<line x1="%[1]d" x2="%[1]d" y1="24" y2="%[2]d" stroke="#0b0c0c"/></svg>`+"\n", line, height-8)
	return b.Bytes()
}

// length is that of the figure's bar: positive where it is better than promised, two doublings at most.
func (f figure) length() int {
	doublings := math.Log2(f.Aim / f.Ratio)
	if f.AtLeast {
		doublings = -doublings
	}
	return int(chartDouble * min(2, max(-2, doublings)))
}
