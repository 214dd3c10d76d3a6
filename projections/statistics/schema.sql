-- One row a case, for counting. The rows are sensitive even so: only those who build a release read them, and nothing but what a
-- release publishes leaves this schema. pseudonym is a keyed digest, so that a row cannot be joined to a case.
create table persons (
	pseudonym bytea not null primary key,
	facts     jsonb not null -- Person
);

-- indexes

-- wall
select wall.lend('persons', 'songtor_statistics'); -- who builds releases
