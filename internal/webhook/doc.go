// Package webhook calls clients back when their jobs end, by the Standard
// Webhooks specification: it keeps the addresses ([Endpoints]), and takes what
// the ends of jobs have put into the outbox to its receivers ([Sender]), signed,
// again and again by a schedule. A delivery is made at least once: a process
// that dies between a call and its record calls again, with the same
// webhook-id. It knows nothing of how a job's status is rendered.
package webhook
