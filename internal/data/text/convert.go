package text

import (
	"errors"
	"fmt"
	"io"
)

// Convert reads a text as [NewReader] does, in blocks, and writes what is made of each, which do
// appends to the empty slice it gets; last says that nothing comes behind the block. It streams. Its
// errors are those of do, once what was made is written, those of NewReader, and those of in and out, wrapped.
func Convert(in io.Reader, out io.Writer, format string, do func(to, block []byte, last bool) ([]byte, error)) error {
	in = NewReader(in, format)
	var to []byte
	block := make([]byte, readBytes)
	for {
		n, err := in.Read(block)
		last := errors.Is(err, io.EOF)
		var failed error
		to, failed = do(to[:0], block[:n], last)
		if _, err := out.Write(to); err != nil {
			return fmt.Errorf("write output: %w", err)
		}
		switch {
		case failed != nil:
			return failed
		case last:
			return nil
		case err != nil:
			return fmt.Errorf("read text: %w", err)
		}
	}
}
