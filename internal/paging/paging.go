// Package paging gives a list a page at a time: how many rows a page has, and the cursor with which the next one begins.
package paging

import (
	"encoding/base64"
	"encoding/json"
)

// How many rows a page has.
const (
	DefaultLimit = 50  // where nobody says
	MaxLimit     = 200 // at the most, where the list says nothing else
)

// Limit is how many rows a page has for which so many were asked, of a list whose pages have no more than most.
func Limit(asked, most int) int {
	if asked <= 0 {
		return DefaultLimit
	}
	return min(asked, most)
}

// Cut parts rows, of which one more was read than a page has, into the page and the cursor of the one that follows: that of its last row,
// empty where nothing follows.
func Cut[T any](rows []T, limit int, cursor func(last *T) string) (page []T, next string) {
	if len(rows) <= limit {
		return rows, ""
	}
	return rows[:limit], cursor(&rows[limit-1])
}

// Cursor writes a place in a list, a struct of plain values, as clients hand it back.
func Cursor(place any) string {
	b, err := json.Marshal(place)
	if err != nil { // plain values always encode
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// Parse reads a place from a cursor, and reports whether it is one. What it says is the client's word still.
func Parse(cursor string, place any) bool {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	return err == nil && json.Unmarshal(b, place) == nil
}
