-- +goose Up

-- The versions of the key-encryption key that may wrap here. A version is retired by deleting its row, which fails as long as a keyset
-- is wrapped by it, in whichever process that was done.
create table keks (
    id    text primary key,
    type  text not null,
    since timestamptz not null default now()
);

insert into keks (id, type)
select kek_id, kek_type from case_keys union select kek_id, kek_type from service_keys;

alter table case_keys add constraint a_version_that_may_wrap foreign key (kek_id) references keks (id);
alter table service_keys add constraint a_version_that_may_wrap foreign key (kek_id) references keks (id);
