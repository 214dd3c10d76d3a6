package inbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
	"songtor/projections"
)

// Box is a part of what lies before an agency.
type Box string

// The boxes. Items lie in one of the first four, referrals in those from Incoming to Closed.
const (
	Own       Box = "own"       // what the agency has to do about its own cases
	Escalated Box = "escalated" // what others did not do in time
	Incoming  Box = "incoming"  // what others ask of the agency
	Outgoing  Box = "outgoing"  // what the agency asked of others
	Pending   Box = "pending"   // referrals that wait for an answer, either way
	Closed    Box = "closed"    // referrals that nobody waits for any more, with their outcome
)

// ReferralBoxes lists the boxes of referrals.
func ReferralBoxes() []Box { return []Box{Incoming, Outgoing, Pending, Closed} }

// kindsOf are the kinds of task in a box that is not Own.
var kindsOf = map[Box][]domain.TaskKind{
	Incoming: {
		domain.TaskAnswer, domain.TaskComplete, domain.TaskHandOver, domain.TaskService, domain.TaskDeliver, domain.TaskAcknowledge,
		domain.TaskFinding,
	},
	Outgoing: {domain.TaskReferAnew, domain.TaskServiceAnew},
}

// boxOf is the box of an item.
func boxOf(kind domain.TaskKind, escalated bool) Box {
	switch {
	case escalated:
		return Escalated
	case slices.Contains(kindsOf[Incoming], kind):
		return Incoming
	case slices.Contains(kindsOf[Outgoing], kind):
		return Outgoing
	}
	return Own
}

// Count is how many items lie somewhere, how many of them are overdue, and how many are due later today, a day in Thailand.
type Count struct {
	Items   int `json:"items"`
	Overdue int `json:"overdue"`
	Today   int `json:"today"`
}

// Counts are the lengths of an inbox. Kinds and boxes without items are left out.
type Counts struct {
	Count
	Kinds    map[domain.TaskKind]Count `json:"kinds"`
	Boxes    map[Box]Count             `json:"boxes"`
	Position uint64                    `json:"-"` // the counts hold at least everything up to it
}

// Whose says whose items are counted: those of an agency, or of one person in it, without those of cases that name who asks.
type Whose struct {
	Agency, Assignee string
	Tokens           []string // digests under which cases name who asks as one who may not know of them
}

// The lists of which counts are kept with the rows, so that reading them costs the same however many rows there are. Rows of cases that
// name somebody are left out of these, and counted one by one.
const (
	listItems     = "items"
	listReferrals = "referrals"
)

// Counts counts items. now is what overdue is measured by. For an agency it costs what is overdue and due today; for a person what they
// have.
func (p *Projection) Counts(ctx context.Context, db projections.DB, of Whose, now time.Time) (Counts, error) {
	counts := Counts{Kinds: map[domain.TaskKind]Count{}, Boxes: map[Box]Count{}}
	pipeline := &pgx.Batch{}
	projections.QueuePosition(pipeline, p.Name(), &counts.Position)
	if of.Assignee != "" {
		pipeline.Queue(`select kind, escalated, count(*), count(*) filter (where due_at < $3), count(*) filter (where due_at >= $3 and due_at <= $5)
			from inbox.items where agency = $1 and assignee <> '' and assignee = $2 and wall.admits(excluded, $4::text[]) group by kind, escalated`,
			of.Agency, of.Assignee, now, known(of.Tokens), endOfDay(now)).Query(counts.read)
	} else {
		pipeline.Queue("select kind, box = $3, number, 0, 0 from inbox.counts where agency = $1 and list = $2 and number > 0",
			of.Agency, listItems, string(Escalated)).Query(counts.read)
		pipeline.Queue(`select kind, escalated, count(*), 0, 0 from inbox.items
			where agency = $1 and excluded <> '' and wall.admits(excluded, $2::text[]) group by kind, escalated`,
			of.Agency, known(of.Tokens)).Query(counts.read)
		pipeline.Queue(`select kind, escalated, 0, count(*) filter (where due_at < $2), count(*) filter (where due_at >= $2) from inbox.items
			where agency = $1 and due_at <= $4 and wall.admits(excluded, $3::text[]) group by kind, escalated`,
			of.Agency, now, known(of.Tokens), endOfDay(now)).Query(counts.read)
	}
	if err := db.SendBatch(ctx, pipeline).Close(); err != nil {
		return Counts{}, fmt.Errorf("couldn't count the inbox: %w", err)
	}
	return counts, nil
}

