#!/bin/sh
# Starts a PostgreSQL cluster on the disk for the time of a benchmark:
# bench/postgres.sh COMMAND... is run with STORE set to its address. KEEP names a
# folder to keep the cluster in.
set -eu
bin=$(dirname "$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb | tail -n 1)")
folder=${KEEP:-$(mktemp -d)}
user=$(id -un)
if [ "$(id -u)" = 0 ]; then
	user=postgres
	mkdir -p "$folder"
	chown "$user" "$folder"
fi
as() { if [ "$(id -u)" = 0 ]; then su "$user" -s /bin/sh -c "$*"; else sh -c "$*"; fi; }
port=$(awk 'BEGIN { srand(); print 20000 + int(rand() * 20000) }')
if [ ! -e "$folder/data/PG_VERSION" ]; then
	as "$bin/initdb -D $folder/data -U postgres --auth=trust --no-instructions" >/dev/null
	cat >>"$folder/data/postgresql.conf" <<'SETTINGS'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_buffers = 1GB
max_wal_size = 4GB
max_connections = 200
SETTINGS
fi
as "$bin/pg_ctl -D $folder/data -o '-p $port' -l $folder/log -w start" >/dev/null
finish() {
	as "$bin/pg_ctl -D $folder/data -m fast -w stop" >/dev/null || true
	[ -n "${KEEP:-}" ] || rm -rf "$folder"
}
trap finish EXIT INT TERM
STORE="postgres://postgres@127.0.0.1:$port/postgres" "$@"
