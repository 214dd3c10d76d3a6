package domain_test

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"songtor/domain"
)

// choose picks a number from 0 to n-1. Everything in a sequence follows from its choices.
type choose func(n int) int

// step is a command given to a case, with what came of it.
type step struct {
	name    string // address of the command in the API; empty where it has none
	request domain.Request
	before  domain.State
	facts   []domain.Fact
	err     error
	after   domain.State
}

// world is what a sequence of commands is played in: the real one, or one with a rule removed or added.
type world struct {
	decide domain.Decider
	fold   func(domain.State, []domain.Fact) domain.State
	tamper func([]domain.Event) []domain.Event // nil for none
}

func realWorld() world { return world{decide: domain.Decide, fold: domain.Fold} }

// game is one case on which random commands are played.
type game struct {
	world
	choose choose
	limits domain.Limits
	now    time.Time
	s      domain.State
	past   []domain.State
	by     domain.Actor
	count  int
	script []string // commands to give first
}

func newGame(w world, c choose) *game {
	g := &game{world: w, choose: c, now: noon, past: []domain.State{{}}}
	g.limits = g.someLimits()
	if g.often(1, 2) { // half of the cases have the chance to come to protection soon, where most can happen
		g.script = []string{"conclude-screening", "appoint-representative", "assess-interests", "decide-identification", "file-claim", "advance-claim", "advance-claim", "advance-claim"}
	}
	return g
}

// play makes one move.
func (g *game) play() step {
	g.count++
	g.by = domain.Actor{User: one(g, "u1", "u2"), Agency: g.agency(), Role: one(g, domain.CaseManager, domain.Auditor)}
	if g.often(1, 30) {
		g.limits = g.someLimits() // another year, another province
	}
	m := g.move()
	command := m.make(g)
	if g.tamper != nil {
		command = domain.Tampered{Command: command, Alter: g.tamper}
	}
	st := step{name: m.name, before: g.s, request: domain.Request{
		ID: fmt.Sprintf("c%d", g.count), By: g.by, HappenedAt: g.clock(), Limits: g.limits, Command: command,
	}}
	if g.often(1, 3) {
		st.request.Seen = new(g.past[g.choose(len(g.past))])
	}
	st.facts, st.err = g.decide(g.s, st.request)
	if st.err == nil {
		g.s = g.fold(g.s, st.facts)
	}
	g.past = append(g.past, g.s)
	st.after = g.s
	return st
}

// move picks a command: mostly one that the state allows, often enough any.
func (g *game) move() move {
	all := moves()
	if !g.s.Exists && g.often(9, 10) {
		return all[g.choose(2)]
	}
	if len(g.script) > 0 {
		name := g.script[0]
		g.script = g.script[1:]
		return moveNamed(name)
	}
	if possible := g.s.Possible(); len(possible) > 0 && g.often(4, 5) {
		return moveNamed(one(g, possible...))
	}
	return one(g, all...)
}

func moveNamed(name string) move {
	all := moves()
	return all[slices.IndexFunc(all, func(m move) bool { return m.name == name })]
}

// clock is when the command happened. Time goes on, and every fifth clock is wrong or late.
func (g *game) clock() time.Time {
	g.now = g.now.Add(one(g, time.Minute, time.Hour, 24*time.Hour, 6*24*time.Hour))
	if g.often(1, 5) {
		return g.now.Add(-one(g, time.Hour, 48*time.Hour, 100*24*time.Hour))
	}
	return g.now
}

func (g *game) someLimits() domain.Limits {
	l := testLimits()
	switch g.choose(6) {
	case 0:
		return domain.Limits{}
	case 1:
		l.Team = domain.TeamRule{Members: 2, Quorum: 1, Source: "a rule for the test"}
	case 2:
		name := one(g, domain.LimitNames()...)
		l.Times[name] = domain.Limit{Duration: time.Hour}
	case 3:
		l.Times[domain.LimitConclude] = domain.Limit{WorkingDays: 3, Source: "a rule for the test"}
		delete(l.Times, domain.LimitReflection)
	}
	return l
}

