#!/bin/sh
# An upload whose length is not known at first (tus 1.0, creation-defer-length) tells it with its last PATCH. When that request is cut off after its head arrived, tus-js-client asks for
# the offset, goes on and tells the same length again; tusd refuses any second one with 400, which the client takes for final: the reference client and the reference server give up together.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null 2>&1
npm install --no-audit --no-fund tus-js-client@4.3.1 >/dev/null 2>&1
go mod init finding >/dev/null 2>&1
go get github.com/tus/tusd/v2@v2.9.1 >/dev/null 2>&1
cat > main.go <<'GO'
package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"

	"github.com/tus/tusd/v2/pkg/filestore"
	"github.com/tus/tusd/v2/pkg/handler"
	"golang.org/x/exp/slog"
)

// A half is a body of which the line lets some bytes through.
type half struct {
	io.ReadCloser
	left int
}

func (h *half) Read(p []byte) (int, error) {
	if h.left == 0 {
		return 0, errors.New("the line is cut")
	}
	n, err := h.ReadCloser.Read(p[:min(len(p), h.left)])
	h.left -= n
	return n, err
}

func main() {
	all := handler.NewStoreComposer()
	filestore.New(os.Args[1]).UseIn(all)
	h, err := handler.NewHandler(handler.Config{BasePath: "/files/", StoreComposer: all, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		panic(err)
	}
	cut := false
	server := httptest.NewServer(http.StripPrefix("/files/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !cut && r.Header.Get("Upload-Length") != "" {
			cut = true
			r.Body = &half{r.Body, 100}
			h.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		h.ServeHTTP(w, r)
	})))
	defer server.Close()
	out, err := exec.Command("node", "send.mjs", server.URL+"/files/").CombinedOutput()
	if err != nil {
		panic(string(out))
	}
	fmt.Printf("tusd 2.9.1, tus-js-client 4.3.1, the last request of a deferred length cut once: %s", out)
	if !strings.HasPrefix(string(out), "response code: 400") {
		panic("it behaves otherwise now")
	}
}
GO
cat > send.mjs <<'JS'
import { Readable } from 'node:stream'
import * as tus from 'tus-js-client'
const end = (text) => process.stdout.write(text + '\n', () => process.exit(0))
new tus.Upload(Readable.from([Buffer.alloc(1000), Buffer.alloc(500)]), {
  endpoint: process.argv[2], uploadLengthDeferred: true, chunkSize: 1000, retryDelays: [0, 100, 200, 400],
  onSuccess: () => end('sent'), onError: (e) => end(e.message.replace(/.*(response code: \d+, response text: [A-Z_]+).*/s, '$1')),
}).start()
JS
go mod tidy >/dev/null 2>&1
go run main.go "$dir"
