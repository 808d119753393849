package fetch_test

import (
	"strings"
	"testing"

	"claimcheck/internal/fault"
	"claimcheck/internal/fetch"
)

// refusedText are addresses that are refused by their text alone.
var refusedText = strings.Fields(`
ftp://example.com/ file:///etc/passwd gopher://example.com/ javascript:alert(1) data:text/plain,x ws://example.com/ unix:///run/x.sock
http: http:// https:// http:/ http:example.com http:/example.com //example.com/ example.com /path http:///path HTTP:///x http://:80/ https://?q http://#f

http://user@example.com/ http://user:pass@example.com/ http://@example.com/ http://:@example.com/ http://a:b@127.0.0.1/
http://example.com@127.0.0.1/ http://127.0.0.1@example.com/ http://example.com%40127.0.0.1/ http://example.com:80@10.0.0.1/
http://example.com\@127.0.0.1/ http://127.0.0.1\@example.com/ http://example.com#@127.0.0.1@/..\x http:\\127.0.0.1\

http://example.com:22/ http://example.com:8080/ https://example.com:6379/ http://example.com:0/ http://example.com:65536/ http://example.com:080/
http://example.com:-80/ http://example.com:+80/ http://example.com:80:80/ http://example.com:8o/ http://example.com:0x50/ http://example.com:99999999999/

http://127.0.0.1/ http://127.0.0.1:80/ https://127.0.0.1/ HTTP://127.0.0.1/ HtTpS://127.0.0.1:443/ http://127.1.2.3/ http://127.255.255.255/
http://0.0.0.0/ http://0.1.2.3/ http://10.0.0.1/ http://10.255.255.255/ http://100.64.0.1/ http://100.127.255.255/ http://169.254.0.1/
http://169.254.169.254/latest/meta-data/ http://169.254.170.2/v2/credentials http://100.100.100.200/ http://192.0.0.192/ http://168.63.129.16/
http://172.16.0.1/ http://172.31.255.255/ http://192.0.0.1/ http://192.0.2.1/ http://192.88.99.1/ http://192.168.0.1/ http://192.168.255.255/
http://198.18.0.1/ http://198.19.255.255/ http://198.51.100.7/ http://203.0.113.7/ http://224.0.0.1/ http://239.255.255.255/ http://240.0.0.1/
http://255.255.255.255/ http://192.31.196.1/ http://192.52.193.1/ http://192.175.48.1/

http://2130706433/ http://017700000001/ http://0x7f000001/ http://0x7F000001/ http://0x7f.0.0.1/ http://0x7f.1/ http://0177.0.0.1/ http://0177.1/
http://127.1/ http://127.0.1/ http://127/ http://0/ http://0x0/ http://00/ http://1.1/ http://8.8.8.010/ http://8.8.8.0x8/ http://0x08.8.8.8/
http://3232235521/ http://0xc0a80001/ http://0300.0250.0.1/ http://192.168.1/ http://192.168.257/ http://127.0.0.1.2/ http://256.1.1.1/
http://1.2.3/ http://1.2.3.4.5/ http://127.0.0.01/ http://127.00.0.1/ http://0127.0.0.1/ http://127.0.0.1./ http://10.0.0.1./ http://8.8.8.8./
http://4294967296/ http://99999999999999/ http://0x100000000/ http://0x/ http://a.0x/ http://foo.1/ http://foo.0x1f/ http://127.0.0.1.nip.0/
http://2852039166/ http://0xA9FEA9FE/ http://0251.0376.0251.0376/ http://169.254.43518/ http://169.16689662/

http://[::1]/ http://[::]/ http://[0:0:0:0:0:0:0:1]/ http://[0000::0001]:80/ http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/ http://[::FFFF:8.8.8.8]/
http://[::127.0.0.1]/ http://[::7f00:1]/ http://[::8.8.8.8]/ http://[64:ff9b::7f00:1]/ http://[64:ff9b::10.0.0.1]/ http://[64:ff9b::8.8.8.8]/
http://[64:ff9b:1::7f00:1]/ http://[2002:7f00:1::]/ http://[2002:808:808::1]/ http://[2001::1]/ http://[2001:0:7f00:1::]/ http://[2001:2::1]/
http://[2001:10::1]/ http://[2001:20::1]/ http://[2001:db8::1]/ http://[3fff::1]/ http://[2620:4f:8000::1]/ http://[5f00::1]/ http://[fc00::1]/
http://[fd00:ec2::254]/ http://[fdff::1]/ http://[fe80::1]/ http://[fe80::1%25eth0]/ http://[fe80::1%eth0]/ http://[fec0::1]/ http://[ff02::1]/
http://[ff0e::1]/ http://[100::1]/ http://[4000::1]/ http://[::ffff:0:127.0.0.1]/ http://[2606:4700::1%251]/ http://[2606:4700::1 http://[127.0.0.1]/
http://[]/ http://[::1]a/ http://::1/ http://2606:4700::1/ http://[v1.x]/ http://[::1]:80:80/ http://[2606:4700::1]:8443/ http://[::1].example.com/

http://localhost/ http://LOCALHOST/ http://localhost./ http://foo.localhost/ http://a.b.LocalHost./ https://localhost:443/ http://localhost:8080/
http://exa\u006dple.com/ http://münchen.example/ http://１２７.０.０.１/ http://127。0。0。1/ http://①②⑦.0.0.1/ http://ⓛocalhost/ http://loc%61lhost/
http://%31%32%37.0.0.1/ http://127.0.0.1%00.example.com/ http://127.0.0.1%2f.example.com/ http://example.com%2f@x/ http://exa_mple.com:81/
http://.example.com/ http://example..com/ http://example.com../ http://-a.example/ http://a-.example/ http://./ http://../ http://a!b.example/
http://a*b.example/ http://(a)/ http://a,b/ http://a;b/ http://$a/ http://example.com:80%2f/ http://[::1%25lo]:80/ http://x.127.0.0.1/
`)

