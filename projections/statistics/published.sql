-- What has been published stays as it was: this schema is no projection's, is never rebuilt and knows no update.
create schema if not exists published;

create table if not exists published.releases (
	period       text        primary key,
	published_at timestamptz not null,
	release      jsonb       not null
);

grant usage on schema published to songtor_query, songtor_statistics;
grant select on published.releases to songtor_query, songtor_statistics;
grant insert on published.releases to songtor_statistics;
