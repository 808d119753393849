-- How an upload stands that arrives in parts (job.Resume); empty for one that
-- comes at once.
ALTER TABLE uploads ADD COLUMN resume TEXT NOT NULL DEFAULT '';
