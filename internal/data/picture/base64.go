package picture

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"

	"claimcheck/internal/data"
	"claimcheck/internal/data/basen"
)

// maxPrefix is how long what stands before the Base64 of a data: URI can be.
const maxPrefix = 256

// fromBase64 reads an image that is written in Base64, alone or as a data: URI (RFC 2397).
func fromBase64(in io.Reader) ([]byte, error) {
	b := bufio.NewReader(in)
	begins, err := b.Peek(maxPrefix)
	if err != nil && len(begins) == 0 && err != io.EOF { //nolint:errorlint // Peek passes it on as it is
		return nil, fmt.Errorf("read image: %w", err)
	}
	if k, _ := kindOf(begins); k != "" {
		return nil, wrong("Expected the Base64 of an image, but this seems to be the %s file itself.", k)
	}
	prefix, err := dataPrefix(begins)
	if err != nil {
		return nil, err
	}
	if _, err := b.Discard(prefix); err != nil {
		return nil, fmt.Errorf("read image: %w", err)
	}
	raw, err := io.ReadAll(basen.Base64.NewDecoder(b, data.Start.After(begins[:prefix])))
	if err != nil {
		return nil, err
	}
	if len(raw) == 0 {
		return nil, wrong("Expected the Base64 of an image, but there is none.")
	}
	return raw, nil
}

// dataPrefix returns how long what stands before the Base64 is: 0 where it stands alone.
func dataPrefix(begins []byte) (int, error) {
	const scheme = "data:"
	space := len(begins) - len(bytes.TrimLeft(begins, " \t\r\n"))
	uri := begins[space:]
	if len(uri) < len(scheme) || !strings.EqualFold(string(uri[:len(scheme)]), scheme) {
		return 0, nil
	}
	head, _, ok := bytes.Cut(uri, []byte(","))
	if !ok || !strings.HasSuffix(strings.ToLower(string(head)), ";base64") {
		return 0, wrong("Expected a data: URI that has its image in Base64, as data:image/png;base64, begins one.")
	}
	return space + len(head) + 1, nil
}
