-- +goose Up

-- The sealed contents of the files that belong to cases. The log says which of them belong: a row that no event names was never
-- finished, and goes with the case.
create table if not exists files.contents (
    blob    uuid        primary key,
    case_id uuid        not null,
    sealed  bytea       not null,
    key_id  text        not null,
    added   timestamptz not null default now()
);
create index contents_of_case on files.contents (case_id);
