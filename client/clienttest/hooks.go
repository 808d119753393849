package clienttest

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"claimcheck/api"
	"claimcheck/client/webhook"
)

const maxCallBytes = 20_000 // with the job's result

// hooks are the owner's webhooks. Each call is made once, at once.
type hooks struct {
	s    *Server
	keys *hookKeys

	mu  sync.Mutex // guards the fields below, and what is in them
	all []*hook    // oldest first
	own *hook      // signs calls to the addresses of submissions
}

type hook struct {
	api.Webhook

	headers    map[string]string // sent with each call
	key        string            // the Idempotency-Key that it was made with
	older      string            // the secret before
	sequence   int64
	deliveries []*delivery // oldest first
}

type delivery struct {
	api.Delivery

	to   string
	body []byte
}

func newHooks(s *Server) *hooks { return &hooks{s: s, keys: newHookKeys(), own: newHook("", nil)} }

func newHook(address string, events []string) *hook {
	return &hook{Webhook: api.Webhook{ID: "wh_" + token(), URL: address, Events: events, Secret: newSecret(), Enabled: true, Signature: "v1"}}
}

func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // it never fails
	return "whsec_" + base64.StdEncoding.EncodeToString(b[:])
}

var errNoHook = refuse(http.StatusNotFound, "WEBHOOK_NOT_FOUND", "Webhook not found")

// find returns the webhook that a request is about; the caller has the lock.
func (h *hooks) find(r *http.Request) (*hook, error) {
	id := r.PathValue("id")
	if id == h.own.ID {
		return h.own, nil
	}
	if i := slices.IndexFunc(h.all, func(k *hook) bool { return k.ID == id }); i >= 0 {
		return h.all[i], nil
	}
	return nil, errNoHook
}

// shown is a webhook without its secret.
func (k *hook) shown() api.Webhook {
	w := k.Webhook
	w.Secret = ""
	return w
}

func (h *hooks) list(w http.ResponseWriter, _ *http.Request) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := api.Webhooks{Webhooks: []api.Webhook{}}
	for _, k := range h.all {
		all.Webhooks = append(all.Webhooks, k.shown())
	}
	return answer(w, http.StatusOK, all)
}

func (h *hooks) add(w http.ResponseWriter, r *http.Request) error {
	var n api.NewWebhook
	if err := read(r, &n); err != nil {
		return err
	}
	if !strings.HasPrefix(n.URL, "http") || len(n.Events) == 0 {
		return errBody
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	if i := slices.IndexFunc(h.all, func(k *hook) bool { return key != "" && k.key == key }); i >= 0 {
		return answer(w, http.StatusCreated, h.all[i].Webhook)
	}
	k := newHook(n.URL, n.Events)
	k.key = key
	k.Tools, k.Metadata, k.MaxPerSecond = n.Tools, n.Metadata, n.MaxPerSecond
	k.head(n.Headers)
	if err := h.sign(k, n.Signature); err != nil {
		return err
	}
	h.all = append(h.all, k)
	return answer(w, http.StatusCreated, k.Webhook)
}

func (h *hooks) remove(w http.ResponseWriter, r *http.Request) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	k, err := h.find(r)
	if err != nil {
		return err
	}
	h.all = slices.DeleteFunc(h.all, func(other *hook) bool { return other == k })
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (h *hooks) rotate(w http.ResponseWriter, r *http.Request) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	k, err := h.find(r)
	if err != nil {
		return err
	}
	k.older, k.Secret = k.Secret, newSecret()
	return answer(w, http.StatusOK, k.Webhook)
}

func (h *hooks) secret(w http.ResponseWriter, _ *http.Request) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return answer(w, http.StatusOK, api.WebhookSecret{ID: h.own.ID, Secret: h.own.Secret})
}

func (h *hooks) test(w http.ResponseWriter, r *http.Request) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	k, err := h.find(r)
	if err != nil {
		return err
	}
	d := h.event(k, k.URL, webhook.Test, "", func(sequence int64) any {
		return map[string]any{"sequence": sequence, "webhook_id": k.ID}
	})
	return answer(w, http.StatusOK, d)
}

