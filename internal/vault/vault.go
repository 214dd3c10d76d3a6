package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
)

// Vault makes, fetches and destroys the keys of cases. Its methods may be called concurrently, and any number of vaults in any
// number of processes may work on one database.
type Vault struct {
	pool     *pgxpool.Pool
	kek      *KEK
	ledger   *Ledger // nil for none
	services services
	given    map[Use]*atomic.Uint64 // cases whose keys were given out

	creations chan *creation
	closing   chan struct{}
	closed    chan struct{}
	close     sync.Once
}

// Open brings the tables up to date, makes the service keys where there are none, and returns a Vault. The pool stays the caller's,
// who closes it after the Vault. Before any key is given out, what ledger lists (nil for no ledger) is destroyed in the database too. It
// fails with ErrWrongKEK where the database was begun with another key-encryption key, and with ErrLedger.
func Open(ctx context.Context, pool *pgxpool.Pool, kek *KEK, ledger *Ledger) (*Vault, error) {
	if err := Migrate(ctx, pool); err != nil {
		return nil, err
	}
	v := &Vault{
		pool:      pool,
		kek:       kek,
		ledger:    ledger,
		given:     map[Use]*atomic.Uint64{},
		creations: make(chan *creation),
		closing:   make(chan struct{}),
		closed:    make(chan struct{}),
	}
	for _, use := range Uses() {
		v.given[use] = new(atomic.Uint64)
	}
	if err := v.adopt(ctx); err != nil {
		return nil, err
	}
	var err error
	if v.services, err = v.serviceKeys(ctx); err != nil {
		return nil, err
	}
	if err := v.reconcile(ctx); err != nil {
		return nil, err
	}
	go v.write()
	return v, nil
}

// Begun reports, and changes nothing, whether the database holds the keys of a service. In one that does not Open would begin anew.
func Begun(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	var begun bool
	err := pool.QueryRow(ctx, `select to_regclass('service_keys') is not null`).Scan(&begun)
	if err == nil && begun { // the service's own keys are made with the first start
		err = pool.QueryRow(ctx, `select exists (select from service_keys)`).Scan(&begun)
	}
	if err != nil {
		return false, queryError("look for keys", err)
	}
	return begun, nil
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
	keys, err := v.fetch(ctx, []uuid{id}, scopes)
	if err != nil {
		return nil, err
	}
	v.given[g.Use].Add(1)
	return keys[id].live()
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
	fetched, err := v.fetch(ctx, ids, []domain.Scope{scope})
	if err != nil {
		return nil, err
	}
	v.given[g.Use].Add(uint64(len(fetched)))
	keys := make(map[string]*CaseKeys, len(ids))
	for i, id := range ids {
		keys[caseIDs[i]] = fetched[id]
	}
	return keys, nil
}

// fetch reads and unwraps the keys of cases. A row that names a version of the key-encryption key which is not at hand was read while
// the key was rotated, here or in another process: then it is read again with the key as the file has it now.
func (v *Vault) fetch(ctx context.Context, ids []uuid, scopes []domain.Scope) (map[uuid]*CaseKeys, error) {
	keys, err := v.fetchOnce(ctx, ids, scopes)
	if !errors.Is(err, ErrWrongKEK) {
		return keys, err
	}
	if err := v.kek.reload(); err != nil {
		return nil, err
	}
	return v.fetchOnce(ctx, ids, scopes)
}

func (v *Vault) fetchOnce(ctx context.Context, ids []uuid, scopes []domain.Scope) (map[uuid]*CaseKeys, error) {
	stored, err := v.stored(ctx, ids, scopes)
	if err != nil {
		return nil, err
	}
	keys := make(map[uuid]*CaseKeys, len(ids))
	for _, id := range ids {
		if keys[id] != nil {
			continue
		}
		r, ok := stored[id]
		if !ok {
			return nil, fmt.Errorf("couldn't fetch the keys of case %s: %w", id, ErrNoKey)
		}
		if keys[id], err = v.unwrap(id, r); err != nil {
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

// selectRows asks for rows with the columns of some scopes. The scopes are the domain's own, so their names are safe in SQL.
func selectRows(scopes []domain.Scope) string {
	query := `select case_id, kek_type, kek_id, destroyed_at is not null`
	for _, scope := range scopes {
		query += ", " + string(scope)
	}
	return query + ` from case_keys `
}

// stored fetches the rows of cases.
func (v *Vault) stored(ctx context.Context, ids []uuid, scopes []domain.Scope) (map[uuid]row, error) {
	rows, err := v.pool.Query(ctx, selectRows(scopes)+`where case_id = any($1)`, ids)
	if err != nil {
		return nil, queryError("read keys", err)
	}
	found := make(map[uuid]row, len(ids))
	err = eachRow(rows, scopes, func(id uuid, r row) error {
		found[id] = r
		return nil
	})
	if err != nil {
		return nil, queryError("read keys", err)
	}
	return found, nil
}

// eachRow calls do with every row that selectRows asked for.
func eachRow(rows pgx.Rows, scopes []domain.Scope, do func(uuid, row) error) error {
	defer rows.Close()
	for rows.Next() {
		id, r, err := scanRow(rows, scopes)
		if err != nil {
			return err
		}
		if err := do(id, r); err != nil {
			return err
		}
	}
	return rows.Err()
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

// unwrap opens what is stored for a case. A scope whose key was not made yet is left out.
func (v *Vault) unwrap(id uuid, r row) (*CaseKeys, error) {
	keys := &CaseKeys{caseID: id.String(), destroyed: r.destroyed}
	if r.destroyed {
		return keys, nil
	}
	kek, err := v.kek.version(r.kekType, r.kekID)
	if err != nil {
		return nil, fmt.Errorf("couldn't open the keys of case %s: %w", id, err)
	}
	keys.keys = make(map[domain.Scope]scopeKey, len(r.wrapped))
	for scope, wrapped := range r.wrapped {
		if wrapped == nil {
			continue
		}
		handle, err := kek.unwrapScope(wrapped, keys.caseID, scope)
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
