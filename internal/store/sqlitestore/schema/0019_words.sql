-- What attempts say while they run, in parts (record.WordPart). A job that says
-- nothing has no row; lost_lines and lost_bytes of a job's last part are what was not
-- kept of all that it has said.
CREATE TABLE words (
	seq        INTEGER NOT NULL,
	n          INTEGER NOT NULL,
	last       INTEGER NOT NULL,
	size       INTEGER NOT NULL,
	lines      INTEGER NOT NULL,
	lost_lines INTEGER NOT NULL,
	lost_bytes INTEGER NOT NULL,
	data       BLOB    NOT NULL,
	PRIMARY KEY (seq, n)
) STRICT;
CREATE TRIGGER words_gone AFTER DELETE ON jobs BEGIN
	DELETE FROM words WHERE seq = OLD.seq;
END;

-- What the current attempt has said last of what it does.
ALTER TABLE ready ADD COLUMN message TEXT NOT NULL DEFAULT '';
