"""Templates and their custom fields: read from VBot, at intervals or by a command, else as they were known last.

Any number of workers look at intervals, and one of them asks VBot. Whatever VBot leaves out stays as it was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bridge.core.model import MANUAL, Json
from bridge.store import Connection, Store
from bridge.store.calls import waiting_templates
from bridge.store.configuration.catalog import Catalog, Catalogs
from bridge.store.configuration.templates import learn_template, read_templates
from bridge.store.operation.alarms import keep_alarm, list_alarms
from bridge.store.operation.turns import take_turn
from bridge.vbot import VBotError

if TYPE_CHECKING:
    from bridge.vbot.client import Client

log = logging.getLogger(__name__)

# Between two looks of all workers together; the turn comes a little before the round that takes it up.
TURN = timedelta(minutes=5) - timedelta(seconds=10)
OLD = timedelta(hours=1) - timedelta(seconds=10)

Deadline = Callable[[], float]
NOT_CHECKED = "no custom fields of it are known, so its rules are not checked"
NOT_CHECKED_VI = "chưa biết trường tùy chỉnh nào của nó nên các quy tắc của nó không được kiểm tra"


@dataclass(frozen=True)
class Fields:
    """A template's custom fields to check by; None: nobody knows them.

    received what VBot gave now; None: nothing
    warning  why that is not what to check by; `vietnamese`: the same
    error    why VBot gave nothing
    """

    fields: list[Json] | None
    received: list[Json] | None = None
    warning: str | None = None
    error: VBotError | None = None
    vietnamese: str | None = None


def ask_fields(client: Client, code: str, known: Mapping[str, Any], now: datetime, deadline: float) -> Fields:
    """The template's fields from VBot or, where it does not give them, those of `known` (`read_templates`)."""
    last = known.get(code)
    fields = last.fields if last is not None and last.fields else None
    serve = f"the last known custom fields serve {age_of(last, now)}" if fields else NOT_CHECKED
    serve_vi = f"đang dùng các trường tùy chỉnh biết gần nhất {age_of(last, now, 'vi')}" if fields else NOT_CHECKED_VI
    try:
        received = client.custom_fields(code, deadline)
    except VBotError as error:
        return Fields(fields, None, f"{error.message}; {serve}", error, f"{error.vietnamese}; {serve_vi}")
    if not received:
        # Nothing known before either: it may be a script without any.
        if not fields:
            return Fields(fields, received)
        none = (f"VBot lists no custom field for it now; {serve}", f"VBot hiện không liệt kê trường nào; {serve_vi}")
        return Fields(fields, received, none[0], None, none[1])
    return Fields(received, received)


def age_of(row: Any, now: datetime, language: str = "en") -> str:
    """How old a row of `read_templates` is, in `vi` or `en`."""
    age = _age(row.fetched_at, now, language)
    return f"(lấy cách đây {age})" if language == "vi" else f"(read {age} ago)"


def _age(then: datetime, now: datetime, language: str) -> str:
    seconds, is_vietnamese = max(int((now - then).total_seconds()), 0), language == "vi"
    for unit, units, length in (("ngày", "day", 86400), ("giờ", "hour", 3600), ("phút", "minute", 60)):
        if count := seconds // length:
            return f"{count} {unit}" if is_vietnamese else f"{count} {units}{'s' if count > 1 else ''}"
    return "chưa đầy một phút" if is_vietnamese else "less than a minute"


def refresh_templates(store: Store, catalogs: Catalogs, client: Client, now: datetime, deadline: Deadline) -> int:
    """Ask VBot for the custom fields that are an hour old, or that hold calls, unless another did.

    Return for how many it answered. `deadline` gives, before each request, an instant of the monotonic clock.
    """
    with store.write() as conn:
        due = _due(conn, catalogs.read(conn), now) if take_turn(conn, "templates", now, TURN) else []
    answered = 0
    for code in due:
        try:
            fields = client.custom_fields(code, deadline())
        except VBotError as error:
            log.warning("template not read template=%s reason=%s", code, error.code)
            continue
        with store.write() as conn:
            news = learn_template(conn, code, fields, now)
        answered += news != "emptied"
        if news in ("changed", "emptied"):
            log.warning("template %s template=%s", news, code)
    return answered


def watch_templates(store: Store, catalogs: Catalogs, now: datetime) -> None:
    """The alarm `template_changed` names the templates that their rules do not fit, whose calls wait. Sends nothing."""
    with store.read() as conn:
        catalog = catalogs.read(conn)
        open_ones = [alarm["facts"] for alarm in list_alarms(conn) if alarm["key"] == "template_changed"]
    facts = _misfitting(catalog)
    if open_ones and facts != open_ones[0]:
        keep_alarm(store, "template_changed", False, {}, now)
    if facts and open_ones != [facts]:
        keep_alarm(store, "template_changed", True, facts, now)


def _due(conn: Connection, catalog: Catalog, now: datetime) -> list[str]:
    """The templates of enabled rules and of waiting calls by hand whose custom fields are to be read."""
    needed = {rule.template for rule in catalog.rules if rule.enabled} | set(waiting_templates(conn, MANUAL))
    holding = {rule.template for rule in catalog.rules if rule.name in catalog.misfits}
    known = read_templates(conn)
    return [
        code
        for code in sorted(needed)
        if code not in known or code in holding or abs(now - known[code].fetched_at) >= OLD
    ]


def _misfitting(catalog: Catalog) -> dict[str, Json]:
    rules = [rule for rule in catalog.rules if rule.name in catalog.misfits]
    if not rules:
        return {}
    fields = {f"{rule.template}.{misfit.key}" for rule in rules for misfit in catalog.misfits[rule.name]}
    return {
        "template": ", ".join(sorted({rule.template for rule in rules})),
        "rules": sorted(rule.name for rule in rules),
        "fields": sorted(fields),
    }
