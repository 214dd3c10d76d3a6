-- What the policies of all rooms ask about the viewer, and how a room puts a table behind them. Owned by songtor_owner; run at every start.
-- A setting that is missing gives nothing, null or an empty array, and a policy that meets null shows no row.

create schema if not exists wall;
grant usage on schema wall to songtor_query, songtor_projector, songtor_audit, songtor_store, songtor_statistics;

create or replace function wall.service() returns boolean language sql stable parallel safe
as $$ select coalesce(current_setting('songtor.scope', true) = 'service', false) $$;

create or replace function wall.everywhere() returns boolean language sql stable parallel safe
as $$ select coalesce(current_setting('songtor.scope', true) in ('everywhere', 'service'), false) $$;

create or replace function wall.agencies() returns text[] language sql stable parallel safe
as $$ select string_to_array(current_setting('songtor.agencies', true), ',') $$;

create or replace function wall.tokens() returns text[] language sql stable parallel safe
as $$ select string_to_array(current_setting('songtor.tokens', true), ',') $$;

-- admits tells from a row whether its case names one of the viewer's tokens; excluded holds those that it names with a space between.
create or replace function wall.admits(excluded text, tokens text[]) returns boolean language sql immutable parallel safe
as $$ select excluded = '' or not string_to_array(excluded, ' ') && tokens $$;

-- likely is the condition, weighed as one that holds for nearly every row. What a setting says is not known when a query is planned, so
-- half of the rows would be taken to be left out; and where a page seems to need twice the rows, an order is given up for a sort of
-- everything. Null is false.
create or replace function wall.likely(condition boolean) returns boolean language sql immutable parallel safe
as $$ select nullif(condition, false) is not null $$;

-- hides tells of one case whether it names the viewer. It looks where the viewer may not, and answers for a case that the asker can
-- name: it lists none. Its body is a text, so that the rebuild of the table it reads leaves it alone.
create or replace function wall.hides(asked uuid) returns boolean language plpgsql stable parallel safe security definer set search_path = ''
as $$
begin
	return exists (select from exclusions.cases x
		where x.case_id = asked and x.token = any (string_to_array(current_setting('songtor.tokens', true), ',')));
end
$$;

-- named tells whether any case names the viewer, so that nobody whom none names pays for hides.
create or replace function wall.named() returns boolean language plpgsql stable parallel safe security definer set search_path = ''
as $$
begin
	return exists (select from exclusions.cases x where x.token = any (string_to_array(current_setting('songtor.tokens', true), ',')));
end
$$;

create or replace function wall.opened() returns uuid language plpgsql stable parallel safe
as $$
declare
	asked constant uuid := nullif(current_setting('songtor.case', true), '')::uuid;
begin
	if asked is null or wall.hides(asked) then
		return null;
	end if;
	return asked;
end
$$;

grant execute on function wall.service(), wall.everywhere(), wall.agencies(), wall.tokens(), wall.admits(text, text[]),
	wall.likely(boolean), wall.hides(uuid), wall.named(), wall.opened()
	to songtor_query;

-- keep puts a table behind the wall: the projector writes it, and nobody else has anything to do with it.
create or replace function wall.keep(target regclass) returns void language plpgsql
as $$
declare
	room constant text := (select relnamespace::regnamespace from pg_class where oid = target);
begin
	execute format('grant usage on schema %s to songtor_projector', room);
	execute format('grant select, insert, update, delete on %s to songtor_projector', target);
	execute format('create policy written on %s to songtor_projector using (true) with check (true)', target);
	execute format('alter table %s enable row level security, force row level security', target);
end
$$;

-- show keeps a table and shows of it what a condition lets through to who asks as songtor_query.
create or replace function wall.show(target regclass, condition text) returns void language plpgsql
as $$
declare
	room constant text := (select relnamespace::regnamespace from pg_class where oid = target);
begin
	perform wall.keep(target);
	execute format('grant usage on schema %s to songtor_query', room);
	execute format('grant select on %s to songtor_query', target);
	execute format('create policy shown on %s for select to songtor_query using (%s)', target, condition);
end
$$;

-- lend keeps a table and lets one other role read all of it.
create or replace function wall.lend(target regclass, reader name) returns void language plpgsql
as $$
declare
	room constant text := (select relnamespace::regnamespace from pg_class where oid = target);
begin
	perform wall.keep(target);
	execute format('grant usage on schema %s to %I', room, reader);
	execute format('grant select on %s to %I', target, reader);
	execute format('create policy lent on %s for select to %I using (true)', target, reader);
end
$$;
