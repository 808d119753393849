package trace

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A check looks at variables before the SDK does, which says what it finds in
// words of programmers, with the values of headers in them.
type check struct {
	v     map[string]string
	said  []string
	fatal bool // nothing is to be sent
}

func (c *check) say(format string, args ...any) {
	c.said = append(c.said, fmt.Sprintf(format, args...))
}

func (c *check) stop(format string, args ...any) {
	c.say(format, args...)
	c.fatal = true
}

func wrongExporter(is string) string {
	return fmt.Sprintf("OTEL_TRACES_EXPORTER is %q; otlp and none are known here", is)
}

// both are the two names of a setting of the exporter: of this signal, and of all.
func both(name string) [2]string {
	return [2]string{"OTEL_EXPORTER_OTLP_" + name, "OTEL_EXPORTER_OTLP_TRACES_" + name}
}

func (c *check) all() {
	if e := c.v["OTEL_TRACES_EXPORTER"]; e != "" && e != "otlp" {
		c.say("%s", wrongExporter(e))
	}
	for _, name := range both("ENDPOINT") {
		c.address(name)
	}
	c.words(both("PROTOCOL"), "http/protobuf is used", "grpc", "http/protobuf")
	c.words(both("COMPRESSION"), "nothing is compressed", "gzip", "none")
	c.words(both("INSECURE"), "it is taken for false", "true", "false")
	c.words([2]string{"OTEL_SDK_DISABLED"}, "it is taken for false", "true", "false")
	for _, name := range both("HEADERS") {
		c.headers(name)
	}
	for _, name := range both("CERTIFICATE") {
		c.certificate(name)
	}
	certs, keys := both("CLIENT_CERTIFICATE"), both("CLIENT_KEY")
	for i := range certs {
		c.pair(certs[i], keys[i])
	}
	for _, name := range slices.Concat(timed(), []string{
		"OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
	}) {
		if text := c.v[name]; text != "" {
			if n, ok := number(text); !ok || n < 0 {
				c.say("%s is %q; it must be a whole number, and the usual one is used", name, text)
			}
		}
	}
	c.sampler()
	c.propagators()
	for pair := range strings.SplitSeq(c.v["OTEL_RESOURCE_ATTRIBUTES"], ",") {
		if name, _, ok := strings.Cut(pair, "="); strings.TrimSpace(pair) != "" && (!ok || strings.TrimSpace(name) == "") {
			c.say("OTEL_RESOURCE_ATTRIBUTES has %q, which is no name=value, and that is left out", pair)
		}
	}
}

func timed() []string {
	b := both("TIMEOUT")
	return b[:]
}

// number reads a whole number as the SDK does.
func number(text string) (n int, ok bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil
}

func (c *check) address(name string) {
	text := c.v[name]
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "unix", u.Scheme != "unix" && u.Host == "": // the text may have a password
		c.stop("%s is not an address; it must begin with http:// or https:// and a host, for instance http://localhost:4318", name)
	case u.User != nil:
		c.stop("%s has a user name or password in it; say who sends in OTEL_EXPORTER_OTLP_HEADERS", name)
	}
}

func (c *check) words(names [2]string, instead string, known ...string) {
	for _, name := range names {
		if text := c.v[name]; text != "" && !slices.Contains(known, strings.ToLower(text)) {
			c.say("%s is %q; %s are known here, and %s", name, text, strings.Join(known, " and "), instead)
		}
	}
}

// token is what a header can be called (RFC 9110, section 5.6.2).
var token = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// headers looks at a list of name=value; its values are secrets.
func (c *check) headers(name string) {
	text := c.v[name]
	if text == "" {
		return
	}
	n := 0
	for pair := range strings.SplitSeq(text, ",") {
		n++
		key, value, ok := strings.Cut(pair, "=")
		_, err := url.PathUnescape(value)
		if !ok || err != nil || !token.MatchString(strings.TrimSpace(key)) {
			c.stop("%s is wrong in its entry %d; it must be a list of name=value, with a comma between, and other characters as %%XX", name, n)
		}
	}
}

func (c *check) certificate(name string) {
	file := c.v[name]
	if file == "" {
		return
	}
	text, err := os.ReadFile(file) //nolint:gosec // the operator names the file
	if err != nil {
		c.stop("%s names a file that cannot be read: %v", name, err)
	} else if !x509.NewCertPool().AppendCertsFromPEM(text) {
		c.stop("%s names the file %s, which has no certificate in PEM", name, file)
	}
}

func (c *check) pair(cert, key string) {
	switch certFile, keyFile := c.v[cert], c.v[key]; {
	case certFile == "" && keyFile == "":
	case certFile == "" || keyFile == "":
		c.stop("%s and %s belong together, and only one of them is set", cert, key)
	default:
		if _, err := tls.LoadX509KeyPair(certFile, keyFile); err != nil {
			c.stop("%s and %s do not name a certificate and its key: %v", cert, key, err)
		}
	}
}

func (c *check) sampler() {
	known := []string{"always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"}
	name := strings.ToLower(c.v["OTEL_TRACES_SAMPLER"])
	if name != "" && !slices.Contains(known, name) {
		c.say("OTEL_TRACES_SAMPLER is %q; %s are known here, and parentbased_always_on is used", name, strings.Join(known, ", "))
	}
	arg := c.v["OTEL_TRACES_SAMPLER_ARG"]
	if !strings.HasSuffix(name, "traceidratio") || arg == "" {
		return
	}
	if f, err := strconv.ParseFloat(arg, 64); err != nil || f < 0 || f > 1 {
		c.say("OTEL_TRACES_SAMPLER_ARG is %q; it must be a number from 0 to 1, and 1 is used", arg)
	}
}

func (c *check) propagators() {
	for name := range strings.SplitSeq(c.v["OTEL_PROPAGATORS"], ",") {
		switch name = strings.TrimSpace(name); name {
		case "", "none", "tracecontext", "baggage":
		default:
			c.say("OTEL_PROPAGATORS has %q; tracecontext, baggage and none are known here, and that is left out", name)
		}
	}
}
