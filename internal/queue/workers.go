package queue

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Remote workers have names that no process of a server has. Their leases
// are not renewed by this process and outlive it.
const (
	pullPrefix     = "pull:" // a program that came for the job
	callbackPrefix = "call:" // a tool's target that calls back
)

// PullWorker is the name in leases of a program that claims with a key. Owners
// of jobs see it in their history, so that it only has a digest of the key's id.
func PullWorker(keyID, name string) string {
	digest := sha256.Sum256([]byte(keyID))
	return pullPrefix + hex.EncodeToString(digest[:8]) + "/" + name
}

func remote(worker string) bool {
	return strings.HasPrefix(worker, pullPrefix) || strings.HasPrefix(worker, callbackPrefix)
}
