-- One row for each case that stands in identification. rank: 0 urgent where these come first, 1 open, 2 ended.
-- moment: due_at, or the end of time. Nothing here is personal data.
create table cases (
	case_id        uuid        primary key,
	case_reference text        collate "C" not null,
	status         text        collate "C" not null,
	agency         text        collate "C" not null,
	province       text        collate "C" not null,
	incident       text        collate "C" not null,
	urgent         boolean     not null,
	rank           bigint      not null,
	moment         timestamptz not null,
	since          timestamptz not null,
	due_at         timestamptz,
	updated_at     timestamptz not null,
	position       bigint      not null
);

-- indexes
create index cases_of_agency on cases (agency, rank, moment, since, case_id);
create index cases_in_order on cases (rank, moment, since, case_id);
create index cases_of_province on cases (province, rank, moment, since, case_id);
