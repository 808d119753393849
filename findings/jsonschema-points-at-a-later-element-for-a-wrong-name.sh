#!/bin/sh
# Go's santhosh-tekuri/jsonschema says where an input is wrong by a JSON Pointer. For a member's name that propertyNames does not allow, inside an array, it points at the array's last
# element that was looked at, not at the one with the wrong name: who marks the place in a form marks another one.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
go mod init finding >/dev/null 2>&1
go get github.com/santhosh-tekuri/jsonschema/v6@v6.0.3 >/dev/null 2>&1
cat > main.go <<'GO'
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// places are the pointers of wrong names and of what is required.
func places(e *jsonschema.ValidationError) (list []string) {
	switch e.ErrorKind.(type) {
	case *kind.PropertyNames, *kind.Required:
		return []string{strings.Join(append([]string{""}, e.InstanceLocation...), "/")}
	}
	for _, c := range e.Causes {
		list = append(list, places(c)...)
	}
	return list
}

func judged(schema, input string) []string {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		panic(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("s.json", doc); err != nil {
		panic(err)
	}
	s, err := c.Compile("s.json")
	if err != nil {
		panic(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(input))
	if err != nil {
		panic(err)
	}
	var wrong *jsonschema.ValidationError
	if !errors.As(s.Validate(value), &wrong) {
		panic("it fits")
	}
	return places(wrong)
}

func main() {
	const input = `[{"b":1},{"a":1}]`
	names := judged(`{"items":{"propertyNames":{"pattern":"^a"}}}`, input)
	members := judged(`{"items":{"required":["a"]}}`, input)
	fmt.Printf("jsonschema 6.0.3: of %s the first element is wrong; propertyNames points at %q, required at %q\n", input, names, members)
	if members[0] != "/0" || names[0] == "/0" {
		os.Exit(1)
	}
}
GO
go mod tidy >/dev/null 2>&1
go run .