// endOfDay is when the day of a moment ends in Thailand. What is due then is due on that day still, as a limit in
// working days is over with its last day.
func endOfDay(now time.Time) time.Time { return domain.StartOfDay(now).AddDate(0, 0, 1) }

func (c *Counts) read(rows pgx.Rows) error {
	var kind domain.TaskKind
	var escalated bool
	var n Count
	_, err := pgx.ForEachRow(rows, []any{&kind, &escalated, &n.Items, &n.Overdue, &n.Today}, func() error {
		box := boxOf(kind, escalated)
		c.Count = c.plus(n)
		c.Kinds[kind], c.Boxes[box] = c.Kinds[kind].plus(n), c.Boxes[box].plus(n)
		return nil
	})
	return err
}

func (c Count) plus(d Count) Count {
	return Count{c.Items + d.Items, c.Overdue + d.Overdue, c.Today + d.Today}
}

// BoxCounts are how many referrals of each kind lie in each box of an agency.
type BoxCounts struct {
	Boxes    map[Box]map[ReferralKind]int `json:"boxes"`
	Position uint64                       `json:"-"` // the counts hold at least everything up to it
}

// BoxCounts reads the counts of an agency's boxes, without the referrals of cases that name who asks by one of the tokens.
func (p *Projection) BoxCounts(ctx context.Context, db projections.DB, agency string, tokens []string) (BoxCounts, error) {
	counts := BoxCounts{Boxes: map[Box]map[ReferralKind]int{}}
	for _, box := range ReferralBoxes() {
		counts.Boxes[box] = map[ReferralKind]int{}
	}
	pipeline := &pgx.Batch{}
	projections.QueuePosition(pipeline, p.Name(), &counts.Position)
	pipeline.Queue("select box, kind, number from inbox.counts where agency = $1 and list = $2 and number > 0", agency, listReferrals).Query(func(rows pgx.Rows) error {
		var box Box
		var kind ReferralKind
		var n int
		_, err := pgx.ForEachRow(rows, []any{&box, &kind, &n}, func() error {
			counts.Boxes[box][kind] = n
			return nil
		})
		return err
	})
	pipeline.Queue(`select side, state, kind, count(*) from inbox.referrals
		where agency = $1 and excluded <> '' and wall.admits(excluded, $2::text[]) group by side, state, kind`,
		agency, known(tokens)).Query(counts.readSides)
	if err := db.SendBatch(ctx, pipeline).Close(); err != nil {
		return BoxCounts{}, fmt.Errorf("couldn't count the boxes: %w", err)
	}
	return counts, nil
}

func (c *BoxCounts) readSides(rows pgx.Rows) error {
	var side, state string
	var kind ReferralKind
	var n int
	_, err := pgx.ForEachRow(rows, []any{&side, &state, &kind, &n}, func() error {
		for _, box := range boxesOf(side, state) {
			c.Boxes[box][kind] += n
		}
		return nil
	})
	return err
}

// known are tokens that are never null: what is compared with null is neither so nor not.
func known(tokens []string) []string { return append([]string{}, tokens...) }

// count adds a referral that comes (1) or goes (-1) to the boxes in which it lies.
func (p *Projection) count(b *projections.Batch, k sideKey, s side, change int) {
	if s.about.excluded != "" {
		return // BoxCounts counts it by itself
	}
	for _, box := range boxesOf(k.side, s.state) {
		b.Put(p.counts, s.agency, listReferrals, string(box), string(s.exchange.kind), change)
	}
}

// boxesOf are the boxes in which one side of a referral lies.
func boxesOf(side, state string) []Box {
	way := Incoming
	if side == sideFrom {
		way = Outgoing
	}
	switch state {
	case statePending:
		return []Box{way, Pending}
	case stateClosed:
		return []Box{Closed}
	}
	return []Box{way}
}
