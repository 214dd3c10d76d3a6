-- What every case waits for, in the inboxes of those who have to do it or to know, and the referrals between agencies. Each table of
-- present rows has one of past ones beside it: what a row said before it changed, from when until when that was known. Nothing here
-- is personal data.
create table cases (
	case_id  uuid        primary key,
	known_at timestamptz not null -- when the log had accepted all commits so far
);

create table items (
	case_id     uuid        not null,
	task        text        collate "C" not null, -- id of the task in the case
	agency      text        collate "C" not null, -- whose inbox it lies in
	kind        text        collate "C" not null,
	responsible text        collate "C" not null, -- the agency that has to do it
	assignee    text        collate "C" not null,
	ref         text        not null,
	other       text        not null,
	since       timestamptz not null,
	due_at      timestamptz,
	source      text        not null, -- of the limit behind due_at
	missed      bigint      not null,
	rung        text        not null,
	audience    text        not null, -- who in the agency it is for, where that is not the assignee: a rung of the ladder
	escalated   boolean     not null, -- it lies here because it was not done in time elsewhere
	reference   text        not null,
	stage       text        not null,
	status      text        not null,
	province    text        not null,
	incident    text        not null,
	urgent      boolean     not null,
	excluded    text        collate "C" not null, -- who may not know of the case: digests with a space between
	known_from  timestamptz not null,
	position    bigint      not null, -- of the commit that made the row what it is
	primary key (case_id, task, agency)
);

-- A past row is repeated for each month in which it was known, or for each year where it was known for long, so that a moment is looked
-- for among the rows of its month and its year alone.
create table past_items (
	like items,
	span        bigint      not null, -- year times 12 plus month, or the year, in UTC
	known_until timestamptz not null
);

-- A referral, or what is like one, seen from one of its two agencies.
create table referrals (
	case_id     uuid        not null,
	referral    text        collate "C" not null,
	side        text        not null, -- from or to
	kind        text        not null,
	agency      text        collate "C" not null, -- on this side
	other       text        not null, -- on the other side
	hand_over   boolean     not null,
	services    bigint      not null, -- how many were asked for
	status      text        not null,
	reason      text        not null, -- code of why it was declined or revoked
	sent_at     timestamptz not null,
	answered_at timestamptz,
	done_at     timestamptz,
	due_at      timestamptz, -- by when it should be answered
	state       text        not null, -- what it waits for: pending, running, answered or closed
	reference   text        not null,
	stage       text        not null, -- this and what follows as it was when the referral ended on this side
	case_status text        not null,
	province    text        not null,
	incident    text        not null,
	urgent      boolean     not null,
	excluded    text        collate "C" not null,
	known_from  timestamptz not null,
	position    bigint      not null,
	primary key (case_id, referral, side)
);

create table past_referrals (
	like referrals,
	span        bigint      not null,
	known_until timestamptz not null
);

-- How many items and referrals lie in each box, without those of cases that exclude somebody.
create table counts (
	agency text   collate "C" not null,
	list   text   not null, -- items or referrals
	box    text   not null,
	kind   text   not null,
	number bigint not null,
	primary key (agency, list, box, kind)
);

-- indexes
-- The last columns of an index are for choosing without a look at the row.
create index items_in_order on items
	(agency, (coalesce(due_at, 'infinity'::timestamptz)), since, case_id, task, known_from, kind, province, urgent);
create index items_known on items (agency, known_from);
create index items_of_person on items (agency, assignee, (coalesce(due_at, 'infinity'::timestamptz)), since, case_id, task) where assignee <> '';
create index items_overdue on items (agency, due_at, kind, escalated) where due_at is not null;
create index items_that_exclude on items (agency) where excluded <> '';
create index past_items_in_order on past_items
	(agency, span, (coalesce(due_at, 'infinity'::timestamptz)), since, case_id, task, known_from, known_until);
create index referrals_open on referrals (agency, sent_at desc, case_id, referral, side, known_from) where state <> 'closed';
create index referrals_closed on referrals (agency, sent_at desc, case_id, referral, side, known_from) where state = 'closed';
create index referrals_that_exclude on referrals (agency) where excluded <> '';
create index past_referrals_in_order on past_referrals (agency, span, sent_at desc, case_id, referral, side, known_from, known_until);

-- wall
select wall.keep('cases');
select wall.show('items', $$wall.admits(excluded, (select wall.tokens()))
	and ((select wall.everywhere()) or agency = any ((select wall.agencies())::text[]))$$);
select wall.show('past_items', $$((select wall.everywhere()) or agency = any ((select wall.agencies())::text[]))
	and not ((select wall.named()) and wall.hides(case_id))$$);
select wall.show('referrals', $$wall.admits(excluded, (select wall.tokens()))
	and ((select wall.everywhere()) or agency = any ((select wall.agencies())::text[]))$$);
select wall.show('past_referrals', $$((select wall.everywhere()) or agency = any ((select wall.agencies())::text[]))
	and not ((select wall.named()) and wall.hides(case_id))$$);
select wall.show('counts', $$(select wall.everywhere()) or agency = any ((select wall.agencies())::text[])$$);
