-- What those who save an output are told that it is called, empty for its own name;
-- and whether its job goes once it was read.
ALTER TABLE claimcheck.outputs ADD COLUMN filename text NOT NULL DEFAULT '';
ALTER TABLE claimcheck.outputs ADD COLUMN on_read boolean NOT NULL DEFAULT false;
