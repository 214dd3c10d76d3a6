-- Likely duplicates, found without a name: every feature of a person is here as a keyed digest of 16 bytes, equal for equal values and
-- otherwise without meaning. Digests of what has few values (sex, year, language) can be told by how often they occur: the rows are
-- sensitive even so. What is looked up while rows are made has its index here and not at the end.

-- What a screening told of a person. features are marks of 17 bytes: a kind and a digest.
create table persons (
	case_id   uuid   not null,
	screening text   not null,
	features  bytea  not null,
	language  bytea  not null, -- empty where unknown
	position  bigint not null,
	primary key (case_id, screening)
);

-- The features by which two cases can meet.
create table tokens (
	token   bytea not null,
	case_id uuid  not null,
	kind    text  not null,
	primary key (token, case_id)
);

-- The language in which to speak to the person.
create table languages (
	case_id uuid  not null primary key,
	token   bytea not null
);

-- Pairs that may be one person; case_a < case_b. Whether somebody settled the question is in settled.
create table proposals (
	case_a   uuid   not null,
	case_b   uuid   not null,
	score    bigint not null,
	evidence jsonb  not null, -- the kinds that agree and those that differ
	position bigint not null, -- of the later of the two commits that told what is compared
	primary key (case_a, case_b)
);
create index proposals_by_b on proposals (case_b);

-- What somebody who worked on case_id said of another case.
create table settled (
	case_id  uuid   not null,
	other    uuid   not null,
	state    text   not null, -- linked, refused
	link     text   not null, -- empty where refused
	who      text   not null, -- account
	position bigint not null,
	primary key (case_id, other)
);
create index settled_by_other on settled (other);

-- The agency responsible for each case, and who may not know of it: digests with a space between.
create table agencies (
	case_id  uuid not null primary key,
	agency   text not null,
	excluded text not null
);

-- indexes
create index proposals_in_order on proposals (score desc, position desc, case_a, case_b);
create index languages_by_token on languages (token, case_id);
create index agencies_by_agency on agencies (agency, case_id);

-- wall: whether a case is seen is looked up for the rows that are read, each by its key. Without "offset 0" it would be found out for all
-- cases at once, and again for every condition, before the first row is shown. And beside a null, which coalesce avoids, wall.hides would
-- be asked for every row.
select wall.keep('persons');
select wall.keep('tokens');
select wall.show('agencies', $$wall.admits(excluded, (select wall.tokens())) and ((select wall.everywhere())
	or agency = any ((select wall.agencies())::text[]) or case_id = (select wall.opened()))$$);
select wall.show('languages', $$exists (select from agencies a where a.case_id = languages.case_id offset 0)$$);
-- A pair shows both its cases. Beside a case that is opened the other one need not be in the scope of the viewer, of whom a decision is
-- still asked, but must not be hidden.
select wall.show('proposals', $$
	exists (select from agencies a where a.case_id = case_a offset 0) and exists (select from agencies b where b.case_id = case_b offset 0)
	or coalesce(case_a = (select wall.opened()), false) and not wall.hides(case_b)
	or coalesce(case_b = (select wall.opened()), false) and not wall.hides(case_a)$$);
select wall.show('settled', $$
	exists (select from agencies a where a.case_id = settled.case_id offset 0) and exists (select from agencies b where b.case_id = other offset 0)
	or coalesce(case_id = (select wall.opened()), false) and not wall.hides(other)
	or coalesce(other = (select wall.opened()), false) and not wall.hides(case_id)$$);
