package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"

	"claimcheck/internal/job"
)

const (
	secretPrefix = "whsec_"
	secretBytes  = 32 // Standard Webhooks: 24 to 64
	overlap      = 24 * time.Hour
)

// SecretText is a secret as its owner gets it, in the form that the libraries
// of Standard Webhooks take.
func SecretText(secret []byte) string {
	return secretPrefix + base64.StdEncoding.EncodeToString(secret)
}

// signatures is the header webhook-signature of a call: v1, a comma, and the
// base64 of an HMAC-SHA256 of id.timestamp.body; after a rotation a second one
// by the old secret, until its time is over.
func signatures(w *job.Webhook, id string, at time.Time, body []byte) string {
	s := signature(w.Secret, id, at, body)
	if len(w.OldSecret) > 0 && at.Before(w.OldUntil) {
		s += " " + signature(w.OldSecret, id, at, body)
	}
	return s
}

func signature(secret []byte, id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	head := strconv.AppendInt(append([]byte(id), '.'), at.Unix(), 10)
	mac.Write(append(head, '.')) // never fails
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
