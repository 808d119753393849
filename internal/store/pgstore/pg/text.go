package pg

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
)

// A text of PostgreSQL has neither NUL nor bytes that are no UTF-8. Those are
// written as escape and two hexadecimal digits, and so is the escape itself.
const escape = '\x01'

const hexDigits = "0123456789abcdef"

// Enc gives a string the form in which it is kept.
func Enc(s string) string {
	if strings.IndexByte(s, 0) < 0 && strings.IndexByte(s, escape) < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == 0 || r == escape || r == utf8.RuneError && n == 1 {
			c := s[0]
			b.WriteByte(escape)
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// Dec is the reverse of Enc.
func Dec(s string) string {
	i := strings.IndexByte(s, escape)
	if i < 0 {
		return s
	}
	b := append([]byte(nil), s[:i]...)
	for ; i < len(s); i++ {
		if s[i] == escape && i+2 < len(s) {
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		} else {
			b = append(b, s[i])
		}
	}
	return string(b)
}

func unhex(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}

// EncAll is Enc of each.
func EncAll(list []string) []string {
	all := make([]string, len(list))
	for i, s := range list {
		all[i] = Enc(s)
	}
	return all
}

// UUID is an id as a parameter.
func UUID(id job.ID) pgtype.UUID { return pgtype.UUID{Bytes: id, Valid: true} }

// UUIDOrNull is NULL for the zero id.
func UUIDOrNull(id job.ID) pgtype.UUID { return pgtype.UUID{Bytes: id, Valid: id != job.ID{}} }

// UUIDs are ids as a parameter.
func UUIDs(ids []job.ID) []pgtype.UUID {
	all := make([]pgtype.UUID, len(ids))
	for i, id := range ids {
		all[i] = UUID(id)
	}
	return all
}

// Blob binds bytes, empty ones too: nil would be NULL.
func Blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// BlobOrNull binds NULL for no bytes.
func BlobOrNull(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// BytesOrNil is how bytes are read: nil for none.
func BytesOrNil(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// IDAt returns the lowest id that a job made at a time can have: that of the
// first job of its millisecond. Rows without a job are kept under it, so that
// they are in the partition of their time.
func IDAt(t time.Time) (id job.ID) {
	ms := record.Milli(t)
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i))) //nolint:gosec // the low 48 bits, as RFC 9562 has them
	}
	id[6], id[8] = 0x70, 0x80
	return id
}
