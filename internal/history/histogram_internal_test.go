package history

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// value draws values of every size alike.
func value(t *rapid.T) int64 {
	return rapid.Int64Range(0, 1<<rapid.IntRange(0, maxBits).Draw(t, "bits")-1).Draw(t, "value")
}

// TestPercentilesAreNearTheExactOnes compares with the value that has the rank.
func TestPercentilesAreNearTheExactOnes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Custom(value), 1, 300).Draw(t, "values")
		parts := []float64{.5, .9, .99, 1}
		var h, half Histogram
		for i, v := range values {
			if i%2 == 0 {
				h.Count(v)
			} else {
				half.CountTime(time.Duration(v) * time.Microsecond)
			}
		}
		if err := h.addEncoded(half.encode(nil)); err != nil {
			t.Fatal(err)
		}
		got, ok := h.Percentiles(parts...)
		if !ok || len(got) != len(parts) {
			t.Fatalf("got %v, %v", got, ok)
		}
		slices.Sort(values)
		for i, part := range parts {
			exact := values[int(math.Ceil(part*float64(len(values))))-1]
			if off := math.Abs(float64(got[i] - exact)); off > float64(exact)/32 {
				t.Errorf("%g of %v is %d, told %d", part, values, exact, got[i])
			}
		}
	})
}

func TestBucketsFollowEachOther(t *testing.T) {
	last := 0
	for v := range int64(1 << 16) {
		switch b := bucketOf(v); {
		case b != last && b != last+1:
			t.Fatalf("%d is in bucket %d, the one before in %d", v, b, last)
		case bucketOf(middleOf(b)) != b:
			t.Fatalf("the middle of bucket %d is %d, which is in %d", b, middleOf(b), bucketOf(middleOf(b)))
		default:
			last = b
		}
	}
	if b := bucketOf(math.MaxInt64); b != buckets-1 || bucketOf(maxValue) != b || bucketOf(-1) != 0 {
		t.Errorf("the ends are in %d of %d and %d", b, buckets, bucketOf(-1))
	}
}

func TestNothingHasNoPercentiles(t *testing.T) {
	var h Histogram
	if values, ok := h.Percentiles(.5); ok || values != nil || !h.Empty() {
		t.Errorf("got %v, %v", values, ok)
	}
	if h.Count(7); h.Empty() {
		t.Error("a histogram that has counted is empty")
	}
}

// FuzzDetail: whatever is in a row, reading it does not harm, and what can be read
// is written as it was.
func FuzzDetail(f *testing.F) {
	var c Count
	c.fail("TIMEOUT", 3)
	c.own("ann", 2)
	c.Wait.Count(5)
	c.Lag.Count(1 << 30)
	f.Add(c.detail())
	f.Add([]byte{2, 3, 0xff, 0xff, 0x7f})
	f.Add([]byte{200, 1, 7})
	f.Fuzz(func(t *testing.T, b []byte) {
		var is, again Count
		if is.addDetail(b) != nil {
			return
		}
		first := is.detail()
		if err := again.addDetail(first); err != nil {
			t.Fatal(err)
		}
		if second := again.detail(); string(first) != string(second) {
			t.Errorf("%x is read as %x", first, second)
		}
	})
}

func TestARowOfALaterReleaseIsRead(t *testing.T) {
	var c, is Count
	c.fail("TIMEOUT", 3)
	later := append(section(nil, 99, []byte("new")), c.detail()...)
	if err := is.addDetail(later); err != nil || is.Errors["TIMEOUT"] != 3 {
		t.Errorf("got %v, %v", is.Errors, err)
	}
	if err := is.addDetail(later[:len(later)-1]); err == nil {
		t.Error("half a row is read")
	}
}

func TestNamesAreBounded(t *testing.T) {
	var c Count
	name := func(i int) string {
		return string(rune('a'+i%26)) + string(rune('A'+i/26%26)) + string(rune(0x100+i/676))
	}
	for i := range 3 * maxOwners {
		c.own("busy", 2)
		c.own(name(i), 1)
		c.fail(name(i), 1)
	}
	if len(c.Owners) > maxOwners || c.TopOwners(1)[0] != (Named{"busy", 6 * maxOwners}) {
		t.Errorf("%d owners, the first is %v", len(c.Owners), c.TopOwners(1))
	}
	if len(c.Errors) > maxCodes+1 || c.TopErrors(1)[0] != (Named{otherCode, 3*maxOwners - maxCodes}) {
		t.Errorf("%d codes, the first is %v", len(c.Errors), c.TopErrors(1))
	}
	var is Count
	if err := is.addDetail(c.detail()); err != nil || len(is.Owners) != busiestOwners || is.Owners["busy"] != 6*maxOwners {
		t.Errorf("%d owners are kept, %v", len(is.Owners), err)
	}
}
