package job

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"sync"
	"time"

	"claimcheck/internal/fault"
)

// An ID names a job for ever. It is a UUID of version 7 (RFC 9562 section
// 6.2, method 1): 48 bits of Unix milliseconds, 12 bits of a counter, 62
// random bits so that it cannot be guessed. Ids of one [IDSource] grow.
type ID [16]byte

// idTextLen is the length of an id as text, 8-4-4-4-12.
const idTextLen = 36

// ParseID reads an id written as 8-4-4-4-12 hexadecimal digits, in either
// case, of any UUID version. Anything else is Invalid with code
// INVALID_JOB_ID.
func ParseID(s string) (ID, error) {
	id, ok := parseID(s)
	if !ok {
		return ID{}, invalidID(s)
	}
	return id, nil
}

func invalidID(s string) error {
	if s == "" {
		return fault.New(fault.Invalid, "INVALID_JOB_ID", "job_id is required")
	}
	return fault.New(fault.Invalid, "INVALID_JOB_ID",
		"job_id must be a UUID, 32 hexadecimal digits written as 8-4-4-4-12")
}

func parseID(s string) (id ID, ok bool) {
	if len(s) != idTextLen || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, false
	}
	n := 0
	for i := 0; i < idTextLen; {
		if s[i] == '-' && (i == 8 || i == 13 || i == 18 || i == 23) {
			i++
			continue
		}
		hi, lo := nibble(s[i]), nibble(s[i+1])
		if hi > 15 || lo > 15 {
			return id, false
		}
		id[n] = hi<<4 | lo
		n++
		i += 2
	}
	return id, true
}

func nibble(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

// String writes the id as 8-4-4-4-12 lower-case hexadecimal digits.
func (id ID) String() string { return string(id.AppendText(make([]byte, 0, idTextLen))) }

// AppendText appends what String returns to b.
func (id ID) AppendText(b []byte) []byte {
	b = hex.AppendEncode(b, id[0:4])
	b = append(b, '-')
	b = hex.AppendEncode(b, id[4:6])
	b = append(b, '-')
	b = hex.AppendEncode(b, id[6:8])
	b = append(b, '-')
	b = hex.AppendEncode(b, id[8:10])
	b = append(b, '-')
	return hex.AppendEncode(b, id[10:16])
}

// Seq returns the id's first 64 bits without the version: milliseconds and
// counter, 60 bits, so that it is a positive number that grows in the order of
// creation. Two ids of one [IDSource] never share it; a store may use it as
// its primary key as long as it compares the whole id as well.
func (id ID) Seq() int64 {
	hi := binary.BigEndian.Uint64(id[:8])
	return int64(hi>>16<<12 | hi&0xfff) //nolint:gosec // 60 bits fit
}

// An IDSource makes ids that grow, also when the clock goes back and when more
// than 4,096 are asked for in a millisecond. It is safe for concurrent use.
type IDSource struct {
	now    func() time.Time
	random io.Reader

	mu   sync.Mutex // guards the field below
	last int64      // the Seq last given out
}

// NewIDSource returns a source whose ids come after the Seq last; random is
// read for 8 bytes an id and must be unpredictable (crypto/rand.Reader).
func NewIDSource(now func() time.Time, random io.Reader, last int64) *IDSource {
	return &IDSource{now: now, random: random, last: last}
}

// New returns the next id. It panics if the source of randomness fails, which
// crypto/rand's never does.
func (s *IDSource) New() ID {
	var id ID
	if _, err := io.ReadFull(s.random, id[8:]); err != nil {
		panic("job: no randomness: " + err.Error())
	}
	s.mu.Lock()
	seq := max(s.now().UnixMilli()<<12, s.last+1)
	s.last = seq
	s.mu.Unlock()
	u := uint64(seq)
	binary.BigEndian.PutUint64(id[:8], u>>12<<16|0x7000|u&0xfff)
	id[8] = id[8]&0x3f | 0x80 // RFC 9562 variant
	return id
}
