// Package queue holds the rules of a job's life: who may change its state,
// when it is tried again, and when it is given up. Storage is behind [Store].
package queue
