-- Which cases have ended and how, since when nothing was recorded of them, and how far their erasure has come. Nothing here is personal
-- data.
create table cases (
	case_id    uuid        primary key,
	reference  text        not null,
	agency     text        collate "C" not null, -- responsible
	province   text        not null,
	ending     text        collate "C" not null, -- how it ended; empty while the case is open
	last_at    timestamptz not null, -- when the latest commit was known
	legal_hold boolean     not null,
	erasure    text        collate "C" not null, -- how far its erasure has come; empty where none is asked for
	excluded   text        collate "C" not null, -- who may not know of the case: digests with a space between
	position   bigint      not null
);

-- indexes
create index cases_ended on cases (ending, last_at, case_id) where ending <> '' and erasure = '' and not legal_hold;
create index cases_erasing on cases (erasure, case_id) where erasure <> '';

-- wall
select wall.show('cases', $$(select wall.service())$$);
