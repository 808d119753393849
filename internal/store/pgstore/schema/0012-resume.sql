-- How an upload stands that arrives in parts (job.Resume); empty for one that
-- comes at once.
ALTER TABLE claimcheck.uploads ADD COLUMN resume text NOT NULL DEFAULT '';
