-- +goose Up

-- What a tree has taken in. All of it follows from the log, except the signatures.
create table tree.trees (
    tree text   primary key,
    size bigint not null check (size >= 0) -- leaves taken in: the position of the last
);

-- The stored hashes of golang.org/x/mod/sumdb/tlog, by their index there.
create table tree.hashes (
    tree  text   not null,
    index bigint not null,
    hash  bytea  not null,
    primary key (tree, index)
);

-- Every checkpoint that was signed. Cosignatures are added to the note as they come.
create table tree.checkpoints (
    tree         text        not null,
    size         bigint      not null,
    signed_at    timestamptz not null,
    cosigned_at  timestamptz,
    cosignatures int         not null default 0,
    note         text        not null,
    primary key (tree, size)
);
create index checkpoints_by_time on tree.checkpoints (tree, signed_at);
