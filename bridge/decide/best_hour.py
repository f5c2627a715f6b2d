"""`hour: best` for one call: the hour at which its buyer is most likely to answer, by what was learnt. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.core.model import Json
from bridge.core.reports.best_hour import LEAST_CALLS, Choice, Learned, choose, is_held_out, part_of_day
from bridge.rules.evaluate import Question
from bridge.rules.rule import Rule
from bridge.store.reports.best_hour import HELD_OUT, LEARNING, MOVED


def best_hour(
    learned: Learned, rule: Rule, question: Question, span: tuple[datetime, datetime], now: datetime
) -> tuple[str, Choice | None]:
    """What the decision remembers (learning, held_out, moved), and the better moment within the call's span, if any.

    Where less than LEAST_CALLS were learnt from, and for the orders that are held out, the call stays as it is.
    """
    source = question.source
    if learned.calls < LEAST_CALLS:
        return LEARNING, None
    if is_held_out(source.id, question.order_id):
        return HELD_OUT, None
    region = (question.document.get("shipping") or {}).get("region") or ""
    who, order = (region, part_of_day(now, ZoneInfo(source.timezone))), f"{source.id}\n{question.order_id}"
    return MOVED, choose(learned, who, span, rule.windows, source.timezone, question.holidays, order)


def facts_of(choice: Choice) -> Mapping[str, Json]:
    """What the sentence of the reason `best_hour` says."""
    return {
        "at": choice.at.isoformat(),
        "detail": f"{100 * choice.share:.0f}%",
        "usual": f"{100 * choice.usual:.0f}%",
    }
