package vault

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
)

// Destruction is an entry of the ledger of destroyed keys.
type Destruction struct {
	CaseID string
	Reason string
	At     time.Time
}

// reasonCode is what a reason looks like. A free text would be a place for personal data that nothing erases.
var reasonCode = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// Destroy destroys the keys of a case for ever, in every process and with its commit; the package comment says what traces remain
// where. The reason is a code such as "retention" of at most 64 lower-case letters, digits and underscores. A case that never had
// keys will never get any. Repeating it changes nothing; the first reason stays. An error may come after the keys are gone, where
// the traces could not be cleared: repeat it then.
func (v *Vault) Destroy(ctx context.Context, caseID, reason string) error {
	id, err := parseUUID(caseID)
	if err != nil {
		return err
	}
	if !reasonCode.MatchString(reason) {
		return errors.New("couldn't destroy keys: the reason is not a code")
	}
	err = pgx.BeginFunc(ctx, v.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, buryKeys(), id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into destroyed (case_id, reason) values ($1, $2) on conflict (case_id) do nothing`, id, reason)
		return err
	})
	if err != nil {
		return queryError("destroy keys", err)
	}
	if _, err := v.pool.Exec(ctx, `vacuum (truncate off) case_keys`); err != nil {
		return queryError("clear the traces of destroyed keys", err)
	}
	return nil
}

// buryKeys makes a tombstone of a case's row: no scope keeps a key.
func buryKeys() string {
	var emptied strings.Builder
	for _, scope := range domain.Scopes() {
		emptied.WriteString(pgx.Identifier{string(scope)}.Sanitize() + " = null, ")
	}
	return `insert into case_keys as k (case_id, kek_type, kek_id, destroyed_at)
		select $1, type, id, now() from keks order by since desc limit 1
		on conflict (case_id) do update set ` + emptied.String() + `destroyed_at = now()
		where k.destroyed_at is null`
}

// Destroyed returns the ledger of destroyed keys, oldest first. Destroy replays it on a restored database.
func (v *Vault) Destroyed(ctx context.Context) ([]Destruction, error) {
	rows, err := v.pool.Query(ctx, `select case_id, reason, at from destroyed order by at, case_id`)
	if err != nil {
		return nil, queryError("read the ledger of destroyed keys", err)
	}
	ledger, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (Destruction, error) {
		var id uuid
		var d Destruction
		err := r.Scan(&id, &d.Reason, &d.At)
		d.CaseID = id.String()
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("couldn't read the ledger of destroyed keys: %w", err)
	}
	return ledger, nil
}
