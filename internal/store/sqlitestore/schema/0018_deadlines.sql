-- When a job ends by itself if it still stands as it does, 0 for never.
ALTER TABLE ready ADD COLUMN end_by INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ready_ending ON ready (end_by) WHERE end_by > 0;
