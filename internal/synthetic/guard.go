package synthetic

import (
	"time"

	"songtor/domain"
	"songtor/internal/access"
)

// besides are what happens to a few cases beside the work on them: the first come to their end, the last wait for somebody. Grave steps are
// those of people who have just signed in.
func besides() []func(*walk) {
	return []func(*walk){
		(*walk).trial, (*walk).emergency, (*walk).accusation, (*walk).keptAfterAll,
		(*walk).freshEmergency, (*walk).accusationInDoubt, (*walk).wishToBeForgotten,
	}
}

// guarded lets each of them happen to two people who were met long ago and are part of nothing else.
func (l *caseload) guarded() {
	place := 10
	for range 2 {
		for _, happens := range besides() {
			for place += 2; !l.people[place].calm(); place++ {
			}
			l.people[place].besides = happens
		}
	}
}

// calm reports whether a person's case takes its own course and was not ended by the person's refusal.
func (j *journey) calm() bool {
	return j.plain() && j.victim && !j.refuses && !j.waits && j.rests == "" && j.incident == ""
}

// resume takes a course up an hour after its last step, where there was time for that.
func (w *walk) resume() {
	w.ended, w.at = false, w.last
	if later := w.last.Add(time.Hour); later.Before(w.now) {
		w.at = later
	}
}

// recently takes a course up some hours ago.
func (w *walk) recently() {
	w.resume()
	w.until(w.now.Add(-3 * time.Hour))
}

// trial is a proceeding that needs the case, and is over some weeks later.
func (w *walk) trial() {
	w.resume()
	w.do(w.manager, access.SetLegalHold, domain.SetLegalHold{Basis: "Synthetic basis: black case SYN 12/2569."})
	if w.days(1, 20) {
		w.do(SignedIn(w.auditor), access.LiftLegalHold, domain.LiftLegalHold{Reason: "Synthetic reason: the judgment is final."})
	}
}

// emergency is a night in which somebody without a right to the case reads it, and what the auditor finds of that.
func (w *walk) emergency() {
	w.resume()
	if id := w.breakGlass(); w.after(4, 20) {
		w.do(SignedIn(w.auditor), access.ReviewBreakGlass, domain.ReviewBreakGlass{
			Glass: id, Verdict: domain.Justified, Text: "Synthetic text: the hospital confirms it.",
		})
	}
}

// freshEmergency is one that nobody has looked at yet.
func (w *walk) freshEmergency() {
	w.recently()
	w.breakGlass()
}

func (w *walk) breakGlass() string {
	return w.do(as(domain.Shelter, "hospital-mae-sot"), access.BreakGlass, domain.BreakGlass{
		Scopes: []domain.Scope{domain.ScopeIdentity, domain.ScopeSensitive}, Reason: domain.MedicalEmergency,
		Text: "Synthetic text: the person was brought in unconscious.",
	})
}

// accusation is one of an agency, which is cleared of it.
func (w *walk) accusation() {
	w.resume()
	id := w.accuse()
	if w.days(1, 9) {
		w.doubt(id)
	}
	if w.after(1, 9) {
		w.do(SignedIn(w.auditor), access.ApproveLiftExclusion, domain.ApproveLiftExclusion{Exclusion: id})
	}
}

// accusationInDoubt is one of which a second person has not said yet that it is to be lifted.
func (w *walk) accusationInDoubt() {
	w.recently()
	id := w.accuse()
	w.after(1, 2)
	w.doubt(id)
}

func (w *walk) accuse() string {
	return w.do(SignedIn(w.manager), access.Exclude, domain.Exclude{
		Accused: domain.Accused{Agency: "district-mae-sot"}, Reason: "Synthetic reason: the person says that somebody there was paid.",
	})
}

func (w *walk) doubt(exclusion string) {
	w.do(SignedIn(w.manager), access.LiftExclusion, domain.LiftExclusion{Exclusion: exclusion, Reason: "Synthetic reason: it was somebody else."})
}

// keptAfterAll is an erasure that the person asked for and then did not want.
func (w *walk) keptAfterAll() {
	w.resume()
	if id := w.forget(); w.days(1, 4) {
		w.do(SignedIn(w.auditor), access.RefuseErasure, domain.RefuseErasure{Erasure: id, Note: "Synthetic note: the person has thought better of it."})
	}
}

// wishToBeForgotten is one that waits for a second person.
func (w *walk) wishToBeForgotten() {
	w.recently()
	w.forget()
}

func (w *walk) forget() string {
	return w.do(SignedIn(w.manager), access.RequestErasure, domain.RequestErasure{Reason: domain.ErasureAsked})
}
