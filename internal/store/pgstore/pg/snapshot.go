package pg

import (
	"fmt"
	"strconv"
	"strings"
)

// A mark is what a transaction that writes reads of itself, in markColumns.
type mark struct {
	tx       int64  // its number
	snapshot string // who had ended when it was taken
	copied   bool   // commits wait for a copy
}

const (
	sqlCopied   = "(current_setting('synchronous_standby_names') <> '' AND current_setting('synchronous_commit') NOT IN ('off', 'local'))"
	markColumns = "tx, pg_current_snapshot()::text, " + sqlCopied
)

func (m *mark) into() []any { return []any{&m.tx, &m.snapshot, &m.copied} }

// A snapshot is what PostgreSQL calls by this name: which transactions had ended
// when it was taken.
type snapshot struct {
	all    int64          // all below this one had, without exception
	below  int64          // all of these had, but
	except map[int64]bool // these had not
}

// parseSnapshot reads the text of pg_current_snapshot, xmin:xmax:xip,xip…: all
// below xmin had ended, none from xmax on, and between them all but those listed.
func parseSnapshot(text string) (s snapshot, err error) {
	fields := strings.Split(text, ":")
	if len(fields) != 3 {
		return s, fmt.Errorf("a snapshot is %q", text)
	}
	if s.all, err = strconv.ParseInt(fields[0], 10, 64); err != nil {
		return s, fmt.Errorf("a snapshot is %q", text)
	}
	if s.below, err = strconv.ParseInt(fields[1], 10, 64); err != nil {
		return s, fmt.Errorf("a snapshot is %q", text)
	}
	s.except = map[int64]bool{}
	for one := range strings.SplitSeq(fields[2], ",") {
		if one == "" {
			continue
		}
		tx, err := strconv.ParseInt(one, 10, 64)
		if err != nil {
			return s, fmt.Errorf("a snapshot is %q", text)
		}
		s.except[tx] = true
	}
	return s, nil
}

// had reports whether a transaction had ended, whose number is known as rows have
// it: its last 32 bits. It was at most 2³¹ transactions ago; one of which that is
// not true, of a row that nobody has touched since, may be taken for a later one.
func (s *snapshot) had(tx uint32) bool {
	behind := int32(tx - uint32(s.below)) //nolint:gosec // modulo 2³², as PostgreSQL compares them
	return behind < 0 && !s.except[s.below+int64(behind)]
}
