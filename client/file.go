package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"claimcheck/api"
)

// SubmitFile is Submit for a file: a small one as the body of the submission, one of
// 8 MiB and more as an upload (see [Client.Upload]), where the tool takes files with
// its extension. One that is larger than the tool and the plan allow is refused
// before anything is sent, as the server would: PAYLOAD_TOO_LARGE. A submission with
// an IdempotencyKey that is made again must not be an upload: each is another input
// to the server.
func (c *Client) SubmitFile(ctx context.Context, tool, path string, o Options) (api.Accepted, error) {
	f, err := os.Open(path) //nolint:gosec // the path is the caller's
	if err != nil {
		return api.Accepted{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return api.Accepted{}, err
	}
	if info.IsDir() {
		return api.Accepted{}, fmt.Errorf("submit %s: it is a folder", path)
	}
	if !info.Mode().IsRegular() || info.Size() < partsFrom {
		return c.Submit(ctx, tool, f, o)
	}
	about, err := c.Tool(ctx, tool)
	if err != nil {
		return api.Accepted{}, err
	}
	if most := about.Limits.MaxBytes; most > 0 && info.Size() > most {
		return api.Accepted{}, fmt.Errorf("submit %s: %w", path, &Error{
			HTTPStatus: http.StatusRequestEntityTooLarge, Code: "PAYLOAD_TOO_LARGE", Facts: api.Facts{Limit: most},
			Message: fmt.Sprintf("The input is %d bytes, and %d are the limit.", info.Size(), most),
		})
	}
	name, ok := UploadName(path, about.Extensions)
	if !ok {
		return c.Submit(ctx, tool, f, o)
	}
	key, err := c.Upload(ctx, name, f, info.Size(), WithProgress(o.Progress))
	if e, refused := errors.AsType[*Error](err); refused && e.Code == "INVALID_FILENAME" {
		if _, err := f.Seek(0, 0); err != nil {
			return api.Accepted{}, err
		}
		return c.Submit(ctx, tool, f, o)
	}
	if err != nil {
		return api.Accepted{}, err
	}
	return c.SubmitUpload(ctx, tool, key, o)
}

// UploadName makes of a file's path a name that [Client.Upload] takes; ok tells whether
// its extension is one of these, as a tool names them (none: any).
func UploadName(path string, extensions []string) (name string, ok bool) {
	const longest = 100 // characters, with the extension
	base := filepath.Base(path)
	ext := filepath.Ext(base)
	stem := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, strings.TrimSuffix(base, ext))
	ext = strings.ToLower(strings.TrimPrefix(ext, "."))
	stem = cmp.Or(stem[:min(len(stem), max(longest-len(".")-len(ext), 1))], "file")
	return stem + "." + ext, ext != "" && (len(extensions) == 0 || slices.Contains(extensions, ext))
}
