package pgproc

import (
	"bytes"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A Proxy stands between a client and a cluster, to break the line between
// them. It ends with its test.
type Proxy struct {
	listener net.Listener
	target   string

	mu      sync.Mutex // guards the fields below
	lines   map[*line]bool
	refuse  bool
	stalled chan struct{}          // closed when bytes go on; nil while they do
	fates   map[string]func() Fate // by a part of what is sent to the server
	wait    sync.WaitGroup
}

// A Fate is what becomes of a statement and its answer.
type Fate int

// The fates.
const (
	Pass           Fate = iota
	LoseAnswer          // the server does it, the client hears nothing: all lines are cut
	LoseCommit          // the server never hears of it: the line is cut
	CutAnswer           // the server does it, the client hears nothing: this line is cut
	AnswerLate          // the client hears of it after a second
	AnswerVeryLate      // the client hears of it after eight seconds: later than anybody waits for a commit
)

const (
	late     = time.Second
	veryLate = 8 * time.Second
)

// NewProxy starts a proxy to the server of a database's address and returns it
// with the address through it.
func NewProxy(t testing.TB, address string) (p *Proxy, through string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p = &Proxy{listener: l, target: u.Host, lines: map[*line]bool{}, fates: map[string]func() Fate{}}
	u.Host = l.Addr().String()
	p.wait.Go(p.accept)
	t.Cleanup(func() {
		l.Close()
		p.Go()
		p.Cut()
		p.wait.Wait()
	})
	return p, u.String()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		p.mu.Lock()
		if err != nil || p.refuse {
			p.mu.Unlock()
			client.Close()
			if err == nil {
				server.Close()
			}
			continue
		}
		l := &line{client: client, server: server, muted: make(chan struct{})}
		p.lines[l] = true
		p.mu.Unlock()
		p.wait.Go(func() { p.pump(l, server, client, true) })
		p.wait.Go(func() { p.pump(l, client, server, false) })
	}
}

// commitQuery is how a COMMIT without parameters is sent (simple query).
const commitQuery = "COMMIT\x00"

// A line is one connection, in two halves.
type line struct {
	client, server net.Conn
	mute           atomic.Bool   // the client hears nothing more
	stranded       atomic.Bool   // nobody hears anything more
	late           atomic.Int64  // answers wait until this time, in Unix nanoseconds
	muted          chan struct{} // closed when an answer was swallowed
	once           sync.Once
}

func (l *line) close() {
	l.client.Close()
	l.server.Close()
}

func (p *Proxy) pump(l *line, to, from net.Conn, toServer bool) {
	defer func() {
		l.close()
		p.mu.Lock()
		delete(p.lines, l)
		p.mu.Unlock()
		l.once.Do(func() { close(l.muted) })
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if l.stranded.Load() {
			continue
		}
		if !toServer && l.mute.Load() {
			l.once.Do(func() { close(l.muted) })
			continue
		}
		if !p.mayGo(l, buf[:n], toServer) {
			return
		}
		if wait := time.Until(time.Unix(0, l.late.Load())); !toServer && wait > 0 {
			<-time.After(wait)
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// mayGo decides about a piece of traffic; it reports false when the line ends.
func (p *Proxy) mayGo(l *line, piece []byte, toServer bool) bool {
	p.mu.Lock()
	stalled, fate := p.stalled, p.fateOf(piece, toServer)
	p.mu.Unlock()
	if stalled != nil {
		<-stalled
	}
	if fate == nil {
		return true
	}
	switch fate() {
	case LoseAnswer:
		l.swallow(piece)
		p.Cut()
		return false
	case CutAnswer:
		l.swallow(piece)
		return false
	case LoseCommit:
		return false
	case AnswerLate:
		l.late.Store(time.Now().Add(late).UnixNano())
	case AnswerVeryLate:
		l.late.Store(time.Now().Add(veryLate).UnixNano())
	case Pass:
	}
	return true
}

// swallow has the server do what was sent, and keeps its answer.
func (l *line) swallow(piece []byte) {
	l.mute.Store(true)
	_, _ = l.server.Write(piece)
	<-l.muted // the server has answered
}

// fateOf returns who decides about a piece, nil for nobody. The caller has locked mu.
func (p *Proxy) fateOf(piece []byte, toServer bool) func() Fate {
	if !toServer {
		return nil
	}
	for part, f := range p.fates {
		if bytes.Contains(piece, []byte(part)) {
			return f
		}
	}
	return nil
}

// OnCommit has every COMMIT that passes asked what becomes of it; nil lets all
// pass.
func (p *Proxy) OnCommit(f func() Fate) { p.On(commitQuery, f) }

// On is OnCommit for whatever is sent with a part like this.
func (p *Proxy) On(part string, f func() Fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f == nil {
		delete(p.fates, part)
		return
	}
	p.fates[part] = f
}

// Refuse refuses new lines, or takes them again.
func (p *Proxy) Refuse(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = on
}

// Cut ends all lines.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.lines {
		l.close()
	}
}

// Stall keeps all bytes back until Go, as a network that drops everything does.
func (p *Proxy) Stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stalled == nil {
		p.stalled = make(chan struct{})
	}
}

// Strand has all lines that there are drop what is sent on them, and tells
// nobody, as when the machine at the other end is gone. New lines are good.
func (p *Proxy) Strand() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.lines {
		l.stranded.Store(true)
	}
}

// Go lets bytes pass again.
func (p *Proxy) Go() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stalled != nil {
		close(p.stalled)
		p.stalled = nil
	}
}
