-- +goose Up

-- When the device last handed a finished form in: one that has been silent for long may hold forms that nobody has.
alter table identity.device add column sent_at timestamptz;
