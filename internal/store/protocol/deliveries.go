package protocol

import (
	"claimcheck/internal/job"
)

// A Want is how many due deliveries of a target are asked for.
type Want struct {
	Target string
	Most   int
}

// A Dispatch is a claimed delivery with its webhook, nil if that was removed.
type Dispatch struct {
	Delivery job.Delivery
	Webhook  *job.Webhook
}
