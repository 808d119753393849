package sign

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"time"
)

// KeyOverlap is how long a retired secret's keys go on signing webhooks beside the
// new one's, so that receivers have the time to fetch the new.
const KeyOverlap = 24 * time.Hour

// A WebhookKey is one that webhooks are signed with.
type WebhookKey struct {
	Private ed25519.PrivateKey
	Until   time.Time // it signs no longer; zero for the newest, of which that is not known
}

// WebhookKeys are the keys that sign the webhooks of an owner at a time, the newest
// first; for the empty owner those of the server, which sign everybody's. Those of
// one owner tell nothing of another's. They are made anew each time, by HMAC-SHA256
// of "owner " and its name, or of "server", with the secret's key for webhooks.
func (s *Signer) WebhookKeys(owner string, now time.Time) []WebhookKey {
	message := "server"
	if owner != "" {
		message = "owner " + owner
	}
	r := s.ring.Load()
	var all []secret
	for _, k := range r.secrets {
		if k.retired.IsZero() || now.Before(k.retired.Add(KeyOverlap)) {
			all = append(all, k)
		}
	}
	slices.SortFunc(all, func(a, b secret) int { return b.number - a.number })
	keys := make([]WebhookKey, len(all))
	for i, k := range all {
		mac := hmac.New(sha256.New, k.keys[calls])
		mac.Write([]byte(message)) // never fails
		keys[i].Private = ed25519.NewKeyFromSeed(mac.Sum(nil))
		if !k.retired.IsZero() {
			keys[i].Until = k.retired.Add(KeyOverlap)
		}
	}
	return keys
}
