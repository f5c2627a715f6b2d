"""What `call` and `batch` share: the rule of a call by hand, its custom fields, and placing it without a worker."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime

import click

from bridge.cli.opening import Opened, now
from bridge.model import BadRule, Json
from bridge.place import Clock, admit, advance
from bridge.rules import MANUAL, Rule, parse_rule
from bridge.store.actions import claim_call
from bridge.store.balance import SILENT
from bridge.store.catalog import touch_catalog, write_template
from bridge.store.inbox import last_beat
from bridge.vbot import VBotError
from bridge.vbot.client import Client

FIELDS_SECONDS = 5
ENDED_WELL = ("waiting", "queued", "dialing", "placed", "finished")
NO_WORKER = "no worker beats: nobody will be called. Start one: python -m bridge worker"


def rule_by_hand(
    template: str, hotline: str | None, window: str, within: str = "24h", more: Mapping[str, Json] | None = None
) -> Rule:
    """The rule under which a call without a rule is placed; `more` of its keys. UsageError says what to write."""
    if not template.strip() or (hotline is not None and not hotline.strip()):
        raise click.UsageError("--template and --hotline may not be blank")
    opens, dash, closes = ("00:00", "-", "24:00") if window == "always" else window.partition("-")
    if not dash:
        raise click.BadParameter("write always, or hours such as 08:00-20:00", param_hint="--window")
    document: dict[str, Json] = {"rule": MANUAL, "on": [], "template": template.strip(), "cooldown": "10m"}
    document |= {"within": within, "window": {"from": opens.strip(), "to": closes.strip()}, **(more or {})}
    if hotline:
        document["hotline"] = hotline.strip()
    try:
        return parse_rule(document)
    except BadRule as error:
        raise click.BadParameter(error.problem, param_hint=f"--{error.where}") from None


def read_pairs(pairs: tuple[str, ...]) -> dict[str, str]:
    """The values of --set, each key once."""
    datas: dict[str, str] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key.strip():
            raise click.BadParameter("write KEY=VALUE", param_hint="--set")
        if key.strip() in datas:
            raise click.BadParameter(f"{key.strip()} is given twice", param_hint="--set")
        datas[key.strip()] = value
    return datas


def known_fields(opened: Opened, client: Client, template: str, *, keep: bool = True) -> list[Json] | None:
    """The template's custom fields as VBot tells them now, else as it told them last; None where it never did.

    `keep`: what it tells now is stored. A ClickException where VBot does not know the template.
    """
    with opened.store.read() as conn:
        stored = opened.catalogs.read(conn).templates.get(template)
    try:
        fields = client.custom_fields(template, time.monotonic() + FIELDS_SECONDS)
    except VBotError as error:
        if error.code == "vbot_refused":
            raise click.ClickException(f"VBot does not know the template {template}: {error.message}") from None
        if stored is None:
            click.echo(f"warning: the custom fields of {template} are not checked: {error.message}", err=True)
        return stored
    if keep and fields != stored:
        with opened.store.write() as conn:
            write_template(conn, template, fields, now())
            touch_catalog(conn)
    return fields


def place_now(opened: Opened, client: Client, call_id: int, hands: Clock) -> bool:
    """What a worker would do for this one call, if it is due and its hotline has a place; False if it has none."""
    admit(opened.store, opened.catalogs, hands.now(), 0)  # ends what time alone ends, and starts nothing
    with opened.store.write() as conn:
        claimed = claim_call(conn, call_id, hands.now())
    if claimed:
        advance(opened.store, opened.catalogs, client, call_id, hands, opened.config.max_calls_per_day)
    return claimed


def worker_beats(opened: Opened, at: datetime) -> bool:
    with opened.store.read() as conn:
        beat = last_beat(conn)
    return beat is not None and at - beat <= SILENT
