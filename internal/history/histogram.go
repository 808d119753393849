package history

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"time"
)

// The buckets of a Histogram: each power of two is split into 1<<fine of them, so
// that the middle of one is at most 1/32 (3.2 %) from every value that is counted in
// it. What is below 2<<fine is counted exactly; what is above maxValue, as that.
const (
	fine     = 4
	maxBits  = 42 // 2^42 µs are 50 days
	maxValue = 1<<maxBits - 1
	buckets  = (maxBits - fine + 1) << fine
)

// A Histogram counts values, of which it can tell percentiles. Values are whole
// numbers from 0; of times, microseconds. The zero value has counted nothing.
type Histogram struct {
	counts []int64 // by bucket, no longer than needed
}

// bucketOf is where a value is counted.
func bucketOf(v int64) int {
	v = min(max(v, 0), maxValue)
	if v < 1<<fine {
		return int(v)
	}
	octave := bits.Len64(uint64(v)) - 1 - fine
	return (octave+1)<<fine + int(v>>octave) - 1<<fine
}

// middleOf is what stands for the values of a bucket.
func middleOf(bucket int) int64 {
	if bucket < 1<<fine {
		return int64(bucket)
	}
	octave := bucket>>fine - 1
	low := int64(bucket&(1<<fine-1)+1<<fine) << octave
	return low + (1<<octave-1)/2
}

// Count counts a value.
func (h *Histogram) Count(v int64) { h.add(bucketOf(v), 1) }

// CountTime counts a time.
func (h *Histogram) CountTime(d time.Duration) { h.Count(d.Microseconds()) }

func (h *Histogram) add(bucket int, n int64) {
	if bucket >= len(h.counts) {
		grown := make([]int64, min(bucket+1+1<<fine, buckets))
		copy(grown, h.counts)
		h.counts = grown
	}
	h.counts[bucket] += n
}

// Add counts what another has counted.
func (h *Histogram) Add(o *Histogram) {
	for b, n := range o.counts {
		if n != 0 {
			h.add(b, n)
		}
	}
}

// Empty reports whether nothing was counted.
func (h *Histogram) Empty() bool {
	for _, n := range h.counts {
		if n != 0 {
			return false
		}
	}
	return true
}

// Percentiles returns for each part of 1 (in growing order) a value that so large a
// part of those that were counted does not exceed; ok is false if none was.
func (h *Histogram) Percentiles(parts ...float64) (values []int64, ok bool) {
	var total, seen int64
	for _, n := range h.counts {
		total += n
	}
	if total == 0 {
		return nil, false
	}
	for b, n := range h.counts {
		seen += n
		for len(values) < len(parts) && n > 0 && seen >= max(int64(math.Ceil(parts[len(values)]*float64(total))), 1) {
			values = append(values, middleOf(b))
		}
	}
	return values, true
}

// encode appends pairs: how many buckets are passed over, and what is counted in the
// next.
func (h *Histogram) encode(b []byte) []byte {
	next := 0
	for i, n := range h.counts {
		if n != 0 {
			b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(i-next)), uint64(n)) //nolint:gosec // neither is below 0
			next = i + 1
		}
	}
	return b
}

var errDetail = errors.New("the row is not as it was written")

// addEncoded counts what encode has written.
func (h *Histogram) addEncoded(b []byte) error {
	for bucket := 0; len(b) > 0; bucket++ {
		skip, n := binary.Uvarint(b)
		if n <= 0 || skip >= uint64(buckets-min(bucket, buckets)) {
			return errDetail
		}
		count, m := binary.Uvarint(b[n:])
		if m <= 0 || count > math.MaxInt64 {
			return errDetail
		}
		bucket += int(skip) //nolint:gosec // it is less than buckets
		h.add(bucket, int64(count))
		b = b[n+m:]
	}
	return nil
}
