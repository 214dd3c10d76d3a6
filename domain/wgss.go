package domain

// WGAnswers are the codes given to the six questions of the Washington Group Short Set on Functioning (WG-SS), in the order of
// the set: seeing, hearing, walking, remembering, self-care, communicating.
//
// Codes: 1 no difficulty, 2 some difficulty, 3 a lot of difficulty, 4 cannot do at all, 7 refused, 8 not ascertained, 9 don't know,
// 0 not asked. Only 1 to 4 are valid for analysis; every other code is missing for its domain.
type WGAnswers [6]int

// WG codes that are not levels of difficulty.
const (
	WGNotAsked = 0
	WGRefused  = 7
	WGUnknown  = 9
)

// WGMinimumAge is the age in years from which the short set is applicable.
const WGMinimumAge = 5

// WGResult is the outcome of the Washington Group's analytic logic. A nil value is missing, or not applicable where Applicable is false.
type WGResult struct {
	Applicable  bool  `json:"applicable"` // false for a person known to be younger than WGMinimumAge
	Sum234      *int  `json:"sum_234"`    // domains with at least some difficulty
	Sum34       *int  `json:"sum_34"`     // domains with a lot of difficulty or worse
	Disability1 *bool `json:"disability1"`
	Disability2 *bool `json:"disability2"`
	Disability3 *bool `json:"disability3"` // the cut-off recommended for international reporting
	Disability4 *bool `json:"disability4"`
	Score       *int  `json:"score"` // severity score SCo, 0 to 216: 0, 1, 6 or 36 a domain
	Missing     int   `json:"n_missing"`
}

// ScoreWG applies the analytic guidelines of the Washington Group (SPSS syntax for the short set):
// DISABILITY1 is any domain with some difficulty or worse; DISABILITY2 two such domains or one with a lot; DISABILITY3 one with a
// lot or worse; DISABILITY4 one that cannot be done at all. A missing domain does not count. All six missing make every result
// missing; one valid answer makes every result valid, so Missing has to be published beside it. An unknown age (nil) is scored.
func ScoreWG(age *int, answers WGAnswers) WGResult {
	r := WGResult{Applicable: age == nil || *age >= WGMinimumAge}
	var some, lot, unable, score int
	for _, a := range answers {
		switch a {
		case 1:
		case 2:
			some, score = some+1, score+1
		case 3:
			some, lot, score = some+1, lot+1, score+6
		case 4:
			some, lot, unable, score = some+1, lot+1, unable+1, score+36
		default:
			r.Missing++
		}
	}
	if !r.Applicable || r.Missing == len(answers) {
		return r
	}
	r.Sum234, r.Sum34, r.Score = &some, &lot, &score
	r.Disability1 = new(some >= 1)
	r.Disability2 = new(some >= 2 || lot >= 1)
	r.Disability3 = new(lot >= 1)
	r.Disability4 = new(unable >= 1)
	return r
}
