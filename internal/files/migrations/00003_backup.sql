-- +goose Up

-- songtor_backup reads the contents, all of them sealed, to save them.
create policy saved on files.contents for select to songtor_backup using (true);
