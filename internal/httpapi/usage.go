package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/pause"
)

// usage answers GET /usage.
func (s *Server) usage(c *Call) error {
	owner := c.who.Key.Owner
	month, used, has, err := s.Queue.UsageOf(c.r.Context(), owner)
	if err != nil {
		return err
	}
	body, err := json.Marshal(api.Usage{
		Owner: owner, Subject: c.who.Subject,
		Plan: c.plan.Name,
		Period: api.Period{
			Start: account.MonthStart(month).Unix(),
			End:   account.MonthStart(month + 1).Unix(),
		},
		Jobs:        api.Allowance{Used: used.Jobs, Limit: c.plan.JobsPerMonth},
		StoredBytes: api.Allowance{Used: has.StoredBytes, Limit: c.plan.MaxStoredBytes},
		Running:     has.Running,
		Queued:      has.Queued,
		Paused:      s.Queue.Pauses().Paused(pause.Owner, owner),
	})
	if err != nil {
		return fmt.Errorf("encode usage: %w", err)
	}
	c.sendJSON(http.StatusOK, body)
	return nil
}
