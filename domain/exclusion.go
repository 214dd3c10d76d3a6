package domain

import (
	"slices"
	"time"
)

// Accused is whom a case accuses: an agency by its code, or a person by their account. One of the two is set.
type Accused struct {
	Agency  string `json:"agency,omitempty"`
	Account string `json:"account,omitempty"`
}

// Exclusion keeps a case from whom it accuses: they see nothing of it, not even that it exists, and nothing of it comes before them.
type Exclusion struct {
	ID    string
	Token string // keyed digest of the accused, the same in every case
	// Accused is zero while the sealed part has not been opened.
	Accused Accused
	Since   time.Time
	Lift    *Lift // nil while nobody has asked to lift it
}

// Lift is a request to lift an exclusion, which another person has to approve.
type Lift struct {
	By    string // account of the person who asked
	Since time.Time
}

// ExclusionSet says that the case accuses somebody, who from now on sees nothing of it. Who it is lies sealed; the token tells them
// apart from others and tells nobody who they are.
type ExclusionSet struct {
	v1
	Exclusion string `json:"exclusion"`
	Token     string `json:"token"`
	// Responsible is the agency that takes the case over where the accused was responsible; empty where it stays where it is.
	Responsible string  `json:"responsible,omitempty"`
	Accused     Private `json:"accused"` // Accused
	Reason      Private `json:"reason"`  // string, ScopeLegal
}

// LiftRequested says that somebody asked to lift an exclusion.
type LiftRequested struct {
	v1
	Exclusion string  `json:"exclusion"`
	User      string  `json:"user"`   // account of the person who asked
	Reason    Private `json:"reason"` // string, ScopeLegal
}

// ExclusionLifted says that a second person agreed: the exclusion no longer stands.
type ExclusionLifted struct {
	open
	Exclusion string `json:"exclusion"`
	User      string `json:"user"` // account of the person who approved
	// Told is the agency that can give word now of consents that were taken back; empty where it owes none.
	// It is in clear since the rights to a case are decided before what is sealed in it is opened, and the task names it as well.
	Told   string     `json:"told,omitempty"`
	DueAt  *time.Time `json:"due_at,omitempty"`
	Source string     `json:"limit_source,omitempty"`
}

// EventType implements Event.
func (*ExclusionSet) EventType() string { return "exclusion.set" }

// Privates implements Event.
func (e *ExclusionSet) Privates() []*Private { return []*Private{&e.Accused, &e.Reason} }

// EventType implements Event.
func (*LiftRequested) EventType() string { return "exclusion.lift_requested" }

// Privates implements Event.
func (e *LiftRequested) Privates() []*Private { return []*Private{&e.Reason} }

// EventType implements Event.
func (*ExclusionLifted) EventType() string { return "exclusion.lifted" }

// Exclude keeps the case from whom it accuses. What was open between the case and them ends, and they are not told.
type Exclude struct {
	Accused Accused
	Token   string // keyed digest of the accused, which the caller has computed
	// Office is the ministry's office that takes the case over where the accused is responsible. It cannot be excluded itself:
	// then nobody would be left to work on what the case says.
	Office string
	Reason string
}

func (c Exclude) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeKept(); err != nil {
		return nil, err
	}
	switch {
	case (c.Accused.Agency == "") == (c.Accused.Account == ""):
		return nil, invalid("exclusion.agency_or_account")
	case c.Token == "" || c.Reason == "":
		return nil, invalid("exclusion.incomplete")
	case c.Accused.Account == r.By.User || c.Accused.Agency == r.By.Agency && c.Accused.Account == "":
		return nil, refused(s, "exclusion.oneself") // they would no longer see what they did; somebody else has to
	case c.Office == "" || c.Accused.Agency == c.Office:
		return nil, refused(s, "exclusion.whole_mechanism")
	case slices.ContainsFunc(s.Exclusions, func(x Exclusion) bool { return x.Token == c.Token }):
		return nil, refused(s, "exclusion.set_already")
	}
	return append([]Event{c.set(s, r)}, s.severed(c.Accused)...), nil
}

func (c Exclude) set(s State, r Request) *ExclusionSet {
	e := &ExclusionSet{
		Exclusion: r.ID, Token: c.Token,
		Accused: private(ScopeSensitive, c.Accused), Reason: private(ScopeLegal, c.Reason),
	}
	if c.Accused.Agency != "" && c.Accused.Agency == s.Standing.Agency {
		e.Responsible = c.Office
	}
	return e
}

// severed ends what is open between the case and the accused: what was asked of them or is under way with them, and what they asked
// of others and nobody has taken on. What others took on from them serves the person and stands.
func (s State) severed(a Accused) []Event {
	var events []Event
	if a.Account != "" {
		if s.Standing.Assignee == a.Account {
			events = append(events, &CaseAssigned{Agency: s.Standing.Agency})
		}
		return events
	}
	for _, r := range s.Referrals {
		if r.Status == Pending && (r.To == a.Agency || r.From == a.Agency) || r.Status == Accepted && r.To == a.Agency {
			events = append(events, &ReferralRevoked{Referral: r.ID, From: r.From, To: r.To, Reason: NoLongerNeeded})
		}
	}
	for _, v := range s.Services {
		if v.Status.open() && v.Provider == a.Agency || v.Status == ServicePending && v.By == a.Agency {
			events = append(events, &ServiceWithdrawn{Service: v.ID, Provider: v.Provider})
		}
	}
	for _, q := range s.Requests {
		if q.Status == Pending && q.By == a.Agency {
			events = append(events, &HandOverRefused{Request: q.ID, By: q.By, Reason: otherDecline})
		}
	}
	return events
}

