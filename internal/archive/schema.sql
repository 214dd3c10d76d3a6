-- The second copy of every message of the log and of the trail, in the order in which they were accepted. What lies here is what lies there:
-- ciphertext, and what a commit carries in clear. songtor_archive adds and reads; it cannot change or take away what it has added.
create schema if not exists archive;

create table if not exists archive.event_archive (
	stream   text   not null,
	position bigint not null check (position > 0),
	subject  text   not null,
	accepted bigint not null, -- when the log took it, in nanoseconds since 1970; its other headers follow from digest and position
	bytes    bytea  not null,
	digest   bytea  not null, -- SHA-256 of bytes
	chain    bytea  not null, -- SHA-256 over the chain of the position before and all of this row
	primary key (stream, position)
);
-- Ciphertext does not shrink: no time is lost in trying, and a usual row stays in one piece.
alter table archive.event_archive alter column bytes set storage external;
alter table archive.event_archive set (toast_tuple_target = 8160);

-- How far each stream has been copied, with the chain up to there.
create table if not exists archive.progress (
	stream   text    primary key,
	position bigint  not null default 0 check (position >= 0),
	chain    bytea   not null default '',
	suspect  boolean not null default false -- the stream was found to differ: the next start compares all of it
);

do $$
begin
	if not exists (select from pg_policy where polrelid = 'archive.event_archive'::regclass) then
		create policy added on archive.event_archive for insert to songtor_archive with check (true);
		create policy compared on archive.event_archive for select to songtor_archive using (true);
		create policy kept on archive.progress to songtor_archive using (true) with check (true);
		create policy renewed on archive.event_archive for delete to songtor_owner using (true);
		create policy sought on archive.event_archive for select to songtor_owner using (true);
		create policy renewed on archive.progress to songtor_owner using (true) with check (true);
	end if;
end
$$;
alter table archive.event_archive enable row level security, force row level security;
alter table archive.progress enable row level security, force row level security;
grant usage on schema archive to songtor_archive;
grant select, insert on archive.event_archive, archive.progress to songtor_archive;
grant update on archive.progress to songtor_archive;
