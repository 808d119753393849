// Package webhook is for who receives the webhooks of a claimcheck server: it tells
// calls of the server from those of others, and what they say.
//
//	http.HandleFunc("POST /hooks", func(w http.ResponseWriter, r *http.Request) {
//		event, err := webhook.Receive(r, time.Now(), secret)
//		if err != nil {
//			http.Error(w, err.Error(), http.StatusBadRequest)
//			return
//		}
//		... // event.ID was seen before? Then answer 200 and do nothing.
//	})
//
// Calls are signed as Standard Webhooks 1.0 says (https://www.standardwebhooks.com):
// HMAC-SHA256 over id, time and body, and ed25519 beside it where the webhook asks for
// that (v1a). The same event may come more than once, always
// with the same ID, and later events may overtake earlier ones: Sequence tells. Any
// answer but 2xx within the server's time has the call made again for days.
package webhook

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Tolerance is how far the time of a call may be from the receiver's clock, in both
// directions.
const Tolerance = 5 * time.Minute

// Why a call is not taken for one of the server. errors.Is tells them apart.
var (
	// ErrSecret says that the receiver's own secret is none, which no call can mend.
	ErrSecret = errors.New("the webhook secret is not whsec_ and base64, or the public key not whpk_ and base64")
	// ErrHeader says that a header field is missing or not well formed.
	ErrHeader = errors.New("the call has no webhook-id, webhook-timestamp or webhook-signature, or not as it must be")
	// ErrTime says that the call was made too long ago, as a repeated one was, or the
	// clocks differ.
	ErrTime = errors.New("the call's time is too far from now")
	// ErrSignature says that the call was not signed with the secret, or was changed.
	ErrSignature = errors.New("the call has no signature by this secret")
)

const (
	idField        = "Webhook-Id"
	timeField      = "Webhook-Timestamp"
	signatureField = "Webhook-Signature"

	secretPrefix  = "whsec_"
	publicPrefix  = "whpk_"
	version       = "v1"
	versionPublic = "v1a" // ed25519
	maxSigns      = 32    // signatures looked at of one call
)

// Verify checks that a call is one of the server's: body, as it arrived, was signed
// with the secret (whsec_ and base64) at a time within [Tolerance] of now. Of several
// signatures, as there are after a rotation of the secret, one must be good. Instead of
// the secret it takes a public key (whpk_ and base64) too, by which calls of webhooks
// are signed that ask for v1a; see [VerifyKeys] for whose. The error is nil or one of [ErrSecret], [ErrHeader], [ErrTime] and [ErrSignature].
func Verify(secret string, header http.Header, body []byte, now time.Time) error {
	return VerifyAny([]string{secret}, header, body, now)
}

// VerifyAny is Verify for a receiver that knows several secrets or public keys, for
// instance the new one and the one before: one must be good.
func VerifyAny(secrets []string, header http.Header, body []byte, now time.Time) error {
	checks := make([]check, len(secrets))
	for i, s := range secrets {
		one, err := checkOf(s)
		if err != nil {
			return err
		}
		checks[i] = one
	}
	if len(checks) == 0 {
		return ErrSecret
	}
	id, at, signs, err := read(header)
	if err != nil {
		return err
	}
	if d := now.Sub(at); d > Tolerance || d < -Tolerance {
		return ErrTime
	}
	message := append(fmt.Appendf(nil, "%s.%d.", id, at.Unix()), body...)
	good := false
	for _, one := range checks {
		for _, got := range signs {
			good = got.version == one.version && one.good(message, got.text) || good
		}
	}
	if !good {
		return ErrSignature
	}
	return nil
}

// VerifyKeys is VerifyAny with public keys alone, those of GET
// /.well-known/webhook-keys: a receiver that has them can check calls and forge none.
// With owner= they sign one owner's calls, and webhook may be empty. Without it they
// sign the calls of all owners, any of whom can have any address called: then webhook
// must be the id of the receiver's own (wh_ and 32 hexadecimal digits), and calls of
// others are [ErrSignature].
func VerifyKeys(keys []string, webhook string, header http.Header, body []byte, now time.Time) error {
	for _, k := range keys {
		if !strings.HasPrefix(k, publicPrefix) {
			return ErrSecret
		}
	}
	if err := VerifyAny(keys, header, body, now); err != nil {
		return err
	}
	if webhook != "" && !strings.HasSuffix(header.Get(idField), "_"+strings.TrimPrefix(webhook, "wh_")) {
		return ErrSignature
	}
	return nil
}

// A check judges signatures of one version.
type check struct {
	version string
	good    func(message []byte, text string) bool
}

func checkOf(secret string) (check, error) {
	if text, public := strings.CutPrefix(secret, publicPrefix); public {
		key, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(key) != ed25519.PublicKeySize {
			return check{}, ErrSecret
		}
		return check{versionPublic, func(message []byte, text string) bool {
			signature, err := base64.StdEncoding.DecodeString(text)
			return err == nil && len(signature) == ed25519.SignatureSize && ed25519.Verify(key, message, signature)
		}}, nil
	}
	key, err := decode(secret)
	if err != nil {
		return check{}, err
	}
	return check{version, func(message []byte, text string) bool { return hmac.Equal([]byte(text), []byte(sum(key, message))) }}, nil
}

// Sign is the value of the header field webhook-signature of a call with this id,
// time (in whole seconds) and body, for tests of receivers.
func Sign(secret, id string, at time.Time, body []byte) (string, error) {
	key, err := decode(secret)
	if err != nil {
		return "", err
	}
	return version + "," + sum(key, append(fmt.Appendf(nil, "%s.%d.", id, at.Unix()), body...)), nil
}

func decode(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || len(key) == 0 {
		return nil, ErrSecret // without what is in it
	}
	return key, nil
}

// A signature is one of a call.
type signature struct{ version, text string }

// read reads the header fields; signatures of other versions are left aside.
func read(h http.Header) (id string, at time.Time, signs []signature, err error) {
	id = h.Get(idField)
	seconds, err := strconv.ParseInt(h.Get(timeField), 10, 64)
	if id == "" || err != nil || h.Get(signatureField) == "" {
		return "", at, nil, ErrHeader
	}
	for one := range strings.SplitSeq(h.Get(signatureField), " ") {
		if parts := strings.Split(one, ","); len(parts) > 1 && (parts[0] == version || parts[0] == versionPublic) && len(signs) < maxSigns {
			signs = append(signs, signature{parts[0], parts[1]})
		}
	}
	return id, time.Unix(seconds, 0), signs, nil
}

// sum is the base64 of the HMAC-SHA256 of a message: id, seconds and body, with points
// between them.
func sum(key, message []byte) string {
	m := hmac.New(sha256.New, key)
	_, _ = m.Write(message) // it never fails
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}
