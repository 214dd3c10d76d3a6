-- What songtor_store does with what people have set for themselves. The tables belong to songtor_owner.
grant usage on schema preferences to songtor_store;
grant select, insert, update, delete on preferences.filter, preferences.taking to songtor_store;

-- What songtor_backup saves.
grant usage on schema preferences to songtor_backup;
grant select on preferences.filter, preferences.taking to songtor_backup;
