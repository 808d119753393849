package paced

import "time"

const (
	firstRetry = time.Second
	maxRetry   = time.Minute
)

// Backoff returns the wait before the attempt that follows n failed ones: 1s,
// 2s, 4s, ... at most 1m, of which a random half is left out; spread is in
// [0,1).
func Backoff(n int, spread float64) time.Duration {
	d := maxRetry
	if n < 7 {
		d = min(firstRetry<<max(n-1, 0), maxRetry)
	}
	return d - time.Duration(spread*float64(d)/2)
}
