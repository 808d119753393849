// Package cluster tests many servers and workers on one PostgreSQL: real
// processes that are killed, stopped and cut off while a load runs. It holds
// nothing but tests.
package cluster
