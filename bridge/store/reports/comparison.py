"""How the calls of some rules ended, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from bridge.core import call_states
from bridge.core.reports.figures import REACHED
from bridge.core.words import UNREACHABLE
from bridge.store.db.tables import calls
from bridge.store.db.upsert import written


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """One rule's calls of a span. `called`: their request reached VBot; `reached`: somebody answered."""

    rule: str
    calls: int
    called: int
    reached: int
    confirmed: int
    declined: int
    agent: int
    no_key: int
    unreachable: int


def compare_rules(conn: Connection, rules: Sequence[str], since: datetime, until: datetime) -> list[RuleFigures]:
    """A line for each of these rules, in their order, of the calls that were made in the span."""

    def counted(condition: object) -> object:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)  # type: ignore[arg-type]

    query = (
        select(
            calls.c.rule,
            func.count(),
            counted(calls.c.state.in_([written(state) for state in call_states.REACHED])),
            counted(calls.c.result.in_(REACHED)),
            *(counted(calls.c.result == result) for result in ("confirmed", "declined", "agent", "no_key")),
            counted(calls.c.result.in_(UNREACHABLE)),
        )  # type: ignore[call-overload]
        .where(calls.c.rule.in_(rules), calls.c.created_at >= since, calls.c.created_at < until)
        .group_by(calls.c.rule)
    )
    found = {row[0]: RuleFigures(*row) for row in conn.execute(query)}
    return [found.get(rule) or RuleFigures(rule, 0, 0, 0, 0, 0, 0, 0, 0) for rule in rules]
