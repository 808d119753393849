package blobtest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/testneeds"
)

// Keys of the storage that [StartBucket] starts.
const (
	BucketName   = "files"
	BucketAccess = "claimcheck-test"
	BucketSecret = "not-a-secret"
)

// A Bucket is one of a real storage with the S3 interface, which ends with the
// test.
type Bucket struct {
	Endpoint string
	Folder   string // what the storage keeps its objects in
	t        testing.TB
	program  string
	address  string
	root     string

	mu      sync.Mutex // guards the field below
	running *exec.Cmd
}

// StartBucket starts a storage on the loopback interface with one empty bucket.
func StartBucket(t testing.TB) *Bucket {
	t.Helper()
	b := &Bucket{t: t, program: testneeds.Versitygw(t), root: t.TempDir()}
	b.Folder = filepath.Join(b.root, BucketName)
	if err := os.Mkdir(b.Folder, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.address = l.Addr().String()
	b.Endpoint = "http://" + b.address
	l.Close()
	t.Cleanup(b.Stop)
	b.Start()
	return b
}

// Env is what a program needs in its environment to use the bucket.
func (*Bucket) Env() []string {
	return []string{"AWS_ACCESS_KEY_ID=" + BucketAccess, "AWS_SECRET_ACCESS_KEY=" + BucketSecret}
}

// Start starts the storage again, after Stop, on the same address with the same
// objects, and waits until it answers.
func (b *Bucket) Start() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	cmd := exec.Command(b.program, "--port", b.address, "--access", BucketAccess, "--secret", BucketSecret, "--keep-alive", "--quiet", "posix", b.root)
	cmd.Stderr = os.Stderr
	testneeds.DieWithParent(cmd)
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.running = cmd
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 500 {
		if answers(b.Endpoint) {
			return
		}
		<-tick.C
	}
	b.t.Fatal("the storage does not answer")
}

func answers(url string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return false
	}
	res.Body.Close()
	return true
}

// Stop kills the storage.
func (b *Bucket) Stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running == nil {
		return
	}
	if err := b.running.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		b.t.Error(err)
	}
	_ = b.running.Wait() // it was killed
	b.running = nil
}

// Pause makes the storage silent: connections stay, nothing is answered.
func (b *Bucket) Pause() {
	b.t.Helper()
	b.signal(stopSignal)
	for range 100 { // its threads stop one after the other
		if !answers(b.Endpoint) {
			return
		}
	}
	b.t.Fatal("the storage still answers")
}

// Resume ends a pause.
func (b *Bucket) Resume() { b.signal(goOnSignal) }

func (b *Bucket) signal(sig os.Signal) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.running.Process.Signal(sig); err != nil {
		b.t.Error(err)
	}
}
