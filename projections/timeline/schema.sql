-- The history of every case, one row an event, and how every case stands now. Nothing here is personal data: facts holds the
-- clear fields of an event only.
create table entries (
	case_id      uuid        not null,
	number       bigint      not null, -- of the commit in the case, from 1
	index        bigint      not null, -- of the event in the commit, from 0
	position     bigint      not null,
	type         text        not null,
	version      bigint      not null,
	happened_at  timestamptz not null,
	recorded_at  timestamptz not null,
	accepted_at  timestamptz not null,
	actor_user   text        not null,
	actor_agency text        not null,
	actor_role   text        not null,
	command      text        not null,
	facts        jsonb       not null,
	stage        text        not null, -- how the case stood after the commit
	status       text        not null
);

create table cases (
	case_id    uuid        primary key,
	reference  text        collate "C" not null,
	standing   jsonb       not null,
	commits    bigint      not null,
	position   bigint      not null, -- of the latest commit
	digest     text        not null, -- of the latest commit
	opened_at  timestamptz,
	updated_at timestamptz not null
);

-- indexes
create unique index entries_of_case on entries (case_id, number, index);
create index cases_by_reference on cases (reference);
