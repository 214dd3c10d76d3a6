-- +goose Up

-- songtor_store adds contents and removes those of a case, and cannot read them: songtor_query reads those of the one case that a
-- decision has opened.
alter table files.contents enable row level security, force row level security;
create policy kept on files.contents to songtor_store using (true) with check (true);
create policy shown on files.contents for select to songtor_query using (case_id = (select wall.opened()));
