-- +goose Up

-- Forms that came in otherwise than from a device in use: from one that was reported lost, from one of an account that was shut, or in a
-- file that was exported from a phone. Each waits for a person's decision, sealed as the device sealed it.
create table quarantine.form (
    id         uuid primary key default gen_random_uuid(),
    screening  uuid not null,                                     -- that the form is sealed for
    digest     bytea not null check (octet_length(digest) = 32),  -- SHA-256 of what is sealed
    seal_key   text not null,
    enc        bytea not null,
    ciphertext bytea,                                             -- null once the log has the form, and long after it was rejected
    source     text not null check (source in ('device', 'file')),
    device     text not null default '',                          -- that proved to have sent it; empty for a file
    account    text not null check (account <> ''),               -- whose form it is
    username   text not null,
    agency     text not null check (agency <> ''),
    role       text not null,
    brought_by text not null default '',                          -- who took the file in; empty for a device
    held_at    timestamptz not null,
    state      text not null default 'held' check (state in ('held', 'released', 'rejected')),
    decided_by text not null default '',
    decided_at timestamptz,
    reason     text not null default '',
    unique (screening, digest)
);

create index form_by_state on quarantine.form (state, held_at desc);
create index form_of_account on quarantine.form (account) where state = 'held';

-- Nobody but the role that keeps them has anything to do with forms that are no case yet.
alter table quarantine.form enable row level security, force row level security;
create policy kept on quarantine.form to songtor_store using (true) with check (true);
