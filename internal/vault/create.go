package vault

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"songtor/domain"
)

// How keys are stored: in batches of whatever has gathered while the one before was being committed. There is no timer; a lone
// request goes at once.
const (
	batchLimit = 512
	batchTime  = 10 * time.Second
)

// creation is a request to store the keys of a new case.
type creation struct {
	id      uuid
	handles map[domain.Scope]*keyset.Handle
	row     row
	done    chan outcome // has room for the one answer
}

type outcome struct {
	existed bool // the case had keys already; otherwise those that the request brought are its keys now
	err     error
}

// Create implements Keeper. After ErrUnavailable the keys may nevertheless exist.
func (v *Vault) Create(ctx context.Context, caseID string, g Grant) (keys *CaseKeys, existed bool, err error) {
	id, err := parseUUID(caseID)
	if err != nil {
		return nil, false, err
	}
	if err := g.check(v.kek.kind); err != nil {
		return nil, false, err
	}
	keys, c, err := v.generate(id)
	if err != nil {
		return nil, false, err
	}
	answer, err := v.submit(ctx, c)
	if err == nil {
		err = answer.err
	}
	if err == nil && answer.existed {
		keys, err = v.fetchOne(ctx, id)
	}
	if err != nil {
		return nil, false, err
	}
	keys.sealOnly(g)
	keys, err = keys.live()
	return keys, answer.existed && err == nil, err
}

// firstScopes are those whose keys are made with the case: most forms seal something in each. The others' are made when something is
// first sealed in them.
func firstScopes() []domain.Scope {
	return []domain.Scope{domain.ScopeIdentity, domain.ScopeSensitive, domain.ScopeStatistics, domain.ScopeMedical}
}

// extensible are the scopes of which a case may have no key yet: cases of before had no medical one.
func extensible() []domain.Scope {
	return []domain.Scope{domain.ScopeLocation, domain.ScopeMedical, domain.ScopeLegal}
}

// Extend implements Keeper. What the new keys seal, a command does not open again.
func (v *Vault) Extend(ctx context.Context, caseID string, g Grant, scope domain.Scope) (*CaseKeys, error) {
	id, err := parseUUID(caseID)
	if err != nil {
		return nil, err
	}
	if err := g.check(v.kek.kind); err != nil {
		return nil, err
	}
	if !slices.Contains(extensible(), scope) {
		return nil, ErrScope
	}
	err = v.store(ctx, id, scope)
	if violates(err, foreignKey) { // another process rotated the key-encryption key
		if err = v.kek.reload(); err == nil {
			err = v.store(ctx, id, scope)
		}
	}
	if err != nil {
		return nil, queryError("store a key", err)
	}
	keys, err := v.fetchOne(ctx, id)
	if err != nil {
		return nil, err
	}
	keys.sealOnly(g)
	return keys.live()
}

// fetchOne fetches all keys of a case.
func (v *Vault) fetchOne(ctx context.Context, id uuid) (*CaseKeys, error) {
	keys, err := v.fetch(ctx, []uuid{id}, domain.Scopes())
	return keys[id], err
}

// store makes the key of a scope where the case has keys and none of this scope. A row is wrapped by one version of the key-encryption
// key, so the whole row is wrapped anew where that is not the latest.
func (v *Vault) store(ctx context.Context, id uuid, scope domain.Scope) error {
	return pgx.BeginFunc(ctx, v.pool, func(tx pgx.Tx) error {
		scopes := domain.Scopes()
		rows, err := tx.Query(ctx, selectRows(scopes)+`where case_id = $1 and destroyed_at is null for update`, id)
		if err != nil {
			return err
		}
		var was *row
		err = eachRow(rows, scopes, func(_ uuid, r row) error {
			was = &r
			return nil
		})
		if err != nil || was == nil || was.wrapped[scope] != nil {
			return err
		}
		latest := v.kek.latest()
		fresh, err := v.rewrap(id, *was, latest)
		if err != nil {
			return err
		}
		handle, err := newKeyset()
		if err != nil {
			return err
		}
		if fresh.wrapped[scope], err = latest.wrapScope(handle, id.String(), scope); err != nil {
			return err
		}
		arguments := []any{latest.id, []uuid{id}}
		for _, s := range scopes {
			arguments = append(arguments, [][]byte{fresh.wrapped[s]})
		}
		_, err = tx.Exec(ctx, updateRows(scopes), arguments...)
		return err
	})
}

