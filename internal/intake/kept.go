package intake

import (
	"strconv"
	"time"

	"claimcheck/internal/fault"
)

// The header fields by which a client says how long its job is kept.
const (
	HeaderRetention       = "x-retention"
	HeaderRetentionFailed = "x-retention-failed"
)

// MinRetention is how long a job is kept at least.
const MinRetention = time.Minute

func readRetention(a *About, value string, _ time.Time) (err error) {
	a.Terms.Retention, err = seconds(HeaderRetention, value)
	return err
}

func readRetentionFailed(a *About, value string, _ time.Time) (err error) {
	a.Terms.RetentionFailed, err = seconds(HeaderRetentionFailed, value)
	return err
}

// seconds reads how long a job is to be kept; whether its plan allows that is for
// keeps to say.
func seconds(header, value string) (time.Duration, error) {
	const most = 1 << 32
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < int64(MinRetention/time.Second) || n > most {
		return 0, wrongOption(header, "a whole number of seconds, at least 60")
	}
	return time.Duration(n) * time.Second, nil
}

// keeps judges what of an order's terms is not for the text alone to say: Invalid
// INVALID_OPTION for more than the plan keeps jobs.
func (in *Intake) keeps(o *Order) error {
	most := in.KeptFor(o.Plan)
	for header, asked := range map[string]time.Duration{HeaderRetention: o.About.Terms.Retention, HeaderRetentionFailed: o.About.Terms.RetentionFailed} {
		if asked > most {
			limit := int64(most / time.Second)
			return fault.New(fault.Invalid, "INVALID_OPTION", "%s must be at most %d seconds, as long as the plan keeps jobs.", header, limit).
				With("option", header).With("limit", limit)
		}
	}
	return nil
}
