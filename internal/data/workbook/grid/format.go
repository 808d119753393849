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
// positive numbers. One with places for digits is of numbers, whatever letters stand beside them.
func FormatOf(code string) Format {
	var c coded
	for code != "" && code[0] != ';' {
		n := c.read(code)
		code = code[min(n, len(code)):]
	}
	switch {
	case c.shown&Duration != 0:
		return Duration
	case c.digits:
		return Plain
	case c.months && c.shown&Time == 0: // beside hours or seconds m is a minute
		return c.shown | Date
	default:
		return c.shown
	}
}

// coded is what was read of a format.
type coded struct {
	shown   Format
	months  bool // there is an m
	seconds bool // what follows is the fraction of seconds
	digits  bool // there is a place for a digit
}

// read reads what code begins with, and returns how long that is.
func (c *coded) read(code string) int {
	letter := code[0] | 0x20
	fraction := c.seconds && (code[0] == '.' || code[0] == '0')
	c.seconds = fraction
	switch {
	case fraction:
	case code[0] == '"':
		end := strings.IndexByte(code[1:], '"')
		if end < 0 {
			return len(code)
		}
		return end + 2
	case code[0] == '\\' || code[0] == '_' || code[0] == '*':
		return 2 // with the character behind it
	case code[0] == '[':
		return c.bracketed(code)
	case word(code) > 0:
		if letter == 'a' { // AM/PM
			c.shown |= Time
		}
		return word(code)
	case letter == 'e' && len(code) > 1 && (code[1] == '+' || code[1] == '-'):
		return 2 // an exponent
	case code[0] == '0' || code[0] == '#' || code[0] == '?':
		c.digits = true
	case strings.IndexByte("ydegbar", letter) >= 0: // years and eras in several calendars, days and weekdays
		c.shown |= Date
	case letter == 'h' || letter == 's':
		c.shown |= Time
		c.seconds = letter == 's'
	case letter == 'm':
		c.months = true
	}
	return 1
}

// bracketed reads what stands in brackets: a unit that is counted, or a colour, condition or
// locale.
func (c *coded) bracketed(code string) int {
	end := strings.IndexByte(code, ']')
	if end < 0 {
		return len(code)
	}
	unit := strings.ToLower(code[1:end])
	if unit != "" && (strings.Trim(unit, "h") == "" || strings.Trim(unit, "m") == "" || strings.Trim(unit, "s") == "") {
		c.shown |= Duration
		c.seconds = unit[0] == 's'
	}
	return end + 1
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
