package clienttest

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"claimcheck/api"
)

const (
	signedV1a    = "v1a"
	wellKnown    = "/.well-known/webhook-keys"
	byItsOwner   = "Its owner has disabled it."
	whpk         = "whpk_"
	maxRecovered = 10_000 // deliveries that one call sends again
)

// hookKeys are the keys that sign calls with ed25519: there is one owner, so that they
// are the server's too.
type hookKeys struct{ private ed25519.PrivateKey }

func newHookKeys() *hookKeys {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic("clienttest: " + err.Error()) // it never fails
	}
	return &hookKeys{private}
}

func (k *hookKeys) sign(id string, at time.Time, body []byte) string {
	message := append(fmt.Appendf(nil, "%s.%d.", id, at.Unix()), body...)
	return signedV1a + "," + base64.StdEncoding.EncodeToString(ed25519.Sign(k.private, message))
}

func (k *hookKeys) answer(w http.ResponseWriter, _ *http.Request) error {
	public, _ := k.private.Public().(ed25519.PublicKey)
	return answer(w, http.StatusOK, api.WebhookKeys{Keys: []api.WebhookKey{{Key: whpk + base64.StdEncoding.EncodeToString(public)}}})
}

// head gives a webhook headers, whose values are not shown.
func (k *hook) head(headers map[string]string) {
	k.headers, k.HeaderNames = headers, slices.Sorted(maps.Keys(headers))
}

// sign sets how calls are signed.
func (h *hooks) sign(k *hook, how string) error {
	switch how {
	case "", "v1":
		k.Signature, k.KeysURL = "v1", ""
	case signedV1a:
		k.Signature, k.KeysURL = signedV1a, h.s.URL+wellKnown+"?owner=me"
	default:
		return errBody
	}
	return nil
}

// isFor reports whether a webhook is called for a job.
func (k *hook) isFor(j *job) bool {
	if len(k.Tools) > 0 && !slices.Contains(k.Tools, j.name) {
		return false
	}
	for name, value := range k.Metadata {
		if is, there := j.metadata[name]; !there || is != value {
			return false
		}
	}
	return true
}

// change answers PATCH /webhooks/{id}. Null in the place of an object, a list or a
// number is not known here.
func (h *hooks) change(w http.ResponseWriter, r *http.Request) error {
	var to api.WebhookChange
	if err := read(r, &to); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	k, err := h.find(r)
	if err != nil || k == h.own {
		return errNoHook
	}
	is := *k
	set(&is.URL, to.URL)
	set(&is.Events, to.Events)
	set(&is.Tools, to.Tools)
	set(&is.MaxPerSecond, to.MaxPerSecond)
	if to.Enabled != nil {
		is.Enabled, is.Reason = *to.Enabled, ""
		if !is.Enabled {
			is.Reason = byItsOwner
		}
	}
	is.head(merged(is.headers, to.Headers))
	is.Metadata = merged(is.Metadata, to.Metadata)
	if to.Signature != nil {
		err = h.sign(&is, *to.Signature)
	}
	if err != nil || !strings.HasPrefix(is.URL, "http") || len(is.Events) == 0 {
		return errBody
	}
	*k = is
	return answer(w, http.StatusOK, k.shown())
}

func set[T any](is, to *T) {
	if to != nil {
		*is = *to
	}
}

// merged is a map with what is asked for; nil takes one away.
func merged(was map[string]string, to map[string]*string) map[string]string {
	is := maps.Clone(was)
	if is == nil {
		is = map[string]string{}
	}
	for name, value := range to {
		if value == nil {
			delete(is, name)
		} else {
			is[name] = *value
		}
	}
	return is
}

// recover answers POST /webhooks/{id}/recover.
func (h *hooks) recover(w http.ResponseWriter, r *http.Request) error {
	var body api.RecoverWebhook
	if err := read(r, &body); err != nil || body.Since == nil || *body.Since < 0 {
		return errBody
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	k, err := h.find(r)
	if err != nil {
		return err
	}
	n := 0
	for _, d := range k.deliveries {
		if d.Status == failed && d.CreatedAt >= *body.Since && n < maxRecovered {
			h.call(k, d)
			n++
		}
	}
	w.Header().Set("Retry-After", "1")
	return answer(w, http.StatusAccepted, api.Recovered{Count: n})
}
