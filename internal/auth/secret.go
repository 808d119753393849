package auth

import (
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"io"
	"math/big"
	"strings"
)

// The text of a key: a readable prefix, 256 random bits as 43 base-62 digits,
// and the CRC-32 (IEEE) of all that as 6 base-62 digits, so that scanners find
// lost keys and typing errors are caught without a look-up.
const (
	secretPrefix = "ck_"
	randomBytes  = 32
	randomDigits = 43 // 62^43 > 2^256
	sumDigits    = 6  // 62^6 > 2^32
	secretLen    = len(secretPrefix) + randomDigits + sumDigits
)

// makeSecret returns the text of a new key.
func makeSecret(random io.Reader) (string, error) {
	b := make([]byte, randomBytes)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("make key: %w", err)
	}
	text := secretPrefix + base62(new(big.Int).SetBytes(b), randomDigits)
	return text + checksum(text), nil
}

// wellFormed reports whether a text can be a key's, by its form alone.
func wellFormed(secret string) bool {
	if len(secret) != secretLen || !strings.HasPrefix(secret, secretPrefix) {
		return false
	}
	cut := secretLen - sumDigits
	return checksum(secret[:cut]) == secret[cut:]
}

func checksum(text string) string {
	sum := crc32.ChecksumIEEE([]byte(text))
	return base62(new(big.Int).SetUint64(uint64(sum)), sumDigits)
}

// base62 writes n with the digits 0-9, a-z, A-Z, filled up with zeros.
func base62(n *big.Int, digits int) string {
	s := n.Text(62)
	return strings.Repeat("0", digits-len(s)) + s
}

// digestOf returns what is stored of a key. It copies a text of the right
// length to the stack: this is on the way of every request.
func digestOf(secret string) [sha256.Size]byte {
	var b [secretLen]byte
	copy(b[:], secret)
	return sha256.Sum256(b[:])
}
