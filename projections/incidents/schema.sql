-- What was met in one operation, and how far its people have come. Nothing here is personal data: a person is the number on the list of
-- the incident and the case.
create table incidents (
	incident      text        collate "C" primary key,
	position      bigint      not null, -- of the commit that brought its first case
	province      text        not null,
	first_contact timestamptz not null,
	last_contact  timestamptz not null,
	people        bigint      not null
);

create table agencies (
	agency   text   collate "C" not null,
	incident text   collate "C" not null,
	position bigint not null, -- of the incident
	primary key (agency, incident)
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
	position     bigint      not null  -- of the commit that made the row what it is
);

create table counts (
	incident text   collate "C" not null,
	agency   text   collate "C" not null,
	stage    text   not null,
	status   text   not null,
	people   bigint not null,
	primary key (incident, agency, stage, status)
);

-- indexes
create unique index incidents_by_position on incidents (position desc);
create index agencies_by_position on agencies (agency, position desc);
create index agencies_of_incident on agencies (incident);
create index people_of_incident on people (incident, entry, case_id);
