"""What `call` and `batch` share: the rule of a manual call, and placing it without a worker."""

from __future__ import annotations

from datetime import datetime

import click

from bridge.cli.shared.database import Opened
from bridge.cli.shared.language import misuse, text
from bridge.core.model import BadRule
from bridge.core.reasons.problems import finding_vi
from bridge.place.attempt import advance
from bridge.place.manual import manual_rule
from bridge.place.placing import Caps, Clock, Placing
from bridge.place.queue import admit
from bridge.rules.rule import Rule
from bridge.store.operation.workers import is_worker_alive
from bridge.store.queue import claim_call
from bridge.vbot.client import Client

NO_WORKER = (
    "không có worker nào chạy: sẽ không ai được gọi. Hãy chạy: python -m bridge worker",
    "no worker beats: nobody will be called. Start one: python -m bridge worker",
)


def manual_call_rule(template: str, hotline: str | None, window: str, within: str = "24h", size: int = 1) -> Rule:
    """The rule under which a call without a rule is placed. UsageError says what to write."""
    if not template.strip() or (hotline is not None and not hotline.strip()):
        raise misuse("--template và --hotline không được để trống", "--template and --hotline may not be blank")
    try:
        return manual_rule(template.strip(), hotline.strip() if hotline else None, window, within, size)
    except BadRule as error:
        raise click.BadParameter(
            text(finding_vi(error.problem), error.problem), param_hint=f"--{error.where}"
        ) from None


def read_pairs(pairs: tuple[str, ...]) -> dict[str, str]:
    """The values of --set, each key once."""
    datas: dict[str, str] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key.strip():
            raise click.BadParameter(text("hãy viết KEY=VALUE", "write KEY=VALUE"), param_hint="--set")
        if key.strip() in datas:
            raise click.BadParameter(
                text(f"{key.strip()} được viết hai lần", f"{key.strip()} is given twice"), param_hint="--set"
            )
        datas[key.strip()] = value
    return datas


def place_now(opened: Opened, client: Client, call_id: int, hands: Clock) -> bool:
    """What a worker would do for this one call, if it is due and its hotline has a place; False if it has none."""
    admit(opened.store, opened.catalogs, hands.now(), 0)  # ends what time alone ends, and starts nothing
    with opened.store.write() as conn:
        claimed = claim_call(conn, call_id, hands.now())
    if claimed:
        caps = Caps(opened.config.max_calls_per_day, opened.config.max_calls_per_phone)
        advance(Placing(opened.store, opened.catalogs, client, hands, caps), call_id)
    return claimed


def worker_beats(opened: Opened, at: datetime) -> bool:
    with opened.store.read() as conn:
        return is_worker_alive(conn, at)
