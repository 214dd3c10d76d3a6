package vault

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ForgetLog makes a database of keys that was restored ready for a log that was restored as well and may end earlier: it no longer says
// up to where the log was read for erasures, nor which of them the log tells of. Both are found out again at the next start.
func ForgetLog(ctx context.Context, pool *pgxpool.Pool) error {
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "update destroyed set recorded = false where recorded"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "update carried_out set through = 0")
		return err
	})
	if err != nil {
		return fmt.Errorf("couldn't make the keys ready for another log: %w", err)
	}
	return nil
}
