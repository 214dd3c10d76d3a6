package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"songtor/domain"
)

// Passkey is one credential of the Web Authentication standard.
type Passkey struct {
	ID          string
	Label       string // one of PasskeyLabels
	DeviceBound bool   // cannot be copied to another device
	Locked      bool   // there may be a copy of it: it signs nobody in any more
	AddedAt     time.Time
	UsedAt      time.Time // zero: never
}

// PasskeyLabels are what a passkey may be called. They are kinds of things: a free name would be the first place for a person's.
func PasskeyLabels() []string { return []string{"security-key", "phone", "computer", "other"} }

func (k Passkey) assurance() Assurance {
	if k.DeviceBound {
		return DeviceBound
	}
	return Phishproof
}

// passkeysMost is how many an account may have.
const passkeysMost = 10

// newRelyingParty says to authenticators who asks. It takes passkeys of the origin alone: what another site gets out of a person
// counts for nothing here.
func newRelyingParty(origin string) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.Path != "" {
		return nil, ErrOrigin
	}
	rp, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "Songtor", RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferDirectAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("couldn't set up passkeys for this address: %w", err)
	}
	return rp, nil
}

// holder is an account as the library sees it.
type holder struct {
	account     Account
	credentials []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { id := uuid.MustParse(h.account.ID); return id[:] }
func (h holder) WebAuthnName() string                       { return h.account.Username }
func (h holder) WebAuthnDisplayName() string                { return h.account.Username }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

// Challenge is what a browser is given to answer by an authenticator.
type Challenge struct {
	Ceremony string // names it in the answer
	Options  any    // as navigator.credentials takes them, in JSON
}

// BeginPasskey begins the registration of a passkey. Errors: *StepUp, ErrEnrolmentClosed, ErrTooManyFactors, ErrUnavailable.
func (s *Service) BeginPasskey(ctx context.Context, p Principal) (Challenge, error) {
	if err := s.mayEnrol(ctx, p, Phishproof); err != nil {
		return Challenge{}, err
	}
	h, err := s.holder(ctx, p.UserID)
	if err != nil {
		return Challenge{}, err
	}
	if len(h.credentials) >= passkeysMost {
		return Challenge{}, ErrTooManyFactors
	}
	options, state, err := s.relyingParty.BeginRegistration(h,
		webauthn.WithExclusions(webauthn.Credentials(h.credentials).CredentialDescriptors()))
	if err != nil {
		return Challenge{}, fmt.Errorf("couldn't begin the registration of a passkey: %w", err)
	}
	ceremony, err := s.beginCeremony(ctx, registration, p.UserID, state)
	return Challenge{ceremony, options}, err
}

// FinishPasskey registers the passkey that answers a challenge of BeginPasskey. An administrator's has to be one that cannot leave
// its device. Errors: ErrCeremony, ErrPasskey, ErrPasskeyCopied, ErrLabel, *StepUp, ErrEnrolmentClosed, ErrUnavailable.
func (s *Service) FinishPasskey(ctx context.Context, p Principal, ceremony, label string, answer []byte) (Passkey, error) {
	if !slices.Contains(PasskeyLabels(), label) {
		return Passkey{}, ErrLabel
	}
	var state webauthn.SessionData
	if err := s.endCeremony(ctx, ceremony, registration, p.UserID, &state); err != nil {
		return Passkey{}, err
	}
	h, err := s.holder(ctx, p.UserID)
	if err != nil {
		return Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Passkey{}, ErrPasskey
	}
	credential, err := s.relyingParty.CreateCredential(h, state, parsed)
	switch {
	case err != nil:
		return Passkey{}, ErrPasskey
	case credential.Flags.BackupEligible && p.Role == domain.Admin:
		return Passkey{}, ErrPasskeyCopied
	}
	if err := s.mayEnrol(ctx, p, Passkey{DeviceBound: !credential.Flags.BackupEligible}.assurance()); err != nil {
		return Passkey{}, err
	}
	added, err := s.insertPasskey(ctx, p.UserID, label, credential)
	if err != nil {
		return Passkey{}, err
	}
	return added, s.openAdministration(ctx)
}

func (s *Service) insertPasskey(ctx context.Context, account, label string, c *webauthn.Credential) (Passkey, error) {
	record, err := json.Marshal(c)
	if err != nil {
		return Passkey{}, fmt.Errorf("couldn't encode a passkey: %w", err)
	}
	rows, _ := s.db.Query(ctx, `
		insert into identity.passkey (account, credential, record, label, device_bound, added_at)
		values ($1, $2, $3, $4, $5, $6)
		returning `+passkeyColumns, account, c.ID, record, label, !c.Flags.BackupEligible, s.now())
	k, err := pgx.CollectExactlyOneRow(rows, scanPasskey)
	switch {
	case violates(err, "passkey_credential_key"):
		return Passkey{}, ErrPasskey
	case err != nil:
		return Passkey{}, couldNot("keep a passkey", err)
	}
	return k, nil
}

// RemovePasskey takes a passkey away from the account. Errors: *StepUp, ErrNoFactor, ErrUnavailable.
func (s *Service) RemovePasskey(ctx context.Context, p Principal, id string) error {
	if uuid.Validate(id) != nil {
		return ErrNoFactor
	}
	if err := s.mayRemove(ctx, p); err != nil {
		return err
	}
	tag, err := s.db.Exec(ctx, "delete from identity.passkey where id = $1 and account = $2", id, p.UserID)
	switch {
	case err != nil:
		return couldNot("take a passkey away", err)
	case tag.RowsAffected() == 0:
		return ErrNoFactor
	}
	return nil
}

// BeginPasskeySignIn gives out a challenge for anybody's passkey. Errors: ErrBusy, ErrUnavailable.
func (s *Service) BeginPasskeySignIn(ctx context.Context) (Challenge, error) {
	options, state, err := s.relyingParty.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Challenge{}, fmt.Errorf("couldn't begin a sign-in by passkey: %w", err)
	}
	ceremony, err := s.beginCeremony(ctx, assertion, "", state)
	return Challenge{ceremony, options}, err
}

