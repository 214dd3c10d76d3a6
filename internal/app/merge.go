package app

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"songtor/domain"
	"songtor/schemas"
)

// merged is a correction that was written without knowing what others have corrected since. Answers that only one side changed are
// taken from that side; where both changed one, the answer that is in the case stays and the two become a disagreement.
func (s *Service) merged(h *history, basedOn uint64, c domain.CorrectScreening, sub *submission) (domain.Command, error) {
	if err := s.open(h, domain.ScopeIdentity, domain.ScopeMedical); err != nil {
		return nil, err
	}
	now, changed := formAt(h, c.Screening, h.position())
	base, then := formAt(h, c.Screening, basedOn)
	if now == nil || base == nil || then == changed {
		return c, nil // nobody touched the form since, or it is not there: the domain says so
	}
	answers, disputed := merge(base, now, sub.answers)
	both, err := s.with(sub, answers)
	if err != nil {
		answers, disputed = now, differences(base, now, sub.answers)
		if both, err = s.with(sub, answers); err != nil {
			return nil, err
		}
	}
	content, err := both.content()
	if err != nil {
		return nil, err
	}
	c.Content = content
	for _, key := range disputed {
		c.Disputed = append(c.Disputed, twoAnswers(c.Screening, key, now[key], sub.answers[key]))
	}
	return c, nil
}

// formAt is a form's answers as they stood at a position, and the position of the commit that put them there; nil where there is none
// or it is closed.
func formAt(h *history, screening string, position uint64) (answers, uint64) {
	var found answers
	var at uint64
	for _, c := range h.commits {
		if c.Position > position {
			break
		}
		for _, f := range c.Facts {
			switch e := f.Event.(type) {
			case *domain.ScreeningRecorded:
				if e.Screening == screening {
					found, at = opened(e.Answers, e.Health, e.Identity), c.Position
				}
			case *domain.ScreeningCorrected:
				if e.Screening == screening {
					found, at = opened(e.Answers, e.Health, e.Identity), c.Position
				}
			}
		}
	}
	return found, at
}

// opened is the whole of a form that was sealed in parts.
func opened(parts ...domain.Private) answers {
	whole := answers{}
	for _, p := range parts {
		var part answers
		if p.Empty() {
			continue
		}
		if p.Reveal(&part) != nil {
			return nil
		}
		maps.Copy(whole, part)
	}
	return whole
}

// merge joins two changes of one form. Disputed are the items that both changed, differently, in order.
func merge(base, theirs, mine answers) (merged answers, disputed []string) {
	merged = answers{}
	for _, key := range items(base, theirs, mine) {
		b, t, m := base[key], theirs[key], mine[key]
		answer := t
		switch {
		case same(m, b), same(m, t):
		case same(t, b):
			answer = m
		default:
			disputed = append(disputed, key)
		}
		if answer != nil {
			merged[key] = answer
		}
	}
	return merged, disputed
}

// differences are the items that mine changed and that are otherwise in theirs.
func differences(base, theirs, mine answers) []string {
	return slices.DeleteFunc(items(base, theirs, mine), func(key string) bool {
		return same(mine[key], base[key]) || same(mine[key], theirs[key])
	})
}

func items(forms ...answers) []string {
	keys := map[string]bool{}
	for _, form := range forms {
		for key := range form {
			keys[key] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

func same(a, b any) bool { return bytes.Equal(encoded(a), encoded(b)) }

// encoded is an answer as JSON; null where there is none.
func encoded(answer any) []byte {
	b, err := json.Marshal(answer, json.Deterministic(true))
	if err != nil {
		return nil // what was decoded from JSON always encodes
	}
	return b
}

func twoAnswers(screening, key string, stands, other any) domain.TwoAnswers {
	_, scope := kindOf(itemOf(key))
	return domain.TwoAnswers{
		Question: key, Of: screening, Standing: string(encoded(stands)), Other: string(encoded(other)), Scope: scope,
	}
}

// with is the submission with other answers, held against its form again.
func (s *Service) with(sub *submission, a answers) (*submission, error) {
	fields := maps.Clone(sub.fields)
	fields["answers"] = map[string]any(a)
	if violations := sub.form.Validate(fields, s.Now()); len(violations) > 0 {
		return nil, &Invalid{Violations: violations}
	}
	return newSubmission(sub.form, fields)
}

// settlement completes the command that settles a disagreement: where the other answer to a form's question is kept, the form is
// corrected with it.
func (s *Service) settlement(h *history, c domain.SettleDisagreement) (domain.Command, error) {
	if err := s.open(h, domain.ScopeIdentity, domain.ScopeMedical); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(h.state.Disputes, func(d domain.Dispute) bool { return d.ID == c.Disagreement })
	if i < 0 || c.Keep != domain.KeepOther || h.state.Disputes[i].Subject != domain.OnAnswer || h.state.Disputes[i].Two == nil {
		return c, nil
	}
	two := h.state.Disputes[i].Two
	current, err := s.currentForm(h, two.Of)
	if err != nil {
		return nil, err
	}
	var kept any
	if err := json.Unmarshal([]byte(two.Other), &kept); err != nil {
		return nil, invalid("/disagreement_id", "x-answer")
	}
	changed := maps.Clone(current.answers)
	changed[two.Question] = kept
	if kept == nil {
		delete(changed, two.Question)
	}
	sub, err := s.with(current, changed)
	if err != nil {
		return nil, within("/answers", err)
	}
	content, err := sub.content()
	if err != nil {
		return nil, err
	}
	c.Correction = &domain.CorrectScreening{Screening: two.Of, Form: sub.ref(), Content: content, Reason: domain.Disagreement}
	return c, nil
}

// currentForm is a screening as it stands, as if it were submitted now.
func (s *Service) currentForm(h *history, screening string) (*submission, error) {
	version, happened := 0, s.now()
	for _, c := range h.commits {
		for _, f := range c.Facts {
			switch e := f.Event.(type) {
			case *domain.ScreeningRecorded:
				if e.Screening == screening {
					version, happened = e.FormVersion, f.HappenedAt
				}
			case *domain.ScreeningCorrected:
				if e.Screening == screening {
					version = e.FormVersion
				}
			}
		}
	}
	form, err := schemas.Screening(version)
	if err != nil {
		return nil, err
	}
	found, _ := formAt(h, screening, h.position())
	return newSubmission(form, map[string]any{
		"form": form.Name, "version": float64(version), "province": h.state.Standing.Province,
		"occurred_at": happened.Format(time.RFC3339Nano), "recorded_at": happened.Format(time.RFC3339Nano), "answers": map[string]any(found),
	})
}
