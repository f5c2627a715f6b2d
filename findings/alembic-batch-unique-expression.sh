#!/usr/bin/env bash
# Alembic 1.20.1 with SQLAlchemy 2.1.9 on SQLite: batch_alter_table loses a unique index on an expression.
#
# SQLite cannot change a column, so batch mode copies the table, and one would expect its indexes to come along, or an error.
# Ordinary and partial ones do; one on lower(code) is skipped as "unsupported reflection", a warning among a migration's
# output, and the migration succeeds. From then on the same order, or the same call, is taken in twice; create such an index
# again in that migration, and compare the list of indexes before and after in a test.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check alembic==1.20.1 sqlalchemy==2.1.9 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
before -> of_shop, one_code, one_open | DH-1 and dh-1: refused
after -> of_shop, one_open | DH-1 and dh-1: stored
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations


def state(connection):
    names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name").scalars()
    shown = ", ".join(names)
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("INSERT INTO orders VALUES ('a', 'dh-1', '0987654321', 'waiting')")
        return f"{shown} | DH-1 and dh-1: stored"
    except sa.exc.IntegrityError:
        return f"{shown} | DH-1 and dh-1: refused"


with sa.create_engine("sqlite://").connect() as connection:
    for statement in (
        "CREATE TABLE orders (shop TEXT, code TEXT, phone TEXT, state TEXT)",
        "CREATE INDEX of_shop ON orders (shop)",
        "CREATE UNIQUE INDEX one_open ON orders (shop, phone) WHERE state = 'waiting'",
        "CREATE UNIQUE INDEX one_code ON orders (shop, lower(code))",
        "INSERT INTO orders VALUES ('a', 'DH-1', '0912345678', 'waiting')",
    ):
        connection.exec_driver_sql(statement)
    print("before ->", state(connection))
    with Operations(MigrationContext.configure(connection)).batch_alter_table("orders") as batch:
        batch.alter_column("state", nullable=False)
    print("after ->", state(connection))
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: alembic-batch-unique-expression"
