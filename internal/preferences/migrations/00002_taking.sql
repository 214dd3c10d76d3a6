-- +goose Up

-- Which case somebody was about to be given when they asked for the next one: asked again under the same id, they get that one.
create table preferences.taking (
    command uuid        primary key,
    account text        not null check (account <> ''),
    case_id uuid        not null,
    at      timestamptz not null
);
