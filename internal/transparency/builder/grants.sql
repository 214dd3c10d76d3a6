-- What songtor_store does with the trees. The tables belong to songtor_owner, and nothing in them is of a case but its digests.
grant usage on schema tree to songtor_store;
grant select, insert, update on tree.trees, tree.checkpoints to songtor_store;
grant select, insert on tree.hashes to songtor_store;
