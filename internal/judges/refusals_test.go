package judges_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"claimcheck/internal/testneeds"
)

const (
	largeBytes = 32 << 20 // of a body that is refused
	smallPlan  = "max_input_bytes: 8MiB, submit_per_minute: 0"
	tries      = 3 // a refusal that gets lost does not get lost always
)

// A refusal is a call whose body is refused before it is read.
type refusal struct {
	name   string
	key    string
	status int
}

func (s *service) refusals() []refusal {
	return []refusal{{"a wrong key", "wrong", http.StatusUnauthorized}, {"too large", s.key, http.StatusRequestEntityTooLarge}}
}

// largeFile is a file that no plan of these tests takes.
func largeFile(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "large.bin")
	if err := os.WriteFile(name, make([]byte, largeBytes), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// A client posts a file and returns the statuses that it was answered.
type client struct {
	name string
	post func(t *testing.T, url, key, file string) []string
}

// clients are HTTP clients as callers use them, none of them ours.
func clients() []client {
	list := []client{{"Go net/http", postWithGo}, {"wget", postWithWget}, {"Perl HTTP::Tiny", postWithPerl}}
	for _, expect := range []string{"Expect: 100-continue", "Expect:"} {
		list = append(list, client{"curl, " + expect, func(t *testing.T, url, key, file string) []string {
			t.Helper()
			return postWithCurl(t, url, key, file, "--header", expect)
		}})
	}
	for _, library := range []string{"http.client", "urllib", "requests"} {
		list = append(list, client{"Python " + library, func(t *testing.T, url, key, file string) []string {
			t.Helper()
			python := testneeds.Program(t, "Python 3 with requests (apt-get install python3-requests)", "/usr/bin/python3", "python3")
			out, _ := run(t, python, filepath.Join("testdata", "refused.py"), library, url, key, file)
			return strings.Fields(out)
		}})
	}
	for _, library := range []string{"fetch", "http", "axios", "got", "needle", "superagent", "node-fetch"} {
		list = append(list, client{"Node " + library, func(t *testing.T, url, key, file string) []string {
			t.Helper()
			pkg := library
			if library == "fetch" || library == "http" {
				pkg = "got" // Node's own: any package will do
			}
			is := node[struct{ Status int }](t, "refused.mjs", pkg, map[string]any{"url": url, "key": key, "file": file, "client": library})
			return []string{strconv.Itoa(is.Status)}
		}})
	}
	return list
}

func postWithGo(t *testing.T, url, key, file string) []string {
	t.Helper()
	body, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = largeBytes
	r.Header.Set("x-api-key", key)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return []string{strconv.Itoa(res.StatusCode)}
}

func postWithCurl(t *testing.T, url, key, file string, more ...string) []string {
	t.Helper()
	curl := testneeds.Program(t, "curl (apt-get install curl)", "curl")
	args := []string{
		"--silent", "--show-error", "--output", os.DevNull, "--write-out", "%{http_code}",
		"--header", "x-api-key: " + key, "--data-binary", "@" + file,
	}
	args = append(args, more...)
	out, _ := run(t, curl, append(args, url)...)
	return []string{out}
}

// postWithWget returns a status for each time that wget posted.
func postWithWget(t *testing.T, url, key, file string) []string {
	t.Helper()
	sh, wget := testneeds.Program(t, "sh", "sh"), testneeds.Program(t, "wget (apt-get install wget)", "wget")
	_, told := run(t, sh, "-c", `"$@" || true`, "wget", wget, "--no-verbose", "--server-response", "--tries=3", "--output-document=-",
		"--header=x-api-key: "+key, "--post-file="+file, url)
	var statuses []string
	for _, m := range regexp.MustCompile(`HTTP/1\.\d (\d+)|(Connection reset|Broken pipe|failed:)`).FindAllStringSubmatch(told, -1) {
		statuses = append(statuses, m[1]+m[2])
	}
	return statuses
}

func postWithPerl(t *testing.T, url, key, file string) []string {
	t.Helper()
	perl := testneeds.Program(t, "Perl (apt-get install perl)", "perl")
	const script = `use HTTP::Tiny; local $/; open my $f, '<:raw', $ARGV[2]; my $r = HTTP::Tiny->new->post($ARGV[0], {headers => {'x-api-key' => $ARGV[1]}, content => <$f>}); print $r->{status}`
	out, _ := run(t, perl, "-e", script, url, key, file)
	return []string{out}
}

// TestARefusalReachesEveryClient posts what is refused at once, to the server
// itself. A client that sees a connection cut off does not know what was wrong,
// and some post the whole file again.
func TestARefusalReachesEveryClient(t *testing.T) {
	t.Parallel()
	s, file := start(t, smallPlan), largeFile(t)
	for _, c := range clients() {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range s.refusals() {
				for range tries {
					if got := c.post(t, s.URL+formatTool, r.key, file); len(got) != 1 || got[0] != strconv.Itoa(r.status) {
						t.Errorf("%s: it was answered %v, want %d, once", r.name, got, r.status)
					}
				}
			}
		})
	}
}
