package pgproc

import (
	"strconv"
	"strings"
	"time"
)

// Promote makes a standby the primary.
func (c *Cluster) Promote() {
	c.t.Helper()
	c.run("pg_ctl", "promote", "-D", c.Folder, "-w")
}

// Detach has a standby stay running and hear nothing more from its primary;
// attach undoes it.
func (c *Cluster) Detach() (attach func()) {
	c.t.Helper()
	primary := c.Exec(c.t, superuser, "SHOW primary_conninfo")
	set := func(to string) {
		c.Exec(c.t, superuser, "ALTER SYSTEM SET primary_conninfo = '"+strings.ReplaceAll(to, "'", "''")+"'")
		c.Exec(c.t, superuser, "SELECT pg_reload_conf()")
	}
	set("")
	for until := time.Now().Add(startPatience); c.Exec(c.t, superuser, "SELECT count(*) FROM pg_stat_wal_receiver") != "0"; {
		if time.Now().After(until) {
			c.t.Fatal("the standby still hears its primary")
		}
		<-time.After(20 * time.Millisecond)
	}
	return func() { set(primary) }
}

// Synchronous has commits wait for a standby, and returns once one has confirmed
// some: what was committed before is safe, too.
func (c *Cluster) Synchronous() {
	c.t.Helper()
	c.Exec(c.t, superuser, "ALTER SYSTEM SET synchronous_standby_names = '*'")
	c.Exec(c.t, superuser, "SELECT pg_reload_conf()")
	for range 3 { // sessions learn of the setting at the next statement after the signal
		c.Exec(c.t, superuser, "CREATE TABLE confirmed (); DROP TABLE confirmed")
		<-time.After(50 * time.Millisecond)
	}
}

// Either is the address of a database at whichever of two takes writes.
func Either(one, other *Cluster, database string) string {
	return "postgres://" + superuser + "@127.0.0.1:" + strconv.Itoa(one.Port) + ",127.0.0.1:" + strconv.Itoa(other.Port) + "/" + database +
		"?target_session_attrs=read-write"
}
