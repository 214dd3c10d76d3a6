-- +goose Up

-- While this lasts an account may be given factors by whoever signs in to it as well as it can be signed in to: after it was made,
-- and after its factors were taken away. Later a factor is added only by somebody who has shown one that is as strong.
alter table identity.account add column enrol_until timestamptz;
update identity.account set enrol_until = now() + interval '7 days' where not demo;

-- The secret of one-time codes, sealed under a key that is not in this database.
create table identity.code_secret (
    account      uuid primary key references identity.account (id) on delete cascade,
    sealed       bytea not null,
    confirmed_at timestamptz,               -- null until a first code has shown that the person has it
    last_step    bigint not null default 0, -- of the code that was accepted last: none is accepted twice
    wrong        int not null default 0     -- codes since then that were not right
);

create table identity.recovery_code (
    account uuid not null references identity.account (id) on delete cascade,
    hash    bytea not null check (octet_length(hash) = 32), -- SHA-256 of 80 bits of chance
    primary key (account, hash)
);

create table identity.passkey (
    id           uuid primary key default gen_random_uuid(),
    account      uuid not null references identity.account (id) on delete cascade,
    credential   bytea not null unique, -- the id that the authenticator gave it
    record       jsonb not null,        -- public key, flags, counter
    label        text not null,         -- a kind of thing, never a name
    device_bound boolean not null,      -- cannot be copied to another device
    locked       boolean not null default false, -- its counter went backwards: there may be a copy of it
    added_at     timestamptz not null,
    used_at      timestamptz
);

create index passkey_of_account on identity.passkey (account);

-- A challenge that was given out. It is taken away by the answer to it.
create table identity.ceremony (
    id         uuid primary key default gen_random_uuid(),
    kind       text not null,
    account    uuid references identity.account (id) on delete cascade, -- whose; null where nobody is signed in yet
    state      jsonb not null,
    expires_at timestamptz not null
);

create index ceremony_by_end on identity.ceremony (expires_at);