// LiftExclusion asks to lift an exclusion. It stands until another person approves.
type LiftExclusion struct {
	Exclusion string
	Reason    string
}

func (c LiftExclusion) decide(s State, r Request) ([]Event, error) {
	x, err := s.exclusion(c.Exclusion)
	switch {
	case err != nil:
		return nil, err
	case c.Reason == "":
		return nil, invalid("exclusion.incomplete")
	case x.Lift != nil:
		return nil, refused(s, "exclusion.lift_asked_already")
	}
	return []Event{&LiftRequested{Exclusion: x.ID, User: r.By.User, Reason: private(ScopeLegal, c.Reason)}}, nil
}

// ApproveLiftExclusion lifts an exclusion that another person asked to lift.
type ApproveLiftExclusion struct{ Exclusion string }

func (c ApproveLiftExclusion) decide(s State, r Request) ([]Event, error) {
	x, err := s.exclusion(c.Exclusion)
	switch {
	case err != nil:
		return nil, err
	case x.Lift == nil:
		return nil, refused(s, "exclusion.lift_not_asked")
	}
	lifted := &ExclusionLifted{Exclusion: x.ID, User: r.By.User}
	if s.owesWord(x.Accused.Agency) {
		lifted.Told = x.Accused.Agency
		lifted.DueAt, lifted.Source = r.due(s, LimitAcknowledge)
	}
	return []Event{lifted}, nil
}

func (s State) exclusion(id string) (Exclusion, error) {
	if err := s.mustBeKept(); err != nil {
		return Exclusion{}, err
	}
	i := slices.IndexFunc(s.Exclusions, func(x Exclusion) bool { return x.ID == id })
	if i < 0 {
		return Exclusion{}, missing("exclusion.unknown")
	}
	return s.Exclusions[i], nil
}

// ExcludesAgency reports whether the case accuses an agency. It needs the sensitive parts of the case open.
func (s State) ExcludesAgency(agency string) bool {
	return agency != "" && slices.ContainsFunc(s.Exclusions, func(x Exclusion) bool { return x.Accused.Agency == agency })
}

func (s State) excludesAccount(account string) bool {
	return account != "" && slices.ContainsFunc(s.Exclusions, func(x Exclusion) bool { return x.Accused.Account == account })
}

func evolveExclusion(s State, f Fact) (State, bool) {
	switch e := f.Event.(type) {
	case *ExclusionSet:
		return s.excluding(e, f.HappenedAt), true
	case *LiftRequested:
		return s.withLift(e.Exclusion, &Lift{By: e.User, Since: f.HappenedAt}), true
	case *ExclusionLifted:
		s.Exclusions = slices.DeleteFunc(slices.Clone(s.Exclusions), func(x Exclusion) bool { return x.ID == e.Exclusion })
		return s.toldLater(e.Told, Deadline{Since: f.HappenedAt, DueAt: e.DueAt, Source: e.Source}).excluded(), true
	}
	return s, false
}

func (s State) excluding(e *ExclusionSet, at time.Time) State {
	x := Exclusion{ID: e.Exclusion, Token: e.Token, Since: at}
	if e.Accused.Reveal(&x.Accused) != nil {
		x.Accused = Accused{}
	}
	s.Exclusions = append(slices.Clip(s.Exclusions), x)
	if e.Responsible != "" {
		s = s.handed(e.Responsible)
	}
	return s.withoutSeatsOf(x.Accused).excluded()
}

// withoutSeatsOf takes the accused out of the team that is to decide.
func (s State) withoutSeatsOf(a Accused) State {
	if s.Team == nil {
		return s
	}
	team := *s.Team
	team.Members = slices.DeleteFunc(slices.Clone(team.Members), func(m Member) bool {
		return m.Agency == a.Agency || m.User != "" && m.User == a.Account
	})
	s.Team = &team
	if len(team.Members) == 0 {
		s.Team = nil // nobody is left to be heard
	}
	return s
}

func (s State) withLift(id string, lift *Lift) State {
	s.Exclusions = slices.Clone(s.Exclusions)
	for i := range s.Exclusions {
		if s.Exclusions[i].ID == id {
			s.Exclusions[i].Lift = lift
		}
	}
	return s
}

// excluded returns the state whose standing names the tokens of all exclusions.
func (s State) excluded() State {
	s.Standing.Excluded = nil
	for _, x := range s.Exclusions {
		s.Standing.Excluded = append(s.Standing.Excluded, x.Token)
	}
	slices.Sort(s.Standing.Excluded)
	return s
}
