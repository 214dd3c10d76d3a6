-- +goose Up

-- The keys for medical and for legal matters are made when the first such thing is sealed, as that for the place of shelter is.
alter table case_keys add column medical bytea;
alter table case_keys add column legal bytea;
alter table case_keys drop constraint no_location_in_a_tombstone;
alter table case_keys add constraint nothing_in_a_tombstone check (destroyed_at is null or num_nonnulls(location, medical, legal) = 0);
