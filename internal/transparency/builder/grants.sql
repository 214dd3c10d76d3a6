-- What songtor_store does with the trees. The tables belong to songtor_owner, and nothing in them is of a case but its digests. Nothing is
-- ever taken away, and what is signed stays as it was, but for the cosignatures that come to it.
grant usage on schema tree to songtor_store;
grant select, insert on tree.hashes to songtor_store;
grant select, insert, update (size) on tree.trees to songtor_store;
grant select, insert, update (note, cosignatures, cosigned_at) on tree.checkpoints to songtor_store;

-- What songtor_backup saves.
grant usage on schema tree to songtor_backup;
grant select on tree.checkpoints to songtor_backup;
