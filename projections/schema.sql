-- Where each projection stands in the log. This schema belongs to the runner; each projection has a schema of its own.
create schema if not exists projections;

grant usage on schema projections to songtor_projector, songtor_query, songtor_statistics;

create table if not exists projections.positions (
	name       text        primary key,
	version    integer     not null,
	position   bigint      not null check (position >= 0),
	updated_at timestamptz not null default now()
);

-- advance moves positions by compare-and-set: two runners that stand at the same place cannot both apply what follows.
create or replace function projections.advance(names text[], versions integer[], olds bigint[], news bigint[]) returns void
language plpgsql as $$
declare
	moved integer;
begin
	update projections.positions p set position = m.new, updated_at = now()
	from unnest(names, versions, olds, news) as m (name, version, old, new)
	where p.name = m.name and p.version = m.version and p.position = m.old;
	get diagnostics moved = row_count;
	if moved <> cardinality(names) then
		raise exception 'another runner moved a position' using errcode = 'SG001';
	end if;
end
$$;

-- faults says why projections stay as they are while the others of their group go on. No row holds anything of a case.
create table if not exists projections.faults (
	name  text        primary key,
	fault text        not null,
	since timestamptz not null default now()
);

grant select, insert, update on projections.positions to songtor_projector;
grant select, insert, update, delete on projections.faults to songtor_projector;
grant select on projections.positions to songtor_query, songtor_statistics;
grant execute on function projections.advance(text[], integer[], bigint[], bigint[]) to songtor_projector;
