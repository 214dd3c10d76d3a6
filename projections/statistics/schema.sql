-- One row a person, for counting. The rows are sensitive even so: only publish.go counts them, and nothing but what it has
-- published leaves this schema. pseudonym and screening are keyed digests, so that a row cannot be joined to a case.
create table persons (
	pseudonym         bytea not null primary key,
	screening         bytea not null, -- of the screening that was counted
	period            text  not null, -- month in which that screening was held, in Thailand, as 2026-03
	region            text  not null,
	sex               text  not null,
	age_band          text  not null,
	nationality_group text  not null,
	exploitation      text  not null,
	disability        text  not null,
	reached           text  not null  -- the furthest stage
);

-- indexes
create index persons_by_period on persons (period);

-- wall
select wall.lend('persons', 'songtor_statistics'); -- who publishes counts of them
