package record

import (
	"time"

	"claimcheck/internal/fault"
)

// comeBack is what clients are told to wait when the store is in trouble.
const comeBack = 5 * time.Second

// Refused says that nothing was written, because of passing trouble.
func Refused(cause error) *fault.Error {
	return fault.New(fault.Unavailable, "UNAVAILABLE",
		"The server cannot store anything at the moment; nothing was accepted.").After(comeBack).Because(cause)
}

// Unreadable says that a read failed because of passing trouble.
func Unreadable(cause error) *fault.Error {
	return fault.New(fault.Unavailable, "UNAVAILABLE",
		"The server cannot read its store at the moment.").After(comeBack).Because(cause)
}

// Unknown says that a commit's answer was lost and could not be found out.
func Unknown(cause error) *fault.Error {
	return fault.New(fault.Unavailable, "UNAVAILABLE",
		"The answer of the store was lost; whether the request was accepted is not known.").
		With("outcome", "unknown").After(comeBack).Because(cause)
}

// Unconfirmed says that what the store has is not safe yet: the copy that has to
// confirm it has not.
func Unconfirmed(cause error) *fault.Error {
	return fault.New(fault.Unavailable, "UNAVAILABLE",
		"The outcome is not confirmed yet by the store's copy; ask again.").
		With("outcome", "unknown").After(comeBack).Because(cause)
}

// Stopping says that the store is being closed.
func Stopping() *fault.Error {
	return fault.New(fault.Unavailable, "UNAVAILABLE", "The server is stopping; nothing was accepted.").After(comeBack)
}

// JobNotFound says that there is no such job.
func JobNotFound() error { return fault.New(fault.NotFound, "JOB_NOT_FOUND", "Job not found") }

// KeyNotFound says that there is no such key.
func KeyNotFound() error { return fault.New(fault.NotFound, "KEY_NOT_FOUND", "Key not found") }

// DeliveryNotFound says that there is no such delivery.
func DeliveryNotFound() error {
	return fault.New(fault.NotFound, "DELIVERY_NOT_FOUND", "Delivery not found")
}

// WebhookNotFound says that there is no such webhook.
func WebhookNotFound() error {
	return fault.New(fault.NotFound, "WEBHOOK_NOT_FOUND", "Webhook not found")
}

// FileNotFound says that there is no such output.
func FileNotFound() error { return fault.New(fault.NotFound, "NOT_FOUND", "File not found") }

// UploadNotFound says that there is no such upload.
func UploadNotFound() error {
	return fault.New(fault.NotFound, "FILE_NOT_FOUND", "There is no such upload, or it is not finished, or its time was over.")
}

// NoInput says that the store has no input of the job.
func NoInput() error { return fault.New(fault.NotFound, "NOT_FOUND", "The job has no inline input.") }

// JobTaken says that there is a job with this id.
func JobTaken(cause error) error {
	return fault.New(fault.Conflict, "ID_TAKEN", "The id is taken by another job.").Because(cause)
}

// UploadTaken says that there is an upload with this id.
func UploadTaken(cause error) error {
	return fault.New(fault.Conflict, "ID_TAKEN", "The id is taken by another upload.").Because(cause)
}

// KeyTaken says that there is such a key.
func KeyTaken(cause error) error {
	return fault.New(fault.Conflict, "KEY_TAKEN", "There is a key with this id or digest already.").Because(cause)
}

// SecretTaken says that there is a secret with this id.
func SecretTaken(cause error) error {
	return fault.New(fault.Conflict, "SECRET_TAKEN", "There is a secret with this id already.").Because(cause)
}

// WebhookTaken says that there is such a webhook.
func WebhookTaken(cause error) error {
	return fault.New(fault.Conflict, "WEBHOOK_TAKEN", "There is such a webhook already.").Because(cause)
}
