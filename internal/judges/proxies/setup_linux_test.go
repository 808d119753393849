package proxies_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/proxyproc"
	"claimcheck/internal/serverproc"
)

func TestMain(m *testing.M) { serverproc.Main(m) }

// patience is how long a proxy may take on a slow machine.
const patience = 60 * time.Second

// A kind is a proxy with the file that its reader copies.
type kind struct {
	name    string
	program proxyproc.Program
	file    string // below deploy/proxies
	// put puts what the reader would have put into the file, here an address to listen
	// on, and a folder for all that is written. It returns the configuration with which
	// the program is started, and more environment.
	put func(text, dir, listen string) (config string, env []string)
	// check and run are the arguments by which a configuration is checked and run.
	check, run func(dir, config string) []string

	listens string // what the file listens on
	leaves  bool   // it ends a long poll whose client has left
	waits   bool   // it waits for a server that is away
}

var kinds = []kind{
	{
		name: "nginx", program: proxyproc.Nginx, file: "nginx.conf", listens: "listen 80;", leaves: true,
		put: func(text, dir, listen string) (string, []string) {
			text = strings.NewReplacer("listen 80;", "listen "+listen+";", "listen 443 ssl", "listen "+listen+" ssl").Replace(text)
			included(dir, text)
			return nginxMain(dir), nil
		},
		check: func(dir, config string) []string {
			return []string{"-t", "-q", "-p", dir, "-e", "stderr", "-c", config}
		},
		run: func(dir, config string) []string { return []string{"-p", dir, "-e", "stderr", "-c", config} },
	},
	{
		name: "Caddy", program: proxyproc.Caddy, file: "caddy/Caddyfile", listens: ":80 {", leaves: true, waits: true,
		put: func(text, dir, listen string) (string, []string) {
			scheme := "http://"
			if !strings.Contains(text, "\t#tls tls") {
				scheme = "https://"
			}
			// Without the address that caddy reload uses, which is the same for all of this machine.
			return "{\n\tadmin off\n\tdefault_bind 127.0.0.1\n}\n\n" + strings.Replace(text, ":80 {", scheme+listen+" {", 1),
				[]string{"XDG_CONFIG_HOME=" + dir, "XDG_DATA_HOME=" + dir, "HOME=" + dir}
		},
		check: func(_, config string) []string {
			return []string{"validate", "--config", config, "--adapter", "caddyfile"}
		},
		run: func(_, config string) []string { return []string{"run", "--config", config, "--adapter", "caddyfile"} },
	},
	{
		name: "HAProxy", program: proxyproc.HAProxy, file: "haproxy.cfg", listens: "bind :80", leaves: true, waits: true,
		put: func(text, _, listen string) (string, []string) {
			return strings.NewReplacer("bind :80", "bind "+listen, "bind :443", "bind "+listen).Replace(text), nil
		},
		check: func(_, config string) []string { return []string{"-c", "-q", "-f", config} },
		run:   func(_, config string) []string { return []string{"-db", "-f", config} },
	},
	{
		name: "Apache", program: proxyproc.Apache, file: "apache.conf", listens: "<VirtualHost *:80>",
		put: func(text, dir, listen string) (string, []string) {
			included(dir, strings.Replace(text, "<VirtualHost *:80>", "<VirtualHost "+listen+">", 1))
			return apacheMain(dir, listen), nil
		},
		check: func(_, config string) []string { return []string{"-t", "-f", config} },
		run:   func(_, config string) []string { return []string{"-f", config, "-D", "FOREGROUND"} },
	},
}

// included writes what the main configuration includes.
func included(dir, text string) {
	if err := os.WriteFile(filepath.Join(dir, "included.conf"), []byte(text), 0o644); err != nil {
		panic(err) // a folder of ours
	}
}

