// Command webhook-receivers is a receiver of webhooks: it answers calls that its
// secret has signed, and works once for each.
//
//	WEBHOOK_SECRET=whsec_... go run ./examples/webhook-receivers 9100
//
// The receivers in Python and for Node beside it do the same.
package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"claimcheck/client/webhook"
)

const (
	kept    = 10_000 // calls that are remembered; keep them in your database if you have one
	timeout = 20 * time.Second
)

// A receiver is safe for concurrent use.
type receiver struct {
	secret string

	mu    sync.Mutex // guards the fields below
	done  map[string]bool
	order []string
}

func main() {
	if len(os.Args) != 2 || os.Getenv("WEBHOOK_SECRET") == "" { //nolint:mnd // the program and the port
		fmt.Fprintln(os.Stderr, "usage: WEBHOOK_SECRET=whsec_... go run ./examples/webhook-receivers PORT")
		os.Exit(2)
	}
	if err := serve(&receiver{secret: os.Getenv("WEBHOOK_SECRET"), done: map[string]bool{}}, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(r *receiver, port string) error {
	l, err := net.Listen("tcp", "127.0.0.1:"+port) //nolint:noctx // until the program ends
	if err != nil {
		return err
	}
	fmt.Println("listening on http://" + l.Addr().String())
	server := http.Server{Handler: r, ReadTimeout: timeout}
	return server.Serve(l)
}

// ServeHTTP answers one call.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	event, err := webhook.Receive(req, time.Now(), r.secret)
	switch {
	case errors.Is(err, webhook.ErrSecret): // ours, not the caller's
		fmt.Fprintln(os.Stderr, err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	case err != nil:
		fmt.Println("refused:", err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done[event.ID] {
		fmt.Println("again", event.ID) // its answer was lost, or it was sent anew
	} else {
		work(event)
		r.remember(event.ID)
	}
	w.WriteHeader(http.StatusNoContent)
}

func (r *receiver) remember(id string) {
	r.done[id] = true
	if r.order = append(r.order, id); len(r.order) > kept {
		delete(r.done, r.order[0])
		r.order = r.order[1:]
	}
}

// work is what is to be done for an event; the call is answered after it, within seconds.
func work(e webhook.Event) {
	job := e.Job.JobID
	if job == "" {
		job = "-"
	}
	fmt.Println(e.Type, job)
}
