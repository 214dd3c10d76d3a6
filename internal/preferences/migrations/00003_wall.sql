-- +goose Up

-- Which case somebody was about to be given is nobody's to read but the role's that keeps it.
alter table preferences.taking enable row level security, force row level security;
create policy kept on preferences.taking to songtor_store using (true) with check (true);
