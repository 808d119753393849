package cli

import (
	"fmt"
	"strings"
	"time"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/foreign"
)

// waits are why a job waits, in words.
var waits = map[string]string{
	"queue":         "waits for its turn",
	"owner_limit":   "waits: as many of your jobs run as your plan lets run at once",
	"tool_limit":    "waits: as many jobs of this tool run as may run at once",
	"tool_rate":     "waits: the tool begins only so many jobs in a time",
	"tool_paused":   "waits: an operator has paused this tool",
	"owner_paused":  "waits: an operator has paused your jobs",
	"no_worker":     "waits: no worker that knows this tool is there",
	"retry_backoff": "waits: an attempt failed, the next one comes after a pause",
	"scheduled":     "waits: it was asked to start later",
}

// unfinishedMessage is what the server says of an unfinished job whose worker says
// nothing.
const unfinishedMessage = "Your job is being processed."

// howItIs says of a job, after its status, what there is to say in one line; it is
// harmless on a terminal.
func howItIs(s *api.Status, f *api.FullJob) string {
	if failure := client.Failure(*s); failure != nil {
		return foreign.Text(failure.Error()).String()
	}
	var parts []string
	switch s.Status {
	case "queued":
		parts = append(parts, whyItWaits(f))
	case "processing":
		if f.Progress != nil {
			parts = append(parts, fmt.Sprintf("%d %%", *f.Progress))
		}
		if f.Attempt > 1 {
			parts = append(parts, fmt.Sprintf("attempt %d of %d", f.Attempt, f.MaxAttempts))
		}
		if s.Message != "" && s.Message != unfinishedMessage {
			parts = append(parts, foreign.Text(s.Message).String())
		}
	case "success":
		parts = append(parts, "after "+inSeconds(s.UpdatedAt-s.CreatedAt))
	}
	if f.EstimatedSeconds != nil {
		parts = append(parts, "done in about "+inSeconds(*f.EstimatedSeconds))
	}
	return strings.Join(parts, ", ")
}

// whyItWaits is the reason, and from when on it may begin.
func whyItWaits(f *api.FullJob) string {
	why, ok := waits[f.WaitingReason]
	switch {
	case f.WaitingReason == "":
		why = waits["queue"]
	case !ok: // a server newer than this program
		why = fmt.Sprintf("waits (%v)", foreign.Text(f.WaitingReason))
	}
	switch {
	case f.QueuePosition == nil:
	case *f.QueuePosition == 0:
		why += ", none before it"
	default:
		why += fmt.Sprintf(", about %d before it", *f.QueuePosition)
	}
	if f.RunAt != nil {
		why += ", not before " + moment(*f.RunAt, time.Local)
	}
	return why
}

// inSeconds is a time of whole seconds as people read it: 5s, 2m10s, 3h0m0s.
func inSeconds(n int64) string {
	const most = 100 * 365 * 24 * 3600 // whatever a server says
	return (time.Duration(min(max(n, 0), most)) * time.Second).String()
}

// row is a line about a job, in columns: ids are all of one length, statuses nearly.
// The last column has been made harmless.
func row(id, status, more string) string {
	return strings.TrimRight(fmt.Sprintf("%v  %-10v  %s", foreign.Text(id), foreign.Text(status), more), " ")
}

// finished reports whether a job stays as it is.
func finished(s *api.Status) bool { return s.Status == "success" || s.Status == "failed" }
