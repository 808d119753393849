package bearer_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"testing"
)

// An authorizer signs tokens with keys of its own. It is written with the standard
// library alone, so that it shares no fault with the library that checks them.
type authorizer struct {
	t     *testing.T
	rsa   *rsa.PrivateKey
	ec    *ecdsa.PrivateKey
	ed    ed25519.PrivateKey
	edPub ed25519.PublicKey
	weak  *rsa.PrivateKey
	other *rsa.PrivateKey // is not published
}

func newAuthorizer(t *testing.T) *authorizer {
	t.Helper()
	a := &authorizer{t: t}
	var errs [5]error
	a.rsa, errs[0] = rsa.GenerateKey(rand.Reader, 2048)
	a.ec, errs[1] = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	a.edPub, a.ed, errs[2] = ed25519.GenerateKey(rand.Reader)
	a.weak, errs[3] = rsa.GenerateKey(rand.Reader, 1024)
	a.other, errs[4] = rsa.GenerateKey(rand.Reader, 2048)
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (a *authorizer) json(v any) []byte {
	a.t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		a.t.Fatal(err)
	}
	return b
}

// set is what it publishes.
func (a *authorizer) set() []byte {
	rsaKey := func(kid string, k *rsa.PrivateKey) map[string]any {
		return map[string]any{"kty": "RSA", "kid": kid, "use": "sig", "n": b64(k.N.Bytes()), "e": b64(big.NewInt(int64(k.E)).Bytes())}
	}
	point, err := a.ec.PublicKey.Bytes()
	if err != nil {
		a.t.Fatal(err)
	}
	encryption := rsaKey("enc", a.other)
	encryption["use"] = "enc"
	return a.json(map[string]any{"keys": []any{
		rsaKey("r", a.rsa),
		map[string]any{"kty": "EC", "kid": "e", "alg": "ES256", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])},
		map[string]any{"kty": "OKP", "kid": "d", "crv": "Ed25519", "x": b64(a.edPub)},
		rsaKey("weak", a.weak),
		encryption,
		map[string]any{"kty": "oct", "kid": "secret", "k": b64([]byte("0123456789abcdef0123456789abcdef"))},
		map[string]any{"kty": "of-tomorrow", "kid": "new"},
	}})
}

// sign makes a token.
func (a *authorizer) sign(alg, kid string, claims map[string]any, extra ...map[string]any) string {
	a.t.Helper()
	head := map[string]any{"alg": alg, "typ": "JWT"}
	if kid != "" {
		head["kid"] = kid
	}
	for _, more := range extra {
		maps.Copy(head, more)
	}
	text := b64(a.json(head)) + "." + b64(a.json(claims))
	return text + "." + b64(a.signature(alg, kid, text))
}

func (a *authorizer) signature(alg, kid, text string) (sig []byte) {
	a.t.Helper()
	sum := sha256.Sum256([]byte(text))
	var err error
	switch alg {
	case "RS256":
		key := map[string]*rsa.PrivateKey{"weak": a.weak, "enc": a.other, "stolen": a.other}[kid]
		if key == nil {
			key = a.rsa
		}
		sig, err = rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	case "PS256":
		sig, err = rsa.SignPSS(rand.Reader, a.rsa, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	case "ES256":
		r, s, e := ecdsa.Sign(rand.Reader, a.ec, sum[:])
		sig, err = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...), e
	case "EdDSA":
		sig = ed25519.Sign(a.ed, []byte(text))
	case "HS256": // with what everybody can read
		mac := hmac.New(sha256.New, a.set())
		mac.Write([]byte(text))
		sig = mac.Sum(nil)
	}
	if err != nil {
		a.t.Fatal(err)
	}
	return sig
}
