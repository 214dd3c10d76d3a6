-- +goose Up

-- A one-time code that a person is handed to begin, or to begin again in another way.
create table identity.invitation (
    id         uuid primary key default gen_random_uuid(),
    kind       text not null check (kind in ('account', 'provider')), -- a new account; an account at another provider of sign-ins
    code_hash  bytea not null unique check (octet_length(code_hash) = 32),
    account    uuid references identity.account (id) on delete cascade, -- whose, where there is one already
    role       text,
    agency     text,
    provinces  text[],
    invited_by uuid references identity.account (id) on delete cascade, -- null: the operator at the terminal
    expires_at timestamptz not null
);

-- A role that another administrator has to confirm. Until then the account has what it had before.
create table identity.grant_request (
    account    uuid primary key references identity.account (id) on delete cascade,
    role       text not null,
    agency     text not null,
    provinces  text[],
    asked_by   uuid not null references identity.account (id) on delete cascade,
    asked_at   timestamptz not null
);

-- Administration begins when two administrators can sign in by passkeys that cannot be copied, and does not end again.
create table identity.administration (
    one     boolean primary key default true check (one),
    open_at timestamptz not null
);

create table identity.ticket (
    code_hash  bytea primary key check (octet_length(code_hash) = 32),
    account    uuid not null references identity.account (id) on delete cascade,
    issued_by  uuid not null references identity.account (id) on delete cascade,
    expires_at timestamptz not null
);

create table identity.device (
    id         uuid primary key default gen_random_uuid(),
    account    uuid not null references identity.account (id) on delete cascade,
    label      text not null, -- a kind of thing, never a name
    public_key bytea not null check (octet_length(public_key) = 65), -- of P-256, uncompressed
    thumbprint text not null unique, -- RFC 7638
    added_at   timestamptz not null,
    used_at    timestamptz,
    lost_at    timestamptz -- since then nothing that it signs counts
);

create index device_of_account on identity.device (account);

alter table identity.session add column device uuid references identity.device (id) on delete cascade;
create index session_of_device on identity.session (device) where device is not null;

-- The proofs that were seen, for as long as they could be replayed. What a crash forgets is past a minute later.
create unlogged table identity.proof_seen (
    device     uuid not null,
    id_hash    bytea not null,
    expires_at timestamptz not null,
    primary key (device, id_hash)
);

create index proof_seen_by_end on identity.proof_seen (expires_at);

-- Who an account is at an outside provider. An address of e-mail is never looked at: it may pass to another person.
create table identity.subject (
    issuer  text not null,
    subject text not null,
    account uuid not null references identity.account (id) on delete cascade,
    linked_at timestamptz not null,
    primary key (issuer, subject)
);

alter table identity.session
    add column issuer      text,
    add column subject     text,
    add column provider_id text; -- the provider's own id of the session (sid)
create index session_of_subject on identity.session (issuer, subject) where issuer is not null;

create table identity.logout_seen (
    issuer     text not null,
    token_id   text not null,
    expires_at timestamptz not null,
    primary key (issuer, token_id)
);
