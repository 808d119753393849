package hooks

import (
	"net/http"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/webhook"
)

const keysPath = "/.well-known/webhook-keys"

// keys answers GET /.well-known/webhook-keys: with owner= the keys that sign this
// owner's calls and no other's, without it those that sign everybody's. Every name
// that an owner can have has keys, so that nobody learns which owners there are.
func (h hooks) keys(c *httpapi.Call) error {
	owners, there := c.Request().URL.Query()["owner"]
	owner := ""
	if there {
		if len(owners) != 1 || account.CheckOwner(owners[0]) != nil {
			return fault.New(fault.Invalid, "INVALID_REQUEST", "owner must be the name of one owner; leave it out for the keys of the server.").With("parameter", "owner")
		}
		owner = owners[0]
	}
	body := api.WebhookKeys{Keys: []api.WebhookKey{}}
	for _, k := range h.Keys(owner, h.Now()) {
		one := api.WebhookKey{Key: webhook.PublicText(k)}
		if !k.Until.IsZero() {
			one.ExpiresAt = k.Until.Unix()
		}
		body.Keys = append(body.Keys, one)
	}
	c.Header()["Cache-Control"] = []string{"public, max-age=3600"}
	return c.AnswerJSON(http.StatusOK, body)
}
