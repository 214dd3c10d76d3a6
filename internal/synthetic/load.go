package synthetic

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/identity"
)

// workers is how many cases are walked through the mechanism at a time. One case's steps follow each other.
const workers = 16

// Load walks the demonstration's caseload through the mechanism, by the same use cases as everybody's work, and returns how many
// people it added. People who are there already are left as they are, so a load that broke off is finished by the next.
func Load(ctx context.Context, service *app.Service, now time.Time) (int, error) {
	people := demo(now)
	missing, err := firstMissing(ctx, service, people)
	if err != nil || missing == len(people) {
		return 0, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for _, j := range people[missing:] {
		group.Go(func() error { return walk{service: service, journey: j, now: now}.run(ctx) })
	}
	return len(people) - missing, group.Wait()
}

// firstMissing returns the index of the first person without a case, a whole round of workers earlier than the last who has one.
func firstMissing(ctx context.Context, service *app.Service, people []journey) (int, error) {
	for i := len(people) - 1; i >= 0; i-- {
		exists, err := service.Exists(ctx, app.CaseID(people[i].id))
		if err != nil {
			return 0, err
		}
		if exists && i == len(people)-1 {
			return len(people), nil
		}
		if exists {
			return max(0, i-workers), nil
		}
	}
	return 0, nil
}

// walk takes one person through the mechanism.
type walk struct {
	journey
	service *app.Service
	now     time.Time
}

// The people who do the work in the demonstration, by what they do.
var (
	officers = []identity.Principal{
		as(domain.Responder, "rtp-atpd"), as(domain.Responder, "immigration-tak"), as(domain.Responder, "dlpw"),
	}
	manager = as(domain.CaseManager, "datip")
	team    = as(domain.Team, "datip")
	shelter = as(domain.Shelter, "shelter-women-central")
)

func as(role domain.Role, agency string) identity.Principal {
	return identity.Principal{UserID: "synthetic-" + string(role), Role: role, Agency: agency}
}

func (w walk) run(ctx context.Context) error {
	officer := pick(w.random, officers)
	if w.reach == 0 {
		return w.contact(ctx, officer)
	}
	form := w.form(w.random)
	body, err := form.Body()
	if err != nil {
		return err
	}
	receipt, created, err := w.service.SubmitScreening(ctx, officer, form.ID, body)
	if err != nil || !created || w.refuses {
		return wrong(err)
	}
	return w.handle(ctx, receipt.CaseID, officer)
}

func (w walk) contact(ctx context.Context, officer identity.Principal) error {
	_, _, err := w.service.OpenCase(ctx, officer, w.id, app.OpenCase{
		OccurredAt: w.metAt, RecordedAt: w.metAt, Province: w.province, IncidentID: w.incident,
	}, nil)
	return wrong(err)
}

// wrong lets pass what shows that a person was loaded before, perhaps as seen from another day.
func wrong(err error) error {
	if errors.Is(err, app.ErrOtherContent) {
		return nil
	}
	return err
}

// handle gives the commands of the case's later life, as far as the case has come. A command that the case does not allow, such as a
// referral without consent, or whose turn it is not, is what happens in life too: the walk ends there.
func (w walk) handle(ctx context.Context, caseID string, officer identity.Principal) error {
	at := w.metAt
	for step := 2; step <= w.reach; step++ {
		at = at.Add(time.Duration(12+w.random.IntN(72)) * time.Hour)
		if at.After(w.now) {
			return nil
		}
		err := w.step(ctx, caseID, officer, step, at)
		var refusal *domain.Error
		if errors.As(err, &refusal) || errors.Is(err, app.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w walk) step(ctx context.Context, caseID string, officer identity.Principal, step int, at time.Time) error {
	switch step {
	case 2:
		return w.handOver(ctx, caseID, officer, at)
	case 3:
		return w.conclude(ctx, caseID, at)
	case 4:
		return w.identify(ctx, caseID, at)
	case 5:
		return w.serve(ctx, caseID, at)
	}
	if !chance(w.random, 40) {
		return nil
	}
	return w.give(ctx, manager, caseID, access.Close, at, domain.CloseCase{Reason: pick(w.random, domain.CloseReasons()[:3])})
}

// handOver refers the person to the ministry, which accepts most, lets some wait and declines a few.
func (w walk) handOver(ctx context.Context, caseID string, officer identity.Principal, at time.Time) error {
	id := w.nextID()
	err := w.give(ctx, officer, caseID, access.Refer, at, domain.Refer{
		Referral: id, To: manager.Agency, Services: []string{"shelter_temp", "legal_info"}, HandOver: true,
	}, id)
	if err != nil {
		return err
	}
	switch n := w.random.IntN(100); {
	case n < 8 && w.reach == 2:
		return nil
	case n < 12 && w.reach == 2:
		return w.give(ctx, manager, caseID, access.Decline, at.Add(time.Hour), domain.DeclineReferral{Referral: id, Reason: "needs_other_service"})
	}
	return w.give(ctx, manager, caseID, access.Accept, at.Add(time.Hour), domain.AcceptReferral{Referral: id})
}

func (w walk) conclude(ctx context.Context, caseID string, at time.Time) error {
	grounds, found := domain.GroundsNo, domain.Absent
	switch {
	case chance(w.random, 8):
		grounds, found = domain.GroundsUnclear, domain.NotClear
	case w.victim:
		grounds, found = domain.GroundsYes, domain.Present
	}
	return w.give(ctx, manager, caseID, access.ConcludeScreening, at, domain.ConcludeScreening{Grounds: grounds, Reasons: domain.Reasons{
		Elements: map[domain.Element]domain.Assessment{domain.Act: found, domain.Exploiting: found}, Narrative: "Synthetic reasons.",
	}})
}

func (w walk) identify(ctx context.Context, caseID string, at time.Time) error {
	outcome := domain.VictimOfTrafficking
	switch n := w.random.IntN(100); {
	case n < 12:
		outcome = domain.NotAVictim
	case n < 20:
		outcome = domain.CannotTell
	case w.labour && n < 50:
		outcome = domain.VictimOfForcedLabour
	case w.labour && n < 65:
		outcome = domain.VictimOfBoth
	}
	return w.give(ctx, team, caseID, access.DecideIdentification, at, domain.DecideIdentification{
		Finding: domain.Finding{Outcome: outcome, Grounds: "Synthetic grounds."},
	})
}

// serve refers the person to a shelter, which takes the person in and, for some, has done what was asked.
func (w walk) serve(ctx context.Context, caseID string, at time.Time) error {
	id := w.nextID()
	err := w.give(ctx, manager, caseID, access.Refer, at, domain.Refer{
		Referral: id, To: shelter.Agency, Services: []string{"shelter_long", "psychosocial"},
	}, id)
	if err != nil || chance(w.random, 20) && w.reach == 5 {
		return err
	}
	if err := w.give(ctx, shelter, caseID, access.Accept, at.Add(2*time.Hour), domain.AcceptReferral{Referral: id}); err != nil {
		return err
	}
	if w.reach == 5 && chance(w.random, 60) {
		return nil
	}
	return w.give(ctx, shelter, caseID, access.Complete, at.Add(3*time.Hour), domain.CompleteReferral{Referral: id, Outcome: "Synthetic outcome."})
}

// give gives a command, under a drawn id where none is named.
func (w walk) give(ctx context.Context, by identity.Principal, caseID string, action access.Action, at time.Time, c domain.Command, id ...string) error {
	commandID := w.nextID()
	if len(id) > 0 {
		commandID = id[0]
	}
	_, _, err := w.service.Execute(ctx, by, caseID, app.Call{
		Action: action, ID: commandID, HappenedAt: at, RecordedAt: at, Command: c,
	})
	return err
}

func (w walk) nextID() string { return uuidFrom(w.random) }
