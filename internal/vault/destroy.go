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

// Destruction says of which case the keys were destroyed, and by what rule.
type Destruction struct {
	CaseID   string    `json:"case"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"`
	Recorded bool      `json:"recorded,omitempty"` // in the log of the case's events
}

// Erasures are all destructions, oldest first.
type Erasures struct {
	List    []Destruction `json:"list"`
	Through uint64        `json:"through"` // position of the log up to which every destruction that it tells of is listed
}

// Cases are the ids of the cases.
func (e Erasures) Cases() []string {
	ids := make([]string, len(e.List))
	for i, d := range e.List {
		ids[i] = d.CaseID
	}
	return ids
}

// reasonCode is what a reason looks like. A free text would be a place for personal data that nothing erases.
var reasonCode = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// Destroy destroys the keys of a case for ever, in every process and with its commit; the package comment says what traces remain
// where. With a Ledger it is on disk there first. The reason is a code such as "retention" of at most 64 lower-case letters, digits
// and underscores. A case that never had keys will never get any. Repeating it changes nothing; the first reason stays. An error may
// come after the keys are gone, where the traces could not be cleared: repeat it then.
func (v *Vault) Destroy(ctx context.Context, caseID, reason string) error {
	id, err := parseUUID(caseID)
	if err != nil {
		return err
	}
	if !reasonCode.MatchString(reason) {
		return errors.New("couldn't destroy keys: the reason is not a code")
	}
	if err := v.bury(ctx, Destruction{CaseID: id.String(), Reason: reason, At: now()}); err != nil {
		return err
	}
	return v.clearTraces(ctx)
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

// Erasures implements Keeper.
func (v *Vault) Erasures(ctx context.Context) (e Erasures, err error) {
	if err := v.pool.QueryRow(ctx, `select through from carried_out`).Scan(&e.Through); err != nil {
		return Erasures{}, queryError("read which keys were destroyed", err)
	}
	e.List, err = v.destroyed(ctx)
	return e, err
}

func (v *Vault) destroyed(ctx context.Context) ([]Destruction, error) {
	rows, err := v.pool.Query(ctx, `select case_id, reason, at, recorded from destroyed order by at, case_id`)
	if err != nil {
		return nil, queryError("read which keys were destroyed", err)
	}
	ledger, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (Destruction, error) {
		var id uuid
		var d Destruction
		err := r.Scan(&id, &d.Reason, &d.At, &d.Recorded)
		d.CaseID = id.String()
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("couldn't read which keys were destroyed: %w", err)
	}
	return ledger, nil
}