func one[T any](g *game, of ...T) T { return of[g.choose(len(of))] }

// often is true n times out of m.
func (g *game) often(n, m int) bool { return g.choose(m) < n }

func (g *game) agency() string { return one(g, "police", "msdhs", "shelter", "hospital") }

// as makes an agency act, most of the time.
func (g *game) as(agency string) {
	if g.often(4, 5) {
		g.by.Agency = agency
	}
}

// code stands for a code of a list that the caller checks; now and then it is missing.
func (g *game) code() string { return one(g, "c", "c", "c", "c", "") }

// text stands for what somebody wrote; now and then it is missing.
func (g *game) text() string { return one(g, planted, planted, planted, planted, "") }

func (g *game) data() []domain.DataClass {
	if g.often(1, 2) {
		return nil
	}
	return []domain.DataClass{one(g, domain.DataClasses()...), one(g, domain.DataClasses()...)}
}

func (g *game) later() *time.Time {
	if g.often(3, 4) {
		return nil
	}
	return new(g.now.Add(one(g, 12*time.Hour, 30*24*time.Hour)))
}

func (g *game) recipient() string { return one(g, "", "", "", g.agency()) }

func (g *game) answer() domain.Answer {
	return domain.Answer{
		Purpose: one(g, domain.Purposes()...), Agreed: g.often(3, 4), Recipient: g.recipient(), Data: g.data(), Until: g.later(),
		Details: domain.ConsentDetails{Witness: planted},
	}
}

// planted stands for whatever could tell who somebody is.
const planted = "Somchai Jaidee"

func (g *game) content(named bool) domain.Content {
	c := domain.Content{
		Answers: private(planted), Categories: private(planted),
		Findings: domain.Findings{Branch: one(g, domain.AdultBranch, domain.AdultBranch, domain.ChildBranch, domain.MayBeChild)},
	}
	if named {
		c.Identity = private(planted)
	}
	return c
}

func (g *game) elements() map[domain.Element]domain.Assessment {
	return map[domain.Element]domain.Assessment{domain.Means: one(g, domain.Present, domain.Absent), domain.Act: one(g, domain.Present, domain.Absent)}
}

// id picks the id of something there, or one of nothing.
func id[T any](g *game, of []T, name func(T) string) string {
	if len(of) == 0 || g.often(1, 20) {
		return "none"
	}
	return name(of[g.choose(len(of))])
}

func (g *game) referral(actor func(domain.Referral) string) string {
	return id(g, g.s.Referrals, func(r domain.Referral) string { g.as(actor(r)); return r.ID })
}

func (g *game) service() string {
	return id(g, g.s.Services, func(v domain.Service) string { g.as(v.Provider); return v.ID })
}

func receiver(r domain.Referral) string { return r.To }

func sender(r domain.Referral) string { return r.From }

// move makes a random command.
type move struct {
	name string // the command's address in the API; empty where it has none
	make func(*game) domain.Command
}

// moves lists every command of the domain. The first two open a case.
var moves = sync.OnceValue(func() []move {
	return slices.Concat(openingMoves(), contactMoves(), courseMoves(), referralMoves(), decisionMoves(), serviceMoves(), protectionMoves(),
		exclusionMoves(), glassMoves(), erasureMoves())
})

func openingMoves() []move {
	return []move{
		{"", func(g *game) domain.Command { return *g.opening() }},
		{"", func(g *game) domain.Command {
			yes := domain.Answer{Purpose: domain.ToScreening, Agreed: g.often(4, 5), Details: domain.ConsentDetails{Witness: planted}}
			return domain.RecordScreening{
				Opening: g.opening(), Screening: one(g, "s1", "s2"), Content: g.content(yes.Agreed), Consents: []domain.Answer{yes, g.answer()},
			}
		}},
		{"", func(g *game) domain.Command {
			if g.often(2, 3) {
				return domain.AddNote{Audience: domain.ForCase, Text: g.text()}
			}
			return domain.DestroyKeys{Reason: domain.ErasureReason(g.code()), Synthetic: g.often(2, 3), Ledger: g.often(1, 10)}
		}},
		{"", func(g *game) domain.Command {
			i := slices.IndexFunc(g.s.Standing.Tasks, func(t domain.Task) bool { return t.DueAt != nil })
			if i < 0 {
				return domain.MissDeadline{Task: "none", DueAt: g.now}
			}
			return domain.MissDeadline{Task: g.s.Standing.Tasks[i].ID, DueAt: *g.s.Standing.Tasks[i].DueAt}
		}},
	}
}

