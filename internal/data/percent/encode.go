package percent

import (
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/text"
)

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
	return text.Convert(in, out, "Text", func(to, block []byte, _ bool) ([]byte, error) {
		for _, c := range block {
			if alone[c] {
				to = append(to, c)
			} else {
				to = append(to, '%', digits[c>>4], digits[c&15])
			}
		}
		return to, nil
	})
}
