package paging_test

import (
	"fmt"
	"testing"

	"songtor/internal/paging"
)

func TestLimit(t *testing.T) {
	t.Parallel()
	for asked, want := range map[int]int{-1: 50, 0: 50, 1: 1, 200: 200, 201: 200} {
		if got := paging.Limit(asked, paging.MaxLimit); got != want {
			t.Errorf("of %d asked for a page has %d rows, want %d", asked, got, want)
		}
	}
}

func TestAPageEndsBeforeTheRowThatWasReadTooMany(t *testing.T) {
	t.Parallel()
	for rows, want := range map[int]string{0: "[] ", 1: "[1] ", 2: "[1 2] ", 3: "[1 2] after 2"} {
		page, next := paging.Cut([]int{1, 2, 3}[:rows], 2, func(last *int) string { return fmt.Sprint("after ", *last) })
		if got := fmt.Sprint(page, " ", next); got != want {
			t.Errorf("of %d rows the page is %q, want %q", rows, got, want)
		}
	}
}

func TestACursorIsTheNoteOfAPlace(t *testing.T) {
	t.Parallel()
	type place struct{ Row int }
	var read place
	if !paging.Parse(paging.Cursor(place{7}), &read) || read.Row != 7 {
		t.Errorf("the place is %+v", read)
	}
	for _, other := range []string{"", "x", "?", "eyJSb3ciOiJ4In0"} {
		if paging.Parse(other, &read) {
			t.Errorf("%q is a cursor", other)
		}
	}
}
