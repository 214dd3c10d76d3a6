package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"songtor/domain"
	"songtor/internal/lease"
)

// EpochLimit is how old the key-encryption key may become. Copies of a destroyed keyset, in free space of the database and in its
// backups, open until the version that wrapped them is destroyed; with backups kept for 7 days more, that is 37 days after an erasure.
const EpochLimit = 30 * 24 * time.Hour

// rewrapBatch is how many cases are wrapped anew in one transaction. Their rows are locked so long.
const rewrapBatch = 500

// retirements bounds how often rotation looks again for keysets that another process wrapped with an old version in the meantime.
const retirements = 5

// rotation is the lease under which the key-encryption key is turned over.
const rotation = "songtor/rotation"

// Rotate makes a new version of the key-encryption key, wraps every keyset with it, and destroys the versions before, in the database
// and in the key file. The service goes on meanwhile, in this process and in others. tell gets the number of cases done so far. A
// rotation that fails or dies on the way leaves a key file with several versions, all of them in use; the next rotation begins anew.
//
// One rotation is under way at a time, of all processes on one database: it fails with ErrRotating where another one is. Two at once would
// each wrap anew what the other one has wrapped, and destroy what that wraps with.
func (v *Vault) Rotate(ctx context.Context, tell func(cases int)) error {
	err := lease.IfFree(ctx, v.pool, rotation, func(ctx context.Context) error { return v.rotate(ctx, tell) })
	switch {
	case errors.Is(err, lease.ErrTaken):
		return ErrRotating
	case err != nil:
		return fmt.Errorf("couldn't turn the key-encryption key over: %w", err)
	}
	return nil
}

func (v *Vault) rotate(ctx context.Context, tell func(cases int)) error {
	latest, err := freshVersion(v.kek.kind)
	if err != nil {
		return err
	}
	// The database knows of it before the file does: the latest version in the file wraps in every process that reads it, and the database
	// refuses what is wrapped with one that it does not know. Without the file nobody has what it only knows of.
	if err := v.name(ctx, latest); err != nil {
		return err
	}
	if err := v.kek.add(latest); err != nil {
		return err
	}
	former := v.kek.before(latest)
	if err := v.rewrapServiceKeys(ctx, latest); err != nil {
		return err
	}
	done := 0
	for range retirements {
		if err := v.rewrapCases(ctx, latest, func(n int) { done += n; tell(done) }); err != nil {
			return err
		}
		_, err = v.pool.Exec(ctx, `delete from keks where id = any($1)`, former)
		if !violates(err, foreignKey) {
			break
		}
	}
	if err != nil {
		return queryError("retire the former versions of the key-encryption key", err)
	}
	if err := v.kek.dropBefore(latest); err != nil {
		return err
	}
	if _, err := v.pool.Exec(ctx, `vacuum (truncate off) case_keys`); err != nil {
		return queryError("clear the traces of former wrappings", err)
	}
	return nil
}

// The SQLSTATE codes that are decided on.
const foreignKey = "23503"

func violates(err error, code string) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == code
}

// adopt checks that the database was begun with this key-encryption key, and names its latest version there. What it finds stays until it is
// done: a version that a rotation retired in between would be named again, and wrap with a key that is destroyed.
func (v *Vault) adopt(ctx context.Context) error {
	latest := v.kek.latest()
	err := pgx.BeginFunc(ctx, v.pool, func(tx pgx.Tx) error {
		known, err := collect(tx.Query(ctx, `select case type when $1 then id else 'of another type' end from keks for share`, v.kek.kind))
		if err != nil {
			return err
		}
		ours := slices.ContainsFunc(v.kek.all(), func(k *kekVersion) bool { return slices.Contains(known, k.id) })
		if len(known) > 0 && !ours {
			return ErrWrongKEK
		}
		_, err = tx.Exec(ctx, insertKEK, latest.id, latest.kind)
		return err
	})
	switch {
	case errors.Is(err, ErrWrongKEK):
		return fmt.Errorf("couldn't open the keys of this database: %w", err)
	case err != nil:
		return queryError("read which key-encryption key is in use", err)
	}
	return nil
}

