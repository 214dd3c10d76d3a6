package synthetic

import (
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
)

// Size of the demonstration's caseload.
const (
	demoPeople = 600
	demoBatch  = 260
	demoSeed   = 20250212
)

// journey is a person and how far the case has come.
type journey struct {
	person
	random *rand.Rand
	reach  int // steps towards closure that the case has had time for, 0 to 6
}

// demo returns the demonstration's caseload: 600 people over the two years before now, 260 of them met in one day, in all stages of
// the mechanism. The same now gives the same people.
func demo(now time.Time) []journey {
	r := rand.New(rand.NewPCG(demoSeed, 1))
	start := now.AddDate(-2, 0, 0)
	journeys := make([]journey, 0, demoPeople)
	for i := range demoPeople - demoBatch {
		age := now.Sub(start) / (demoPeople - demoBatch) * time.Duration(demoPeople-demoBatch-i)
		metAt := now.Add(-age).Add(time.Duration(r.IntN(8*3600)) * time.Second).Truncate(time.Second)
		if metAt.After(now.Add(-3 * time.Hour)) {
			metAt = now.Add(-3 * time.Hour).Truncate(time.Second)
		}
		journeys = append(journeys, journey{newPerson(r, origins, metAt), rand.New(rand.NewPCG(demoSeed, uint64(i)+2)), reach(r, age)})
	}
	return append(journeys, batch(r, now.AddDate(0, 0, -12))...)
}

// batch is a group met in one operation at the western border.
func batch(r *rand.Rand, day time.Time) []journey {
	incident := uuidFrom(r)
	journeys := make([]journey, 0, demoBatch)
	for i := range demoBatch {
		p := newPerson(r, batchOrigins, day.Truncate(24*time.Hour).Add(time.Duration(i)*2*time.Minute))
		p.setting, p.province, p.incident = scamCompound, "TH-63", incident
		p.female = chance(r, 15)
		if p.age < 18 {
			p.age, p.unsure = 18+r.IntN(12), false
		}
		journeys = append(journeys, journey{p, rand.New(rand.NewPCG(demoSeed, uint64(i)+10_000)), reach(r, 20*24*time.Hour)})
	}
	return journeys
}

// reach says how far a case of this age has come, in steps: 0 first contact only, 1 screened, 2 referred, 3 concluded, 4 decided,
// 5 in a service, 6 closed.
func reach(r *rand.Rand, age time.Duration) int {
	days := int(age.Hours() / 24)
	switch {
	case chance(r, 3):
		return 0
	case days < 5:
		return 1 + r.IntN(2)
	case days < 30:
		return 1 + r.IntN(3)
	case days < 120:
		return 2 + r.IntN(4)
	}
	return 3 + r.IntN(4)
}

// Forms returns n synthetic forms that depend on the seed alone, written in the hours before at.
func Forms(seed uint64, n int, at time.Time) []Form {
	r := rand.New(rand.NewPCG(seed, 3))
	forms := make([]Form, n)
	for i := range forms {
		metAt := at.Add(-4*time.Hour - time.Duration(r.IntN(72*3600))*time.Second).Truncate(time.Second)
		forms[i] = newPerson(r, origins, metAt).form(r)
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
