package judges_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// A proxy is a program that stands between clients and servers in the world.
type proxy struct {
	name  string
	paths []string
	apt   string
	// set writes the configuration into the folder and returns the arguments.
	set func(dir, listen, server string) (config string, args []string)
}

const proxyConfig = "proxy.conf"

func nginx(more string) func(dir, listen, server string) (string, []string) {
	return func(dir, listen, server string) (string, []string) {
		temps := ""
		for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			temps += kind + "_temp_path " + dir + "/" + kind + ";\n"
		}
		user := ""
		if os.Getuid() == 0 {
			user = "user root;\n"
		}
		return user + "daemon off; worker_processes 1; pid " + dir + "/pid; error_log stderr;\nevents {}\nhttp {\naccess_log off; client_max_body_size 0;\n" + temps + `
server {
	listen ` + listen + `;
	location / {
		proxy_pass http://` + server + `;
		proxy_http_version 1.1;
		proxy_set_header Connection "";
		` + more + `
	}
}
}
`, []string{"-p", dir, "-e", "stderr", "-c", filepath.Join(dir, proxyConfig)}
	}
}

func apache(dir, listen, server string) (string, []string) {
	user := ""
	if os.Getuid() == 0 {
		user = "User www-data\nGroup www-data\n"
	}
	modules := ""
	for _, name := range []string{"mpm_event", "authz_core", "proxy", "proxy_http"} {
		modules += "LoadModule " + name + "_module /usr/lib/apache2/modules/mod_" + name + ".so\n"
	}
	return modules + user + "ServerName localhost\nListen " + listen + "\nPidFile " + dir + "/pid\nDefaultRuntimeDir " + dir +
		"\nErrorLog /dev/stderr\nLogLevel crit\nProxyPass / http://" + server + "/\n", []string{"-f", filepath.Join(dir, proxyConfig), "-D", "FOREGROUND"}
}

func haproxy(dir, listen, server string) (string, []string) {
	return "defaults\n mode http\n timeout connect 5s\n timeout client 60s\n timeout server 60s\nfrontend f\n bind " + listen +
		"\n default_backend b\nbackend b\n server s " + server + "\n", []string{"-db", "-f", filepath.Join(dir, proxyConfig)}
}

func varnish(dir, listen, server string) (string, []string) {
	host, port, _ := net.SplitHostPort(server)
	return "vcl 4.1;\nbackend default { .host = \"" + host + "\"; .port = \"" + port + "\"; }\nsub vcl_recv { return (pass); }\n",
		[]string{"-F", "-a", listen, "-f", filepath.Join(dir, proxyConfig), "-n", dir, "-s", "malloc,16m", "-j", "none"}
}

// proxies are those that more than one of our callers' operators are known to
// use, each with the settings that it comes with.
var proxies = []proxy{
	{"nginx", []string{"nginx", "/usr/sbin/nginx"}, "nginx", nginx("")},
	{"nginx, bodies not buffered", []string{"nginx", "/usr/sbin/nginx"}, "nginx", nginx("proxy_request_buffering off;")},
	{"Apache", []string{"apache2", "/usr/sbin/apache2"}, "apache2", apache},
	{"HAProxy", []string{"haproxy", "/usr/sbin/haproxy"}, "haproxy", haproxy},
	{"Varnish", []string{"varnishd", "/usr/sbin/varnishd"}, "varnish", varnish},
}

// behind starts a proxy before a server and returns its address.
func behind(t *testing.T, p *proxy, server string) string {
	t.Helper()
	exe := testneeds.Program(t, p.name+" (apt-get install "+p.apt+")", p.paths...)
	if p.name == "Varnish" { // it compiles its configuration
		testneeds.Program(t, "a C compiler (apt-get install gcc libc6-dev)", "gcc", "cc")
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil { // some proxies give their rights up before they read it
		t.Fatal(err)
	}
	listen := freeAddress(t)
	config, args := p.set(dir, listen, u.Host)
	if err := os.WriteFile(filepath.Join(dir, proxyConfig), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	var said serverproc.Log
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it is told to end
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		if t.Failed() {
			t.Logf("%s said:\n%s", p.name, said.String())
		}
	})
	serverproc.Until(t, patience, func() (bool, string) {
		select {
		case <-ended:
			t.Fatalf("%s ended:\n%s", p.name, said.String())
		default:
		}
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listen)
		if err != nil {
			return false, fmt.Sprint(err, "; ", said.String())
		}
		return conn.Close() == nil, ""
	})
	return "http://" + listen
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestARefusalPassesThroughProxies posts what is refused at once through
// proxies, of which most write the whole body before they look for an answer, or
// make a 502 or 503 of a connection that ends while they write.
func TestARefusalPassesThroughProxies(t *testing.T) {
	t.Parallel()
	file := largeFile(t)
	for i := range proxies {
		p := &proxies[i]
		t.Run(p.name, func(t *testing.T) {
			s := start(t, smallPlan)
			at := behind(t, p, s.URL)
			for _, r := range s.refusals() {
				for _, expect := range []string{"Expect:", "Expect: 100-continue"} {
					var got []string
					for range 3 * tries {
						got = append(got, postWithCurl(t, at+formatTool, r.key, file, "--header", expect)...)
					}
					if want := strings.Repeat(strconv.Itoa(r.status)+" ", len(got)); strings.Join(got, " ")+" " != want {
						t.Errorf("%s, %s: got %v, want %d each time", r.name, expect, got, r.status)
					}
				}
			}
		})
	}
}
