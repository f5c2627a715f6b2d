#!/usr/bin/env bash
# SQLAlchemy 2.1.9, ORM on SQLite: UPDATE ... RETURNING of an object answers with a number that the database never held.
#
# A session has read a call with 0 tries, another connection counts up to 7, and update(Call).values(tries=Call.tries + 1)
# .returning(Call) makes it 8, which is what the database returns. The object says 1: of an object that the session knows, the
# assignment is computed once more in Python, from the value that was read, and the row is dropped. The documentation says that
# updated attributes are refreshed or expired, and that the default strategy works by RETURNING. Whoever counts tries that way
# decides by a wrong number; return the column, or set populate_existing.
# Guess that is wrong: what RETURNING brings is what one reads, above all in a counter that others change too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check sqlalchemy==2.1.9 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
object -> 1 | in the database: 8
object, synchronize_session='fetch' -> 1 | in the database: 8
object, synchronize_session=False -> 0 | in the database: 8
object, populate_existing=True -> 8 | in the database: 8
column -> 8 | in the database: 8
EXPECTED
"$folder/venv/bin/python" - "$folder/calls.db" >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import sys

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Call(Base):
    __tablename__ = "call"
    id: Mapped[int] = mapped_column(primary_key=True)
    tries: Mapped[int]


ours, others = (sa.create_engine(f"sqlite:///{sys.argv[1]}") for _ in range(2))
Base.metadata.create_all(ours)
COUNT_UP = sa.update(Call).values(tries=Call.tries + 1)


def tries(statement, **options):
    with ours.begin() as connection:
        connection.execute(sa.delete(Call.__table__))
        connection.execute(sa.insert(Call.__table__).values(id=1, tries=0))
    with Session(ours) as session:
        call = session.get_one(Call, 1)
        with others.begin() as connection:
            connection.execute(sa.update(Call.__table__).values(tries=7))
        said = session.scalars(statement, execution_options=options).one()
        stored = session.scalars(sa.select(Call.tries)).one()
        return f"{said.tries if said is call else said} | in the database: {stored}"


print("object ->", tries(COUNT_UP.returning(Call)))
print("object, synchronize_session='fetch' ->", tries(COUNT_UP.returning(Call), synchronize_session="fetch"))
print("object, synchronize_session=False ->", tries(COUNT_UP.returning(Call), synchronize_session=False))
print("object, populate_existing=True ->", tries(COUNT_UP.returning(Call), populate_existing=True))
print("column ->", tries(COUNT_UP.returning(Call.tries)))
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: sqlalchemy-update-returning"
