-- +goose Up

-- A filter is what a person has saved under a name of their own.
create table preferences.filter (
    account  text not null check (account <> ''), -- id of the account
    name     text not null check (char_length(name) between 1 and 80),
    stage    text not null,
    query    text not null check (octet_length(query) <= 2000), -- URL query string, its names sorted
    saved_at timestamptz not null,
    primary key (account, name)
);
