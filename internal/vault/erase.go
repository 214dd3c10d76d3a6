package vault

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// reconcile brings the ledger of erasures and the database to what either knows, before any key is given out: a restored database gets
// the destructions since it was saved, and a ledger that is begun anew gets those that the database knows of.
func (v *Vault) reconcile(ctx context.Context) error {
	known, err := v.ledgerMarks(ctx)
	if err != nil {
		return err
	}
	if v.ledger == nil {
		if len(known) > 0 {
			return fmt.Errorf("%w: none is named, and this database was served with one", ErrLedger)
		}
		return nil
	}
	if err := v.ledger.open(len(known) == 0); err != nil {
		return err
	}
	destroyed, err := v.destroyed(ctx)
	if err != nil {
		return err
	}
	if err := v.ledger.check(known, destroyed); err != nil {
		return err
	}
	mark, err := v.ledger.add(destroyed...)
	if err != nil {
		return err
	}
	if _, err := v.pool.Exec(ctx, keepMark, mark.id, mark.entries, mark.digest); err != nil {
		return queryError("name the ledger of erasures", err)
	}
	return v.replay(ctx, destroyed)
}

// replay destroys what the ledger lists and the database does not.
func (v *Vault) replay(ctx context.Context, destroyed []Destruction) error {
	done := make(map[string]bool, len(destroyed))
	for _, d := range destroyed {
		done[d.CaseID] = true
	}
	missing := 0
	for _, d := range v.ledger.all() {
		if done[d.CaseID] {
			continue
		}
		missing++
		if err := v.bury(ctx, d); err != nil {
			return err
		}
	}
	if missing == 0 {
		return nil
	}
	return v.clearTraces(ctx)
}

func (v *Vault) ledgerMarks(ctx context.Context) ([]ledgerMark, error) {
	rows, err := v.pool.Query(ctx, `select id, entries, digest from ledgers`)
	if err != nil {
		return nil, queryError("read which ledgers of erasures there are", err)
	}
	marks, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (m ledgerMark, err error) {
		return m, r.Scan(&m.id, &m.entries, &m.digest)
	})
	if err != nil {
		return nil, queryError("read which ledgers of erasures there are", err)
	}
	return marks, nil
}

// bury writes a destruction to the ledger and then carries it out.
func (v *Vault) bury(ctx context.Context, d Destruction) error {
	id, err := parseUUID(d.CaseID)
	if err != nil {
		return err
	}
	var mark *ledgerMark
	if v.ledger != nil {
		reached, err := v.ledger.add(d)
		if err != nil {
			return err
		}
		mark = &reached
	}
	err = pgx.BeginFunc(ctx, v.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, buryKeys(), id); err != nil {
			return err
		}
		const list = `insert into destroyed (case_id, reason, at) values ($1, $2, $3) on conflict (case_id) do nothing`
		if _, err := tx.Exec(ctx, list, id, d.Reason, d.At); err != nil || mark == nil {
			return err
		}
		_, err := tx.Exec(ctx, keepMark, mark.id, mark.entries, mark.digest)
		return err
	})
	if err != nil {
		return queryError("destroy keys", err)
	}
	return nil
}

const keepMark = `
	insert into ledgers as l (id, entries, digest) values ($1, $2, $3)
	on conflict (id) do update set entries = excluded.entries, digest = excluded.digest where l.entries < excluded.entries`

// clearTraces frees the space that destroyed keys took.
func (v *Vault) clearTraces(ctx context.Context) error {
	if _, err := v.pool.Exec(ctx, `vacuum (truncate off) case_keys`); err != nil {
		return queryError("clear the traces of destroyed keys", err)
	}
	return nil
}

// Recorded implements Keeper.
func (v *Vault) Recorded(ctx context.Context, through uint64, caseIDs ...string) error {
	err := pgx.BeginFunc(ctx, v.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `update destroyed set recorded = true where case_id = any($1::uuid[]) and not recorded`, caseIDs); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update carried_out set through = $1`, through)
		return err
	})
	if err != nil {
		return queryError("note what the log says of destroyed keys", err)
	}
	return nil
}

// now is when a destruction is carried out, as the database would keep it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
