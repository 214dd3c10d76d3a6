-- What first contact shows beside what every stage shows.
alter table cases add column referrals bigint not null default 0; -- referrals and requests that wait for an answer

-- indexes
create index cases_by_queue on cases (ended, rank, since, case_id, province, status, known_from);
create index cases_of_agency_by_queue on cases (agency, ended, rank, since, case_id, province);
create index cases_to_take on cases (agency, rank, since, case_id) where assignee = '' and not ended;
create index past_by_queue on past (node, ended, rank, since, case_id, known_from, known_until, agency, province);
