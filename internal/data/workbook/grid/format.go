package grid

import "strings"

// A Format is what the number format of a cell makes of a number.
type Format uint8

// The formats: a number stays one unless its format shows parts of a date or of a time.
const (
	Date     Format = 1 << iota // year, month or day are shown
	Time                        // hour, minute or second are shown
	Duration                    // hours, minutes or seconds are counted beyond a day, an hour, a minute: [h], [m], [s]
	Plain    Format = 0
)

// Builtin is the format of a number that workbooks use without defining it: those of ECMA-376
// part 1, 18.8.30, and of [MS-XLS] 2.4.126, with those of East Asia.
func Builtin(id int) Format {
	switch {
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return Date
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id == 45, id == 47, id == 55, id == 56:
		return Time
	case id == 22:
		return Date | Time
	case id == 46:
		return Duration
	default:
		return Plain
	}
}

// FormatOf reads the code of a number format. Its first section counts, which is that of
// positive numbers.
func FormatOf(code string) Format {
	f, minutes := Plain, false // m is a minute beside an hour or a second, else a month
	months := 0
	for i := 0; i < len(code); i++ {
		switch c := code[i] | 0x20; {
		case code[i] == ';':
			return withMonths(f, months, minutes)
		case code[i] == '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return withMonths(f, months, minutes)
			}
			i += end + 1
		case code[i] == '\\' || code[i] == '_' || code[i] == '*':
			i++ // and the character behind it
		case code[i] == '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return withMonths(f, months, minutes)
			}
			f |= bracketed(strings.ToLower(code[i+1 : i+end]))
			i += end
		case (c == 'g' || c == 'a') && word(code[i:]) > 0:
			if c == 'a' {
				f |= Time // AM/PM
			}
			i += word(code[i:]) - 1
		case c == 'e' && i+1 < len(code) && (code[i+1] == '+' || code[i+1] == '-'):
			i++ // an exponent
		case c == 'y' || c == 'd' || c == 'e' || c == 'g' || c == 'b' || c == 'a' || c == 'r':
			f |= Date
		case c == 'h' || c == 's':
			f |= Time
			minutes = true
		case c == 'm':
			months++
		}
	}
	return withMonths(f, months, minutes)
}

// withMonths decides what m was: with days or years beside hours it can be both.
func withMonths(f Format, months int, minutes bool) Format {
	if f&Duration != 0 {
		return Duration
	}
	if months > 0 && !minutes {
		f |= Date
	}
	return f
}

// word is the length of one of the words that a format may begin with here, or 0.
func word(code string) int {
	for _, w := range []string{"general", "am/pm", "a/p"} {
		if len(code) >= len(w) && strings.EqualFold(code[:len(w)], w) {
			return len(w)
		}
	}
	return 0
}

// bracketed is what stands in brackets: a counted unit, or a colour, condition or locale.
func bracketed(text string) Format {
	if text != "" && (strings.Trim(text, "h") == "" || strings.Trim(text, "m") == "" || strings.Trim(text, "s") == "") {
		return Duration
	}
	return Plain
}
