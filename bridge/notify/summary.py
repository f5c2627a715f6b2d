"""The summary of a day for people: the counts of the balance, how calls ended, and what needs somebody."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.core.words import GROUPS, RESULTS, word
from bridge.store import Connection
from bridge.store.configuration.outline import read_outline
from bridge.store.operation.alarms import list_alarms
from bridge.store.reports.balance import read_balance
from bridge.store.reports.today import results_since

DAY = timedelta(days=1)


def summarize(conn: Connection, now: datetime, language: str, zone: ZoneInfo) -> tuple[str, str]:
    """Subject and text of the last 24 hours, with what `balance --since 24h` counts now: nothing personal."""
    since, until = ((now - span).astimezone(zone) for span in (DAY, timedelta(0)))
    balance = read_balance(conn, since, read_outline(conn).topics(), now)
    ended, alarms = results_since(conn, since), len(list_alarms(conn))
    is_vietnamese = language == "vi"
    span = f"{since:%H:%M %d/%m} – {until:%H:%M %d/%m}"
    total = f"{balance['total']} đơn" if is_vietnamese else f"{balance['total']} order(s)"
    subject = f"VBot Bridge: {'tổng kết' if is_vietnamese else 'summary'} {until:%d/%m}: {total}"
    lines = [f"{word(GROUPS, group, language)}: {count}" for group, count in balance["orders"].items() if count]
    lines += [f"   {word(RESULTS, result, language)}: {count}" for result, count in sorted(ended.items())]
    unexplained = balance["unexplained_total"]
    lines.append(f"{'không rõ lý do' if is_vietnamese else 'unexplained'}: {unexplained}")
    lines.append(f"{'cảnh báo đang mở' if is_vietnamese else 'open alarms'}: {alarms}")
    if unexplained or alarms:
        lines.append("Xem: bridge balance, bridge doctor" if is_vietnamese else "See: bridge balance, bridge doctor")
    return subject, "\n".join([f"{subject} ({span})", "", *lines])
