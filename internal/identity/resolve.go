package identity

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

// Resolve returns who stands behind a token, with the role and agency that the account has now. Errors: ErrNoSession,
// ErrUnavailable.
func (s *Service) Resolve(ctx context.Context, token string) (Principal, error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return Principal{}, ErrNoSession
	}
	hash := hashToken(token)
	p, age, found := s.cache.find(hash)
	if found {
		return p, nil
	}
	p, until, err := s.lookUp(ctx, hash)
	if err != nil {
		return Principal{}, err
	}
	s.cache.remember(hash, p, until, age)
	return p, nil
}

// lookUp asks the database, in one round trip but for once a minute. The session stands until the time returned if it is not used
// again.
func (s *Service) lookUp(ctx context.Context, hash tokenHash) (p Principal, until time.Time, err error) {
	now := s.now()
	found, err := scanPrincipal(s.db.QueryRow(ctx, selectPrincipal+" and s.token_hash = $4",
		now, now.Add(-s.options.IdleLimit), s.options.AllowDemo, hash[:]))
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Principal{}, time.Time{}, ErrNoSession
	case err != nil:
		return Principal{}, time.Time{}, couldNot("find the session", err)
	}
	if now.Sub(found.lastSeen) >= touchEvery {
		s.touch(ctx, found.principal.SessionID, now)
		found.lastSeen = now
	}
	until = found.expires
	if idle := found.lastSeen.Add(s.options.IdleLimit); idle.Before(until) {
		until = idle
	}
	return found.principal, until, nil
}

// selectPrincipal finds sessions that stand at the time $1, were used since $2, and were begun in demo mode where $3 is true and
// outside it where not. A row of a demonstration that got into another database stands for nobody there. No province chosen is every one.
const selectPrincipal = `
	select a.id, a.username, a.role, a.agency, nullif(a.provinces, '{}'), s.id, s.authenticated_at, s.last_seen_at, s.expires_at,
		case when a.role = 'admin' and not s.demo and not exists (select from identity.administration) then least(s.assurance, 1) else s.assurance end,
		s.demo,
		coalesce(s.device::text, '')
	from identity.session s join identity.account a on a.id = s.account
	where s.expires_at > $1 and s.last_seen_at > $2 and a.active and s.demo = $3 and (s.demo or not a.demo)`

// resolved is a session that stands, as the database has it.
type resolved struct {
	principal         Principal
	lastSeen, expires time.Time
}

func scanPrincipal(row pgx.Row) (resolved, error) {
	var r resolved
	p := &r.principal
	err := row.Scan(&p.UserID, &p.Username, &p.Role, &p.Agency, &p.Provinces, &p.SessionID, &p.AuthTime, &r.lastSeen, &r.expires,
		&p.Assurance, &p.Demo, &p.Device)
	return r, err
}

// touch notes that a session was used. The request does not depend on it: without it the session ends sooner, not later.
func (s *Service) touch(ctx context.Context, session string, now time.Time) {
	_, err := s.db.Exec(ctx, "update identity.session set last_seen_at = $2 where id = $1 and last_seen_at <= $3",
		session, now, now.Add(-touchEvery))
	if err != nil {
		s.options.Logger.WarnContext(ctx, "couldn't note the use of a session", slog.Any("error", err))
	}
}
