-- What songtor_identity does with accounts and sessions. The tables belong to songtor_owner.
grant usage on schema identity to songtor_identity;
grant select, insert, update, delete on all tables in schema identity to songtor_identity;
revoke all on identity.migration from songtor_identity;

-- What songtor_backup saves: what has an end by itself within minutes, such as sessions, is none of it.
grant usage on schema identity to songtor_backup;
grant select on identity.account, identity.code_secret, identity.recovery_code, identity.passkey, identity.invitation, identity.grant_request,
	identity.administration, identity.device, identity.subject to songtor_backup;
