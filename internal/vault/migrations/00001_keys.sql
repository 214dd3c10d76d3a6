-- +goose Up

-- One row a case: a wrapped keyset for each scope, or a tombstone.
create table case_keys (
    case_id      uuid primary key,
    kek_type     text not null,        -- of the key-encryption key that wrapped the keysets
    kek_id       text not null,
    identity     bytea,
    sensitive    bytea,
    statistics   bytea,
    created_at   timestamptz not null default now(),
    destroyed_at timestamptz,
    constraint all_keys_or_a_tombstone
        check (num_nulls(identity, sensitive, statistics) = case when destroyed_at is null then 0 else 3 end)
);

-- Which cases' keys were destroyed, and by what rule. It outlives the keys and is replayed on a restored database.
create table destroyed (
    case_id uuid primary key,
    reason  text not null check (reason ~ '^[a-z][a-z0-9_]{0,63}$'),
    at      timestamptz not null default now()
);

-- Wrapped keysets of the service itself, by what they are for.
create table service_keys (
    name       text primary key,
    kek_type   text not null,
    kek_id     text not null,
    wrapped    bytea not null,
    created_at timestamptz not null default now()
);