func (g *game) opening() *domain.OpenCase {
	c := &domain.OpenCase{Reference: "R", Province: one(g, "TH-10", "TH-10", "TH-10", ""), Incident: "i", Entry: g.choose(3)}
	if g.often(1, 3) {
		c.Needs = []domain.Need{domain.NeedMedical}
	}
	return c
}

func contactMoves() []move {
	return []move{
		{"record-screening", func(g *game) domain.Command {
			c := domain.RecordScreening{Screening: one(g, "s1", "s2", "s3", "s4", "s5"), Content: g.content(g.often(1, 2))}
			if g.often(1, 2) {
				c.Consents = []domain.Answer{g.answer(), g.answer()}
			}
			return c
		}},
		{"correct-screening", func(g *game) domain.Command {
			c := domain.CorrectScreening{
				Screening: id(g, g.s.Screenings, func(s string) string { return s }), Content: g.content(true),
				Reason: one(g, append(domain.CorrectionReasons(), "")...),
			}
			if g.often(1, 3) {
				c.Disputed = []domain.TwoAnswers{{Question: "q", Of: c.Screening, Standing: planted, Other: planted}}
			}
			return c
		}},
		{"record-consent", func(g *game) domain.Command { return domain.RecordConsent{Answer: g.answer()} }},
		{"withdraw-consent", func(g *game) domain.Command {
			if len(g.s.Grants) == 0 || g.often(1, 10) {
				return domain.WithdrawConsent{Purpose: one(g, domain.Purposes()...), Recipient: g.recipient()}
			}
			grant := one(g, g.s.Grants...)
			return domain.WithdrawConsent{Purpose: grant.Purpose, Recipient: grant.Recipient}
		}},
		{"acknowledge-withdrawal", func(g *game) domain.Command {
			return domain.AcknowledgeWithdrawal{Withdrawal: id(g, g.s.Withdrawn, func(w domain.Withdrawal) string {
				if len(w.Waiting) > 0 {
					g.as(w.Waiting[0])
				}
				return w.ID
			})}
		}},
		{"record-needs", func(g *game) domain.Command {
			return domain.RecordNeeds{Needs: []domain.Need{one(g, domain.Needs()...)}}
		}},
		{"assess-safety", func(g *game) domain.Command {
			return domain.AssessSafety{Safety: domain.Safety{Danger: one(g, domain.Dangers()...)}}
		}},
		{"give-information", func(g *game) domain.Command { return domain.GiveInformation{Topics: []string{g.code()}} }},
		{"appoint-representative", func(g *game) domain.Command {
			return domain.AppointRepresentative{Kind: one(g, domain.RepresentativeKinds()...), Representative: domain.Representative{Name: g.text()}}
		}},
		{"assess-interests", func(g *game) domain.Command {
			return domain.AssessInterests{Interests: domain.Interests{Summary: g.text(), Views: g.text()}}
		}},
	}
}

