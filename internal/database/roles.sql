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
