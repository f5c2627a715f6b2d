"""What calls cost of late, out of the ledger: by it a list is priced before it starts."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import ColumnElement, Connection, literal_column, select

from bridge.core.reports.figures import Charge
from bridge.core.reports.price import Price, average
from bridge.core.vietnamese.hearing import Rate
from bridge.store.db.tables import calls
from bridge.store.reports.report import read_charges

NEWEST = 20_000  # calls that are looked at, however many there are
COUNTED = 500  # the newest of them of one template
FEW = 20  # calls of one template that say less than those of all


def price_of_call(conn: Connection, template: str, rate: Rate | None) -> Price | None:
    """What a call of this template costs on average; where there are few, a call of any. None: nothing is known.

    rate   what VBot takes, where its results do not say
    """
    own = average(_charges(conn, template), rate, template)
    if own is not None and own.calls >= FEW:
        return own
    return average(_charges(conn, None), rate, None) or own


def _charges(conn: Connection, template: str | None) -> Counter[Charge]:
    recent = select(calls.c.id, calls.c.template).order_by(calls.c.id.desc()).limit(NEWEST).subquery()
    query = select(recent).order_by(recent.c.id.desc()).limit(COUNTED)
    mine = (query.where(recent.c.template == template) if template is not None else query).subquery()
    nothing: ColumnElement[Any] = literal_column("NULL")
    found: Counter[Charge] = Counter()
    for row in read_charges(conn, mine, nothing, nothing, mine):
        found[row.end, row.cost, row.seconds] += row.attempts
    return found
