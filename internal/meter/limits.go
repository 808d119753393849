package meter

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits are what a tool's attempts keep to beside the number of them at once. The
// zero Limits are none.
type Limits struct {
	Rate    Rate
	By      By    // of whom each has the rate for itself; empty: all together have it
	Most    int64 // attempts at once for each value of SlotsBy; 0: no limit
	SlotsBy By    // not empty where Most is not 0
}

// Any reports whether there are any.
func (l *Limits) Any() bool { return l != nil && (l.Rate.Any() || l.Most > 0) }

// A By is what of a job a limit goes by: Owner, or metadata.NAME for the value of
// its metadata, jobs without it having the empty value. The empty By is nothing:
// all jobs share the limit.
type By string

// Owner has each owner have a limit alone.
const Owner By = "owner"

const (
	ofMetadata = "metadata."
	maxName    = 64 // characters, as of x-metadata
)

// ParseBy reads what a limit goes by.
func ParseBy(text string) (By, error) {
	name, ok := strings.CutPrefix(text, ofMetadata)
	switch {
	case text == string(Owner):
	case !ok:
		return "", errors.New("a limit goes by owner or by metadata.NAME")
	case name == "" || utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return "", errors.New("a name of metadata has 1 to 64 characters, none of them a control character")
	}
	return By(text), nil
}

// metadata reports whether it goes by metadata.
func (b By) metadata() bool { return strings.HasPrefix(string(b), ofMetadata) }

// key names the allowance of a job: the same text for all jobs that share one.
func (b By) key(owner string, metadata map[string]json.RawMessage) string {
	switch b {
	case "":
		return ""
	case Owner:
		return string(b) + "=" + short(owner)
	}
	var value string
	_ = json.Unmarshal(metadata[string(b[len(ofMetadata):])], &value)
	return url.QueryEscape(string(b)) + "=" + short(value)
}

// short is a value in a key: escaped, and a sum of it where it is long, so that
// keys fit an index.
func short(value string) string {
	const most = 128
	if escaped := url.QueryEscape(value); len(escaped) <= most {
		return escaped
	}
	sum := sha256.Sum256([]byte(value))
	return "*" + hex.EncodeToString(sum[:]) // no escaped value has a *
}

// Keys names the allowances of a job, of its rate and of its slots.
func (l *Limits) Keys(owner string, metadata []byte) (rate, slots string) {
	var m map[string]json.RawMessage
	if l.By.metadata() || l.SlotsBy.metadata() {
		_ = json.Unmarshal(metadata, &m) // none is as good as an empty one
	}
	return l.By.key(owner, m), l.SlotsBy.key(owner, m)
}

// Stranded reports whether waiting jobs of an owner go by different limits, or
// running ones are counted by them: then each has its strand.
func (l *Limits) Stranded() bool {
	return l != nil && (l.Rate.Any() && l.By.metadata() || l.Most > 0 && l.SlotsBy != "")
}

// Strand is what the jobs of a tool that go by the same limits have in common, whoever
// their owner is; empty where they do not go by metadata and are not counted.
func (l *Limits) Strand(owner string, metadata []byte) string {
	if !l.Stranded() {
		return ""
	}
	rate, slots := l.Keys(owner, metadata)
	switch {
	case l.Most == 0:
		return rate
	case !l.Rate.Any() || !l.By.metadata() || rate == slots:
		return slots
	}
	return rate + "&" + slots
}

// KeysOf is Keys by a job's strand. ok is false for a strand that was made when the
// limits went by something else.
func (l *Limits) KeysOf(owner, strand string) (rate, slots string, ok bool) {
	ok = true
	if l.Rate.Any() {
		if l.By.metadata() {
			rate, ok = l.By.in(strand)
		} else {
			rate = l.By.key(owner, nil)
		}
	}
	if l.Most > 0 {
		var has bool
		slots, has = l.SlotsBy.in(strand)
		ok = ok && has
	}
	return rate, slots, ok
}

// in finds the key in a strand.
func (b By) in(strand string) (key string, ok bool) {
	name := url.QueryEscape(string(b)) + "="
	for key := range strings.SplitSeq(strand, "&") {
		if strings.HasPrefix(key, name) {
			return key, true
		}
	}
	return "", false
}