// PasskeySignIn returns the account whose passkey answers a challenge of BeginPasskeySignIn, and what it shows. Every failure is
// ErrBadCredentials but ErrUnavailable. A passkey whose counter went backwards is locked: somebody may have a copy of it.
func (s *Service) PasskeySignIn(ctx context.Context, ceremony string, answer []byte) (Account, []Method, error) {
	var state webauthn.SessionData
	if err := s.endCeremony(ctx, ceremony, assertion, "", &state); err != nil {
		return Account{}, nil, badUnlessUnavailable(err)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Account{}, nil, ErrBadCredentials
	}
	var found holder
	var unavailable error
	_, credential, err := s.relyingParty.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		id, err := uuid.FromBytes(handle)
		if err != nil {
			return nil, ErrBadCredentials
		}
		found, err = s.holder(ctx, id.String())
		if errors.Is(err, ErrUnavailable) {
			unavailable = err
		}
		return found, err
	}, state, parsed)
	switch {
	case unavailable != nil:
		return Account{}, nil, unavailable
	case err != nil || !found.account.Active || found.account.Demo && !s.options.AllowDemo:
		return Account{}, nil, ErrBadCredentials
	}
	methods, err := s.usePasskey(ctx, credential)
	return found.account, methods, err
}

// usePasskey notes the use of a passkey. The counter moves in the statement that looks at it, so that of two answers with one
// counter, in any two processes, the second locks it.
func (s *Service) usePasskey(ctx context.Context, c *webauthn.Credential) ([]Method, error) {
	record, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("couldn't encode a passkey: %w", err)
	}
	var deviceBound, locked bool
	err = s.db.QueryRow(ctx, `
		update identity.passkey set
			locked = locked or $2 or ($3 > 0 and coalesce((record->'authenticator'->>'signCount')::bigint, 0) >= $3),
			record = $4, used_at = $5
		where credential = $1 and not locked
		returning device_bound, locked`,
		c.ID, c.Authenticator.CloneWarning, int64(c.Authenticator.SignCount), record, s.now()).Scan(&deviceBound, &locked)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, ErrBadCredentials
	case err != nil:
		return nil, couldNot("note the use of a passkey", err)
	case locked:
		s.options.Logger.WarnContext(ctx, "locked a passkey of which there may be a copy")
		return nil, ErrBadCredentials
	case deviceBound && !c.Flags.BackupEligible:
		return []Method{ByDevicePasskey}, nil
	}
	return []Method{ByPasskey}, nil
}

func badUnlessUnavailable(err error) error {
	if errors.Is(err, ErrUnavailable) {
		return err
	}
	return ErrBadCredentials
}

// holder returns an account with its passkeys that are not locked.
func (s *Service) holder(ctx context.Context, account string) (holder, error) {
	a, err := s.ByID(ctx, account)
	if err != nil {
		return holder{}, err
	}
	rows, _ := s.db.Query(ctx, "select record from identity.passkey where account = $1 and not locked order by added_at", account)
	records, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return holder{}, couldNot("find the passkeys of an account", err)
	}
	h := holder{account: a, credentials: make([]webauthn.Credential, len(records))}
	for i, record := range records {
		if err := json.Unmarshal(record, &h.credentials[i]); err != nil {
			return holder{}, fmt.Errorf("couldn't read a passkey: %w", err)
		}
	}
	return h, nil
}

func (s *Service) passkeys(ctx context.Context, account string) ([]Passkey, error) {
	rows, _ := s.db.Query(ctx, "select "+passkeyColumns+" from identity.passkey where account = $1 order by added_at, id", account)
	keys, err := pgx.CollectRows(rows, scanPasskey)
	if err != nil {
		return nil, couldNot("find the passkeys of an account", err)
	}
	return keys, nil
}

const passkeyColumns = "id, label, device_bound, locked, added_at, used_at"

func scanPasskey(row pgx.CollectableRow) (Passkey, error) {
	var k Passkey
	var used *time.Time
	err := row.Scan(&k.ID, &k.Label, &k.DeviceBound, &k.Locked, &k.AddedAt, &used)
	if used != nil {
		k.UsedAt = *used
	}
	return k, err
}
