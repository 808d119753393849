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

// Redacted returns a text without what may be keys in it: somebody may have put
// one where a log shows it.
func Redacted(text string) string {
	at := strings.Index(text, secretPrefix)
	if at < 0 {
		return text
	}
	begin := at + len(secretPrefix)
	end := begin
	for end < len(text) && isDigit62(text[end]) {
		end++
	}
	hidden := text[begin:end]
	if end-begin >= randomDigits {
		hidden = "..."
	}
	return text[:begin] + hidden + Redacted(text[end:])
}

func isDigit62(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