func (h *hooks) deliveries(w http.ResponseWriter, r *http.Request) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	k, err := h.find(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	limit, err := strconv.Atoi(cmp.Or(q.Get("limit"), "20"))
	if err != nil || limit < 1 || limit > 100 {
		return errFilter
	}
	page := api.Deliveries{Deliveries: []api.Delivery{}}
	past := q.Get("cursor") == ""
	for _, d := range slices.Backward(k.deliveries) {
		switch {
		case !past:
			past = d.ID == q.Get("cursor")
		case len(page.Deliveries) == limit:
			page.NextCursor = page.Deliveries[limit-1].ID
			return answer(w, http.StatusOK, page)
		default:
			page.Deliveries = append(page.Deliveries, d.Delivery)
		}
	}
	return answer(w, http.StatusOK, page)
}

func (h *hooks) resend(w http.ResponseWriter, r *http.Request) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	k, err := h.find(r)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(k.deliveries, func(d *delivery) bool { return d.ID == r.PathValue("delivery_id") })
	if i < 0 {
		return refuse(http.StatusNotFound, "DELIVERY_NOT_FOUND", "Delivery not found")
	}
	return answer(w, http.StatusOK, h.call(k, k.deliveries[i]))
}

// ended has those called who want to know of a job's end.
func (h *hooks) ended(j *job) {
	h.s.mu.Lock()
	is := h.s.wire(j)
	h.s.mu.Unlock()
	kind := webhook.JobSucceeded
	if is.Status == failed {
		kind = webhook.JobFailed
	}
	data := func(sequence int64) any {
		whole := map[string]any{"sequence": sequence, "job": is}
		if text, err := json.Marshal(whole); err == nil && len(text) <= maxCallBytes {
			return whole
		}
		short := is
		short.Result = nil
		return map[string]any{"sequence": sequence, "job": short, "result_url": h.s.URL + "/jobs/" + is.JobID + "/result"}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, k := range h.all {
		if k.Enabled && slices.Contains(k.Events, kind) && k.isFor(j) {
			h.event(k, k.URL, kind, is.JobID, data)
		}
	}
	if to := j.header.Get("X-Webhook-Url"); to != "" {
		h.event(h.own, to, kind, is.JobID, data)
	}
}

// event makes a delivery and its call; the caller has the lock.
func (h *hooks) event(k *hook, to, kind, jobID string, data func(sequence int64) any) api.Delivery {
	k.sequence++
	now := time.Now()
	body, err := json.Marshal(map[string]any{"type": kind, "timestamp": now.UTC().Format(time.RFC3339), "data": data(k.sequence)})
	if err != nil {
		panic("clienttest: " + err.Error()) // it always encodes
	}
	d := &delivery{to: to, body: body, Delivery: api.Delivery{
		ID: "msg_" + token() + "_" + strings.TrimPrefix(k.ID, "wh_"), Type: kind, JobID: jobID, Sequence: k.sequence, CreatedAt: now.Unix(), Attempts: []api.DeliveryAttempt{},
	}}
	k.deliveries = append(k.deliveries, d)
	return h.call(k, d)
}

// call begins a call; the caller has the lock.
func (h *hooks) call(k *hook, d *delivery) api.Delivery {
	now := time.Now()
	d.Status, d.NextAttemptAt = "pending", now.Unix()
	var signs []string
	for _, secret := range []string{k.Secret, k.older} {
		if text, err := webhook.Sign(secret, d.ID, now, d.body); err == nil {
			signs = append(signs, text)
		}
	}
	if k.Signature == signedV1a {
		signs = append(signs, h.keys.sign(d.ID, now, d.body))
	}
	head := k.headers
	h.s.work.Go(func() {
		a := h.post(d, head, now, strings.Join(signs, " "))
		h.mu.Lock()
		defer h.mu.Unlock()
		d.Attempts = append(slices.Clone(d.Attempts), a)
		d.Status, d.NextAttemptAt = "failed", 0
		if a.Status >= http.StatusOK && a.Status < http.StatusMultipleChoices {
			d.Status = "delivered"
		}
	})
	return d.Delivery
}

// post makes a call.
func (h *hooks) post(d *delivery, head map[string]string, now time.Time, signature string) api.DeliveryAttempt {
	a := api.DeliveryAttempt{At: now.Unix(), Error: "connect"}
	req, err := http.NewRequestWithContext(h.s.ctx, http.MethodPost, d.to, bytes.NewReader(d.body))
	if err != nil {
		return a
	}
	for name, value := range head {
		req.Header.Set(name, value)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Webhook-Id", d.ID)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("Webhook-Signature", signature)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return a
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body) // the head has decided
	a.Status, a.Error, a.DurationMS = resp.StatusCode, "", time.Since(now).Milliseconds()
	return a
}
