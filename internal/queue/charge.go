package queue

import (
	"claimcheck/internal/deadline"
	"claimcheck/internal/job"
	"claimcheck/internal/queue/admission"
	"claimcheck/internal/store/protocol"
)

// giveBack returns a failed job's charge when the failure was ours, or it never began in time. It happens
// once, to the month that was charged.
func giveBack(j *job.Job, code string, l protocol.Ledger) error {
	if j.Charged.Month == 0 || code != codeInternal && code != codeLost && code != deadline.CodeExpired {
		return nil
	}
	return admission.GiveBack(j, code == codeLost, l)
}
