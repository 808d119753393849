// Package files is how files go in and out beside jobs: the routes to which clients
// post a file before the jobs that read it, and those by which outputs are
// downloaded. What arrives in parts is the dialect tus.
package files

import (
	"context"
	"log/slog"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/sign"
	"claimcheck/internal/upload"
	"claimcheck/internal/uploadform"
)

// A Poster is a storage of files that clients can post files to themselves.
type Poster interface {
	// Form returns where and with which fields a client posts the file of an
	// upload, of 1 to maxBytes bytes (0: as the storage can), until a time.
	Form(ctx context.Context, u *job.Upload, maxBytes int64, until time.Time) (url string, fields map[string]string, err error)
}

// A Linker is a storage of files that clients can download from.
type Linker interface {
	// Link returns an address at the storage itself, good for life and at most a
	// minute, from which a file comes as an attachment of this name and type.
	Link(ctx context.Context, method, key, name, contentType string, life time.Duration) (string, error)
}

// Config is what the routes work with. All fields must be set unless they say
// otherwise.
type Config struct {
	Queue     *queue.Queue
	Uploads   *upload.Uploads
	Blobs     blob.Store
	Signer    *sign.Signer
	Poster    Poster // nil: clients post files to this server
	Linker    Linker // nil: files are downloaded through this server
	Reads     httpapi.Reads
	PublicURL string // scheme and host of all links, no final slash
	Log       *slog.Logger
	Now       func() time.Time
}

type files struct {
	Config
	forms *uploadform.Forms
}

// Routes are the routes of files.
func Routes(c Config) []httpapi.Route {
	f := &files{Config: c, forms: &uploadform.Forms{Signer: c.Signer, Now: c.Now, URL: c.PublicURL + "/uploads"}}
	return []httpapi.Route{
		{Method: "GET", Path: "/downloads/{name}", Access: httpapi.Open, Handler: f.download},
		{Method: "POST", Path: "/uploads", Access: httpapi.Open, Handler: f.receiveUpload},
		{Method: "POST", Path: "/upload-api", Handler: f.newUpload},
		{Method: "DELETE", Path: "/uploads/{id}", Handler: f.deleteUpload},
	}
}
