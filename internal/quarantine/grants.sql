-- Who does what with the forms in quarantine. The table belongs to songtor_owner. Nothing is ever deleted: what was decided stays.
grant usage on schema quarantine to songtor_store;
grant select, insert, update on quarantine.form to songtor_store;

-- What songtor_backup saves.
grant usage on schema quarantine to songtor_backup;
grant select on quarantine.form to songtor_backup;
