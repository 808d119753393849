-- When a final job's input goes before the job does; NULL: with it. A job whose input
-- is gone has 4 in input_where.
ALTER TABLE claimcheck.jobs ADD COLUMN input_until bigint;
CREATE INDEX jobs_inputs ON claimcheck.jobs (input_until) WHERE input_until IS NOT NULL;