// nginxMain is the main configuration of Debian's package as far as proxies meet it, gzip included.
func nginxMain(dir string) string {
	temps := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temps += kind + "_temp_path " + dir + "/" + kind + ";\n"
	}
	user := ""
	if os.Getuid() == 0 {
		user = "user root;\n"
	}
	return user + "daemon off;\nworker_processes 2;\npid " + dir + "/pid;\nerror_log stderr;\nevents { worker_connections 768; }\nhttp {\naccess_log off;\n" +
		"sendfile on;\ntcp_nopush on;\ntypes_hash_max_size 2048;\ngzip on;\n" + temps + "include " + dir + "/included.conf;\n}\n"
}

// apacheMain is the main configuration of Debian's package as far as proxies meet it.
func apacheMain(dir, listen string) string {
	user := ""
	if os.Getuid() == 0 {
		user = "User www-data\nGroup www-data\n"
	}
	modules := ""
	for _, name := range []string{"mpm_event", "authz_core", "proxy", "proxy_http", "headers", "reqtimeout", "ssl", "filter", "deflate", "mime"} {
		modules += "LoadModule " + name + "_module /usr/lib/apache2/modules/mod_" + name + ".so\n"
	}
	return modules + user + "ServerName localhost\nListen " + listen + "\nPidFile " + dir + "/pid\nDefaultRuntimeDir " + dir +
		"\nErrorLog /dev/stderr\nLogLevel warn\nTimeout 300\nKeepAlive On\nMaxKeepAliveRequests 100\nKeepAliveTimeout 5\nTypesConfig /etc/mime.types\n" +
		"AddOutputFilterByType DEFLATE text/html text/plain text/xml text/css text/javascript application/json\nInclude " + dir + "/included.conf\n"
}

var comments = regexp.MustCompile(`(?m)^(\s*)#tls `)

// configure makes what a reader makes of the file: a configuration before a server,
// plain or with TLS.
func (k *kind) configure(t *testing.T, listen, server string, secure bool) (dir, config string, env []string) {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", "..", "..", "deploy", "proxies", k.file))
	if err != nil {
		t.Fatal(err)
	}
	text := string(file)
	for _, there := range []string{k.listens, "claimcheck:8080", "#tls "} {
		if !strings.Contains(text, there) {
			t.Fatalf("%s does not say %q", k.file, there)
		}
	}
	dir = proxyproc.Folder(t)
	if secure {
		text = comments.ReplaceAllString(text, "$1")
		for _, plain := range []string{"    listen 80;\n", "    bind :80\n"} { // the port is put in where TLS is
			text = strings.Replace(text, plain, "", 1)
		}
		text = strings.ReplaceAll(text, "/etc/claimcheck/tls", certificates(t, dir))
	}
	text, env = k.put(strings.ReplaceAll(text, "claimcheck:8080", strings.TrimPrefix(server, "http://")), dir, listen)
	return dir, proxyproc.Write(t, dir, text), env
}

// start checks and runs the proxy before a server.
func (k *kind) start(t *testing.T, listen, server string, secure bool) *proxyproc.Proxy {
	t.Helper()
	exe := k.program.Path(t)
	dir, config, env := k.configure(t, listen, server, secure)
	checked := exec.CommandContext(t.Context(), exe, k.check(dir, config)...)
	checked.Env = append(os.Environ(), env...)
	if out, err := checked.CombinedOutput(); err != nil {
		t.Fatalf("%s does not take %s: %v\n%s", k.name, k.file, err, out)
	} else {
		for line := range strings.Lines(strings.ToLower(string(out))) {
			if strings.Contains(line, "warn") && !strings.Contains(line, "ocsp") { // the certificate of the test names no responder
				t.Errorf("%s warns of %s: %s", k.name, k.file, line)
			}
		}
	}
	return proxyproc.Start(t, k.program, dir, listen, env, k.run(dir, config)...)
}

// certificates makes a key and a certificate for 127.0.0.1 that signs itself.
func certificates(t *testing.T, dir string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"jobs.example.org"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	for name, text := range map[string][]byte{"cert.pem": certPEM, "key.pem": keyPEM, "both.pem": slices.Concat(certPEM, keyPEM)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
