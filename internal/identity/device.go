package identity

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"songtor/domain"
)

// ticketTime is how long an enrolment ticket is good: the officer stands beside the one who issues it.
const ticketTime = 10 * time.Minute

// Device is a field device that was enrolled. What it signs in is bound to a key that does not leave it.
type Device struct {
	ID       string
	Account  string
	Username string
	Label    string // one of DeviceLabels
	AddedAt  time.Time
	UsedAt   time.Time // zero: never
	SentAt   time.Time // when it last handed a finished form in; zero: never
	LostAt   time.Time // zero: it is not lost
}

// DeviceLabels are what a device may be called. They are kinds of things: a free name would be the first place for a person's.
func DeviceLabels() []string { return []string{"phone", "tablet", "computer", "other"} }

// IssueTicket makes a ticket by which the person of an account enrols one device. A case manager issues them for the own agency, an
// administrator for everybody. Errors: ErrNoAccount where there is no such account for the issuer, ErrUnavailable.
func (s *Service) IssueTicket(ctx context.Context, by Principal, username string) (Invitation, error) {
	a, err := s.ByUsername(ctx, username)
	if err != nil {
		return Invitation{}, err
	}
	if !by.supervises(a.Agency) || !a.Active {
		return Invitation{}, ErrNoAccount
	}
	code, hash := newCode()
	expires := s.now().Add(ticketTime)
	may := false
	err = s.inTransaction(ctx, "issue a ticket", func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			insert into identity.ticket (code_hash, account, issued_by, expires_at)
			select $1::bytea, $2::uuid, id, $4::timestamptz from identity.account where id = $3 and active and role = $5 and agency = $6 for share`,
			hash, a.ID, by.UserID, expires, by.Role, by.Agency) // who was shut, or moved, since the request was let in issues none
		if may = tag.RowsAffected() == 1; err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "delete from identity.ticket where expires_at <= $1", s.now())
		return err
	})
	switch {
	case err != nil:
		return Invitation{}, err
	case !may:
		return Invitation{}, ErrNoAccount
	}
	return Invitation{code, expires}, nil
}

// supervises reports whether the principal looks after the devices of an agency.
func (p Principal) supervises(agency string) bool {
	return p.Role == domain.Admin || p.Role == domain.CaseManager && p.Agency == agency
}

// Enrolment is what a device sends to be enrolled.
type Enrolment struct {
	Ticket string
	Label  string
	Key    []byte // JWK
	Proof  string // by that key
	Of     Proven
}

// EnrolDevice makes a device of the principal's, with a key whose other half it has shown to have. The ticket is used up whatever
// comes of it. Errors: ErrTicket, ErrProof, ErrLabel, ErrDeviceExists, ErrUnavailable.
func (s *Service) EnrolDevice(ctx context.Context, p Principal, e Enrolment) (Device, error) {
	if !slices.Contains(DeviceLabels(), e.Label) {
		return Device{}, ErrLabel
	}
	signed, err := s.readProof(e.Proof, e.Of)
	if err != nil {
		return Device{}, err
	}
	var key jose.JSONWebKey
	if key.UnmarshalJSON(e.Key) != nil || thumbprintOf(&key) != signed.thumbprint {
		return Device{}, ErrProof
	}
	tag, err := s.db.Exec(ctx, "delete from identity.ticket where code_hash = $1 and account = $2 and expires_at > $3",
		hashCode(e.Ticket), p.UserID, s.now())
	switch {
	case err != nil:
		return Device{}, couldNot("take a ticket", err)
	case tag.RowsAffected() == 0:
		return Device{}, ErrTicket
	}
	d := Device{Account: p.UserID, Username: p.Username, Label: e.Label}
	err = s.db.QueryRow(ctx, `
		insert into identity.device (account, label, public_key, thumbprint, added_at) values ($1, $2, $3, $4, $5)
		returning id, added_at`, p.UserID, e.Label, signed.key, signed.thumbprint, s.now()).Scan(&d.ID, &d.AddedAt)
	switch {
	case violates(err, "device_thumbprint_key"):
		return Device{}, ErrDeviceExists
	case err != nil:
		return Device{}, couldNot("keep a device", err)
	}
	return d, nil
}

// Devices returns the principal's own devices and those of accounts that the principal looks after. Errors: ErrUnavailable.
func (s *Service) Devices(ctx context.Context, p Principal) ([]Device, error) {
	rows, err := s.db.Query(ctx, `
		select d.id, d.account, a.username, d.label, d.added_at, d.used_at, d.sent_at, d.lost_at
		from identity.device d join identity.account a on a.id = d.account
		where `+inCareOf+` order by a.username, d.added_at, d.id`, p.UserID, p.Role == domain.Admin, p.Role == domain.CaseManager, p.Agency)
	if err != nil {
		return nil, couldNot("list devices", err)
	}
	devices, err := pgx.CollectRows(rows, scanDevice)
	if err != nil {
		return nil, couldNot("list devices", err)
	}
	return devices, nil
}

// inCareOf is who may see and lose a device: $1 its person, $2 everybody's administrator, $3 the case managers of the agency $4.
const inCareOf = "(d.account = $1 or $2 or $3 and a.agency = $4)"

func scanDevice(row pgx.CollectableRow) (Device, error) {
	var d Device
	var used, sent, lost *time.Time
	err := row.Scan(&d.ID, &d.Account, &d.Username, &d.Label, &d.AddedAt, &used, &sent, &lost)
	d.UsedAt, d.SentAt, d.LostAt = unlessNull(used), unlessNull(sent), unlessNull(lost)
	return d, err
}

func unlessNull(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// Sent notes that a device has handed a finished form in. The form does not depend on it: without it the device looks silent.
func (s *Service) Sent(ctx context.Context, device string) {
	if _, err := s.db.Exec(ctx, "update identity.device set sent_at = $2 where id = $1", device, s.now()); err != nil {
		s.options.Logger.WarnContext(ctx, "couldn't note that a device has sent something", slog.Any("error", err))
	}
}

// LoseDevice ends a device for ever: what it signs counts no more but to hand over what was finished on it. Its sessions end, and so do
// those that browsers on phones have of its account, since a browser's session does not tell on which phone it is. To lose a lost one is
// no error. Errors: ErrNoDevice where there is none that is the principal's to lose, ErrUnavailable.
func (s *Service) LoseDevice(ctx context.Context, p Principal, id string) error {
	if uuid.Validate(id) != nil {
		return ErrNoDevice
	}
	var account string
	err := s.db.QueryRow(ctx, "select a.id from identity.device d join identity.account a on a.id = d.account where d.id = $5 and "+inCareOf,
		p.UserID, p.Role == domain.Admin, p.Role == domain.CaseManager, p.Agency, id).Scan(&account)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return ErrNoDevice
	case err != nil:
		return couldNot("find a device", err)
	}
	return s.endingSessions(ctx, "end a device", change{account: account}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "update identity.device set lost_at = coalesce(lost_at, $2) where id = $1", id, s.now()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "delete from identity.session where device = $1 or account = $2 and device is null and client = $3", id, account, Phone)
		return err
	})
}

// EndDevice ends the sessions of a device, which may sign in again. Errors: ErrUnavailable.
func (s *Service) EndDevice(ctx context.Context, id string) error {
	if uuid.Validate(id) != nil {
		return ErrNoDevice
	}
	return s.endingSessions(ctx, "end the sessions of a device", change{device: id}, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "delete from identity.session where device = $1", id)
		return err
	})
}
