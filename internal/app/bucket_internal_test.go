package app

import (
	"testing"

	"claimcheck/internal/blob/s3blob"
)

func TestAddressesOfFolders(t *testing.T) {
	for address, want := range map[string]string{
		"file:///srv/files": "/srv/files", "file://localhost/srv/a%20": "/srv/a ", "file:///srv/../files/": "/files",
	} {
		shared, err := judgeBlobs(address)
		got, parseErr := parseFolder(address)
		if err != nil || parseErr != nil || !shared || got != want {
			t.Errorf("%q: got %q, shared %t, errors %v and %v, want %q", address, got, shared, err, parseErr, want)
		}
	}
	if shared, err := judgeBlobs(""); shared || err != nil {
		t.Errorf("no address: got shared %t, error %v", shared, err)
	}
}

func TestAddressesOfBuckets(t *testing.T) {
	for address, want := range map[string]s3blob.Options{
		"s3://files":       {Bucket: "files"},
		"s3://my.files-1/": {Bucket: "my.files-1"},
		"s3://files?endpoint=HTTP://127.0.0.1:7070/&region=eu-central-1": {Bucket: "files", Endpoint: "http://127.0.0.1:7070", Region: "eu-central-1"},
		"s3://files?endpoint=https%3A%2F%2Fs3.example.org%3A443":         {Bucket: "files", Endpoint: "https://s3.example.org"},
	} {
		shared, err := judgeBlobs(address)
		got, parseErr := parseBucket(address)
		if err != nil || parseErr != nil || !shared || got != want {
			t.Errorf("%q: got %+v, shared %t, errors %v and %v, want %+v", address, got, shared, err, parseErr, want)
		}
	}
}
