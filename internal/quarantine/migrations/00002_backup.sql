-- +goose Up

-- songtor_backup reads the forms, all of them sealed, to save them.
create policy saved on quarantine.form for select to songtor_backup using (true);