func courseMoves() []move {
	return []move{
		{"close", func(g *game) domain.Command { return domain.CloseCase{Reason: one(g, domain.CloseReasons()...)} }},
		{"reopen", func(g *game) domain.Command {
			return domain.ReopenCase{Reason: one(g, domain.ReopenReasons()...), Note: g.text()}
		}},
		{"assign", func(g *game) domain.Command { return domain.Assign{Assignee: one(g, "u1", "u2", "")} }},
		{"request-hand-over", func(g *game) domain.Command { return domain.RequestHandOver{Reason: g.text()} }},
		{"grant-hand-over", func(g *game) domain.Command { return domain.GrantHandOver{Request: g.handOver()} }},
		{"refuse-hand-over", func(g *game) domain.Command {
			return domain.RefuseHandOver{Request: g.handOver(), Reason: domain.DeclineReason(g.code())}
		}},
		{"link", func(g *game) domain.Command {
			return domain.LinkCase{Case: "me", Other: one(g, "a", "b", "me"), Kind: one(g, domain.LinkKinds()...)}
		}},
		{"undo-link", func(g *game) domain.Command {
			return domain.UndoLink{Link: id(g, g.s.Links, func(l domain.Link) string { return l.ID })}
		}},
		{"refuse-duplicate", func(g *game) domain.Command { return domain.RefuseDuplicate{Other: one(g, "a", "b", "")} }},
		{"add-note", func(g *game) domain.Command {
			return domain.AddNote{Audience: one(g, domain.Audiences()...), Text: g.text()}
		}},
		{"attach-file", func(g *game) domain.Command {
			return domain.AttachFile{File: one(g, "f1", "f2"), Size: g.choose(3), Details: domain.FileDetails{MediaType: g.text(), SHA256: "x"}}
		}},
		{"set-hold", func(g *game) domain.Command { return domain.SetHold{Basis: g.text()} }},
		{"lift-hold", func(g *game) domain.Command {
			return domain.LiftHold{Authority: domain.Authority{Name: g.text(), Reference: planted}, Reason: planted}
		}},
		{"settle-disagreement", func(g *game) domain.Command {
			c := domain.SettleDisagreement{
				Disagreement: id(g, g.s.Disputes, func(d domain.Dispute) string { return d.ID }),
				Keep:         one(g, domain.KeepOther, domain.KeepStanding), Reason: g.text(),
			}
			if g.often(1, 2) && len(g.s.Screenings) > 0 {
				c.Correction = &domain.CorrectScreening{Screening: g.s.Screenings[0], Content: g.content(true), Reason: domain.Disagreement}
			}
			return c
		}},
	}
}

func (g *game) handOver() string {
	return id(g, g.s.Requests, func(q domain.HandOverRequest) string { g.as(g.s.Standing.Agency); return q.ID })
}

func referralMoves() []move {
	return []move{
		{"refer", func(g *game) domain.Command {
			return domain.Refer{
				Referral: one(g, "r1", "r2", "r3", "r4", "r5", "r6"), To: g.agency(), Services: []string{"basic"}, HandOver: g.often(1, 2), Data: g.data(),
			}
		}},
		{"accept", func(g *game) domain.Command { return domain.AcceptReferral{Referral: g.referral(receiver)} }},
		{"decline", func(g *game) domain.Command {
			return domain.DeclineReferral{Referral: g.referral(receiver), Reason: domain.DeclineReason(g.code())}
		}},
		{"revoke", func(g *game) domain.Command {
			return domain.RevokeReferral{Referral: g.referral(sender), Reason: one(g, domain.RevokeReasons()...)}
		}},
		{"complete", func(g *game) domain.Command {
			return domain.CompleteReferral{Referral: g.referral(receiver), Outcome: g.text()}
		}},
	}
}

