-- Lists are read by time of creation: a filter by time is a range of the index.
DROP INDEX jobs_by_owner;
CREATE INDEX jobs_by_owner ON jobs (owner, created);
