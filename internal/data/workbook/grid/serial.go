package grid

import (
	"math"
	"strconv"
	"time"
)

const (
	msOfDay   = 24 * 60 * 60 * 1000
	lastDay   = 2958465 // 9999-12-31 in the system of 1900
	leapDay   = 60      // 1900-02-29, which Excel has and the calendar has not
	days1904  = 1462    // from the first day of one system to that of the other
	maxMillis = 1e15    // of a duration; 30,000 years
)

// AppendSerial appends a number of days as ISO 8601 writes what its format shows: 2024-03-01,
// 13:05:00, 2024-03-01T13:05:00, and PT30H15M for a duration. What the format hides is not lost: a
// date has its time where that is not midnight, and a time its date where there is one. Times are rounded to
// milliseconds. The days are those of Excel: counted from 1900-01-01 (1), with a 1900-02-29 (60), or
// from 1904-01-01 (0). ok is false where a number is no day of these: it stays a number.
func AppendSerial(b []byte, serial float64, f Format, date1904 bool) (text []byte, ok bool) {
	switch {
	case f == Plain || math.IsNaN(serial) || math.Abs(serial) > maxMillis/msOfDay:
		return b, false
	case f == Duration:
		return appendDuration(b, int64(math.Round(serial*msOfDay))), true
	case serial < 0:
		return b, false
	}
	day := int64(serial)
	ms := int64(math.Round((serial - float64(day)) * msOfDay))
	if ms == msOfDay {
		day, ms = day+1, 0
	}
	timeOnly := day == 0 && (f == Time || !date1904 && (f&Time != 0 || ms != 0))
	if timeOnly {
		return appendTime(b, ms), true
	}
	if date1904 {
		day += days1904
	}
	if day == 0 || day > lastDay {
		return b, false
	}
	b = appendDay(b, day, date1904)
	if f&Time != 0 || ms != 0 {
		b = appendTime(append(b, 'T'), ms)
	}
	return b, true
}

// appendDay appends a day of the system of 1900.
func appendDay(b []byte, day int64, date1904 bool) []byte {
	if !date1904 && day == leapDay {
		return append(b, "1900-02-29"...)
	}
	if day < leapDay {
		day++
	}
	return time.Unix((day-25569)*(msOfDay/1000), 0).UTC().AppendFormat(b, time.DateOnly)
}

func appendTime(b []byte, ms int64) []byte {
	b = two(b, ms/3600000)
	b = two(append(b, ':'), ms/60000%60)
	b = two(append(b, ':'), ms/1000%60)
	return appendFraction(b, ms%1000)
}

// appendFraction appends the thousandths of a second, if there are any.
func appendFraction(b []byte, ms int64) []byte {
	if ms == 0 {
		return b
	}
	return two(append(b, '.', "0123456789"[ms/100]), ms%100)
}

func two(b []byte, n int64) []byte { return append(b, "0123456789"[n/10], "0123456789"[n%10]) }

func appendDuration(b []byte, ms int64) []byte {
	if ms < 0 {
		b, ms = append(b, '-'), -ms
	}
	b = append(b, "PT"...)
	if h := ms / 3600000; h > 0 {
		b = append(strconv.AppendInt(b, h, 10), 'H')
	}
	if m := ms / 60000 % 60; m > 0 {
		b = append(strconv.AppendInt(b, m, 10), 'M')
	}
	if s := ms % 60000; s > 0 || ms == 0 {
		b = append(appendFraction(strconv.AppendInt(b, s/1000, 10), s%1000), 'S')
	}
	return b
}