func decisionMoves() []move {
	return []move{
		{"conclude-screening", func(g *game) domain.Command {
			return domain.ConcludeScreening{
				Grounds: one(g, domain.GroundsYes, domain.GroundsYes, domain.GroundsNo, domain.GroundsUnclear),
				Reasons: domain.Reasons{Elements: g.elements()},
			}
		}},
		{"convene-team", func(g *game) domain.Command {
			return domain.ConveneTeam{Members: []domain.Member{{Agency: g.agency(), User: "u1"}, {Agency: g.agency()}}, MeetsAt: g.later()}
		}},
		{"hold-interview", func(g *game) domain.Command {
			return domain.HoldInterview{Interview: domain.Interview{Notes: g.text()}}
		}},
		{"give-finding", func(g *game) domain.Command {
			if g.s.Team != nil {
				g.as(one(g, g.s.Team.Members...).Agency)
			}
			return domain.GiveFinding{Opinion: domain.Opinion{Outcome: one(g, domain.Outcomes()...), Reasons: g.text(), Elements: g.elements()}}
		}},
		{"decide-identification", func(g *game) domain.Command {
			return domain.DecideIdentification{Finding: domain.Finding{Outcome: one(g, domain.Outcomes()...), Grounds: g.text()}}
		}},
		{"request-reassessment", func(g *game) domain.Command {
			return domain.RequestReassessment{Reason: one(g, domain.ReassessReasons()...), Note: g.text()}
		}},
		{"start-period", func(g *game) domain.Command { return domain.StartPeriod{Period: g.period()} }},
		{"extend-period", func(g *game) domain.Command {
			return domain.ExtendPeriod{Period: g.period(), Until: g.now.Add(16 * day), Authority: domain.Authority{Name: planted, Reference: planted}}
		}},
		{"pause-period", func(g *game) domain.Command {
			return domain.PausePeriod{Period: g.period(), Reason: one(g, domain.PauseReasons()...)}
		}},
		{"resume-period", func(g *game) domain.Command { return domain.ResumePeriod{Period: g.period()} }},
		{"end-period", func(g *game) domain.Command {
			return domain.EndPeriod{Period: g.period(), Reason: one(g, domain.EndReasons()...)}
		}},
	}
}

func (g *game) period() domain.PeriodName { return one(g, domain.PeriodNames()...) }

func serviceMoves() []move {
	return []move{
		{"request-service", func(g *game) domain.Command {
			c := domain.RequestService{
				Code: "medical", Level: one(g, domain.FromPresumed, domain.FromIdentified), Urgent: g.often(1, 2), Provider: g.agency(), Data: g.data(),
			}
			if g.often(1, 4) {
				c.Replaces = id(g, g.s.Services, func(v domain.Service) string { return v.ID })
			}
			return c
		}},
		{"accept-service", func(g *game) domain.Command { return domain.AcceptService{Service: g.service()} }},
		{"decline-service", func(g *game) domain.Command {
			return domain.DeclineService{Service: g.service(), Reason: domain.DeclineReason(g.code())}
		}},
		{"deliver-service", func(g *game) domain.Command { return domain.DeliverService{Service: g.service(), Outcome: g.text()} }},
		{"refuse-service", func(g *game) domain.Command { return domain.RefuseService{Service: g.service(), Reason: g.text()} }},
		{"file-claim", func(g *game) domain.Command {
			return domain.FileClaim{Kind: one(g, append(domain.ClaimKinds(), domain.FromFund)...), ClaimDetails: domain.ClaimDetails{Items: []domain.ClaimItem{{Code: "medical"}}}}
		}},
		{"advance-claim", func(g *game) domain.Command {
			c := domain.AdvanceClaim{
				Step: one(g, domain.ClaimSteps()...), ClaimDetails: domain.ClaimDetails{Items: []domain.ClaimItem{{Code: "medical", Amount: 1}}, Note: g.text()},
			}
			c.Claim = id(g, g.s.Claims, func(claim domain.Claim) string {
				if g.often(3, 4) {
					c.Step = usualStep(claim.Step)
				}
				return claim.ID
			})
			return c
		}},
	}
}

func usualStep(after domain.ClaimStep) domain.ClaimStep {
	switch after {
	case domain.ClaimMade:
		return domain.StatusChecked
	case domain.StatusChecked:
		return domain.AmountsSet
	case domain.ClaimApproved:
		return domain.ClaimPaid
	}
	return domain.ClaimApproved
}

