// Package lines takes many jobs in one call: each line of the body is the body of one,
// and each line of the answer says what became of it.
package lines

import (
	"net/http"

	"claimcheck/internal/dialect"
	"claimcheck/internal/dialect/plain"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/intake"
)

// perCount is how many lines count as one call that hands in, the last of them begun.
const perCount = 100

// Submit answers a submission with x-source-type: lines. What links begin with is
// publicURL.
func Submit(publicURL string) func(*httpapi.Call, intake.Request) error {
	return func(c *httpapi.Call, r intake.Request) error {
		stop, err := intake.OnError(c.Request().Header.Get(intake.HeaderOnError))
		if err != nil {
			return err
		}
		wish := intake.Wish{Async: true} // nobody waits for so many
		asked := r.Wish.Async
		r.Source, r.Wish = string(intake.FromBody), wish
		head, err := c.Begin(r)
		if err != nil {
			return err
		}
		l, err := c.TakeLines(head, stop)
		if err != nil {
			return err
		}
		defer l.Close()
		if more := int64(l.Len()-1) / perCount; more > 0 {
			if err := c.Count(false, more); err != nil {
				return err
			}
		}
		body, replayed, err := c.SettleLines(l, func(o *intake.Order, refused error) []byte {
			if refused != nil {
				f := dialect.FailureOf(refused)
				return plain.Envelope(f.Error, f.RetryAfter)
			}
			return plain.Ticket(publicURL, o.ID, o.RequestID)
		})
		if err != nil {
			return err
		}
		h := c.Header()
		h.Set("Content-Type", intake.LinesType)
		if replayed {
			h["Idempotent-Replayed"] = []string{"true"}
		}
		if asked {
			h["Preference-Applied"] = []string{plain.Applied(wish, true)}
		}
		c.Answer(http.StatusAccepted, body)
		return nil
	}
}
