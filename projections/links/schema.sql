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

-- wall
-- A link shows both its cases: to whom one of them is hidden, it is hidden too.
select wall.show('links', $$case_id = (select wall.opened()) and not wall.hides(other)
	or other = (select wall.opened()) and not wall.hides(case_id)$$);
select wall.show('undone', $$exists (select from links l where l.case_id = undone.case_id and l.link = undone.link)$$);
