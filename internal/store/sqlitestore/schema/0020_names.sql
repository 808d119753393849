-- What those who save an output are told that it is called, empty for its own name;
-- and whether its job goes once it was read.
ALTER TABLE outputs ADD COLUMN filename TEXT NOT NULL DEFAULT '';
ALTER TABLE outputs ADD COLUMN on_read INTEGER NOT NULL DEFAULT 0;
