package cluster_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// A countingReceiver notes the calls of a webhook, and answers 500 while it is down.
type countingReceiver struct {
	mu    sync.Mutex // guards the fields below
	down  bool
	times []time.Time
	taken []int64 // sequences, as they came
}

func (c *countingReceiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var event struct {
		Data struct {
			Sequence int64 `json:"sequence"`
		} `json:"data"`
	}
	_ = json.Unmarshal(body, &event)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.times = append(c.times, time.Now())
	if c.down {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	c.taken = append(c.taken, event.Data.Sequence)
}

func (c *countingReceiver) all() (times []time.Time, taken []int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.times), slices.Clone(c.taken)
}

func (c *countingReceiver) be(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down, c.times, c.taken = down, nil, nil
}

// TestAWebhookOverServers: three servers, one of them killed, call a receiver in any
// time no more often than its max_per_second and one second's worth for each, and what
// was not taken is sent again once each though two servers are asked at once.
func TestAWebhookOverServers(t *testing.T) {
	t.Parallel()
	const perSecond, jobs = 10, 60
	target := &countingReceiver{}
	at := httptest.NewServer(target)
	defer at.Close()
	w := newTown(t)
	key := w.key("ann", "--plan=unlimited")
	config := configured(t, "fetch:\n  allow_networks: [127.0.0.0/8]\n  allow_ports: ["+at.URL[strings.LastIndex(at.URL, ":")+1:]+"]\n")
	servers := []*serverproc.Server{w.start("api,worker", config), w.start("api,worker", config), w.start("api,worker", config)}
	c, other := newCaller(t, servers[1], key), newCaller(t, servers[2], key)
	since := time.Now().Add(-time.Minute).Unix()
	hook := decode[api.Webhook](t, c.want(201, "POST", "/webhooks", fmt.Sprintf(`{"url":"%s/","events":["job.succeeded"],"max_per_second":%d}`, at.URL, perSecond)))
	for range jobs {
		c.submit(formatter, "[1]")
	}
	serverproc.Until(t, patience, func() (bool, string) { times, _ := target.all(); return len(times) > 10, "nobody is called" })
	servers[0].Kill() // what it had claimed comes after its lease, a minute
	serverproc.Until(t, 3*patience, func() (bool, string) {
		_, taken := target.all()
		slices.Sort(taken)
		return len(slices.Compact(taken)) == jobs, fmt.Sprint(len(taken), " calls")
	})
	times, _ := target.all()
	most := 0.0
	for i := range times {
		for k := i; k < len(times); k++ {
			most = max(most, float64(k-i+1)-perSecond*times[k].Sub(times[i]).Seconds())
		}
	}
	if most > perSecond*float64(len(servers)) {
		t.Errorf("in some time %.1f calls above the pace, at most %d may", most, perSecond*len(servers))
	}

	target.be(true)
	const lost = 12
	for range lost {
		c.submit(formatter, "[1]")
	}
	serverproc.Until(t, patience, func() (bool, string) { times, _ := target.all(); return len(times) >= lost, fmt.Sprint(len(times)) })
	serverproc.Until(t, patience, func() (bool, string) {
		list := decode[api.Deliveries](t, c.want(200, "GET", "/webhooks/"+hook.ID+"/deliveries?limit=100", ""))
		n := 0
		for _, d := range list.Deliveries {
			if len(d.Attempts) > 0 && d.Status != "delivered" {
				n++
			}
		}
		return n == lost, fmt.Sprint(n, " were tried")
	})
	target.be(false)
	var both sync.WaitGroup
	var counts [2]int
	for i, one := range []*caller{c, other} {
		both.Go(func() {
			a := one.call("POST", "/webhooks/"+hook.ID+"/recover", fmt.Sprintf(`{"since":%d}`, since))
			var n api.Recovered
			if err := json.Unmarshal(a.body, &n); err != nil || a.status != http.StatusAccepted {
				t.Errorf("recover: %s", a)
			}
			counts[i] = n.Count
		})
	}
	both.Wait()
	serverproc.Until(t, patience, func() (bool, string) { _, taken := target.all(); return len(taken) >= lost, fmt.Sprint(taken) })
	_, taken := target.all()
	want := make([]int64, lost)
	for i := range want {
		want[i] = int64(jobs + 1 + i)
	}
	if counts[0]+counts[1] != lost || !slices.Equal(taken, want) {
		t.Errorf("recovered %v, want %d together; sent %v, want %v", counts, lost, taken, want)
	}
}
