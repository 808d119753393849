//go:build !linux

package main

import (
	"fmt"
	"os/exec"
)

// runWatched runs a program. Its memory is not known here.
func runWatched(cmd *exec.Cmd) (int64, error) {
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("run: %w", err)
	}
	return 0, nil
}
