package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"claimcheck/internal/account"
)

// A form is how a setting's value is written and where it goes. Errors of set
// are the end of a sentence that begins with where the value was found.
type form struct {
	word  string // for the help; empty for a switch
	list  bool   // the file may have a sequence
	onOff bool   // the flag may stand without a value
	set   func(*Config, string, Judges) error
	value func(*Config) any // as set left it
}

// parsed makes a form from a parser of the field's type.
func parsed[T any](word string, field func(*Config) *T, parse func(string) (T, error)) form {
	return form{word: word, set: func(c *Config, text string, _ Judges) error {
		v, err := parse(text)
		if err != nil {
			return err
		}
		*field(c) = v
		return nil
	}, value: func(c *Config) any { return *field(c) }}
}

func durationForm(field func(*Config) *time.Duration, least time.Duration) form {
	return parsed("DURATION", field, func(text string) (time.Duration, error) {
		d, err := ParseDuration(text)
		if err == nil && d < least {
			err = fmt.Errorf("%s is less than %v", Shown(text), least)
		}
		return d, err
	})
}

// ParseDuration reads a duration of at most ten years, not negative, such as
// 90s or 1h30m.
func ParseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil || d < 0:
		return 0, fmt.Errorf("%s is not a duration such as 90s, 10m or 72h", Shown(text))
	case d > longest:
		return 0, fmt.Errorf("%s is more than ten years", Shown(text))
	}
	return d, nil
}

func sizeForm(field func(*Config) *int64, least, most int64) form {
	return parsed("SIZE", field, func(text string) (int64, error) {
		n, err := ParseSize(text)
		if err == nil && (n < least || n > most) {
			err = fmt.Errorf("%s is not from %d to %d bytes", Shown(text), least, most)
		}
		return n, err
	})
}

// ParseSize reads a number of bytes: digits, and after them nothing, B, KiB,
// MiB, GiB or TiB.
func ParseSize(text string) (int64, error) {
	digits := strings.TrimRight(text, "BKMGTi")
	shift, ok := map[string]uint{"": 0, "B": 0, "KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40}[text[len(digits):]]
	n, err := parseCount(digits)
	if !ok || err != nil || n<<shift>>shift != n {
		return 0, fmt.Errorf("%s is not a size such as 4096, 50MiB or 1GiB", Shown(text))
	}
	return n << shift, nil
}

// parseCount reads digits and nothing else.
func parseCount(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || text[0] < '0' { // a sign
		return 0, fmt.Errorf("%s is not a whole number", Shown(text))
	}
	return n, nil
}

func countForm(field func(*Config) *int, least, most int) form {
	return parsed("NUMBER", field, func(text string) (int, error) {
		n, err := strconv.Atoi(text)
		if _, notDigits := parseCount(text); err != nil || notDigits != nil || n < least || n > most {
			return 0, fmt.Errorf("%s is not a whole number from %d to %d", Shown(text), least, most)
		}
		return n, nil
	})
}

// autoWorkers stands for "auto" until the store is known.
const autoWorkers = -1

// workersForm is a number, or "auto".
func workersForm(field func(*Config) *int) form {
	f := countForm(field, 0, 10_000)
	number := f.set
	f.set = func(c *Config, text string, judges Judges) error {
		if text == "auto" {
			*field(c) = autoWorkers
			return nil
		}
		return number(c, text, judges)
	}
	return f
}

// resolveWorkers says how many workers "auto" means. On a shared store each one
// has at most one job at a time, from the commit that claims it, so that most of
// them wait for the database.
func (c *Config) resolveWorkers() {
	cores := runtime.GOMAXPROCS(0)
	switch {
	case c.Workers != autoWorkers:
	case c.Store.Shared:
		c.Workers = max(64, 16*cores)
	default:
		c.Workers = max(4, cores)
	}
}

func boolForm(field func(*Config) *bool) form {
	f := parsed("", field, func(text string) (bool, error) {
		if text != "true" && text != "false" {
			return false, fmt.Errorf("%s is neither true nor false", Shown(text))
		}
		return text == "true", nil
	})
	f.onOff = true
	return f
}

func levelForm(field func(*Config) *slog.Level) form {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	return parsed("LEVEL", field, func(text string) (slog.Level, error) {
		level, ok := levels[text]
		if !ok {
			return 0, fmt.Errorf("%s is none of debug, info, warn and error", Shown(text))
		}
		return level, nil
	})
}

// wordForm is one of some words.
func wordForm(field func(*Config) *string, words ...string) form {
	return parsed("WORD", field, func(text string) (string, error) {
		if !slices.Contains(words, text) {
			return "", fmt.Errorf("%s is none of %s", Shown(text), strings.Join(words, ", "))
		}
		return text, nil
	})
}

func folderForm(field func(*Config) *string) form {
	return parsed("FOLDER", field, func(text string) (string, error) {
		if text == "" {
			return "", errors.New("a folder must be named")
		}
		return parsePath(text)
	})
}

func fileForm(field func(*Config) *string) form { return parsed("FILE", field, parsePath) }

func parsePath(text string) (string, error) { return text, CheckPath(text) }

// CheckPath refuses what no file can be called.
func CheckPath(text string) error {
	if strings.ContainsRune(text, 0) {
		return fmt.Errorf("%s cannot be a path", Shown(text))
	}
	return nil
}

func addressForm(field func(*Config) *string) form {
	return parsed("ADDRESS:PORT", field, func(text string) (string, error) {
		host, port, err := net.SplitHostPort(text)
		n, notNumber := parseCount(port)
		if err != nil || notNumber != nil || n > 65535 || strings.ContainsAny(host, " /?#@") {
			return "", fmt.Errorf("%s is not an address and port such as 127.0.0.1:8080", Shown(text))
		}
		return text, nil
	})
}

// optionalAddressForm is an address, or none.
func optionalAddressForm(field func(*Config) *string) form {
	f := addressForm(field)
	address := f.set
	f.set = func(c *Config, text string, judges Judges) error {
		if text == "" {
			*field(c) = ""
			return nil
		}
		return address(c, text, judges)
	}
	return f
}

func urlForm(field func(*Config) *string) form {
	return parsed("URL", field, func(text string) (string, error) {
		if text == "" {
			return "", nil
		}
		base, ok := ParseBase(strings.TrimSuffix(text, "/"))
		if !ok {
			return "", fmt.Errorf("%s is not a URL such as https://jobs.example.org, without path, query and user", Shown(text))
		}
		return base, nil
	})
}

// longestBase is how many bytes the path of public_url has at most.
const longestBase = 200

// publicForm is where clients reach the server: as urlForm, perhaps with a path.
func publicForm(field func(*Config) *string) form {
	return parsed("URL", field, func(text string) (string, error) {
		if text == "" {
			return "", nil
		}
		scheme, rest, _ := strings.Cut(text, "://")
		host, path, below := strings.Cut(rest, "/")
		base, ok := ParseBase(scheme + "://" + host)
		if below && path != "" {
			path = "/" + strings.TrimSuffix(path, "/")
		}
		if !ok || !isBase(path) {
			return "", fmt.Errorf("%s is not a URL such as https://jobs.example.org or https://example.org/jobs-service, without query and user; the names in its path have letters, digits and . _ ~ - alone", Shown(text))
		}
		return base + path, nil
	})
}

// isBase reports whether a path may stand before all of ours: each name in it is
// as it is, whoever writes or cleans it (RFC 3986, section 2.3).
func isBase(path string) bool {
	if path == "" {
		return true
	}
	for name := range strings.SplitSeq(path[1:], "/") {
		if name == "" || name == "." || name == ".." || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-") != "" {
			return false
		}
	}
	return len(path) <= longestBase
}

