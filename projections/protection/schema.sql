-- What protection shows beside what every stage shows.
alter table cases add column services bigint not null default 0;   -- asked for and not yet delivered
alter table cases add column claims bigint not null default 0;     -- for compensation or from a fund, not at their last step
alter table cases add column plan_missing boolean not null default false;
alter table cases add column review_at timestamptz;                -- the first date set for looking at plan, risk or person again
alter table cases add column period_ends_at timestamptz;           -- the first of the periods that run

-- indexes
create index cases_by_queue on cases (ended, rank, since, case_id, province, status, known_from);
create index cases_of_agency_by_queue on cases (agency, ended, rank, since, case_id, province);
create index cases_to_take on cases (agency, rank, since, case_id) where assignee = '' and not ended;
create index past_by_queue on past (node, ended, rank, since, case_id, known_from, known_until, agency, province);
