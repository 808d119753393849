-- The Content-Type of inputs and uploads, empty if none is known.
ALTER TABLE jobs ADD COLUMN input_type TEXT NOT NULL DEFAULT '';
ALTER TABLE uploads ADD COLUMN content_type TEXT NOT NULL DEFAULT '';
