-- Links between cases, and those that were undone. Rows are only ever added. Nothing here is personal data.
create table links (
	case_id      uuid        not null, -- on which it was recorded
	link         text        collate "C" not null,
	other        uuid        not null,
	kind         text        not null,
	linked_at    timestamptz not null,
	accepted_at  timestamptz not null,
	actor_user   text        not null,
	actor_agency text        not null,
	position     bigint      not null,
	primary key (case_id, link)
);

create table undone (
	case_id      uuid        not null,
	link         text        collate "C" not null,
	undone_at    timestamptz not null,
	accepted_at  timestamptz not null,
	actor_user   text        not null,
	actor_agency text        not null,
	position     bigint      not null,
	primary key (case_id, link)
);

-- indexes
create index links_of_other on links (other);
