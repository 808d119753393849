//go:build !unix

package blobtest

import "os"

// What makes a process stand still, and go on: there is nothing of the kind here, so
// that the test which asks for it fails by the error of sending it.
var (
	stopSignal os.Signal = unknownSignal{}
	goOnSignal os.Signal = unknownSignal{}
)

type unknownSignal struct{}

func (unknownSignal) String() string { return "stop or go on" }
func (unknownSignal) Signal()        {}
