package app

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

// pair is a connection through a patientListener and its other end.
func pair(t *testing.T) (conn, peer net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if peer, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if conn, err = (patientListener{l}).Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); peer.Close() })
	return conn, peer
}

// readFor reads and returns how long that took and its error.
func readFor(conn net.Conn) (time.Duration, error) {
	began := time.Now()
	_, err := conn.Read(make([]byte, 1))
	return time.Since(began), err
}

func set(t *testing.T, conn net.Conn, at time.Time) {
	t.Helper()
	if err := conn.SetReadDeadline(at); err != nil {
		t.Fatal(err)
	}
}

func TestTheLastDeadlineCounts(t *testing.T) {
	const short, long = 50 * time.Millisecond, 200 * time.Millisecond
	for name, c := range map[string]struct {
		deadlines []time.Duration
		want      time.Duration
	}{
		"one":                  {[]time.Duration{short}, short},
		"moved later":          {[]time.Duration{short, long}, long},
		"moved sooner":         {[]time.Duration{long, short}, short},
		"later, then sooner":   {[]time.Duration{short, time.Hour, long}, long},
		"past, then later":     {[]time.Duration{-time.Hour, short}, short},
		"later, then the past": {[]time.Duration{long, -time.Hour}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, _ := pair(t)
			for _, d := range c.deadlines {
				set(t, conn, time.Now().Add(d))
			}
			took, err := readFor(conn)
			if !errors.Is(err, os.ErrDeadlineExceeded) || took < c.want-short/2 {
				t.Errorf("failed after %s with %v, want a deadline after %s", took, err, c.want)
			}
		})
	}
}

func TestAReadThatWaitsIsStoppedByASoonerDeadline(t *testing.T) {
	conn, _ := pair(t)
	set(t, conn, time.Now().Add(time.Hour))
	done := make(chan error, 1)
	go func() {
		_, err := readFor(conn)
		done <- err
	}()
	set(t, conn, time.Unix(1, 0)) // as net/http does when a handler has ended
	if err := <-done; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestNoDeadlineIsNone(t *testing.T) {
	conn, peer := pair(t)
	set(t, conn, time.Now().Add(20*time.Millisecond))
	set(t, conn, time.Time{})
	time.AfterFunc(100*time.Millisecond, func() { _, _ = peer.Write([]byte("x")) })
	if took, err := readFor(conn); err != nil {
		t.Errorf("failed after %s: %v", took, err)
	}
}
