-- The database of the wrapped keys: songtor_keys alone comes in, and everything in it is its own. It lies apart from the read models so
-- that no one dump holds both what is sealed and what opens it. Running this again changes nothing.

do $$
declare
	here constant text := pg_catalog.quote_ident(pg_catalog.current_database());
begin
	execute 'revoke all on database ' || here || ' from public';
	execute 'grant connect on database ' || here || ' to songtor_keys';
end
$$;

revoke all on schema public from public;
grant usage, create on schema public to songtor_keys;
alter default privileges for role songtor_keys revoke execute on functions from public;

-- What an earlier version made under another name is songtor_keys' from now on.
do $$
declare
	thing record;
begin
	for thing in select c.oid::pg_catalog.regclass as name from pg_catalog.pg_class c
		where c.relnamespace = 'public'::pg_catalog.regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
			and c.relowner <> 'songtor_keys'::pg_catalog.regrole
			and not (c.relkind = 'S' and exists (select from pg_catalog.pg_depend d
				where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype in ('a', 'i'))) loop
		execute pg_catalog.format('alter table %s owner to songtor_keys', thing.name);
	end loop;
end
$$;
