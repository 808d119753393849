-- When a final job's input goes before the job does; NULL: with it. A job whose input
-- is gone has 4 in input_file.
ALTER TABLE jobs ADD COLUMN input_until INTEGER;
CREATE INDEX jobs_inputs ON jobs (input_until) WHERE input_until IS NOT NULL;
