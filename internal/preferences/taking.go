package preferences

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Take notes that an account is about to be given a case by a command, in the place of another that the command could not give.
func (s *Service) Take(ctx context.Context, account, command, caseID string) error {
	_, err := s.db.Exec(ctx, `insert into preferences.taking (command, account, case_id, at) values ($1, $2, $3, $4)
		on conflict (command) do update set case_id = excluded.case_id, at = excluded.at where taking.account = excluded.account`,
		command, account, caseID, s.now().UTC())
	if err != nil {
		return fmt.Errorf("couldn't note the case to take: %w", err)
	}
	return nil
}

// Taken returns the case that a command of an account was about to give; known is false where there is none.
func (s *Service) Taken(ctx context.Context, account, command string) (caseID string, known bool, err error) {
	err = s.db.QueryRow(ctx, "select case_id from preferences.taking where command = $1 and account = $2", command, account).Scan(&caseID)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("couldn't read the case to take: %w", err)
	}
	return caseID, true, nil
}
