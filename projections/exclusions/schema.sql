-- Under which digests a case names those who may not know of it.
create table cases (
	case_id uuid not null,
	token   text collate "C" not null,
	primary key (case_id, token)
);

-- indexes
create index cases_by_token on cases (token);

-- wall
select wall.keep('cases');
create policy asked on cases for select to songtor_owner using (true); -- by wall.hides and wall.named alone
