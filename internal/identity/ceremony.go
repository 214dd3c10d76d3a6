package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// ceremonyTime is how long a challenge may be answered.
const ceremonyTime = 5 * time.Minute

// ceremoniesAtMost bounds the challenges that are waiting for an answer of nobody known, so that asking for them fills no disk.
const ceremoniesAtMost = 100_000

// ceremonyKind says what a challenge was given out for. An answer counts for nothing else.
type ceremonyKind string

const (
	registration ceremonyKind = "passkey.register"
	assertion    ceremonyKind = "passkey.sign-in"
	redirect     ceremonyKind = "oidc.sign-in"
)

// beginCeremony keeps the state of a challenge and returns the id by which its answer names it. The account is empty where nobody
// is known yet. It fails with ErrBusy where too many wait.
func (s *Service) beginCeremony(ctx context.Context, kind ceremonyKind, account string, state any) (string, error) {
	encoded, err := json.Marshal(state)
	if err != nil {
		return "", fmt.Errorf("couldn't encode a challenge: %w", err)
	}
	now := s.now()
	if _, err := s.db.Exec(ctx, "delete from identity.ceremony where expires_at <= $1", now); err != nil {
		return "", couldNot("clear away challenges", err)
	}
	var id string
	err = s.db.QueryRow(ctx, `
		insert into identity.ceremony (kind, account, state, expires_at)
		select $1, nullif($2, '')::uuid, $3, $4 where (select count(*) from identity.ceremony) < $5
		returning id`, kind, account, encoded, now.Add(ceremonyTime), ceremoniesAtMost).Scan(&id)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "", ErrBusy
	case err != nil:
		return "", couldNot("keep a challenge", err)
	}
	return id, nil
}

// endCeremony takes a challenge away and reads its state. Whatever the answer is worth, there is no second one. It fails with
// ErrCeremony where there is no such challenge of this kind and account.
func (s *Service) endCeremony(ctx context.Context, id string, kind ceremonyKind, account string, state any) error {
	if uuid.Validate(id) != nil {
		return ErrCeremony
	}
	var encoded []byte
	err := s.db.QueryRow(ctx, `
		delete from identity.ceremony
		where id = $1 and kind = $2 and account is not distinct from nullif($3, '')::uuid and expires_at > $4
		returning state`, id, kind, account, s.now()).Scan(&encoded)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return ErrCeremony
	case err != nil:
		return couldNot("find a challenge", err)
	}
	if err := json.Unmarshal(encoded, state); err != nil {
		return fmt.Errorf("couldn't read a challenge: %w", err)
	}
	return nil
}
