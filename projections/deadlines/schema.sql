-- When something has to be recorded about a task that is not done. Nothing here is personal data.
create table deadlines (
	case_id uuid        not null,
	task    text        collate "C" not null,
	kind    text        not null,
	agency  text        not null, -- that should do it
	due     bigint      not null, -- in nanoseconds since 1970: a step is recorded for the very moment that the case names
	missed  bigint      not null, -- steps of the ladder recorded so far
	next_at timestamptz not null, -- when the next one is to be recorded
	primary key (case_id, task)
);

-- indexes
create index deadlines_by_time on deadlines (next_at, case_id, task);

-- wall
select wall.show('deadlines', $$(select wall.service())$$);
