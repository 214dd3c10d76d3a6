-- Who took the right to read a case in an emergency, and whether somebody of another line has looked at it. Rows are only ever added.
-- Nothing here is personal data.
create table grants (
	case_id   uuid        not null,
	glass     text        collate "C" not null, -- id of the grant in its case
	account   text        collate "C" not null, -- of the person who took it
	agency    text        collate "C" not null, -- theirs
	taken_at  timestamptz not null,
	until     timestamptz not null,
	review_by timestamptz not null,
	reviewer  text        collate "C" not null, -- agency that reviews it
	position  bigint      not null,
	primary key (case_id, glass)
);

create table reviews (
	case_id     uuid        not null,
	glass       text        collate "C" not null,
	verdict     text        not null,
	reviewed_at timestamptz not null,
	position    bigint      not null,
	primary key (case_id, glass)
);

-- indexes
create index grants_of_account on grants (account, review_by);

-- wall
select wall.show('grants', $$(select wall.service())$$);
select wall.show('reviews', $$(select wall.service())$$);
