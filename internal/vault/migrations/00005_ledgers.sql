-- +goose Up

-- The ledger files that destructions were written to, how many entries each had with the latest destruction here, and the digest of
-- that entry. A file that has fewer, or others, is not the one that this database was served with.
create table ledgers (
    id      uuid primary key,
    entries bigint not null,
    digest  bytea not null
);

-- Whether the log says of the case that its keys were destroyed.
alter table destroyed add column recorded boolean not null default false;

-- Up to which position of the log every destruction that it tells of is in this database too.
create table carried_out (
    through bigint not null
);
insert into carried_out values (0);
