package webhook

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/sign"
)

const (
	secretPrefix = "whsec_"
	publicPrefix = "whpk_"
	secretBytes  = 32 // Standard Webhooks: 24 to 64
	overlap      = 24 * time.Hour
)

// SecretText is a secret as its owner gets it, in the form that the libraries
// of Standard Webhooks take.
func SecretText(secret []byte) string {
	return secretPrefix + base64.StdEncoding.EncodeToString(secret)
}

// PublicText is the public part of a key as receivers get it: whpk_ and base64, the
// form of Standard Webhooks.
func PublicText(k sign.WebhookKey) string {
	public, ok := k.Private.Public().(ed25519.PublicKey)
	if !ok {
		panic("webhook: a key of ed25519 has another's public part")
	}
	return publicPrefix + base64.StdEncoding.EncodeToString(public)
}

// signatures is the header webhook-signature of a call: v1, a comma, and the
// base64 of an HMAC-SHA256 of id.timestamp.body; after a rotation a second one
// by the old secret, until its time is over. Where the webhook asks for it there
// follow v1a, a comma, and the base64 of an ed25519 signature of the same, by each
// key of the owner and each of the server.
func (s *Sender) signatures(w *job.Webhook, id string, at time.Time, body []byte) string {
	message := strconv.AppendInt(append([]byte(id), '.'), at.Unix(), 10)
	message = append(append(message, '.'), body...)
	text := signature(w.Secret, message)
	if len(w.OldSecret) > 0 && at.Before(w.OldUntil) {
		text += " " + signature(w.OldSecret, message)
	}
	if !w.Keyed() || s.Keys == nil {
		return text
	}
	for _, owner := range [...]string{w.Owner, ""} {
		for _, k := range s.Keys(owner, at) {
			text += " " + SignedV1a + "," + base64.StdEncoding.EncodeToString(ed25519.Sign(k.Private, message))
		}
	}
	return text
}

func signature(secret, message []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write(message) // never fails
	return SignedV1 + "," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
