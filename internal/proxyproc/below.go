package proxyproc

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Below starts an nginx that has a server, at host:port, below a path, and nothing
// else; the path begins with a slash and ends without one. It returns the address
// below which clients find the server. One that strips takes the path away from what
// it passes on.
func Below(t testing.TB, server, path string, strips bool) (address string) {
	t.Helper()
	dir, listen := Folder(t), FreeAddress(t)
	to := "http://" + server
	if strips {
		to += "/"
	}
	var temps strings.Builder
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&temps, "%s_temp_path %s/%s;\n", kind, dir, kind)
	}
	user := ""
	if os.Getuid() == 0 {
		user = "user root;\n"
	}
	config := Write(t, dir, user+`daemon off;
worker_processes 1;
pid `+dir+`/pid;
error_log stderr;
events { worker_connections 512; }
http {
access_log off;
`+temps.String()+`server {
    listen `+listen+`;
    client_max_body_size 0;
    large_client_header_buffers 4 64k;
    location `+path+`/ {
        proxy_pass `+to+`;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        proxy_request_buffering off;
        proxy_buffering off;
        proxy_buffer_size 64k;
        proxy_buffers 4 64k;
    }
}
}
`)
	Start(t, Nginx, dir, listen, nil, "-p", dir, "-e", "stderr", "-c", config)
	return "http://" + listen + path
}
