package relay

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// stream writes the messages of a stream of events as they come, to the answer of
// the request or the stream's end. An error is an *rpcError.
func (r *relay) stream(ctx context.Context, c *call, resp *http.Response) error {
	answered := c.kind == batch // whose answers are not counted
	err := events(resp.Body, func(data []byte) bool {
		if reply, ok := r.reply(c, data); ok {
			answered = true
			if c.kind != batch {
				r.forget(c)
			}
			if ctx.Err() == nil {
				r.out.send(reply)
			}
			return c.kind == batch
		}
		var line bytes.Buffer
		if json.Compact(&line, data) != nil {
			r.Log.WarnContext(ctx, "an event that is no JSON is dropped")
		} else if ctx.Err() == nil {
			r.out.send(line.Bytes())
		}
		return ctx.Err() == nil
	})
	if answered || gone(ctx) {
		return nil
	}
	if c.method != methodListen {
		return r.unreached(cmp.Or(err, errStreamEnded))
	}
	r.forget(c) // its end is told by a notification (revision 2026-07-28, basic/patterns/cancellation)
	r.out.send(fmt.Appendf(nil, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%s,"reason":"the stream of events has ended: subscribe again"}}`, c.id))
	return nil
}

// gone reports whether nobody waits any more.
func gone(ctx context.Context) bool { return ctx.Err() != nil }

var errStreamEnded = errors.New("the stream of events has ended")

// events calls take with the data of each event (WHATWG HTML, section 9.2.6),
// until that says that it wants no more. The data is take's to keep. It returns
// nil at the end of the stream.
func events(stream io.Reader, take func(data []byte) (more bool)) error {
	b := bufio.NewReaderSize(stream, 64<<10)
	var data []byte
	for {
		line, err := eventLine(b)
		switch {
		case errors.Is(err, io.EOF):
			return nil // what is not ended by an empty line is no event
		case err != nil:
			return err
		case len(line) == 0 && len(data) > 0:
			if !take(data) {
				return nil
			}
			data = nil
		case len(line) > 0:
			name, value, _ := bytes.Cut(line, []byte(":"))
			if string(name) == "data" {
				data = append(append(data, bytes.TrimPrefix(value, []byte(" "))...), '\n')
			}
		}
		if len(data) > MaxMessageBytes {
			return errTooLongEvent
		}
	}
}

var errTooLongEvent = fmt.Errorf("an event is longer than %d bytes", MaxMessageBytes)

// eventLine reads a line without its end, which is LF or CR LF: the server sends
// no CR alone.
func eventLine(b *bufio.Reader) (line []byte, err error) {
	for {
		part, err := b.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > MaxMessageBytes {
			return nil, errTooLongEvent
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), err
		}
	}
}
