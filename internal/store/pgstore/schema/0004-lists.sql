-- Lists are read by time of creation: a filter by time is a range of the index.
DROP INDEX claimcheck.jobs_by_owner;
CREATE INDEX jobs_by_owner ON claimcheck.jobs (owner, created, id);
