-- What was met in one operation, and how far its people have come. Nothing here is personal data: a person is the number on the list of
-- the incident and the case.
--
-- Cases that name somebody who may not know of them stand apart: what is added up over cases leaves them out, and each has a row of its
-- own under its id, so that what an excluded agency is told of an incident does not tell of them either.

-- One row for the cases of an incident that exclude nobody, under a case id of zeros, and one for each other.
create table incidents (
	incident      text        collate "C" not null,
	apart         uuid        not null,
	excluded      text        collate "C" not null, -- digests with a space between
	position      bigint      not null, -- of the commit that brought its first case
	province      text        not null,
	first_contact timestamptz not null,
	last_contact  timestamptz not null,
	people        bigint      not null,
	primary key (incident, apart)
);

-- Which agencies are concerned, apart in the same way.
create table agencies (
	agency   text   collate "C" not null,
	incident text   collate "C" not null,
	apart    uuid   not null,
	excluded text   collate "C" not null,
	position bigint not null, -- of the incident
	cases    bigint not null,
	primary key (agency, incident, apart)
);

create table people (
	case_id      uuid        primary key,
	incident     text        collate "C" not null,
	entry        bigint      not null, -- number on the list of the incident; 0 for none
	reference    text        collate "C" not null,
	stage        text        not null,
	status       text        not null,
	agency       text        collate "C" not null,
	urgent       boolean     not null,
	contacted_at timestamptz not null,
	concerned    text        collate "C" not null, -- agencies that have had to do with the case, with a space between
	excluded     text        collate "C" not null,
	position     bigint      not null  -- of the commit that made the row what it is
);

-- How many people stand so, without those apart.
create table counts (
	incident text   collate "C" not null,
	agency   text   collate "C" not null,
	stage    text   not null,
	status   text   not null,
	people   bigint not null,
	primary key (incident, agency, stage, status)
);

-- indexes
create index incidents_by_position on incidents (position desc);
create index agencies_by_position on agencies (agency, position desc);
create index agencies_of_incident on agencies (incident);
create index people_of_incident on people (incident, entry, case_id);
create index people_that_exclude on people (incident) where excluded <> '';

-- wall
-- Whoever is concerned with an incident sees all of it but the cases that name them.
select wall.show('agencies', $$wall.admits(excluded, (select wall.tokens()))
	and ((select wall.everywhere()) or agency = any ((select wall.agencies())::text[]))$$);
select wall.show('incidents', $$wall.admits(excluded, (select wall.tokens())) and ((select wall.everywhere())
	or exists (select from agencies a where a.incident = incidents.incident and a.cases > 0))$$);
select wall.show('people', $$wall.admits(excluded, (select wall.tokens())) and ((select wall.everywhere())
	or exists (select from agencies a where a.incident = people.incident and a.cases > 0))$$);
select wall.show('counts', $$(select wall.everywhere())
	or exists (select from agencies a where a.incident = counts.incident and a.cases > 0)$$);
