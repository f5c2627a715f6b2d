"""webhooks: the programs that are told what happens; test one, or send it again what it missed."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import click

from bridge.cli.shared.arguments import as_json, read_since
from bridge.cli.shared.command import group, option
from bridge.cli.shared.database import Opened, now, open_bridge, open_database
from bridge.cli.shared.language import say
from bridge.cli.shared.receivers import last_taken, need_receiver, print_receivers, say_taken, state_of, state_word
from bridge.core.model import Json
from bridge.store import database_now
from bridge.store.notify.messages import count_messages, count_over, send_again
from bridge.store.notify.receivers import Receiver, list_receivers, note_taken, switch_on

if TYPE_CHECKING:
    from bridge.notify.webhooks import Means

GROUP = "act"
HELP = (
    "Các chương trình được báo khi có việc xảy ra: xem, gửi thử, gửi lại.",
    "The programs that are told what happens: list them, test one, send again.",
)

HEADS = (
    ("tên", "name"),
    ("trạng thái", "state"),
    ("việc", "events"),
    ("đang chờ", "pending"),
    ("đã nhận", "taken"),
    ("không gửi được", "failed"),
    ("nhận gần nhất", "last taken"),
    ("lỗi", "error"),
)

run = group("webhooks", HELP)


@run.subcommand(
    "list",
    (
        "Từng webhook: còn bật không, tin nào đang chờ, đã nhận, không gửi được.",
        "Each webhook: whether it is on, and what waits, was taken, failed.",
    ),
)
@as_json
def list_command(*, as_json: bool) -> None:
    with open_database().store.read() as conn:
        counted = count_messages(conn)
        items = [_item(webhook, counted.get(webhook.name, {})) for webhook in list_receivers(conn, "webhook")]
    print_receivers("webhook", HEADS, items, _cells, as_json=as_json)


@run.subcommand(
    "test",
    (
        "Gửi ngay một tin `test` đã ký; webhook bị tắt mà nhận tin này thì được bật lại.",
        "Send a signed `test` message now; one that was switched off and takes it is on again.",
    ),
)
@click.argument("name")
def test_command(name: str) -> None:
    from bridge.notify.webhooks import keep_webhook_alarms, send_test  # noqa: PLC0415  look-ups send nothing

    opened = open_bridge()
    with opened.store.read() as conn:
        at, webhook = database_now(conn, now()), need_receiver(conn, "webhook", name)
    tried = send_test(_means(opened), webhook, at)
    say_taken(name, tried.detail, is_taken=tried.is_taken)
    with opened.store.write() as conn:
        note_taken(conn, "webhook", name, at)
        if webhook.is_enabled:
            switch_on(conn, "webhook", name)
        webhooks = list_receivers(conn, "webhook")
    keep_webhook_alarms(opened.store, webhooks, at)
    if webhook.off_at is not None and webhook.is_enabled:
        say(
            f"webhook được bật lại; gửi lại tin đã lỡ bằng: python -m bridge webhooks replay {name}",
            f"it is on again; send what it missed with: python -m bridge webhooks replay {name}",
        )


@run.subcommand(
    "replay",
    (
        "Gửi lại những tin không gửi được, với mã tin cũ; worker gửi chúng ngay sau đó.",
        "Send again what failed, under the ids of then; the worker sends it at once.",
    ),
)
@click.argument("name")
@option("--since", metavar="SPAN", help=("Chỉ từ khoảng này, như 24h.", "Only of this span, such as 24h."))
@option("--all", "taken", is_flag=True, help=("Cả những tin đã được nhận.", "What was taken, too."))
@option("--dry-run", is_flag=True, help=("Chỉ đếm.", "Only count."))
def replay_command(name: str, *, since: str | None, taken: bool, dry_run: bool) -> None:
    opened = open_database()
    with opened.store.write() as conn:
        at, webhook = database_now(conn, now()), need_receiver(conn, "webhook", name)
        begin = read_since(since, at) if since else None
        act = count_over(conn, name, begin, taken=taken) if dry_run else send_again(conn, name, begin, at, taken=taken)
    if dry_run:
        say(f"{act} tin sẽ được gửi lại", f"{act} message(s) would be sent again")
    else:
        say(f"{act} tin được gửi lại", f"{act} message(s) are sent again")
    if webhook.off_at is not None:
        say(
            f"webhook đang tắt: chưa gửi gì cho đến khi bật lại bằng: python -m bridge webhooks test {name}",
            f"it is switched off: nothing is sent until it is on again, by: python -m bridge webhooks test {name}",
        )


def _means(opened: Opened) -> Means:
    from bridge.notify.webhooks import Means  # noqa: PLC0415

    return Means(opened.store, opened.catalogs.seal, time.monotonic, random.random)


def _item(webhook: Receiver, counted: dict[str, int]) -> dict[str, Json]:
    instants = ("failing_since", "rest_until", "taken_at", "off_at")
    return {
        "name": webhook.name,
        "state": state_of(webhook),
        "events": webhook.document["events"],
        "messages": {state: counted.get(state, 0) for state in ("pending", "taken", "failed")},
        "error": webhook.error,
        **{name: at.isoformat() if (at := getattr(webhook, name)) else None for name in instants},
    }


def _cells(item: dict[str, Json]) -> tuple[object, ...]:
    return (
        item["name"],
        state_word(item["state"]),
        ", ".join(item["events"]),
        *item["messages"].values(),
        last_taken(item),
        item["error"] or "",
    )
