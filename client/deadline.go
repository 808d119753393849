package client

import (
	"fmt"
	"strconv"
	"time"
)

// deadlines sets the header fields by which jobs end by themselves.
func (o *Options) deadlines(set func(name, value string)) error {
	for _, d := range []struct {
		name, header string
		at           time.Time
		within       time.Duration
	}{
		{"Start", "X-Start-By", o.StartBy, o.StartWithin},
		{"Finish", "X-Finish-By", o.FinishBy, o.FinishWithin},
	} {
		switch {
		case !d.at.IsZero() && d.within != 0:
			return fmt.Errorf("%sBy and %sWithin are the same thing; set one of them", d.name, d.name)
		case d.within < 0:
			return fmt.Errorf("%sWithin is %s, before now", d.name, d.within)
		case d.within > 0:
			set(d.header, strconv.FormatInt(int64((d.within+time.Second-1)/time.Second), 10))
		case !d.at.IsZero():
			set(d.header, strconv.FormatInt(d.at.Add(time.Second-1).Unix(), 10))
		}
	}
	return nil
}