// generate makes keys, both ready for use and wrapped.
func (v *Vault) generate(id uuid) (*CaseKeys, *creation, error) {
	scopes := firstScopes()
	keys := &CaseKeys{caseID: id.String(), keys: make(map[domain.Scope]scopeKey, len(scopes))}
	c := &creation{id: id, handles: make(map[domain.Scope]*keyset.Handle, len(scopes)), done: make(chan outcome, 1)}
	for _, scope := range scopes {
		handle, err := newKeyset()
		if err != nil {
			return nil, nil, err
		}
		if keys.keys[scope], err = newScopeKey(handle, keys.caseID, scope); err != nil {
			return nil, nil, err
		}
		c.handles[scope] = handle
	}
	return keys, c, c.wrap(v.kek.latest())
}

// wrap wraps the new keys with a version of the key-encryption key.
func (c *creation) wrap(kek *kekVersion) error {
	c.row = row{kekType: kek.kind, kekID: kek.id, wrapped: make(map[domain.Scope][]byte, len(c.handles))}
	for scope, handle := range c.handles {
		var err error
		if c.row.wrapped[scope], err = kek.wrapScope(handle, c.id.String(), scope); err != nil {
			return err
		}
	}
	return nil
}

// submit hands a request to the writer and waits for its answer. Who gives up leaves the request to its fate.
func (v *Vault) submit(ctx context.Context, c *creation) (outcome, error) {
	select {
	case v.creations <- c:
	case <-ctx.Done():
		return outcome{}, queryError("store keys", ctx.Err())
	case <-v.closing:
		return outcome{}, queryError("store keys", errClosed)
	}
	select {
	case answer := <-c.done:
		return answer, nil
	case <-ctx.Done():
		return outcome{}, queryError("store keys", ctx.Err())
	}
}

// write is the one writer of a Vault. It answers every request that it takes.
func (v *Vault) write() {
	defer close(v.closed)
	for {
		select {
		case c := <-v.creations:
			v.settle(v.gather(c))
		case <-v.closing:
			return
		}
	}
}

// gather takes the requests that are waiting already.
func (v *Vault) gather(first *creation) []*creation {
	batch := []*creation{first}
	for len(batch) < batchLimit {
		select {
		case c := <-v.creations:
			batch = append(batch, c)
		default:
			return batch
		}
	}
	return batch
}

// settle stores a batch and answers it. The first request for a case that had no row wins; all others are told that there is one.
func (v *Vault) settle(batch []*creation) {
	ctx, cancel := context.WithTimeout(context.Background(), batchTime)
	defer cancel()
	first := make(map[uuid]*creation, len(batch))
	for _, c := range batch {
		if first[c.id] == nil {
			first[c.id] = c
		}
	}
	made, err := v.insert(ctx, batch, first)
	if violates(err, foreignKey) { // the key-encryption key was rotated since the keys were wrapped
		if err = v.wrapAnew(batch); err == nil {
			made, err = v.insert(ctx, batch, first)
		}
	}
	for _, c := range batch {
		c.done <- outcome{existed: first[c.id] != c || !made[c.id], err: err}
	}
}

func (v *Vault) wrapAnew(batch []*creation) error {
	if err := v.kek.reload(); err != nil {
		return err
	}
	for _, c := range batch {
		if err := c.wrap(v.kek.latest()); err != nil {
			return err
		}
	}
	return nil
}

// insert stores the rows of new cases and says which those were. The others had a row already.
func (v *Vault) insert(ctx context.Context, batch []*creation, first map[uuid]*creation) (made map[uuid]bool, err error) {
	var ids []uuid
	var keks []string
	scopes := firstScopes()
	wrapped := make([][][]byte, len(scopes))
	for _, c := range batch {
		if first[c.id] != c {
			continue
		}
		ids = append(ids, c.id)
		keks = append(keks, c.row.kekID)
		for i, scope := range scopes {
			wrapped[i] = append(wrapped[i], c.row.wrapped[scope])
		}
	}
	arguments := []any{v.kek.kind, ids, keks}
	for _, keys := range wrapped {
		arguments = append(arguments, keys)
	}
	rows, err := v.pool.Query(ctx, insertKeys(scopes), arguments...)
	if err != nil {
		return nil, queryError("store keys", err)
	}
	made = make(map[uuid]bool, len(ids))
	var id uuid
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error {
		made[id] = true
		return nil
	})
	if err != nil {
		return nil, queryError("store keys", err)
	}
	return made, nil
}

// insertKeys stores rows that are given as one array a column.
func insertKeys(scopes []domain.Scope) string {
	var columns, arrays strings.Builder
	for i, scope := range scopes {
		columns.WriteString(", " + pgx.Identifier{string(scope)}.Sanitize())
		fmt.Fprintf(&arrays, ", $%d::bytea[]", i+4)
	}
	return fmt.Sprintf(`insert into case_keys (case_id, kek_id%[1]s, kek_type)
		select new.*, $1 from unnest($2::uuid[], $3::text[]%[2]s) as new (case_id, kek_id%[1]s)
		on conflict (case_id) do nothing
		returning case_id`, columns.String(), arrays.String())
}
