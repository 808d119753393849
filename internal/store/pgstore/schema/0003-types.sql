-- The Content-Type of inputs and uploads, empty if none is known.
ALTER TABLE claimcheck.jobs ADD COLUMN input_type text NOT NULL DEFAULT '';
ALTER TABLE claimcheck.uploads ADD COLUMN content_type text NOT NULL DEFAULT '';
