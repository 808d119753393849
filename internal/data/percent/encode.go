package percent

import (
	"errors"
	"fmt"
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/text"
)

// blockBytes are read at once.
const blockBytes = 32 << 10

const (
	digits     = "0123456789ABCDEF"
	unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
)

// Encode writes the text of in. Of the options it looks at Safe. It fails with Invalid
// INVALID_ENCODING, which has line and column, and with the errors of in and out, wrapped.
func Encode(in io.Reader, out io.Writer, o *data.Options) error {
	var alone [256]bool
	for _, c := range []byte(unreserved + o.Safe) {
		alone[c] = c < 0x80
	}
	in = text.NewReader(in, "Text")
	block := make([]byte, blockBytes)
	made := make([]byte, 0, 3*blockBytes)
	for {
		n, err := in.Read(block)
		made = made[:0]
		for _, c := range block[:n] {
			if alone[c] {
				made = append(made, c)
			} else {
				made = append(made, '%', digits[c>>4], digits[c&15])
			}
		}
		if _, err := out.Write(made); err != nil {
			return fmt.Errorf("write output: %w", err)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read text: %w", err)
		}
	}
}
