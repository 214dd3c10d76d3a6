-- +goose Up

create policy saved on preferences.taking for select to songtor_backup using (true);
