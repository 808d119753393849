package judges_test

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"claimcheck/internal/proxyproc"
	"claimcheck/internal/testneeds"
)

// A proxy is a program that stands between clients and servers in the world.
type proxy struct {
	name    string
	program proxyproc.Program
	// set writes the configuration into the folder and returns the arguments.
	set func(dir, listen, server string) (config string, args []string)
}

const proxyConfig = proxyproc.Config

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
	{"nginx", proxyproc.Nginx, nginx("")},
	{"nginx, bodies not buffered", proxyproc.Nginx, nginx("proxy_request_buffering off;")},
	{"Apache", proxyproc.Apache, apache},
	{"HAProxy", proxyproc.HAProxy, haproxy},
	{"Varnish", proxyproc.Program{Name: "Varnish", Paths: []string{"varnishd", "/usr/sbin/varnishd"}, Apt: "varnish"}, varnish},
}

// behind starts a proxy before a server and returns its address.
func behind(t *testing.T, p *proxy, server string) string {
	t.Helper()
	p.program.Path(t)
	if p.name == "Varnish" { // it compiles its configuration
		testneeds.Program(t, "a C compiler (apt-get install gcc libc6-dev)", "gcc", "cc")
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	dir, listen := proxyproc.Folder(t), proxyproc.FreeAddress(t)
	config, args := p.set(dir, listen, u.Host)
	proxyproc.Write(t, dir, config)
	proxyproc.Start(t, p.program, dir, listen, nil, args...)
	return "http://" + listen
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
