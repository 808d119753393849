#!/bin/sh
# goldmark with GitHub's extensions makes a link of a code span that holds an address of mail, if a word stands right before it: the backticks become text, the code and the command in it
# are gone. In CommonMark code binds tighter than anything else, and GitHub looks for addresses in what is text only when the line is read.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
go mod init finding >/dev/null 2>&1
go get github.com/yuin/goldmark@v1.8.7 >/dev/null 2>&1
cat > main.go <<'GO'
package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

func made(markdown string) string {
	var b bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.GFM)).Convert([]byte(markdown), &b); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

func main() {
	apart, joined := made("clone: `git@example.org:a.git`"), made("clone:`git@example.org:a.git`")
	word := made("(clone`git@example.org:a.git`)")
	fmt.Printf("goldmark 1.8.7: code behind a space is %s, behind a colon %s, behind a word %s\n", apart, joined, word)
	if !strings.Contains(apart, "<code>") || strings.Contains(word, "<code>") {
		os.Exit(1)
	}
}
GO
go mod tidy >/dev/null 2>&1
go run .
