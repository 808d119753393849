package listing

import (
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"time"

	"claimcheck/internal/store/protocol"
)

// A cursor is the id and the milliseconds of a job, 24 bytes. Those of releases
// before had the id alone, whose first 48 bits are milliseconds too.
const cursorBytes = 24

// Cursor is the text of a position; empty for none.
func Cursor(at protocol.Cursor) string {
	if at == (protocol.Cursor{}) {
		return ""
	}
	b := binary.BigEndian.AppendUint64(at.ID[:], uint64(at.Created.UnixMilli()))
	return base64.RawURLEncoding.EncodeToString(b)
}

// ReadCursor reads the text of a position.
func ReadCursor(text string) (at protocol.Cursor, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != cursorBytes && len(b) != len(at.ID) {
		return at, false
	}
	copy(at.ID[:], b)
	ms := at.ID.Seq() >> 12
	if len(b) == cursorBytes {
		ms = int64(binary.BigEndian.Uint64(b[len(at.ID):])) //nolint:gosec // the same bits
	}
	at.Created = time.UnixMilli(ms)
	return at, true
}

// feedBytes is how long the position in a feed is.
const feedBytes = 8

// FeedCursor is the text of a position in a feed.
func FeedCursor(finish int64) string {
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, uint64(finish))) //nolint:gosec // the same bits
}

// Feed reads the query of a feed: the filters of lists, but for those by time of
// creation. begin says that it has no cursor.
func Feed(q url.Values) (f protocol.Filter, begin bool, err error) {
	rest := url.Values{}
	for name, values := range q {
		switch name {
		case "feed", "cursor":
			if len(values) != 1 {
				return f, false, bad(name, "must be given once")
			}
		case "created_after", "created_before", "ids":
			return f, false, bad(name, "is no filter of a feed, whose jobs come in the order of their ends")
		case "view":
		default:
			rest[name] = values
		}
	}
	if q.Get("feed") != "1" {
		return f, false, bad("feed", "must be 1")
	}
	if f, err = FromQuery(rest); err != nil {
		return f, false, err
	}
	if !q.Has("cursor") {
		return f, true, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(q.Get("cursor"))
	if err != nil || len(b) != feedBytes {
		return f, false, bad("cursor", "must be the next_cursor of an earlier answer of a feed")
	}
	f.Before.Finish = int64(binary.BigEndian.Uint64(b)) //nolint:gosec // the same bits
	return f, false, nil
}