const insertKEK = `insert into keks (id, type) values ($1, $2) on conflict (id) do nothing`

// name tells the database of a version of the key-encryption key, so that it may wrap there.
func (v *Vault) name(ctx context.Context, version *kekVersion) error {
	if _, err := v.pool.Exec(ctx, insertKEK, version.id, version.kind); err != nil {
		return queryError("name a version of the key-encryption key", err)
	}
	return nil
}

func collect(rows pgx.Rows, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// rewrapServiceKeys wraps the service's keysets with the latest version.
func (v *Vault) rewrapServiceKeys(ctx context.Context, latest *kekVersion) error {
	err := pgx.BeginFunc(ctx, v.pool, func(tx pgx.Tx) error {
		names, err := collect(tx.Query(ctx, `select name from service_keys where kek_id <> $1 for update`, latest.id))
		if err != nil {
			return err
		}
		for _, name := range names {
			handle, err := v.readServiceKey(ctx, tx, name)
			if err != nil {
				return err
			}
			wrapped, err := latest.wrap(handle, latest.serviceData(name))
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `update service_keys set kek_id = $2, wrapped = $3 where name = $1`, name, latest.id, wrapped); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return queryError("wrap the service's keys anew", err)
	}
	return nil
}

// rewrapCases wraps the keysets of all cases with the latest version, and gives the tombstones its name.
func (v *Vault) rewrapCases(ctx context.Context, latest *kekVersion, tell func(cases int)) error {
	_, err := v.pool.Exec(ctx, `update case_keys set kek_id = $1 where destroyed_at is not null and kek_id <> $1`, latest.id)
	if err != nil {
		return queryError("wrap keys anew", err)
	}
	var after uuid
	for {
		var done []uuid
		err := pgx.BeginFunc(ctx, v.pool, func(tx pgx.Tx) error {
			var err error
			done, err = v.rewrapSome(ctx, tx, latest, after)
			return err
		})
		if err != nil {
			return queryError("wrap keys anew", err)
		}
		if len(done) == 0 {
			return nil
		}
		after = done[len(done)-1]
		tell(len(done))
	}
}

// rewrapSome wraps the keysets of the next few cases, in order of their ids, and returns those ids.
func (v *Vault) rewrapSome(ctx context.Context, tx pgx.Tx, latest *kekVersion, after uuid) ([]uuid, error) {
	scopes := domain.Scopes()
	rows, err := tx.Query(ctx, selectRows(scopes)+`where kek_id <> $1 and destroyed_at is null and case_id > $2
		order by case_id limit $3 for update`, latest.id, after, rewrapBatch)
	if err != nil {
		return nil, err
	}
	var ids []uuid
	wrapped := make([][][]byte, len(scopes))
	err = eachRow(rows, scopes, func(id uuid, r row) error {
		fresh, err := v.rewrap(id, r, latest)
		if err != nil {
			return err
		}
		ids = append(ids, id)
		for i, scope := range scopes {
			wrapped[i] = append(wrapped[i], fresh.wrapped[scope])
		}
		return nil
	})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	arguments := []any{latest.id, ids}
	for i := range scopes {
		arguments = append(arguments, wrapped[i])
	}
	_, err = tx.Exec(ctx, updateRows(scopes), arguments...)
	return ids, err
}

// updateRows replaces the keysets of many cases.
func updateRows(scopes []domain.Scope) string {
	set, columns, arrays := "kek_id = $1", "case_id", "$2::uuid[]"
	for i, scope := range scopes {
		set += fmt.Sprintf(", %[1]s = new.%[1]s", scope)
		columns += ", " + string(scope)
		arrays += fmt.Sprintf(", $%d::bytea[]", i+3)
	}
	return `update case_keys as k set ` + set + ` from unnest(` + arrays + `) as new (` + columns + `) where k.case_id = new.case_id`
}

// rewrap wraps what a row holds with another version.
func (v *Vault) rewrap(id uuid, r row, with *kekVersion) (row, error) {
	before, err := v.kek.version(r.kekType, r.kekID)
	if err != nil {
		return row{}, err
	}
	fresh := row{kekType: with.kind, kekID: with.id, wrapped: make(map[domain.Scope][]byte, len(r.wrapped))}
	for scope, wrapped := range r.wrapped {
		if wrapped == nil {
			continue
		}
		handle, err := before.unwrapScope(wrapped, id.String(), scope)
		if err != nil {
			return row{}, fmt.Errorf("couldn't open the keys of case %s: %w", id, err)
		}
		if fresh.wrapped[scope], err = with.wrapScope(handle, id.String(), scope); err != nil {
			return row{}, err
		}
	}
	return fresh, nil
}

// add puts a version into the file. From then on it wraps.
func (k *kekState) add(fresh *kekVersion) error {
	return k.change(func(versions []*kekVersion) []*kekVersion { return append(versions, fresh) })
}

// before are the ids of the versions that were in the file before one was added.
func (k *kekState) before(latest *kekVersion) []string {
	var ids []string
	for _, v := range k.all() {
		if v.id == latest.id {
			break
		}
		ids = append(ids, v.id)
	}
	return ids
}

// dropBefore destroys the versions before the one given. A version after it is that of a rotation which began when this one had lost its
// lease, and may wrap already.
func (k *kekState) dropBefore(latest *kekVersion) error {
	return k.change(func(versions []*kekVersion) []*kekVersion {
		at := slices.IndexFunc(versions, func(v *kekVersion) bool { return v.id == latest.id })
		return versions[max(at, 0):]
	})
}

// change makes other versions of those in the file: another process may have added and dropped some since this one read it.
func (k *kekState) change(to func([]*kekVersion) []*kekVersion) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	versions, err := k.read()
	if err != nil {
		return err
	}
	versions = to(versions)
	content, err := k.file.encode(k.kind, versions)
	if err != nil {
		return err
	}
	if err := k.file.replace(content); err != nil {
		return err
	}
	k.versions = versions
	return nil
}

// reload takes over what another process made of the key file.
func (k *kekState) reload() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	versions, err := k.read()
	if err != nil {
		return err
	}
	k.versions = versions
	return nil
}

