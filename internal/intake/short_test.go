package intake_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
)

// TestABodyOfAnAnnouncedLengthIsReadToItsEnd, in one piece or byte by byte, also
// where the announcement is wrong.
func TestABodyOfAnAnnouncedLengthIsReadToItsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		from   io.Reader
		length int64
		want   string
		kind   fault.Kind // where it fails
	}{
		"at once":         {strings.NewReader("text"), 4, "text", 0},
		"byte by byte":    {iotest.OneByteReader(strings.NewReader("text")), 4, "text", 0},
		"with its end":    {iotest.DataErrReader(strings.NewReader("text")), 4, "text", 0},
		"empty":           {strings.NewReader(""), 0, "", 0},
		"as long as all":  {strings.NewReader("12345678"), 8, "12345678", 0},
		"length not said": {strings.NewReader("text"), -1, "text", 0},
		"too long":        {strings.NewReader("123456789"), 9, "", fault.TooLarge},
		"longer, unsaid":  {strings.NewReader("123456789"), -1, "", fault.TooLarge},
		"more than said":  {strings.NewReader("12345"), 4, "", fault.Invalid},
		"far more":        {strings.NewReader("123456"), 4, "", fault.Invalid},
		"cut off":         {io.MultiReader(strings.NewReader("te"), iotest.ErrReader(io.ErrUnexpectedEOF)), 4, "", fault.Invalid},
		"broken":          {iotest.ErrReader(errors.New("reset")), 4, "", fault.Invalid},
	} {
		got, err := intake.Body{From: c.from, Length: c.length}.Whole(8)
		switch {
		case c.kind != 0 && fault.KindOf(err) != c.kind:
			t.Errorf("%s: %v", name, err)
		case c.kind == 0 && (err != nil || string(got) != c.want):
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
