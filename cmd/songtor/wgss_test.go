package main

import (
	"strings"
	"testing"
)

func TestScoringAFile(t *testing.T) {
	t.Parallel()
	in := "id,age,vis,hear,mob,cog,sc,com\n" +
		"a,30,3,2,1,1,1,1\n" +
		"b,30,9,9,9,9,9,9\n" +
		"c,4,4,1,1,1,1,1\n" +
		"d,,7,1,1,1,1,\n"
	want := "id,age,vis,hear,mob,cog,sc,com,sum_234,sum_34,disability1,disability2,disability3,disability4,score,n_missing\n" +
		"a,30,3,2,1,1,1,1,2,1,1,1,1,0,7,0\n" +
		"b,30,9,9,9,9,9,9,,,,,,,,6\n" +
		"c,4,4,1,1,1,1,1,,,,,,,,\n" +
		"d,,7,1,1,1,1,,0,0,0,0,0,0,0,2\n"
	var out strings.Builder
	if err := scoreCSV(strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Fatalf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestAWrongFileNamesTheLine(t *testing.T) {
	t.Parallel()
	header := "age,vis,hear,mob,cog,sc,com\n"
	tests := []struct{ name, in, want string }{
		{"unknown code", header + "30,1,1,1,1,1,1\n30,1,5,1,1,1,1\n", "line 3: column hear"},
		{"a word for a code", header + "30,none,1,1,1,1,1\n", "line 2: column vis"},
		{"an age that is none", header + "old,1,1,1,1,1,1\n", "line 2: column age"},
		{"a missing column", "age,vis\n", "line 1"},
		{"an empty file", "", "line 1"},
		{"a short line", header + "30,1\n", "line 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := scoreCSV(strings.NewReader(tt.in), new(strings.Builder))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want an error that says %q", err, tt.want)
			}
		})
	}
}
