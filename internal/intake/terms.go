package intake

import (
	"net/http"
	"time"
)

// An ask is a header field by which a client says what it asks for beside the
// work; read takes its value, which is never empty, and fails with Invalid
// INVALID_OPTION.
type ask struct {
	header string // in lower case
	field  string // the same as [http.Header] has it, so that asking for it costs nothing
	read   func(a *About, value string, now time.Time) error
	// same is what of a value makes two orders the same; nil: all of it.
	same func(value string) string
}

// asks is the one list of them. They are read in its order.
var asks = named([]ask{
	{header: HeaderRetention, read: readRetention},
	{header: HeaderRetentionFailed, read: readRetentionFailed},
	{header: HeaderGroup, read: readGroup},
	{header: StartByHeader, read: readStartBy},
	{header: FinishByHeader, read: readFinishBy},
	{header: HeaderDelete, read: readDelete},
	{header: HeaderOutputName, read: readOutputName},
	{header: HeaderOutputURL, read: readOutputURL, same: withoutQuery},
})

func named(list []ask) []ask {
	for i := range list {
		list[i].field = http.CanonicalHeaderKey(list[i].header)
	}
	return list
}

// AskHeaders returns the names of the header fields by which a client asks for
// something beside the work.
func AskHeaders() []string {
	names := make([]string, len(asks))
	for i := range asks {
		names[i] = asks[i].header
	}
	return names
}

// terms reads what is asked for beside the work, and keeps how it was written: that
// is what makes two orders the same.
func (a *About) terms(r *Request, now time.Time) error {
	for i := range asks {
		v := r.Asks(asks[i].field)
		if v == "" {
			continue
		}
		if err := asks[i].read(a, v, now); err != nil {
			return err
		}
		if same := asks[i].same; same != nil {
			v = same(v)
		}
		a.asked = append(append(append(append(a.asked, asks[i].header...), ':'), v...), '\n')
	}
	return nil
}
