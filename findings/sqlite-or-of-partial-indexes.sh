#!/usr/bin/env bash
# SQLite 3.54.1 (apsw 3.54.1.0): an OR of two states is answered by neither of two partial indexes that fit one state each.
#
# Each half alone reads its partial index. OR, and IN, of the two fall back to the UNIQUE constraint's index on the first
# column, which holds every row that the shop ever had; UNION ALL of the halves reads both partial indexes. A table of few
# open rows and many closed ones then costs more with every row that was ever closed.
# Guess that is wrong: SQLite's OR optimisation splits the term and takes one index for each half.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check apsw==3.54.1.0 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
one -> SEARCH delivery USING COVERING INDEX stored (shop=?)
or -> SEARCH delivery USING INDEX sqlite_autoindex_delivery_1 (shop=?)
in -> SEARCH delivery USING INDEX sqlite_autoindex_delivery_1 (shop=?)
union all -> SEARCH delivery USING COVERING INDEX stored (shop=?); SEARCH delivery USING COVERING INDEX fetching (shop=?)
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import apsw

db = apsw.Connection(":memory:")
db.execute(
    """CREATE TABLE delivery (id INTEGER PRIMARY KEY, shop TEXT, key TEXT, state TEXT, UNIQUE (shop, key));
    CREATE INDEX stored ON delivery (shop) WHERE state = 'stored';
    CREATE INDEX fetching ON delivery (shop) WHERE state = 'fetching';"""
)
stored = "SELECT id FROM delivery WHERE shop = ? AND state = 'stored'"
fetching = "SELECT id FROM delivery WHERE shop = ? AND state = 'fetching'"
for title, query, shops in (
    ("one", stored, 1),
    ("or", "SELECT id FROM delivery WHERE shop = ? AND (state = 'stored' OR state = 'fetching')", 1),
    ("in", "SELECT id FROM delivery WHERE shop = ? AND state IN ('stored', 'fetching')", 1),
    ("union all", f"{stored} UNION ALL {fetching}", 2),
):
    plan = [row[3] for row in db.execute("EXPLAIN QUERY PLAN " + query, ("a",) * shops) if "INDEX" in row[3]]
    print(title, "->", "; ".join(plan))
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: sqlite-or-of-partial-indexes"
