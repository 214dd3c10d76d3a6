-- +goose Up

-- The key for the place where a person has shelter is made when the first such place is sealed: few cases have one.
alter table case_keys add column location bytea;
alter table case_keys add constraint no_location_in_a_tombstone check (destroyed_at is null or location is null);
