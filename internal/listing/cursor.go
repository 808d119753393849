package listing

import (
	"encoding/base64"
	"encoding/binary"
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
