"""How long a source is usually silent, learned from the longest silence of each day. Pure: no clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

DAYS = 14
LEAST_DAYS = 4  # with a delivery; before, nobody knows what is usual
LEAST = timedelta(hours=1)

# The longest silence that ended on each day of UTC, in seconds: {"2026-11-23": 3600}.
Gaps = Mapping[str, float]


def usual_gap(gaps: Gaps) -> timedelta | None:
    """The longest silence that is nothing to speak of: twice the longest of the days known; None while too few are."""
    if len(gaps) < LEAST_DAYS:
        return None
    return max(2 * timedelta(seconds=max(gaps.values())), LEAST)


def remember(gaps: Gaps, last: datetime | None, at: datetime) -> Gaps:
    """These gaps with the silence between `last` and `at`; days of more than DAYS before `at` are forgotten.

    A silence longer than usual counts as the usual one: an outage must not hide the next, and a shop that has
    become quieter is known again after a few of them.
    """
    today = at.date()
    silence = max(at - last, timedelta(0)) if last is not None else timedelta(0)
    usual = usual_gap(gaps)
    seconds = min(silence, usual).total_seconds() if usual is not None else silence.total_seconds()
    first = (today - timedelta(days=DAYS)).isoformat()
    kept = {day: longest for day, longest in gaps.items() if date.fromisoformat(day).isoformat() > first}
    return kept | {today.isoformat(): max(seconds, kept.get(today.isoformat(), 0))}
