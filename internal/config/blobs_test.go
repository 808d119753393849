package config_test

import (
	"testing"

	"claimcheck/internal/config"
)

func TestWhereFilesAreKept(t *testing.T) {
	for text, want := range map[string]config.Blobs{
		"":                          {},
		"file:///srv/files":         {Folder: "/srv/files"},
		"file://localhost/srv/a%20": {Folder: "/srv/a "},
		"file:///srv/../files/":     {Folder: "/files"},
		"s3://files":                {Bucket: "files"},
		"s3://my.files-1/":          {Bucket: "my.files-1"},
		"s3://files?endpoint=HTTP://127.0.0.1:7070/&region=eu-central-1": {Bucket: "files", Endpoint: "http://127.0.0.1:7070", Region: "eu-central-1"},
		"s3://files?endpoint=https%3A%2F%2Fs3.example.org%3A443":         {Bucket: "files", Endpoint: "https://s3.example.org"},
	} {
		got, err := config.Load("serve", []string{"--blobs=" + text}, nil, nil)
		if err != nil || got.Blobs != want {
			t.Errorf("%q: got %+v, error %v, want %+v", text, got.Blobs, err, want)
		}
	}
}
