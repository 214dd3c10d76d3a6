-- What identification shows beside what every stage shows. Its queue is sorted by due date, for which every stage has indexes.
alter table cases add column period_ends_at timestamptz;               -- the first of the periods that run
alter table cases add column period_paused boolean not null default false;
alter table cases add column findings_due bigint not null default 0;   -- members of the team who have yet to give their finding
alter table cases add column reassessing boolean not null default false;

-- indexes
create index cases_to_take on cases (agency, due_at, since, case_id) where assignee = '' and not ended;
