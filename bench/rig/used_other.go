//go:build !unix

package rig

import (
	"errors"
	"time"
)

// ProcessorTime is what this process has used so far, which is not known here.
func ProcessorTime() (time.Duration, error) { return 0, errors.ErrUnsupported }

// childrenTime is what its ended children have used, which is not known here.
func childrenTime() (time.Duration, error) { return 0, errors.ErrUnsupported }
