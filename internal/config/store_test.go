package config_test

import (
	"strings"
	"testing"
)

func TestSettingsThatDoNotFitTogetherAreRefused(t *testing.T) {
	const store, files = "--store=postgres://u:secret@h/x", "--blobs=file:///srv/files"
	for args, want := range map[string]string{
		"":                                   "",
		store + " " + files:                  "",
		store + " " + files + " --roles=api": "",
		store + " " + files + " --roles=worker --workers=2": "",
		"--roles=api":                    "roles: ",
		"--roles=worker":                 "roles: ",
		"--store-direct=postgres://h/x":  "store_direct",
		"--store-replica=postgres://h/x": "store_direct",
		store:                            "blobs: ",
		store + " " + files + " --roles=worker --workers=0":                        "workers: ",
		"--tls-cert=c.pem --tls-key=k.pem":                                         "",
		"--tls-cert=c.pem":                                                         "tls_cert and tls_key: both or none",
		"--tls-key=k.pem":                                                          "tls_cert and tls_key: both or none",
		"--tls-cert=c.pem --tls-key=k.pem --acme=a.example":                        "acme: the certificate comes from",
		"--acme=a.example --acme-email=ops@a.example":                              "",
		"--acme-email=ops@a.example":                                               "acme_email and acme_directory need acme",
		"--acme-directory=https://ca.example/dir":                                  "acme_email and acme_directory need acme",
		"--listen-http=:80":                                                        "listen_http leads to https",
		"--listen-http=:80 --acme=a.example":                                       "",
		"--listen-http=:443 --listen=:443 --acme=a.example":                        "listen_http: plain HTTP needs an address of its own",
		"--listen=unix:/run/x --public-url=https://x.org":                          "",
		"--listen=unix:/run/x":                                                     "public_url: links cannot lead",
		"--listen=unix:/run/x --public-url=https://x.org --tls-cert=c --tls-key=k": "listen: a socket with a path",
		"--listen=systemd":                                                         "",
	} {
		cfg, err := load(args, "", "")
		if err != nil {
			t.Fatal(err)
		}
		err = cfg.Check()
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%q: got %v, want %q", args, err, want)
		}
	}
}

func TestABadAddressIsNotRepeated(t *testing.T) {
	for _, text := range []string{"postgres://u:secret@", "http://u:secret@h/x", "postgres://u:secret@%zz/"} {
		if _, err := load("--store="+text, "", ""); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %v, want an error without the password", text, err)
		}
	}
}
