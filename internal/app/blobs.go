package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"claimcheck/internal/base"
	"claimcheck/internal/blob"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/config"
	"claimcheck/internal/routes/files"
)

const (
	blobsName = "files"
	spoolName = "spool"

	redirectMode = "redirect"
)

// storages is the one list of storages of files: how each is told by its
// address, and opened.
func storages() []storageKind {
	return []storageKind{
		{
			recognises: func(address string) bool { return address == "" },
			open:       openOwnFolder,
		},
		{
			form: "file:///folder", shared: true,
			recognises: func(address string) bool { return hasScheme(address, "file") },
			check:      func(address string) error { _, err := parseFolder(address); return err },
			open:       openSharedFolder,
		},
		{
			form: "s3://bucket?endpoint=URL&region=NAME", shared: true, links: true,
			recognises: func(address string) bool { return hasScheme(address, "s3") },
			check:      func(address string) error { _, err := parseBucket(address); return err },
			open:       openBucket,
		},
	}
}

// A storageKind is one kind of storage.
type storageKind struct {
	form       string // of its address; empty for the one without an address
	shared     bool   // servers use it side by side
	links      bool   // it answers downloads by itself
	recognises func(address string) bool
	check      func(address string) error // refuses an address that was recognised; nil: none
	open       func(ctx context.Context, cfg *config.Config) (*blobs, error)
}

// blobs is an opened storage of files.
type blobs struct {
	*pinnable
	grower  blob.Grower                                                             // resumable uploads arrive here
	copy    func(ctx context.Context, key string, to *dirblob.Store) (int64, error) // copies a file
	poster  files.Poster                                                            // nil: clients post files to this server
	postsTo string                                                                  // origin of poster's addresses; empty without one
	folder  string                                                                  // that servers share; empty where files are elsewhere
	linker  files.Linker                                                            // nil: files are downloaded through this server
	began   time.Time                                                               // files last changed before are of earlier processes; zero: it is shared, and that cannot be known
	close   func() error
}

// storageOf returns the kind of storage that an address means.
func storageOf(address string) (kind storageKind, ok bool) {
	for _, k := range storages() {
		if k.recognises(address) {
			return k, true
		}
	}
	return storageKind{}, false
}

// judgeBlobs judges the address of a storage of files.
func judgeBlobs(address string) (shared bool, err error) {
	kind, ok := storageOf(address)
	if !ok {
		return false, notBlobs(address)
	}
	if kind.check != nil {
		err = kind.check(address)
	}
	return kind.shared, err
}

// notBlobs refuses an address that no storage has.
func notBlobs(address string) error {
	var forms []string
	for _, k := range storages() {
		if k.form != "" {
			forms = append(forms, k.form)
		}
	}
	return fmt.Errorf("%s is neither %s", config.Shown(address), strings.Join(forms, " nor "))
}

// openBlobs opens the storage of files.
func openBlobs(ctx context.Context, cfg *config.Config) (*blobs, error) {
	kind, ok := storageOf(cfg.Blobs.Text)
	if !ok {
		panic("app: no storage has the address that was checked")
	}
	if cfg.DownloadMode == redirectMode {
		if !kind.links {
			return nil, errors.New("download_mode redirect needs blobs of the form s3://bucket")
		}
		if cfg.DownloadHost == "" || cfg.DownloadHost == strings.TrimSuffix(cfg.PublicURL, base.Of(cfg.PublicURL)) {
			return nil, errors.New("download_mode redirect needs a download_host that is not the API's: redirected files come without the headers that keep them from running")
		}
	}
	return kind.open(ctx, cfg)
}

func openOwnFolder(_ context.Context, cfg *config.Config) (*blobs, error) {
	s, err := dirblob.Open(filepath.Join(cfg.Data, blobsName))
	if err != nil {
		return nil, fmt.Errorf("open the folder of files: %w", err)
	}
	return &blobs{pinnable: &pinnable{Store: s}, grower: s, copy: s.Copy, began: s.Opened(), close: s.Close}, nil
}

func openSharedFolder(_ context.Context, cfg *config.Config) (*blobs, error) {
	folder, err := parseFolder(cfg.Blobs.Text)
	if err != nil {
		return nil, err
	}
	s, err := dirblob.Share(folder)
	if err != nil {
		return nil, fmt.Errorf("open the shared folder of files %s: %w", folder, err)
	}
	return &blobs{pinnable: &pinnable{Store: s}, grower: s, copy: s.Copy, folder: folder, close: s.Close}, nil
}

// parseStorage reads the parts of an address that every storage but the data
// folder's has.
func parseStorage(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return nil, notBlobs(address)
	}
	return u, nil
}

func hasScheme(address, scheme string) bool {
	u, err := parseStorage(address)
	return err == nil && u.Scheme == scheme
}

// parseFolder reads the address of a folder that servers share, file:///folder.
func parseFolder(address string) (folder string, err error) {
	u, err := parseStorage(address)
	if err != nil {
		return "", err
	}
	folder = filepath.Clean(filepath.FromSlash(u.Path))
	example := "file:///srv/files"
	if runtime.GOOS == "windows" { // C:/files is what stands behind the slash
		folder, example = filepath.Clean(filepath.FromSlash(strings.TrimPrefix(u.Path, "/"))), "file:///C:/files"
	}
	if u.Host != "" && u.Host != "localhost" || u.RawQuery != "" || u.ForceQuery || !filepath.IsAbs(folder) || filepath.Dir(folder) == folder {
		return "", fmt.Errorf("%s does not name a folder as %s does", config.Shown(address), example)
	}
	return folder, config.CheckPath(folder)
}
