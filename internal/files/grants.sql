-- Who does what with the contents of files. The table belongs to songtor_owner.
grant usage on schema files to songtor_store, songtor_query;
grant insert, delete, select (blob, case_id) on files.contents to songtor_store;
grant select on files.contents to songtor_query;

-- What songtor_backup saves.
grant usage on schema files to songtor_backup;
grant select on files.contents to songtor_backup;
