-- One row for each case that stands in the stage, as it is now known. Nothing here is personal data.
create table cases (
	case_id        uuid        primary key,
	case_reference text        collate "C" not null,
	status         text        collate "C" not null,
	agency         text        collate "C" not null,
	province       text        collate "C" not null,
	incident       text        collate "C" not null default '',
	entry          bigint      not null default 0,  -- number on the incident's list; 0 for none
	assignee       text        collate "C" not null default '',
	urgent         boolean     not null,
	ended          boolean     not null,            -- it waits for nobody
	rank           bigint      not null default 1,  -- 0 where urgent cases come first and this is one
	opened_at      timestamptz not null,
	since          timestamptz not null,            -- when it came into the stage
	due_at         timestamptz not null default '9999-12-31 00:00:00+00', -- that where it has no date
	tasks          text        collate "C" not null default '', -- kinds of task, each once, with a space between
	missed         bigint      not null default 0,  -- steps that its most overdue task has climbed
	rung           text        collate "C" not null default '',
	excluded       text        collate "C" not null default '', -- who may not know of the case: digests with a space between
	known_from     timestamptz not null,            -- since when the row is known to be so
	position       bigint      not null             -- of the commit that made the row so
) with (fillfactor = 90);

-- own columns

-- What is no longer so: rows of cases as they were known until something in them changed. node is the place of the time from
-- known_from to known_until in a tree over time (tree.go).
create table past (
	like cases including defaults,
	known_until timestamptz not null,
	node        bigint      not null
);

-- How many rows cases has of those that exclude nobody, so that nobody has to count them.
create table counts (
	status     text   collate "C" not null,
	agency     text   collate "C" not null,
	province   text   collate "C" not null,
	cases      bigint not null,
	unassigned bigint not null,
	urgent     bigint not null,
	primary key (status, agency, province)
) with (fillfactor = 50);

-- indexes
-- What stands after case_id sorts nothing: the database looks at it in the index, without the row, to pass over what a filter leaves out.
create index cases_by_due on cases (ended, due_at, since, case_id, province, status, known_from);
create index cases_by_opening on cases (ended, opened_at, case_id, province, status, known_from);
create index cases_by_reference on cases (ended, case_reference, case_id, province, status, known_from);
create index cases_of_agency_by_due on cases (agency, ended, due_at, since, case_id, province);
create index cases_of_agency_by_opening on cases (agency, ended, opened_at, case_id);
create index cases_of_agency_by_reference on cases (agency, ended, case_reference, case_id);
create index cases_of_person on cases (assignee, ended, due_at) where assignee <> '';
create index cases_of_incident on cases (incident, ended) where incident <> '';
create index cases_that_exclude on cases (agency) where excluded <> '';
create index cases_with_task on cases using gin (string_to_array(tasks, ' '));

create index past_by_due on past (node, ended, due_at, since, case_id, known_from, known_until, agency, province);
create index past_by_opening on past (node, opened_at, case_id, known_from, known_until, agency, province, ended);
create index past_by_reference on past (node, case_reference, case_id, known_from, known_until, agency, province, ended);

-- wall
select wall.show('cases', $$wall.admits(excluded, (select wall.tokens())) and wall.likely((select wall.everywhere())
	or agency = any ((select wall.agencies())::text[]) or case_id = (select wall.opened()))$$);
select wall.show('past', $$wall.likely((select wall.everywhere()) or agency = any ((select wall.agencies())::text[]))
	and not ((select wall.named()) and wall.hides(case_id))$$);
select wall.show('counts', $$(select wall.everywhere()) or agency = any ((select wall.agencies())::text[])$$);
