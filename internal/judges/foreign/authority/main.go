// Command authority is Pebble, the small authority for tests of ACME by the makers of
// Let's Encrypt: it gives certificates for any name, if it finds whoever asks on this
// machine, at the ports that are named. It refuses some good nonces, because authorities
// may. When it is ready it prints one line, the address of its directory; by then it has
// written root.pem, the certificate that signs what it gives.
//
//	authority FOLDER TLS-PORT HTTP-PORT
//
// cert.pem and key.pem in the folder are its own. It ends with its standard input.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/letsencrypt/challtestsrv"
	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
)

func main() {
	if err := serve(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(dir, tlsPort, httpPort string) error {
	secure, err := strconv.Atoi(tlsPort)
	if err != nil {
		return err
	}
	plain, err := strconv.Atoi(httpPort)
	if err != nil {
		return err
	}
	told := log.New(os.Stderr, "", 0)
	names, err := everybodyHere(told)
	if err != nil {
		return err
	}
	kept := db.NewMemoryStore()
	// 90 days, as authorities do
	issuer := ca.New(told, kept, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {ValidityPeriod: uint64((90 * 24 * time.Hour).Seconds())}})
	judge := va.New(told, plain, secure, false, names, kept)
	front := wfe.New(told, kept, judge, issuer, []string{"authority.test"}, true, false, 1, 1)
	if err := os.WriteFile(filepath.Join(dir, "root.pem"), issuer.GetRootCert(0).PEM(), 0o600); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = l.Close()
	}()
	fmt.Println("https://" + l.Addr().String() + wfe.DirectoryPath)
	err = http.ServeTLS(l, front.Handler(), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// everybodyHere answers for all names that they are on this machine, and returns where.
func everybodyHere(told *log.Logger) (address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // a port that is free, also for UDP as a rule
	if err != nil {
		return "", err
	}
	address = l.Addr().String()
	if err := l.Close(); err != nil {
		return "", err
	}
	names, err := challtestsrv.New(challtestsrv.Config{Log: told, DNSAddrs: []string{address}})
	if err != nil {
		return "", err
	}
	names.SetDefaultDNSIPv4("127.0.0.1")
	names.SetDefaultDNSIPv6("")
	go names.Run()
	return address, nil
}
