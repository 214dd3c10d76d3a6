-- The history of every case, one row an event, and how every case stood, one row a commit. Rows are only ever added. Nothing here
-- is personal data: facts holds the clear fields of an event only.
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

create table standings (
	case_id     uuid        not null,
	number      bigint      not null, -- of the commit in the case, from 1
	position    bigint      not null,
	accepted_at timestamptz not null,
	digest      text        not null,
	reference   text        collate "C" not null,
	standing    jsonb       not null  -- how the case stood after the commit
);

-- indexes
create unique index entries_of_case on entries (case_id, number, index);
create unique index standings_of_case on standings (case_id, number) include (accepted_at);
create index standings_by_reference on standings (reference, position) where number = 1;

-- wall
select wall.show('entries', $$case_id = (select wall.opened()) or (select wall.service())$$);
select wall.show('standings', $$case_id = (select wall.opened()) or (select wall.service())$$);
