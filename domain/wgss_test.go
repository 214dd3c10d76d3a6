package domain_test

import (
	"testing"

	"songtor/domain"
)

// The vectors were computed by hand from the Washington Group's analytic guidelines; -1 is missing.
func TestScoreWG(t *testing.T) {
	t.Parallel()
	const miss = -1
	tests := []struct {
		answers domain.WGAnswers
		want    [7]int // sum_234, sum_34, disability1 to 4, score
		missing int
	}{
		{domain.WGAnswers{1, 1, 1, 1, 1, 1}, [7]int{0, 0, 0, 0, 0, 0, 0}, 0},
		{domain.WGAnswers{2, 1, 1, 1, 1, 1}, [7]int{1, 0, 1, 0, 0, 0, 1}, 0},
		{domain.WGAnswers{2, 2, 1, 1, 1, 1}, [7]int{2, 0, 1, 1, 0, 0, 2}, 0},
		{domain.WGAnswers{3, 1, 1, 1, 1, 1}, [7]int{1, 1, 1, 1, 1, 0, 6}, 0},
		{domain.WGAnswers{3, 2, 1, 1, 1, 1}, [7]int{2, 1, 1, 1, 1, 0, 7}, 0},
		{domain.WGAnswers{3, 3, 1, 1, 1, 1}, [7]int{2, 2, 1, 1, 1, 0, 12}, 0},
		{domain.WGAnswers{4, 1, 1, 1, 1, 1}, [7]int{1, 1, 1, 1, 1, 1, 36}, 0},
		{domain.WGAnswers{1, 1, 1, 1, 1, 4}, [7]int{1, 1, 1, 1, 1, 1, 36}, 0},
		{domain.WGAnswers{2, 2, 2, 2, 2, 2}, [7]int{6, 0, 1, 1, 0, 0, 6}, 0},
		{domain.WGAnswers{4, 4, 4, 4, 4, 4}, [7]int{6, 6, 1, 1, 1, 1, 216}, 0},
		{domain.WGAnswers{9, 9, 9, 9, 9, 9}, [7]int{miss, miss, miss, miss, miss, miss, miss}, 6},
		{domain.WGAnswers{7, 7, 7, 7, 7, 7}, [7]int{miss, miss, miss, miss, miss, miss, miss}, 6},
		{domain.WGAnswers{7, 9, 7, 9, 7, 9}, [7]int{miss, miss, miss, miss, miss, miss, miss}, 6},
		{domain.WGAnswers{0, 0, 0, 0, 0, 0}, [7]int{miss, miss, miss, miss, miss, miss, miss}, 6},
		{domain.WGAnswers{7, 1, 1, 1, 1, 1}, [7]int{0, 0, 0, 0, 0, 0, 0}, 1},
		{domain.WGAnswers{9, 9, 9, 9, 9, 1}, [7]int{0, 0, 0, 0, 0, 0, 0}, 5},
		{domain.WGAnswers{9, 2, 9, 9, 9, 9}, [7]int{1, 0, 1, 0, 0, 0, 1}, 5},
		{domain.WGAnswers{9, 9, 9, 9, 9, 3}, [7]int{1, 1, 1, 1, 1, 0, 6}, 5},
		{domain.WGAnswers{2, 7, 2, 9, 1, 1}, [7]int{2, 0, 1, 1, 0, 0, 2}, 2},
		{domain.WGAnswers{1, 9, 3, 2, 1, 1}, [7]int{2, 1, 1, 1, 1, 0, 7}, 1},
	}
	for _, tt := range tests {
		for _, age := range []*int{nil, new(5), new(30)} {
			r := domain.ScoreWG(age, tt.answers)
			if got := flat(r); got != tt.want || r.Missing != tt.missing || !r.Applicable {
				t.Errorf("%v: got %v and %d missing, want %v and %d", tt.answers, got, r.Missing, tt.want, tt.missing)
			}
		}
	}
}

func TestTheShortSetIsNotForTheVeryYoung(t *testing.T) {
	t.Parallel()
	r := domain.ScoreWG(new(4), domain.WGAnswers{4, 4, 4, 4, 4, 4})
	if r.Applicable || flat(r) != [7]int{-1, -1, -1, -1, -1, -1, -1} {
		t.Fatalf("got %+v", r)
	}
}

func flat(r domain.WGResult) [7]int {
	number := func(p *int) int {
		if p == nil {
			return -1
		}
		return *p
	}
	flag := func(p *bool) int {
		switch {
		case p == nil:
			return -1
		case *p:
			return 1
		}
		return 0
	}
	return [7]int{
		number(r.Sum234), number(r.Sum34),
		flag(r.Disability1), flag(r.Disability2), flag(r.Disability3), flag(r.Disability4),
		number(r.Score),
	}
}
