package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"claimcheck/internal/tool"
	"claimcheck/internal/tool/datatool"
)

// find returns the tool of a name.
func find(name string) (tool.Tool, error) {
	for _, t := range datatool.Tools() {
		if t.Spec().Name == name {
			return t, nil
		}
	}
	return nil, fmt.Errorf("there is no tool %s", name)
}

// runTool runs a tool with options that are given as header=value.
func runTool(ctx context.Context, name string, options []string, in io.Reader, out io.Writer) error {
	t, err := find(name)
	if err != nil {
		return err
	}
	spec := t.Spec()
	parsed, err := spec.ParseOptions(func(header string) string {
		for _, o := range options {
			if key, value, _ := strings.Cut(o, "="); key == header {
				return value
			}
		}
		return ""
	})
	if err != nil {
		return fmt.Errorf("options of %s: %w", name, err)
	}
	if err := t.Run(ctx, tool.Call{Input: in, InputSize: -1, Options: parsed, Output: out, Answer: &tool.Answer{}}); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
