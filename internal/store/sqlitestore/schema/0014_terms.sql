-- What the client asked for beside the work (job.Terms, as JSON); NULL for nothing.
ALTER TABLE jobs ADD COLUMN terms BLOB;