func protectionMoves() []move {
	return []move{
		{"agree-plan", func(g *game) domain.Command {
			return domain.AgreePlan{Plan: domain.Plan{Goals: planted, Actions: planted, Wishes: g.text()}, ReviewAt: g.later()}
		}},
		{"place-in-shelter", func(g *game) domain.Command {
			return domain.PlaceInShelter{Provider: g.agency(), Location: g.text(), LongTerm: g.often(1, 2)}
		}},
		{"leave-shelter", func(g *game) domain.Command { return domain.LeaveShelter{Reason: one(g, domain.LeaveReasons()...)} }},
		{"assess-risk", func(g *game) domain.Command {
			return domain.AssessRisk{Safety: domain.Safety{Danger: one(g, domain.Dangers()...)}, ReviewAt: g.later()}
		}},
		{"arrange-return", func(g *game) domain.Command {
			return domain.ArrangeReturn{Own: g.often(2, 3), Return: domain.Return{Country: "KHM", Assessment: g.text()}}
		}},
		{"complete-return", func(g *game) domain.Command { return domain.CompleteReturn{Note: g.text()} }},
		{"follow-up", func(g *game) domain.Command { return domain.FollowUp{How: g.text(), Next: g.later()} }},
	}
}

func exclusionMoves() []move {
	pick := func(x domain.Exclusion) string { return x.ID }
	return []move{
		{"exclude", func(g *game) domain.Command {
			c := domain.Exclude{Accused: domain.Accused{Agency: g.agency()}, Office: "msdhs", Reason: g.text()}
			if g.often(1, 4) {
				c.Accused = domain.Accused{Account: one(g, "u1", "u2")}
			}
			c.Token = "token of " + c.Accused.Agency + c.Accused.Account
			return c
		}},
		{"lift-exclusion", func(g *game) domain.Command {
			return domain.LiftExclusion{Exclusion: id(g, g.s.Exclusions, pick), Reason: g.text()}
		}},
		{"approve-lift-exclusion", func(g *game) domain.Command {
			return domain.ApproveLiftExclusion{Exclusion: id(g, g.s.Exclusions, pick)}
		}},
	}
}

func glassMoves() []move {
	pick := func(b domain.Glass) string { return b.ID }
	return []move{
		{"break-glass", func(g *game) domain.Command {
			return domain.BreakGlass{
				Scopes: []domain.Scope{one(g, domain.GlassScopes()...), one(g, domain.GlassScopes()...)}, Reason: one(g, domain.GlassReasons()...),
				Text: g.text(), Reviewer: one(g, "ministry", "ministry", g.agency()), Suspended: g.often(1, 10),
			}
		}},
		{"approve-break-glass", func(g *game) domain.Command { return domain.ApproveBreakGlass{Glass: id(g, g.s.Glass, pick)} }},
		{"review-break-glass", func(g *game) domain.Command {
			return domain.ReviewBreakGlass{Glass: id(g, g.s.Glass, pick), Verdict: one(g, domain.Verdicts()...), Text: g.text()}
		}},
	}
}

func erasureMoves() []move {
	erasure := func(g *game) string {
		if g.s.Erasure == nil || g.often(1, 20) {
			return "none"
		}
		return g.s.Erasure.ID
	}
	return []move{
		{"set-legal-hold", func(g *game) domain.Command { return domain.SetLegalHold{Basis: g.text()} }},
		{"lift-legal-hold", func(g *game) domain.Command { return domain.LiftLegalHold{Reason: g.text()} }},
		{"request-erasure", func(g *game) domain.Command {
			if g.often(1, 4) {
				g.by = domain.Actor{User: "keeper"}
			}
			return domain.RequestErasure{Reason: one(g, domain.ErasureReasons()...)}
		}},
		{"approve-erasure", func(g *game) domain.Command { return domain.ApproveErasure{Erasure: erasure(g)} }},
		{"refuse-erasure", func(g *game) domain.Command { return domain.RefuseErasure{Erasure: erasure(g), Note: g.text()} }},
		{"", func(g *game) domain.Command {
			if g.s.Erasure == nil || !g.s.Erasure.Approved {
				return domain.RefuseErasure{Erasure: erasure(g), Note: g.text()}
			}
			return domain.DestroyKeys{}
		}},
	}
}
