-- +goose Up

-- How surely a session is that of its person, and by what it was shown. Sessions begun before this was kept were begun with a
-- password, which is as little as there is.
alter table identity.session
    add column methods          text[] not null default '{pwd}',
    add column assurance        smallint not null default 0 check (assurance between 0 and 3),
    add column authenticated_at timestamptz,
    add column client           text not null default 'program' check (client in ('browser', 'phone', 'program')), -- what kind of program, never which
    add column demo             boolean not null default false; -- begun in demo mode: it stands nowhere else

update identity.session s set authenticated_at = started_at, demo = (select a.demo from identity.account a where a.id = s.account);

alter table identity.session alter column authenticated_at set not null;
