-- +goose Up

-- An account is one person of one agency. Names of officers are not kept.
create table identity.account (
    id                  uuid primary key default gen_random_uuid(),
    username            text not null unique check (username ~ '^[a-z0-9._-]{2,64}$'),
    password_hash       text not null, -- PHC string
    role                text not null,
    agency              text not null check (agency <> ''),
    provinces           text[],        -- null: every province
    active              boolean not null default true,
    demo                boolean not null default false,
    created_at          timestamptz not null,
    password_changed_at timestamptz not null
);

create table identity.session (
    id           uuid primary key default gen_random_uuid(),
    token_hash   bytea not null unique check (octet_length(token_hash) = 32), -- SHA-256; the token itself is kept nowhere
    account      uuid not null references identity.account (id),
    started_at   timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at   timestamptz not null -- whatever is done in the meantime
);

create index session_of_account on identity.session (account, started_at);
create index session_by_end on identity.session (expires_at);
create index session_by_last_seen on identity.session (last_seen_at);