// allowedText are addresses whose text is in order.
var allowedText = strings.Fields(`
http://example.com https://example.com/ HTTP://EXAMPLE.COM/ hTTps://Example.Com:443/x?y=z#f http://example.com:80/ http://example.com:443/ http://example.com:/
http://example.com./ http://xn--mnchen-3ya.example/ http://a_b.example/ http://localhost.example.com/ http://127.0.0.1.nip.io/ http://1.1.1.1.example/
http://8.8.8.8/ https://1.1.1.1/ http://172.15.0.1/ http://172.32.0.1/ http://100.63.255.255/ http://100.128.0.1/ http://198.17.0.1/ http://223.255.255.255/
http://[2606:4700::1111]/ https://[2A00:1450::1]:443/ http://[2001:4860::8888]/ http://0x7f.example/ http://123.example/ http://a.b.c.d.e.f/ http://example.com/?u=http://127.0.0.1/
`)

// oddText are addresses with what strings.Fields would cut.
var oddText = []string{
	"", " http://example.com/", "http://example.com/ ", "http://exa mple.com/", "http://example.com/a b", "http://example.com\t/", "http://example.com/\r\nHost: x",
	"http://example.com/\x00", "\nhttp://127.0.0.1/", "http://example.com/" + strings.Repeat("a", fetch.MaxURLBytes), "http://" + strings.Repeat("a", 64) + ".example/",
	"http://" + strings.Repeat("a.", 127) + "example/", "http://example.com\x7f/", "http://127.0.0.1\u200b/", "http://\u202e1.0.0.721/",
}

func TestTheTextOfAnAddressIsJudged(t *testing.T) {
	f := fetch.New(fetch.Config{})
	if n := len(refusedText) + len(allowedText) + len(oddText); n < 150 {
		t.Errorf("only %d forms, want at least 150", n)
	}
	for _, text := range append(oddText, refusedText...) {
		u, err := f.CheckURL(text)
		e := fault.Of(err)
		if e == nil || e.Kind != fault.Invalid || e.Code != "URL_NOT_ALLOWED" {
			t.Errorf("%q: got %v, error %v, want URL_NOT_ALLOWED", text, u, err)
			continue
		}
		if !strings.HasSuffix(e.Message, ".") || strings.Contains(e.Message, "127") {
			t.Errorf("%q: message %q is not a sentence without the address", text, e.Message)
		}
	}
	for _, text := range allowedText {
		if _, err := f.CheckURL(text); err != nil {
			t.Errorf("%q: got %v, want it allowed", text, err)
		}
	}
}

func TestListedPortsAndNetworksAreLetIn(t *testing.T) {
	f := fetch.New(fetch.Config{
		AllowNetworks: networks("127.0.0.0/8", "10.1.0.0/16", "fd00::/8", "0.0.0.0/32", "64:ff9b::/96", "224.0.0.0/4"),
		AllowPorts:    []uint16{8080}, Own: own("127.0.0.1:8080"),
	})
	for text, want := range map[string]bool{
		"http://10.1.2.3/": true, "http://10.1.2.3:8080/": true, "http://10.1.2.3:443/": true, "http://10.1.2.3:22/": false, "http://10.2.0.1/": false,
		"http://localhost/": true, "http://localhost:8080/": false, "http://127.0.0.1:8080/": false, "http://127.0.0.2:8080/": true,
		"http://[fd00::1]:8080/": true, "http://[fc00::1]/": false, "http://example.com:8080/": true, "http://8.8.8.8:8080/": true, "http://0.0.0.0/": false,
		"http://[64:ff9b::10.2.0.1]/": false, "http://[64:ff9b::10.1.0.1]/": true, "http://[64:ff9b::8.8.8.8]/": true, "http://[::ffff:10.1.2.3]/": false,
		"http://[64:ff9b::127.0.0.1]:8080/": false, "http://224.0.0.1/": false, "http://2130706433/": false,
	} {
		if _, err := f.CheckURL(text); (err == nil) != want {
			t.Errorf("%s: got error %v, want allowed %t", text, err, want)
		}
	}
}

func TestOurOwnListeningAddressIsNeverReached(t *testing.T) {
	every := networks("0.0.0.0/0", "::/0")
	for _, c := range []struct{ own, url string }{
		{"127.0.0.1:80", "http://127.0.0.1/"},
		{"[::1]:80", "http://[::1]/"},
		{"8.8.4.4:443", "https://8.8.4.4/"},
		{"[::ffff:10.0.0.1]:80", "http://10.0.0.1/"},
		{"0.0.0.0:80", "http://127.0.0.1/"},
		{"[::]:80", "http://127.9.9.9/"},
		{"[::]:80", "http://[::1]/"},
		{"0.0.0.0:80", "http://0.0.0.0/"},
		{"[::]:80", "http://[::]/"},
		{"127.0.0.1:80", "http://localhost/"},
	} {
		f := fetch.New(fetch.Config{AllowNetworks: every, Own: own(c.own)})
		if _, err := f.CheckURL(c.url); !fault.IsCode(err, "URL_NOT_ALLOWED") {
			t.Errorf("listening on %s, %s: got %v, want it refused", c.own, c.url, err)
		}
	}
	f := fetch.New(fetch.Config{Own: own("8.8.4.4:8080")})
	if _, err := f.CheckURL("http://8.8.4.4/"); err == nil {
		t.Error("another port of our own address is reached without being listed")
	}
}
