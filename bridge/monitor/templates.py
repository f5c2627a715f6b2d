"""What VBot's account holds is looked at again at intervals: the custom fields of templates, and the balance.

Any number of workers make these rounds, and of them one asks VBot. Whatever VBot does not tell stays as it was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bridge.core.model import Json
from bridge.rules.rule import MANUAL
from bridge.store import Connection, Store
from bridge.store.alarms import keep_alarm, list_alarms
from bridge.store.calls import waiting_templates
from bridge.store.catalog import Catalog, Catalogs, learn_template, read_templates, take_turn
from bridge.vbot import VBotError
from bridge.vbot.client import Client

log = logging.getLogger(__name__)

# Between two looks of all workers together; the turn comes a little before the round that takes it up.
TURN = timedelta(minutes=5) - timedelta(seconds=10)
OLD = timedelta(hours=1) - timedelta(seconds=10)

Deadline = Callable[[], float]


def refresh_templates(store: Store, catalogs: Catalogs, client: Client, now: datetime, deadline: Deadline) -> int:
    """Ask VBot for the custom fields that are an hour old, or that hold calls, unless another did; how many it told.

    `deadline` is asked before each question, for an instant of the monotonic clock.
    """
    with store.write() as conn:
        due = _due(conn, catalogs.read(conn), now) if take_turn(conn, "templates", now, TURN) else []
    told = 0
    for code in due:
        try:
            fields = client.custom_fields(code, deadline())
        except VBotError as error:
            log.warning("template not told template=%s reason=%s", code, error.code)
            continue
        with store.write() as conn:
            news = learn_template(conn, code, fields, now)
        told += news != "unsaid"
        if news in ("changed", "unsaid"):
            log.warning("template %s template=%s", news, code)
    return told


def watch_templates(store: Store, catalogs: Catalogs, now: datetime) -> None:
    """The alarm `template_changed` names the templates that their rules do not fit, whose calls wait. Asks nobody."""
    with store.read() as conn:
        catalog = catalogs.read(conn)
        open_ones = [alarm["facts"] for alarm in list_alarms(conn) if alarm["key"] == "template_changed"]
    facts = _misfitting(catalog)
    if open_ones and facts != open_ones[0]:
        keep_alarm(store, "template_changed", False, {}, now)
    if facts and open_ones != [facts]:
        keep_alarm(store, "template_changed", True, facts, now)


def watch_balance(store: Store, client: Client, limit: int | None, now: datetime, deadline: Deadline) -> None:
    """The alarm `low_balance` says whether less than `limit` dong is left. VBot is asked by one worker."""
    if limit is None or not client.tells_balance:
        keep_alarm(store, "low_balance", False, {}, now)
        return
    with store.write() as conn:
        if not take_turn(conn, f"balance {client.account_id}", now, TURN):
            return
    try:
        left = client.balance(deadline())
    except VBotError as error:
        log.warning("balance not told reason=%s", error.code)
        return
    keep_alarm(store, "low_balance", left < limit, {"balance": f"{left:f}", "limit": limit}, now)


def _due(conn: Connection, catalog: Catalog, now: datetime) -> list[str]:
    """The templates of enabled rules and of waiting calls by hand whose custom fields are to be asked for."""
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
