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
// HMAC-SHA256 over id, time and body. The same event may come more than once, always
// with the same ID, and later events may overtake earlier ones: Sequence tells. Any
// answer but 2xx within the server's time has the call made again for days.
package webhook

import (
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
	ErrSecret = errors.New("the webhook secret is not whsec_ and base64")
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

	secretPrefix = "whsec_"
	version      = "v1"
	maxSigns     = 32 // signatures looked at of one call
)

// Verify checks that a call is one of the server's: body, as it arrived, was signed
// with the secret (whsec_ and base64) at a time within [Tolerance] of now. Of several
// signatures, as there are after a rotation of the secret, one must be good. The
// error is nil or one of [ErrSecret], [ErrHeader], [ErrTime] and [ErrSignature].
func Verify(secret string, header http.Header, body []byte, now time.Time) error {
	return VerifyAny([]string{secret}, header, body, now)
}

// VerifyAny is Verify for a receiver that knows several secrets, for instance the new
// one and the one before: one must be good.
func VerifyAny(secrets []string, header http.Header, body []byte, now time.Time) error {
	keys := make([][]byte, len(secrets))
	for i, s := range secrets {
		key, err := decode(s)
		if err != nil {
			return err
		}
		keys[i] = key
	}
	if len(keys) == 0 {
		return ErrSecret
	}
	id, at, signs, err := read(header)
	if err != nil {
		return err
	}
	if d := now.Sub(at); d > Tolerance || d < -Tolerance {
		return ErrTime
	}
	good := false
	for _, key := range keys {
		want := []byte(sum(key, id, at, body))
		for _, got := range signs {
			good = hmac.Equal([]byte(got), want) || good
		}
	}
	if !good {
		return ErrSignature
	}
	return nil
}

// Sign is the value of the header field webhook-signature of a call with this id,
// time (in whole seconds) and body, for tests of receivers.
func Sign(secret, id string, at time.Time, body []byte) (string, error) {
	key, err := decode(secret)
	if err != nil {
		return "", err
	}
	return version + "," + sum(key, id, at, body), nil
}

func decode(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || len(key) == 0 {
		return nil, ErrSecret // without what is in it
	}
	return key, nil
}

// read reads the header fields; signatures of other versions are left aside.
func read(h http.Header) (id string, at time.Time, signs []string, err error) {
	id = h.Get(idField)
	seconds, err := strconv.ParseInt(h.Get(timeField), 10, 64)
	if id == "" || err != nil || h.Get(signatureField) == "" {
		return "", at, nil, ErrHeader
	}
	for one := range strings.SplitSeq(h.Get(signatureField), " ") {
		if parts := strings.Split(one, ","); len(parts) > 1 && parts[0] == version && len(signs) < maxSigns {
			signs = append(signs, parts[1])
		}
	}
	return id, time.Unix(seconds, 0), signs, nil
}

// sum is the base64 of the HMAC-SHA256 of id, seconds and body, with points between
// them.
func sum(key []byte, id string, at time.Time, body []byte) string {
	m := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(m, "%s.%d.", id, at.Unix()) // it never fails
	_, _ = m.Write(body)
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}
