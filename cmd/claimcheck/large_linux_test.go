package main_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// mostMemory is what the server may occupy at most while it works on a large
// document, whatever its size.
const mostMemory = 100 << 20

// lines is a JSON document that is made while it is read: an array of n copies
// of oneLine, head before it, between each two, tail behind it.
type lines struct {
	head, between, tail string
	n, i                int
	rest                string
}

const oneLine = `"the quick brown fox jumps over the lazy dog, 0123456789, and once more \u00e9"`

func compact(n int) *lines   { return &lines{head: "[", between: ",", tail: "]", n: n} }
func formatted(n int) *lines { return &lines{head: "[\n ", between: ",\n ", tail: "\n]", n: n} }

// size is the document's length.
func (l *lines) size() int64 {
	return int64(len(l.head)+len(l.tail)) + int64(l.n)*int64(len(oneLine)) + int64(l.n-1)*int64(len(l.between))
}

// Read gives the document.
func (l *lines) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if l.rest == "" && l.i > l.n {
			break
		}
		if l.rest == "" {
			switch l.i {
			case 0:
				l.rest = l.head + oneLine
			case l.n:
				l.rest = l.tail
			default:
				l.rest = l.between + oneLine
			}
			l.i++
		}
		k := copy(p[n:], l.rest)
		l.rest = l.rest[k:]
		n += k
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// peak is the most memory that a process ever had, in bytes.
func peak(t *testing.T, pid int) int64 {
	t.Helper()
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if text, ok := strings.CutPrefix(s.Text(), "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.Fields(text)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n << 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}

// TestALargeDocumentNeedsLittleMemory hands in a document of
// CLAIMCHECK_TEST_LARGE MiB (64 without it) on each storage.
func TestALargeDocumentNeedsLittleMemory(t *testing.T) {
	mib := times(t, "CLAIMCHECK_TEST_LARGE", 64)
	eachStorage(t, func(t *testing.T, st storage) {
		t.Helper()
		s := st.start(t, "")
		c := newCaller(s, s.Key("ann", "--plan=unlimited"))
		n := mib << 20 / (len(oneLine) + 1)
		doc := compact(n)
		began := time.Now()
		key, err := c.upload(t.Context(), "large.json", doc.size(), doc)
		if err != nil {
			t.Fatal(err)
		}
		uploaded := time.Since(began)
		began = time.Now()
		a := c.submitFile(t, "/json-formatter-api", key)
		if a.status != http.StatusAccepted {
			t.Fatal(a)
		}
		var is api.Status
		serverproc.Until(t, 5*time.Minute, func() (bool, string) {
			is = c.status(t, decode[api.Accepted](t, a).JobID)
			return is.Status == "success" || is.Status == "failed", is.Status
		})
		ran := time.Since(began)
		began = time.Now()
		sum, digest, size := c.fetchSum(t, linkOf(t, is))
		downloaded := time.Since(began)
		want := formatted(n)
		wantSum := sha256.New()
		if _, err := io.Copy(wantSum, want); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(sum, wantSum.Sum(nil)) || size != formatted(n).size() {
			t.Errorf("got %d bytes, SHA-256 %s, want %d, %s", size, hex.EncodeToString(sum), formatted(n).size(), hex.EncodeToString(wantSum.Sum(nil)))
		}
		if digest != "sha-256=:"+base64.StdEncoding.EncodeToString(sum)+":" {
			t.Errorf("Repr-Digest %s is of something else", digest)
		}
		memory := peak(t, s.PID())
		if memory > mostMemory {
			t.Errorf("the server occupied %d MiB, want at most %d", memory>>20, mostMemory>>20)
		}
		rate := func(d time.Duration) string {
			return fmt.Sprintf("%.1fs (%.0f MB/s)", d.Seconds(), float64(doc.size())/1e6/d.Seconds())
		}
		t.Logf("%d MiB: upload %s, job %s, download %s, memory at most %d MiB", mib, rate(uploaded), rate(ran), rate(downloaded), memory>>20)
		s.Stop()
	})
}

// fetchSum downloads a file and returns its sum, its digest field and its size.
func (c *caller) fetchSum(t *testing.T, link string) (sum []byte, digest string, size int64) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	h := sha256.New()
	size, err = io.Copy(h, res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("download: %d, %v", res.StatusCode, err)
	}
	return h.Sum(nil), res.Header.Get("Repr-Digest"), size
}
