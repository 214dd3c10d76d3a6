-- The database of the read models, of accounts, files and published statistics: who may come in, and who may make something in it.
-- Running this again changes nothing.

do $$
declare
	here constant text := pg_catalog.quote_ident(pg_catalog.current_database());
begin
	execute 'revoke all on database ' || here || ' from public';
	execute 'grant connect on database ' || here || ' to songtor_migrate, songtor_projector, songtor_query, songtor_audit, '
		'songtor_identity, songtor_store, songtor_statistics, songtor_backup, songtor_archive';
	execute 'grant create, temporary on database ' || here || ' to songtor_owner';
end
$$;

revoke all on schema public from public;
alter default privileges for role songtor_owner revoke execute on functions from public;

-- An index serves a condition behind a policy only where its functions give nothing of a row away by failing. These two do not, for text,
-- and PostgreSQL does not say so: the search by kind of task would read every row. Only a superuser may say it; without, it is slower.
do $$
begin
	alter function pg_catalog.arraycontains(anyarray, anyarray) leakproof;
	alter function pg_catalog.string_to_array(text, text) leakproof;
exception when insufficient_privilege then
	null;
end
$$;

-- What an earlier version made under another name belongs to the owner from now on.
do $$
declare
	thing record;
begin
	for thing in select nspname from pg_catalog.pg_namespace
		where nspname !~ '^pg_' and nspname not in ('public', 'information_schema') and nspowner <> 'songtor_owner'::pg_catalog.regrole loop
		execute pg_catalog.format('alter schema %I owner to songtor_owner', thing.nspname);
	end loop;
	for thing in select c.oid::pg_catalog.regclass as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
		where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
			and c.relowner <> 'songtor_owner'::pg_catalog.regrole
			-- a sequence of a column goes with its table
			and not (c.relkind = 'S' and exists (select from pg_catalog.pg_depend d
				where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype in ('a', 'i'))) loop
		execute pg_catalog.format('alter table %s owner to songtor_owner', thing.name);
	end loop;
	for thing in select p.oid::pg_catalog.regprocedure as name from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
		where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and p.proowner <> 'songtor_owner'::pg_catalog.regrole loop
		execute pg_catalog.format('alter routine %s owner to songtor_owner', thing.name);
		execute pg_catalog.format('revoke execute on routine %s from public', thing.name);
	end loop;
end
$$;