// parseOrigin reads an origin (RFC 6454) or "*".
func parseOrigin(text string) (string, error) {
	if text == "*" {
		return text, nil
	}
	base, ok := ParseBase(text)
	if !ok {
		return "", fmt.Errorf("%s is neither * nor an origin such as https://app.example.org", Shown(text))
	}
	return base, nil
}

// ParseBase reads scheme, host and perhaps port, and returns them in lower
// case without a default port, as browsers send an origin.
func ParseBase(text string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || strings.ContainsFunc(u.Host, isNotOfHosts) {
		return "", false
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	host := strings.ToLower(u.Host)
	if !strings.EqualFold(text, u.Scheme+"://"+host) { // something else is there, be it empty
		return "", false
	}
	if port := u.Port(); port != "" {
		if n, err := parseCount(port); err != nil || n < 1 || n > 65535 {
			return "", false
		}
	}
	defaultPort := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]
	return u.Scheme + "://" + strings.TrimSuffix(host, defaultPort), true
}

// isNotOfHosts reports what cannot be in host:port; names in other scripts are
// sent in their ASCII form.
func isNotOfHosts(r rune) bool {
	letter := r|0x20 >= 'a' && r|0x20 <= 'z'
	return !letter && (r < '0' || r > '9') && !strings.ContainsRune("-._:[]", r)
}

// parseNetwork reads a network, or an address for itself alone.
func parseNetwork(text string) (netip.Prefix, error) {
	network, ok := account.ParseNetwork(text)
	if !ok {
		return network, fmt.Errorf("%s is not a network such as 10.0.0.0/8 or 2001:db8::/32", Shown(text))
	}
	return network, nil
}

func parsePort(text string) (uint16, error) {
	n, err := parseCount(text)
	if err != nil || n < 1 || n > 65535 {
		return 0, fmt.Errorf("%s is not a port from 1 to 65535", Shown(text))
	}
	return uint16(n), nil
}

// listForm is a list with commas between its members.
func listForm[T any](field func(*Config) *[]T, word string, parse func(string) (T, error)) form {
	f := parsed(word, field, func(text string) ([]T, error) {
		var list []T
		for member := range strings.SplitSeq(text, ",") {
			member = strings.TrimSpace(member)
			if member == "" && strings.TrimSpace(text) == "" {
				break
			}
			v, err := parse(member)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	})
	f.list = true
	return f
}

// Shown quotes a text of the user for a sentence: on one line, not too long.
func Shown(text string) string {
	if runes := []rune(text); len(runes) > 80 {
		text = string(runes[:80]) + "..."
	}
	return strconv.Quote(text)
}

// ShownName is Shown without the quotes, for names that we will mostly know.
func ShownName(text string) string {
	q := Shown(text)
	return q[1 : len(q)-1]
}
