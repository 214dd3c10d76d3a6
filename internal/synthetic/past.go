package synthetic

import (
	"context"
	"math/rand/v2"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
)

// PastPeople is how many people of the years before there are where nothing else is asked: some 440 of them are identified in a year, as many
// as the mechanism identifies.
const PastPeople = 900

// The years before: people whose cases are over. Statistics need them; the queues, which show what is open, do not.
const (
	pastBegan = 17 * 30 * day // before now
	pastEnded = 5 * 30 * day
	pastSeed  = 20250701
)

// LoadPast adds so many people of the years before, and returns how many it added. Each case is a few commands long: a form, the conclusion,
// the decision, for some a service, and its end. A load that broke off is finished by the next, and after one that was finished it changes
// nothing.
func LoadPast(ctx context.Context, service *app.Service, now time.Time, people int, options ...Option) (int, error) {
	l := &loading{service: patient{service}}
	for _, set := range options {
		set(l)
	}
	var kept refusals
	if l.refused == nil {
		l.refused = kept.add
	}
	all := past(now, people, newCast(l.accounts))
	began, exists, err := l.opened(ctx, all, 0)
	if err != nil {
		return 0, err
	}
	if exists {
		all = past(began.Add(pastBegan), people, newCast(l.accounts))
	}
	last := len(all.people) - 1
	if _, complete, err := l.opened(ctx, all, last); err != nil || complete {
		return 0, err
	}
	walks := make([]*walk, len(all.people))
	for _, part := range [][2]int{{0, 1}, {1, last}, {last, last + 1}} {
		if err := l.walk(ctx, all, walks, part[0], part[1]); err != nil {
			return int(l.added.Load()), err
		}
	}
	return int(l.added.Load()), kept.all()
}

// past returns so many people of the years before now. The same now gives the same people.
func past(now time.Time, people int, c *cast) *caseload {
	l := &caseload{cast: c, draw: rand.New(rand.NewPCG(pastSeed, 1)), now: now.UTC().Truncate(time.Second)}
	for i := range people {
		age := pastBegan - (pastBegan-pastEnded)/time.Duration(people)*time.Duration(i)
		j := &journey{person: newPerson(l.draw, origins, l.now.Add(-age)), random: rand.New(rand.NewPCG(pastSeed, uint64(i)+2))}
		j.met, j.over, j.victim = c.officerFor(j.person, i), true, j.victim || chance(l.draw, 60)
		j.refuses = j.refuses && i > 0 && i < people-1
		l.people = append(l.people, j)
	}
	return l
}

// passThrough is the course of a person whose case is over.
func (w *walk) passThrough() {
	w.submitForm(w.officer)
	if !w.goesOn() || w.refuses {
		return
	}
	w.helped, w.shared = w.said("b_consent_support"), !w.adult() || w.said("b_consent_referral")
	w.days(1, 9)
	grounds := domain.GroundsYes
	if !w.victim {
		grounds = domain.GroundsNo
	}
	if w.conclude(grounds) == 0 || !w.victim {
		return
	}
	if !w.adult() {
		w.standBy(w.clerk)
	}
	w.until(w.concluded.Add(time.Duration(4*24+w.random.IntN(14*24)) * time.Hour))
	outcome := w.outcome()
	w.decide(outcome)
	if outcome == domain.NotAVictim {
		return
	}
	if w.helped && w.shared && w.chance(35) {
		w.after(2, 40)
		w.given(w.ask("basic", w.shelter, ""), w.shelter)
	}
	for _, s := range w.open {
		w.deliver(s)
	}
	w.days(20, 60)
	w.do(w.clerk, access.Close, domain.CloseCase{Reason: domain.SupportComplete})
}
