-- Songtor's roles. Each part of the service logs in as one of them and may do what that part does. Running this again changes nothing.
--
-- They have no passwords: set one for each role that may log in, or grant the roles to the one login that Songtor is given.

do $$
declare
	name text;
begin
	foreach name in array array['songtor_owner', 'songtor_migrate', 'songtor_projector', 'songtor_query', 'songtor_audit',
		'songtor_identity', 'songtor_store', 'songtor_statistics', 'songtor_keys', 'songtor_backup', 'songtor_archive'] loop
		if not exists (select from pg_catalog.pg_roles where rolname = name) then
			execute pg_catalog.format('create role %I', name);
		end if;
		-- What nobody has, a superuser among them: no role passes over row-level security.
		execute pg_catalog.format('alter role %I nosuperuser nobypassrls nocreatedb nocreaterole noreplication', name);
		execute pg_catalog.format('alter role %I %s', name, case name when 'songtor_owner' then 'nologin' else 'login' end);
	end loop;
end
$$;

-- The owner of everything is nobody's login; migrations are made in its name.
grant songtor_owner to songtor_migrate;

-- What people read: short, and without writing.
alter role songtor_query set statement_timeout = '5s';
alter role songtor_query set idle_in_transaction_session_timeout = '10s';
alter role songtor_query set lock_timeout = '2s';
alter role songtor_query set default_transaction_read_only = on;

-- Small writes of one row or a few; a file's contents are the largest.
alter role songtor_audit set statement_timeout = '10s';
alter role songtor_audit set idle_in_transaction_session_timeout = '10s';
alter role songtor_audit set lock_timeout = '5s';
alter role songtor_identity set statement_timeout = '5s';
alter role songtor_identity set idle_in_transaction_session_timeout = '10s';
alter role songtor_identity set lock_timeout = '5s';
alter role songtor_store set statement_timeout = '10s';
alter role songtor_store set idle_in_transaction_session_timeout = '10s';
alter role songtor_store set lock_timeout = '5s';
alter role songtor_keys set statement_timeout = '60s';
alter role songtor_keys set idle_in_transaction_session_timeout = '60s';

-- Batches of the log and counts of a half-year. A rebuild, as songtor_migrate, takes as long as it takes.
alter role songtor_projector set statement_timeout = '60s';
alter role songtor_projector set idle_in_transaction_session_timeout = '60s';
alter role songtor_projector set lock_timeout = '10s';
alter role songtor_archive set statement_timeout = '60s';
alter role songtor_archive set idle_in_transaction_session_timeout = '60s';
alter role songtor_archive set lock_timeout = '10s';
alter role songtor_statistics set statement_timeout = '60s';
alter role songtor_statistics set idle_in_transaction_session_timeout = '10s';
alter role songtor_statistics set lock_timeout = '10s';

-- What is nowhere but in the database, read from end to end for a backup, and without writing.
alter role songtor_backup set default_transaction_read_only = on;
alter role songtor_backup set idle_in_transaction_session_timeout = '10min';
alter role songtor_backup set lock_timeout = '10s';

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
