package synthetic

import (
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"

	"songtor/domain"
	"songtor/internal/identity"
)

// Size of the demonstration's caseload.
const (
	demoPeople = 600
	demoBatch  = 260 // entered as a list
	demoCrew   = 24  // met together at one workplace
	demoTwice  = 12  // have two cases
	demoKin    = 16  // pairs of a family
	demoSeed   = 20260212
	demoSpan   = 2 * 365 * day
)

// journey is a person, by whom they were met, and what draws their course.
type journey struct {
	person
	random      *rand.Rand
	met         identity.Principal
	entry       int             // number on the incident's list, 0 for none
	contactOnly bool            // not screened yet
	papers      bool            // files belong to the case
	rests       domain.TaskKind // where the course rests today; empty where it is drawn
	waits       bool            // the team's decision is waited for, and due in dueIn by the time limit that comes with the service
	dueIn       time.Duration
	bound       bool        // has a family or another case in the caseload
	thorough    bool        // everything that was done has been written down
	over        bool        // of the years before: the case is over
	besides     func(*walk) // what happens to the case beside the work on it; nil for most
}

// bond joins two journeys, by their places in the caseload.
type bond struct {
	from, to int
	kind     domain.LinkKind // empty for a likely duplicate that is found to be somebody else
	undone   bool
}

// caseload is the people of the demonstration. The first was met demoSpan before now, the last comes in after all others.
type caseload struct {
	people []*journey
	bonds  []bond
	cast   *cast
	draw   *rand.Rand
	now    time.Time
}

// demo returns the demonstration's caseload: 600 people over the two years before now, many of them in the last weeks, 260 met in one
// operation and 24 at one workplace. The same now gives the same people, and people of another now are the same but for their days.
func demo(now time.Time, c *cast) *caseload {
	l := &caseload{cast: c, draw: rand.New(rand.NewPCG(demoSeed, 1)), now: now.UTC().Truncate(time.Second)}
	l.met(demoPeople - demoBatch - demoCrew - demoTwice - 1)
	l.twice(len(l.people))
	l.namesakes(3)
	l.waiting()
	l.resting()
	l.guarded()
	l.batch(l.now.Add(-12 * day))
	l.crew(l.now.Add(-41 * day))
	l.last()
	return l
}

// add adds a person who was met at a time, not later than some hours ago.
func (l *caseload) add(from []origin, metAt time.Time) *journey {
	if recent := l.now.Add(-3 * time.Hour); metAt.After(recent) {
		metAt = recent
	}
	j := &journey{person: newPerson(l.draw, from, metAt.Truncate(time.Second)), random: rand.New(rand.NewPCG(demoSeed, uint64(len(l.people))+2))}
	j.met = l.cast.officerFor(j.person, len(l.people))
	l.people = append(l.people, j)
	return j
}

// met adds people who were met by themselves or in a family, from the oldest to the latest: five of eight over the two years, the others
// in the last five weeks.
func (l *caseload) met(n int) {
	old := n * 5 / 8
	for i := range n {
		age := demoSpan / time.Duration(old) * time.Duration(old-i)
		if i >= old {
			age = 35 * day / time.Duration(n-old) * time.Duration(n-i)
		}
		metAt := l.now.Add(-age)
		kin := i%17 == 16 && i/17 < demoKin
		if i > 0 {
			metAt = metAt.Add(time.Duration(l.draw.IntN(8*3600)) * time.Second)
		}
		j := l.add(origins, metAt)
		j.papers, j.thorough = i%19 == 3, i%6 == 1
		j.victim = j.victim && chance(l.draw, 70)
		j.contactOnly = age < 6*day && i%7 == 0
		switch {
		case kin:
			l.kin(i-1, i)
		case i == 0:
			j.refuses = false
		}
	}
}

// kin makes a family of two people: they are met together, and the second is a child in every other one.
func (l *caseload) kin(first, second int) {
	a, b := l.people[first], l.people[second]
	b.origin, b.province, b.metAt, b.met = a.origin, a.province, a.metAt, a.met
	b.name = []string{pick(l.draw, a.given)}
	if len(a.name) > 1 {
		b.name = append(b.name, a.name[1])
	}
	for _, j := range []*journey{a, b} {
		j.refuses, j.contactOnly, j.bound = false, false, true
	}
	kind := domain.Family
	if second%2 == 0 {
		a.age, a.unsure = 24+l.draw.IntN(20), false
		b.age, b.unsure, kind = 4+l.draw.IntN(12), false, domain.ChildOf
	}
	l.bonds = append(l.bonds, bond{from: second, to: first, kind: kind, undone: kind == domain.Family && second%34 == 33})
}

// twice adds second cases of people who were met before: by another agency, elsewhere, with the name written otherwise and, for most, the
// same document. Some pairs were linked by a person, the others wait to be looked at.
func (l *caseload) twice(known int) {
	for i := range demoTwice {
		at := i*known*5/8/demoTwice + 5
		for len(l.people[at].spelled()) == 0 || l.people[at].age < 18 {
			at++
		}
		first := l.people[at]
		first.refuses, first.contactOnly, first.bound = false, false, true
		first.document = "SYN" + digits(l.draw, 7)
		again := l.add(origins, first.metAt.Add(time.Duration(4+l.draw.IntN(24))*day))
		id, metAt, document := again.id, again.metAt, first.document
		again.person = first.person
		again.id, again.metAt, again.document = id, metAt, document
		again.name, again.script, again.province = first.spelled(), "Latn", pick(l.draw, provinces)
		if i%3 == 2 {
			again.document = ""
		}
		again.met = as(domain.Responder, []string{"rtp-tatip", "hotline-social", "ngo-fang-talay"}[i%3])
		if i%3 == 0 {
			l.bonds = append(l.bonds, bond{from: len(l.people) - 1, to: at, kind: domain.SamePerson, undone: i == 9})
		}
	}
}

