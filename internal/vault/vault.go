package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
)

// Vault makes, fetches and destroys the keys of cases. Its methods may be called concurrently, and any number of vaults in any
// number of processes may work on one database.
type Vault struct {
	pool     *pgxpool.Pool
	kek      *KEK
	services services

	creations chan *creation
	closing   chan struct{}
	closed    chan struct{}
	close     sync.Once
}

// Open brings the tables up to date, makes the service keys where there are none, and returns a Vault. The pool stays the caller's,
// who closes it after the Vault. It fails with ErrWrongKEK where the database was begun with another key-encryption key.
func Open(ctx context.Context, pool *pgxpool.Pool, kek *KEK) (*Vault, error) {
	if err := Migrate(ctx, pool); err != nil {
		return nil, err
	}
	v := &Vault{
		pool:      pool,
		kek:       kek,
		creations: make(chan *creation),
		closing:   make(chan struct{}),
		closed:    make(chan struct{}),
	}
	var err error
	if v.services, err = v.serviceKeys(ctx); err != nil {
		return nil, err
	}
	go v.write()
	return v, nil
}

// Close waits for the keys that are being made and ends the Vault's work; Create then fails with ErrUnavailable. It may be repeated.
func (v *Vault) Close() {
	v.close.Do(func() { close(v.closing) })
	<-v.closed
}

// Format keeps the keys out of anything printed, whatever the verb.
func (v *Vault) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[vault]") }

// Ping reports whether the database answers, with ErrUnavailable where it does not.
func (v *Vault) Ping(ctx context.Context) error {
	if err := v.pool.Ping(ctx); err != nil {
		return queryError("reach the keys", err)
	}
	return nil
}

// CheckDurable asks the server whether it keeps what it commits, and fails with ErrNotDurable where it says no. A key that is lost
// after data was sealed under it takes the data along.
func (v *Vault) CheckDurable(ctx context.Context) error {
	const settings = `select name from pg_settings
		where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off' order by name`
	rows, err := v.pool.Query(ctx, settings)
	if err != nil {
		return queryError("read the server's settings", err)
	}
	off, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return queryError("read the server's settings", err)
	}
	if len(off) > 0 {
		return fmt.Errorf("%w: %s is off", ErrNotDurable, strings.Join(off, ", "))
	}
	return nil
}

// Type says of which type the key-encryption key is.
func (v *Vault) Type() KEKType { return v.kek.kind }

// Keys implements Keeper.
func (v *Vault) Keys(ctx context.Context, caseID string, g Grant, scopes ...domain.Scope) (*CaseKeys, error) {
	id, err := parseUUID(caseID)
	if err != nil {
		return nil, err
	}
	if err := g.check(v.kek.kind, scopes...); err != nil {
		return nil, err
	}
	stored, err := v.stored(ctx, []uuid{id}, scopes)
	if err != nil {
		return nil, err
	}
	return v.unwrapLive(stored, id)
}

// KeysFor implements Keeper, in one query.
func (v *Vault) KeysFor(ctx context.Context, g Grant, scope domain.Scope, caseIDs []string) (map[string]*CaseKeys, error) {
	if err := g.check(v.kek.kind, scope); err != nil {
		return nil, err
	}
	ids := make([]uuid, len(caseIDs))
	for i, caseID := range caseIDs {
		var err error
		if ids[i], err = parseUUID(caseID); err != nil {
			return nil, err
		}
	}
	stored, err := v.stored(ctx, ids, []domain.Scope{scope})
	if err != nil {
		return nil, err
	}
	keys := make(map[string]*CaseKeys, len(ids))
	for i, id := range ids {
		if keys[caseIDs[i]] != nil {
			continue
		}
		if keys[caseIDs[i]], err = v.unwrap(stored, id); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// row is what the database has of a case's keys, or is to have.
type row struct {
	kekType   KEKType
	kekID     string
	destroyed bool
	wrapped   map[domain.Scope][]byte
}

// stored fetches the rows of cases with the columns of some scopes. The scopes are the domain's own, so their names are safe in SQL.
func (v *Vault) stored(ctx context.Context, ids []uuid, scopes []domain.Scope) (map[uuid]row, error) {
	query := `select case_id, kek_type, kek_id, destroyed_at is not null`
	for _, scope := range scopes {
		query += ", " + string(scope)
	}
	rows, err := v.pool.Query(ctx, query+` from case_keys where case_id = any($1)`, ids)
	if err != nil {
		return nil, queryError("read keys", err)
	}
	defer rows.Close()
	found := make(map[uuid]row, len(ids))
	for rows.Next() {
		id, r, err := scanRow(rows, scopes)
		if err != nil {
			return nil, queryError("read keys", err)
		}
		found[id] = r
	}
	if err := rows.Err(); err != nil {
		return nil, queryError("read keys", err)
	}
	return found, nil
}

func scanRow(rows pgx.Rows, scopes []domain.Scope) (uuid, row, error) {
	var id uuid
	r := row{wrapped: make(map[domain.Scope][]byte, len(scopes))}
	columns := []any{&id, &r.kekType, &r.kekID, &r.destroyed}
	wrapped := make([][]byte, len(scopes))
	for i := range wrapped {
		columns = append(columns, &wrapped[i])
	}
	err := rows.Scan(columns...)
	for i, scope := range scopes {
		r.wrapped[scope] = wrapped[i]
	}
	return id, r, err
}

// unwrapLive opens what was stored for a case, and fails with ErrDestroyed where nothing is left to open.
func (v *Vault) unwrapLive(stored map[uuid]row, id uuid) (*CaseKeys, error) {
	keys, err := v.unwrap(stored, id)
	if err != nil {
		return nil, err
	}
	if keys.destroyed {
		return nil, fmt.Errorf("couldn't fetch the keys of case %s: %w", id, ErrDestroyed)
	}
	return keys, nil
}

func (v *Vault) unwrap(stored map[uuid]row, id uuid) (*CaseKeys, error) {
	r, ok := stored[id]
	if !ok {
		return nil, fmt.Errorf("couldn't fetch the keys of case %s: %w", id, ErrNoKey)
	}
	keys := &CaseKeys{caseID: id.String(), destroyed: r.destroyed}
	if r.destroyed {
		return keys, nil
	}
	if err := v.kek.covers(r.kekType, r.kekID); err != nil {
		return nil, fmt.Errorf("couldn't open the keys of case %s: %w", id, err)
	}
	keys.keys = make(map[domain.Scope]scopeKey, len(r.wrapped))
	for scope, wrapped := range r.wrapped {
		if wrapped == nil {
			continue // not made yet
		}
		handle, err := v.kek.unwrapScope(wrapped, keys.caseID, scope)
		if err != nil {
			return nil, fmt.Errorf("couldn't open the keys of case %s: %w", id, err)
		}
		if keys.keys[scope], err = newScopeKey(handle, keys.caseID, scope); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// errClosed is how a closed Vault is unavailable.
var errClosed = errors.New("the vault is closed")