func (k *kekState) read() ([]*kekVersion, error) {
	_, versions, err := k.file.read(func(kind KEKType) bool { return kind == k.kind })
	return versions, err
}

// Epoch is how the key-encryption key stands.
type Epoch struct {
	Type     KEKType        `json:"type"`
	Versions []EpochVersion `json:"versions"` // oldest first; the last wraps
	Cases    int            `json:"cases"`    // with keys
	Erased   int            `json:"erased"`
	Uses     map[Use]uint64 `json:"uses"` // cases whose keys were given out since the start, by what for
}

// EpochVersion is one version of the key-encryption key.
type EpochVersion struct {
	ID      string    `json:"id"`
	Made    time.Time `json:"made"`
	Keysets int       `json:"keysets"` // cases whose keys it wraps
}

// Late reports whether the version that wraps is older than EpochLimit, or an older one is still there.
func (e Epoch) Late(now time.Time) bool {
	return len(e.Versions) > 1 || len(e.Versions) == 1 && now.Sub(e.Versions[0].Made) > EpochLimit
}

// Epoch tells how the key-encryption key stands.
func (v *Vault) Epoch(ctx context.Context) (Epoch, error) {
	e := Epoch{Type: v.kek.kind, Uses: map[Use]uint64{}}
	for use, count := range v.given {
		e.Uses[use] = count.Load()
	}
	for _, k := range v.kek.all() {
		e.Versions = append(e.Versions, EpochVersion{ID: k.id, Made: k.made})
	}
	rows, err := v.pool.Query(ctx, `select kek_id, count(*) filter (where destroyed_at is null), count(destroyed_at) from case_keys group by kek_id`)
	if err != nil {
		return Epoch{}, queryError("count keys", err)
	}
	var id string
	var living, erased int
	_, err = pgx.ForEachRow(rows, []any{&id, &living, &erased}, func() error {
		e.Cases, e.Erased = e.Cases+living, e.Erased+erased
		for i := range e.Versions {
			if e.Versions[i].ID == id {
				e.Versions[i].Keysets = living
			}
		}
		return nil
	})
	if err != nil {
		return Epoch{}, queryError("count keys", err)
	}
	return e, nil
}
