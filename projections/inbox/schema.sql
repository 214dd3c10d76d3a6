-- One row for each thing that an agency has to do or to know. Nothing here is personal data.
create table items (
	case_id   uuid        not null,
	kind      text        collate "C" not null,
	ref       text        collate "C" not null, -- referral id or purpose; empty where a case has one such thing an agency
	agency    text        collate "C" not null, -- whose inbox it lies in
	other     text        collate "C" not null, -- the other agency of a referral, or who took the step
	reference text        collate "C" not null,
	province  text        collate "C" not null,
	urgent    boolean     not null,
	since     timestamptz not null,
	due_at    timestamptz,
	position  bigint      not null,
	primary key (case_id, kind, ref, agency)
);

-- indexes
create index items_of_agency on items (agency, (coalesce(due_at, 'infinity'::timestamptz)), since, case_id, kind, ref);