// waiting are people whose decision is due in some days, today, or was due some days ago.
func (l *caseload) waiting() {
	hours := []int{-110, -75, -49, -26, -7, 2, 5, 9, 26, 40, 55, 80, 100, 120}
	place := demoPeople / 3
	for _, h := range hours {
		for place++; !l.people[place].plain(); place++ { // a child might wait for a guardian as well
		}
		j := l.people[place]
		j.waits, j.dueIn = true, time.Duration(h)*time.Hour
		j.victim, j.refuses, j.metAt = true, false, l.now.Add(j.dueIn-limitOfDecision-9*day)
	}
}

// resting are people whose case waits for one thing, four for each: rare among so few cases at any one moment, and each in an inbox.
func (l *caseload) resting() {
	place := 40
	for _, kind := range []domain.TaskKind{
		domain.TaskReferAnew, domain.TaskHandOver, domain.TaskPlan, domain.TaskServiceAnew, domain.TaskRisk, domain.TaskFollowUp,
	} {
		ago := 52 * day
		if kind == domain.TaskReferAnew || kind == domain.TaskHandOver {
			ago = 4 * day
		}
		for range 4 {
			for place += 5; !l.people[place].plain(); place++ { // nobody who is part of something else
			}
			j := l.people[place]
			j.rests, j.victim, j.refuses = kind, true, false
			j.metAt = l.now.Add(-ago - time.Duration(l.draw.IntN(24))*time.Hour)
		}
	}
}

// plain reports whether a person was met alone, is no child and has one case.
func (j *journey) plain() bool { return j.age >= 20 && !j.contactOnly && !j.bound }

// limitOfDecision is how long a team has for its decision by the limits that come with the service.
const limitOfDecision = 15 * day

// namesakes are different people of one name, whom somebody has told apart.
func (l *caseload) namesakes(n int) {
	seen := map[string]int{}
	for i, j := range l.people {
		name := strings.Join(j.name, " ")
		k, is := seen[name]
		seen[name] = i
		if !is || j.refuses || j.contactOnly || l.people[k].refuses || l.people[k].contactOnly {
			continue
		}
		j.bound, l.people[k].bound = true, true
		l.bonds = append(l.bonds, bond{from: i, to: k})
		if n--; n == 0 {
			return
		}
	}
}

// batch is a group met in one operation at the western border, entered as a list and then heard one by one. Few are found to be victims.
func (l *caseload) batch(morning time.Time) {
	incident := uuidFrom(l.draw)
	for i := range demoBatch {
		j := l.add(batchOrigins, morning.Truncate(day).Add(time.Duration(i)*2*time.Minute))
		j.setting, j.province, j.incident, j.entry, j.met = scamCompound, "TH-63", incident, i+1, l.cast.responder
		j.female = chance(l.draw, 15)
		j.victim = chance(l.draw, 8)
		j.contactOnly = chance(l.draw, 7)
		if j.age < 18 || j.unsure {
			j.age, j.unsure = 18+l.draw.IntN(12), false
		}
	}
}

// crew are people met on the boats and in the sheds of one employer.
func (l *caseload) crew(night time.Time) {
	incident, first := uuidFrom(l.draw), len(l.people)
	for i := range demoCrew {
		j := l.add(origins[1:4], night.Truncate(day).Add(time.Duration(i)*25*time.Minute))
		j.setting, j.province, j.incident, j.met = settings[2+i%2], "TH-74", incident, as(domain.Responder, "labour-samut-sakhon")
		j.victim, j.female = chance(l.draw, 60), chance(l.draw, 20)
		j.refuses, j.thorough = i > 12 && j.refuses, i%6 == 5
		if i > 0 && i <= 12 {
			l.bonds = append(l.bonds, bond{from: first + i, to: first, kind: []domain.LinkKind{domain.SameEmployer, domain.MetTogether}[i/10]})
		}
	}
}

// last is the person whose case shows that the caseload is complete.
func (l *caseload) last() {
	j := l.add(origins, l.now)
	j.contactOnly = true
}

// Forms returns n synthetic forms that depend on the seed alone, written in the hours before at.
func Forms(seed uint64, n int, at time.Time) []Form {
	r, names := rand.New(rand.NewPCG(seed, 3)), rand.New(rand.NewPCG(seed, 4))
	forms := make([]Form, n)
	for i := range forms {
		metAt := at.Add(-4*time.Hour - time.Duration(r.IntN(72*3600))*time.Second).Truncate(time.Second)
		forms[i] = newPerson(r, origins, metAt).ofMany(names).form(r)
	}
	return forms
}

// uuidFrom draws a random UUID from r.
func uuidFrom(r *rand.Rand) string {
	var b [16]byte
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	id := uuid.UUID(b)
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}
