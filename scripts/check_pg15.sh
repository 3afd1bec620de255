#!/usr/bin/env bash
# The same migrations and database tests on Debian's PostgreSQL 15, on a private socket, as user postgres.
set -euo pipefail
cd "$(dirname "$0")/.."

programs=/usr/lib/postgresql/15/bin
if [ ! -x "$programs/postgres" ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # no cluster of Debian's own: ours lives in a folder that is thrown away
    apt-get install -y -qq --no-install-recommends postgresql-common >/dev/null
    sed -i 's/^#*create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
    apt-get install -y -qq --no-install-recommends postgresql-15 >/dev/null
fi

folder="$(mktemp -d)"
chown postgres "$folder"
chmod 755 "$folder"
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
stop() {
    (cd / && as_postgres "$programs/pg_ctl" -D "$folder/pg" -m immediate stop >/dev/null 2>&1) || true
    rm -rf "$folder"
}
trap stop EXIT

(cd / && as_postgres "$programs/initdb" -D "$folder/pg" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 >/dev/null)
(cd / && as_postgres "$programs/pg_ctl" -w -D "$folder/pg" -l "$folder/log" \
    -o "-c listen_addresses='' -k $folder -c fsync=off -c max_connections=200" start >/dev/null)

export DATABASE_URL="postgresql://postgres@/postgres?host=$folder"
export JIETONG_TEST_DATA="$folder/data"
.venv/bin/python -m pytest -q -m "not slow and not browser" "$@"
