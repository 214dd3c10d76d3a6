-- What songtor_identity does with accounts and sessions. The tables belong to songtor_owner.
grant usage on schema identity to songtor_identity;
grant select, insert, update, delete on all tables in schema identity to songtor_identity;
revoke all on identity.migration from songtor_identity;
