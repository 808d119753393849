package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
)

// blobsForm is where files are kept.
func blobsForm(field func(*Config) *Blobs) form { return parsed("URL", field, parseBlobs) }

func parseBlobs(text string) (Blobs, error) {
	if text == "" {
		return Blobs{}, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return Blobs{}, notBlobs(text)
	}
	switch u.Scheme {
	case "file":
		return folderBlobs(text, u)
	case "s3":
		return bucketBlobs(text, u)
	default:
		return Blobs{}, notBlobs(text)
	}
}

func notBlobs(text string) error {
	return fmt.Errorf("%s is neither file:///folder nor s3://bucket?endpoint=URL&region=NAME", shown(text))
}

func folderBlobs(text string, u *url.URL) (Blobs, error) {
	if u.Host != "" && u.Host != "localhost" || u.RawQuery != "" || u.ForceQuery || !filepath.IsAbs(u.Path) || filepath.Clean(u.Path) == "/" {
		return Blobs{}, fmt.Errorf("%s does not name a folder as file:///srv/files does", shown(text))
	}
	if _, err := parsePath(u.Path); err != nil {
		return Blobs{}, err
	}
	return Blobs{Folder: filepath.Clean(u.Path)}, nil
}

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	regionName = regexp.MustCompile(`^[a-z0-9-]{1,63}$`)
)

func bucketBlobs(text string, u *url.URL) (Blobs, error) {
	b := Blobs{Bucket: u.Host}
	if !bucketName.MatchString(b.Bucket) || strings.Contains(b.Bucket, "..") || strings.Trim(u.Path, "/") != "" {
		return Blobs{}, fmt.Errorf("%s does not name a bucket as s3://files does", shown(text))
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Blobs{}, notBlobs(text)
	}
	for name, values := range query {
		value := values[0]
		switch {
		case len(values) > 1:
			return Blobs{}, fmt.Errorf("%s has %s more than once", shown(text), plain(name))
		case name == "endpoint":
			base, ok := parseBase(strings.TrimSuffix(value, "/"))
			if !ok {
				return Blobs{}, fmt.Errorf("%s is not an endpoint such as https://s3.example.org", shown(value))
			}
			b.Endpoint = base
		case name == "region" && regionName.MatchString(value):
			b.Region = value
		default:
			return Blobs{}, fmt.Errorf("%s has %s, which is neither endpoint nor a region", shown(text), plain(name))
		}
	}
	return b, nil
}
