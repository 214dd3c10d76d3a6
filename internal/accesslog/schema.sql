-- The access record, arranged for its questions. Everything here follows from the trail and is built anew from it at any time.
create schema access;

-- How far the trail has been applied.
create table access.progress (
	one      boolean primary key default true check (one),
	version  integer not null,
	position bigint  not null check (position >= 0)
);

-- Who reads: an account in one session, for one purpose, under one set of policies. Openings are many and readers few, so that an
-- opening names its reader by a number, and one index serves the questions by account, session, device and agency.
create table access.readers (
	id        integer  generated always as identity primary key,
	account   text     not null,
	agency    text     not null,
	role      text     not null,
	session   text     not null,
	device    text     not null,
	assurance smallint not null,
	purpose   text     not null,
	policy    text     not null,
	unique (account, agency, role, session, device, assurance, purpose, policy)
);
create index readers_by_agency on access.readers (agency);
create index readers_by_session on access.readers (session);
create index readers_by_device on access.readers (device) where device <> '';

-- One row for each entry of the trail. No key refers to readers: nothing here is ever taken away, and each row would be looked up once more.
create table access.entries (
	id       uuid        primary key,
	at       timestamptz not null,
	reader   integer     not null,
	case_id  uuid,                 -- null for a list
	count    integer     not null, -- rows of a list
	action   text        not null,
	outcome  text        not null,
	classes  text        not null, -- with commas between, as are filters
	filters  text        not null,
	object   text        not null,
	agency   text        not null, -- responsible for the case then
	province text        not null, -- of the case
	request  text        not null
);
create index entries_by_case on access.entries (case_id, at, id) where case_id is not null;
create index entries_by_reader on access.entries (reader, at);

-- What an auditor should look at.
create table access.alerts (
	id              uuid        primary key,
	kind            text        not null,
	at              timestamptz not null,
	account         text        not null,
	agency          text        not null,
	role            text        not null,
	case_id         uuid,
	count           integer     not null,
	acknowledged_by text        not null default '',
	acknowledged_at timestamptz
);
create index alerts_by_time on access.alerts (at, id);
create index alerts_of_account on access.alerts (account, at);
create index alerts_unread on access.alerts (at) where acknowledged_at is null;

-- Cases that nobody has a reason to open.
create table access.honey (
	case_id uuid        primary key,
	since   timestamptz not null
);

-- Of which agency's cases, in which province, an account has opened one, and since when.
create table access.grounds (
	account  text        not null,
	agency   text        not null,
	province text        not null,
	since    timestamptz not null,
	primary key (account, agency, province)
);

-- wall
-- songtor_audit adds and reads; what it has added it cannot take away or change, but for the marks of an auditor and the planted cases.
alter table access.entries enable row level security, force row level security;
alter table access.alerts enable row level security, force row level security;
alter table access.honey enable row level security, force row level security;
create policy added on access.entries for insert to songtor_audit with check (true);
create policy asked on access.entries for select to songtor_audit using (true);
create policy kept on access.alerts to songtor_audit using (true) with check (true);
create policy kept on access.honey to songtor_audit using (true) with check (true);
grant usage on schema access to songtor_audit;
grant select, insert on access.entries, access.grounds to songtor_audit;
grant select, insert, update (account) on access.readers to songtor_audit;
grant select, insert, update (acknowledged_by, acknowledged_at) on access.alerts to songtor_audit;
grant select, insert, delete on access.honey to songtor_audit;
grant select, update (position) on access.progress to songtor_audit;
