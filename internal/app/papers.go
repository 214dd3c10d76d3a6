package app

import (
	"context"
	"errors"
	"slices"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/identity"
	"songtor/internal/letter"
	"songtor/schemas"
)

// What is on paper about a case is in the access record under these names.
const (
	summaryPaper = "summary.pdf"
	letterPaper  = "letter.pdf"
)

// onPaper are the scopes that may go on paper at all: where the person has shelter and what lawyers wrote never do.
var onPaper = []domain.Scope{domain.ScopeIdentity, domain.ScopeSensitive, domain.ScopeStatistics, domain.ScopeMedical}

// CaseSummary writes a case as somebody sees it as a PDF, in a language of letters. That it was taken is on record before it is written.
func (s *Service) CaseSummary(ctx context.Context, p identity.Principal, caseID, language string) ([]byte, error) {
	h, seen, err := s.openForPaper(ctx, p, caseID)
	if err != nil {
		return nil, err
	}
	view, err := s.viewForPaper(ctx, p, h, seen, summaryPaper)
	if err != nil {
		return nil, err
	}
	return written(letter.WriteSummary(language, s.summaryOf(view, language)))
}

// ReferralLetter writes the letter of a referral as a PDF, in a language of letters. In it is what its reader sees of the kinds of data
// that the sender let go along, and nothing of the person once the consent is withdrawn or has lapsed, or the referral came to nothing.
func (s *Service) ReferralLetter(ctx context.Context, p identity.Principal, caseID, referralID, language string) ([]byte, error) {
	h, seen, err := s.openForPaper(ctx, p, caseID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(h.state.Referrals, func(r domain.Referral) bool { return r.ID == referralID })
	if i < 0 {
		return nil, ErrNotFound
	}
	sent := h.state.Referrals[i]
	seen = seen.within(s.goesAlong(h, sent))
	view, err := s.viewForPaper(ctx, p, h, seen, letterPaper)
	if err != nil {
		return nil, err
	}
	l := s.referralOf(view, sent, seen.only, language)
	l.Note = noteOf(h, sent.ID, seen)
	return written(letter.WriteReferral(language, l))
}

func (s *Service) openForPaper(ctx context.Context, p identity.Principal, caseID string) (*history, sight, error) {
	h, err := s.loadToRead(ctx, p, caseID, access.CaseRead)
	if err != nil {
		return nil, sight{}, err
	}
	if err := s.mayOnCase(p, access.CaseRead, h); err != nil {
		return nil, sight{}, s.denied(ctx, p, h, access.CaseRead, err)
	}
	if h.erased || h.state.Standing.Status == domain.Erased {
		return nil, sight{}, ErrErased
	}
	seen := s.sightOf(p, h, s.now())
	seen.scopes = slices.DeleteFunc(slices.Clone(seen.scopes), func(scope domain.Scope) bool { return !slices.Contains(onPaper, scope) })
	return h, seen, nil
}

// viewForPaper records that a paper is about to be taken, and opens what is in it.
func (s *Service) viewForPaper(ctx context.Context, p identity.Principal, h *history, seen sight, paper string) (CaseView, error) {
	grant, err := s.disclose(ctx, p, h, reading{action: access.CaseRead, object: paper, scopes: seen.scopes})
	if err != nil {
		return CaseView{}, err
	}
	if err := s.show(ctx, h, grant, seen.scopes...); err != nil {
		return CaseView{}, err
	}
	if h.keys == nil && len(seen.scopes) > 0 {
		return CaseView{}, ErrErased
	}
	return viewOf(h, seen, s.now()), nil
}

// goesAlong are the kinds of data that may still go to the receiver of a referral.
func (s *Service) goesAlong(h *history, r domain.Referral) []domain.DataClass {
	if r.Status == domain.Declined || r.Status == domain.Revoked {
		return nil
	}
	allowed := h.state.Allowed(r.To, s.now())
	return slices.DeleteFunc(slices.Clone(r.Data), func(c domain.DataClass) bool { return !slices.Contains(allowed, c) })
}

// scopeOf is the scope in which a kind of data is sealed.
var scopeOf = map[domain.DataClass]domain.Scope{
	domain.DataIdentity: domain.ScopeIdentity, domain.DataContact: domain.ScopeIdentity, domain.DataAnswers: domain.ScopeSensitive,
	domain.DataHealth: domain.ScopeMedical, domain.DataDecisions: domain.ScopeSensitive,
}

// within is a sight that is narrowed to some kinds of data. Where it sees none of them, nothing is opened for it.
func (s sight) within(data []domain.DataClass) sight {
	only := slices.DeleteFunc(slices.Clone(data), func(c domain.DataClass) bool {
		return !s.sees(c, scopeOf[c]) || !slices.Contains(s.scopes, scopeOf[c])
	})
	s.whole, s.only = nil, only
	if len(only) == 0 {
		s.scopes = nil
	}
	return s
}

// noteOf is the note that a referral was sent with, as far as a reader sees it.
func noteOf(h *history, referralID string, seen sight) string {
	for _, c := range h.commits {
		for _, f := range c.Facts {
			e, is := f.Event.(*domain.ReferralSent)
			if !is || e.Referral != referralID || seen.part(e, e.Note) == nil {
				continue
			}
			var note string
			if e.Note.Reveal(&note) == nil {
				return note
			}
		}
	}
	return ""
}

func written(pdf []byte, err error) ([]byte, error) {
	if errors.Is(err, letter.ErrLanguage) {
		return nil, invalid("/lang", "enum")
	}
	return pdf, err
}

func (s *Service) referralOf(v CaseView, r domain.Referral, data []domain.DataClass, language string) letter.Referral {
	return letter.Referral{
		Reference: v.Reference, From: r.From, To: r.To, SentAt: r.Answer.Since, DueAt: r.Answer.DueAt, Status: r.Status, Services: r.Services,
		HandOver: r.HandOver, Data: data, Form: formOnPaper(v), Decisions: decisionsOnPaper(v), Adjust: adjustments(v, language),
		PrintedAt: s.now(),
	}
}

func (s *Service) summaryOf(v CaseView, language string) letter.Summary {
	return letter.Summary{
		Reference: v.Reference, Stage: v.Stage, Status: v.Status, Agency: v.Agency, Province: v.Province, OpenedAt: v.OpenedAt, Urgent: v.Urgent,
		Hold: v.Hold, Sheltered: v.Shelter != nil, Form: formOnPaper(v), Decisions: decisionsOnPaper(v), Adjust: adjustments(v, language),
		PrintedAt: s.now(),
		Consents:  each(v.Grants, func(g GrantView) domain.Grant { return domain.Grant(g) }),
		Periods: each(v.Periods, func(p PeriodView) letter.Period {
			return letter.Period{Name: p.Period, From: p.StartedAt, Until: p.EndsAt, Running: p.Running}
		}),
		Referrals: each(v.Referrals, func(r ReferralView) letter.Referral {
			return letter.Referral{To: r.To, SentAt: r.SentAt, Status: r.Status, Services: r.Services}
		}),
		Services: each(v.Services, func(v ServiceView) letter.Service {
			shown := letter.Service{Provider: v.Provider, Status: v.Status, Since: v.Since}
			if v.Code != nil {
				shown.Code = *v.Code
			}
			return shown
		}),
		Tasks: each(v.Tasks, func(t TaskView) letter.Task {
			return letter.Task{Kind: string(t.Kind), Agency: t.Agency, DueAt: t.DueAt}
		}),
	}
}

// formOnPaper is the latest form of a case, nil where there is none.
func formOnPaper(v CaseView) *letter.Form {
	if len(v.Screenings) == 0 {
		return nil
	}
	latest := v.Screenings[len(v.Screenings)-1]
	return &letter.Form{Version: latest.FormVersion, Identity: latest.Identity, Answers: latest.Answers}
}

// decisionsOnPaper are the decisions whose reasons the reader sees: without them a result goes on no paper.
func decisionsOnPaper(v CaseView) []letter.Decision {
	shown := slices.DeleteFunc(slices.Clone(v.Decisions), func(d DecisionView) bool { return len(d.Reasons) == 0 })
	return each(shown, func(d DecisionView) letter.Decision {
		return letter.Decision{Type: d.Type, Result: d.Result, At: d.HappenedAt, Reasons: d.Reasons}
	})
}

func adjustments(v CaseView, language string) []string {
	return each(v.Adjustments, func(c schemas.Code) string {
		if language == "th" {
			return c.Thai
		}
		return c.English
	})
}
