package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	heldSettle  = 2 * time.Second // after the last request was sent
	heldChanged = 300             // jobs that are changed while their polls are held
)

// A heldPoll is a status request that waits on a connection of its own.
type heldPoll struct {
	conn     net.Conn
	answered time.Time
	code     int
}

// heldPolls holds many status requests at once: what each occupies, how soon
// the change of a job is told, and whether any is forgotten.
func heldPolls(ctx context.Context, b *bench) (_ []line, err error) {
	s, err := b.serveNew(ctx, "--workers=0")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	ids, err := s.submitMany(ctx, b.polled)
	if err != nil {
		return nil, err
	}
	before, err := s.memory("VmRSS")
	if err != nil {
		return nil, err
	}
	polls, err := s.holdAll(ctx, ids)
	if err != nil {
		return nil, err
	}
	var answers sync.WaitGroup
	for _, p := range polls {
		answers.Go(p.read)
	}
	time.Sleep(heldSettle)
	after, err := s.memory("VmRSS")
	if err != nil {
		return nil, err
	}
	took, err := s.cancelSome(ctx, ids, polls)
	if err != nil {
		return nil, err
	}
	answers.Wait() // the rest ends with its time
	forgotten := 0
	for _, p := range polls {
		if p.code != http.StatusOK {
			forgotten++
		}
	}
	each := (after - before) / int64(len(polls))
	return []line{
		line{what: fmt.Sprintf("%d held polls, memory of each", len(polls)), ours: fmt.Sprintf("%.1f KB", float64(each)/1000), result: fmt.Sprintf("%.1f KB", float64(each)/1000)}.
			judged(each <= 20_000, "≤ 20 KB"),
		line{what: "held polls, change to answer, p99", ours: millis(quantile(took, 0.99)), result: millis(quantile(took, 0.99)), spread: "p50 " + millis(quantile(took, 0.5))}.
			judged(quantile(took, 0.99) <= 100*time.Millisecond, "≤ 100ms"),
		line{what: "held polls without an answer", ours: fmt.Sprint(forgotten), result: fmt.Sprint(forgotten)}.judged(forgotten == 0, "0"),
	}, nil
}

// holdAll sends one held poll for each job.
func (s *server) holdAll(ctx context.Context, ids []string) ([]*heldPoll, error) {
	polls := make([]*heldPoll, len(ids))
	var dialer net.Dialer
	address := strings.TrimPrefix(s.url, "http://")
	for i, id := range ids {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("open connection %d: %w", i, err)
		}
		polls[i] = &heldPoll{conn: conn}
		if _, err := fmt.Fprintf(conn, "GET /jobs/%s HTTP/1.1\r\nHost: bench\r\nx-api-key: %s\r\nPrefer: wait=25\r\n\r\n", id, s.key); err != nil {
			return nil, fmt.Errorf("send held poll %d: %w", i, err)
		}
	}
	return polls, nil
}

// read waits for the answer.
func (p *heldPoll) read() {
	defer func() { _ = p.conn.Close() }() // only read
	res, err := http.ReadResponse(bufio.NewReaderSize(p.conn, 1024), nil)
	if err != nil {
		return
	}
	defer res.Body.Close()
	p.answered, p.code = time.Now(), res.StatusCode
	_, _ = io.Copy(io.Discard, res.Body) // the code is what counts
}

// cancelSome changes jobs one after the other and returns how long after the
// request for it each held poll was answered.
func (s *server) cancelSome(ctx context.Context, ids []string, polls []*heldPoll) ([]time.Duration, error) {
	began := map[int]time.Time{}
	for i := 0; i < len(ids) && len(began) < heldChanged; i += max(len(ids)/heldChanged, 1) {
		began[i] = time.Now()
		if _, err := ask(ctx, s.client, http.MethodPost, s.url+"/jobs/"+ids[i]+"/cancel", s.key, nil); err != nil {
			return nil, fmt.Errorf("cancel job %s: %w", ids[i], err)
		}
	}
	time.Sleep(heldSettle)
	var took []time.Duration
	for i, at := range began {
		if polls[i].answered.IsZero() {
			return nil, fmt.Errorf("the poll of job %s was not answered %s after its change", ids[i], heldSettle)
		}
		took = append(took, polls[i].answered.Sub(at))
	}
	return took, nil
}
