package inbox

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
	"songtor/internal/paging"
	"songtor/projections"
)

// Referral is a referral, or what is like one, as one of its two agencies sees it. Times of what has not happened are null.
type Referral struct {
	ID         string                `json:"referral_id"`
	Kind       ReferralKind          `json:"kind"`
	CaseID     string                `json:"case_id"`
	Reference  string                `json:"case_reference"`
	From       string                `json:"from"`
	To         string                `json:"to"`
	HandOver   bool                  `json:"hand_over"`
	Services   int                   `json:"services"` // how many were asked for; which ones is sealed
	Status     domain.ReferralStatus `json:"status"`
	Reason     string                `json:"reason,omitempty"` // code of why it was declined or revoked
	SentAt     time.Time             `json:"sent_at"`
	AnsweredAt *time.Time            `json:"answered_at"` // accepted, declined or revoked
	DoneAt     *time.Time            `json:"done_at"`
	DueAt      *time.Time            `json:"due_at"` // by when it should be answered
	State      string                `json:"state"`  // what it waits for here: pending, running, answered (not followed up by the sender) or closed
	// What follows is so of the case now, or when the referral was closed on this side.
	Stage      domain.Stage  `json:"stage"`
	CaseStatus domain.Status `json:"case_status"`
	Province   string        `json:"province"`
	Incident   string        `json:"incident,omitempty"`
	Urgent     bool          `json:"urgent"`
	KnownFrom  time.Time     `json:"known_from"` // since when it has been known as it is shown
	Position   uint64        `json:"position"`   // of the commit that made it so

	side string
}

// BoxFilter chooses referrals.
type BoxFilter struct {
	Agency   string   // whose box
	Tokens   []string // digests under which cases name who asks as one who may not know of them
	Box      Box      // one of ReferralBoxes
	Kinds    []ReferralKind
	Overdue  bool // only what is not answered and was due before Now
	Urgent   bool
	Province string
	AsOf     time.Time // the box as it was known then, where it is not zero
	Now      time.Time // what Overdue is measured by: set it with Overdue
}

// Referrals is a page of a box.
type Referrals struct {
	Items    []Referral `json:"items"`
	Next     string     `json:"next"` // empty on the last page
	Position uint64     `json:"-"`    // the rows hold at least everything up to it
}

const (
	referralFields = `referral, kind, case_id, reference, side, agency, other, hand_over, services, status, reason, sent_at, answered_at,
		done_at, due_at, state, stage, case_status, province, incident, urgent, known_from, position`
	referralOrder = `sent_at desc, case_id, referral, side`
)

// Referrals returns a page of an agency's box, what was sent last first. Every page costs the same.
func (p *Projection) Referrals(ctx context.Context, db projections.DB, f BoxFilter, page Page) (Referrals, error) {
	limit := paging.Limit(page.Limit, paging.MaxLimit)
	var w where
	if err := f.conditions(&w, page.After); err != nil {
		return Referrals{}, err
	}
	sql := w.rows("referrals", referralFields, fmt.Sprintf("order by %s limit %d", referralOrder, limit+1), f.AsOf)
	var list Referrals
	pipeline := &pgx.Batch{}
	projections.QueuePosition(pipeline, p.Name(), &list.Position)
	pipeline.Queue(sql, w.args...).Query(func(rows pgx.Rows) (err error) {
		list.Items, err = pgx.CollectRows(rows, readReferral)
		return err
	})
	if err := db.SendBatch(ctx, pipeline).Close(); err != nil {
		return Referrals{}, fmt.Errorf("couldn't list referrals: %w", err)
	}
	list.Items, list.Next = paging.Cut(list.Items, limit, (*Referral).cursor)
	return list, nil
}

func readReferral(rows pgx.CollectableRow) (Referral, error) {
	var r Referral
	err := rows.Scan(&r.ID, &r.Kind, &r.CaseID, &r.Reference, &r.side, &r.From, &r.To, &r.HandOver, &r.Services, &r.Status, &r.Reason,
		&r.SentAt, &r.AnsweredAt, &r.DoneAt, &r.DueAt, &r.State, &r.Stage, &r.CaseStatus, &r.Province, &r.Incident, &r.Urgent,
		&r.KnownFrom, &r.Position)
	if r.side == sideTo {
		r.From, r.To = r.To, r.From
	}
	return r, err
}

func (f *BoxFilter) conditions(w *where, after string) error {
	w.add("agency = %s", f.Agency)
	w.add("wall.admits(excluded, %s::text[])", known(f.Tokens))
	switch f.Box {
	case Incoming:
		w.add("side = 'to' and state <> 'closed'")
	case Outgoing:
		w.add("side = 'from' and state <> 'closed'")
	case Pending:
		w.add("state = 'pending'")
	case Closed:
		w.add("state = 'closed'")
	default:
		return ErrBox
	}
	if len(f.Kinds) > 0 {
		w.add("kind = any(%s)", texts(f.Kinds))
	}
	if f.Overdue {
		w.add("state = 'pending' and due_at < %s", f.Now)
	}
	if f.Urgent {
		w.add("urgent")
	}
	w.equal("province", f.Province)
	return w.afterReferral(after)
}

// referralCursor is the place of a referral in the order.
type referralCursor struct {
	Sent time.Time `json:"s"`
	Case string    `json:"c"`
	ID   string    `json:"r"`
	Side string    `json:"w"`
}

func (r *Referral) cursor() string {
	return paging.Cursor(referralCursor{r.SentAt, r.CaseID, r.ID, r.side})
}

// afterReferral adds the condition that a referral comes after the page's cursor.
func (w *where) afterReferral(text string) error {
	if text == "" {
		return nil
	}
	var c referralCursor
	id, err := decode(text, &c, &c.Case)
	if err != nil {
		return err
	}
	if !projections.FitsText(c.ID, c.Side) {
		return ErrCursor
	}
	sent := w.arg(c.Sent)
	w.add("sent_at <= "+sent+" and (sent_at < "+sent+" or (case_id, referral, side) > (%s, %s, %s))", id, c.ID, c.Side)
	return nil
}
