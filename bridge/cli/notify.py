"""notify: the channels to people; test one."""

from __future__ import annotations

import time
from datetime import datetime

import click

from bridge.cli.shared.arguments import as_json
from bridge.cli.shared.command import group
from bridge.cli.shared.database import Opened, now, open_bridge, open_database
from bridge.cli.shared.language import misuse, text
from bridge.cli.shared.receivers import last_taken, need_receiver, print_receivers, say_taken, state_of, state_word
from bridge.core.model import Json
from bridge.store import database_now
from bridge.store.notify.receivers import Receiver, find_receiver, list_receivers, note_taken

GROUP = "act"
HELP = (
    "Các kênh báo cho người: cảnh báo và tổng kết ngày; xem và gửi thử.",
    "The channels to people: alarms and the daily summary; list them, test one.",
)
ALARM_URL = "ALARM_URL"  # the channel of the setting

HEADS = (
    ("kênh", "channel"),
    ("loại", "kind"),
    ("trạng thái", "state"),
    ("tổng kết", "summary"),
    ("nhận gần nhất", "last taken"),
    ("lỗi", "error"),
)

run = group("notify", HELP)


@run.subcommand("list", ("Từng kênh và tình trạng của nó.", "Each channel, and how it fares."))
@as_json
def list_command(*, as_json: bool) -> None:
    opened = open_database()
    with opened.store.read() as conn:
        items = [_item(channel) for channel in list_receivers(conn, "channel")]
    if opened.config.alarm_url:
        items.append(
            {"channel": ALARM_URL, "kind": "webhook", "state": "on", "daily": None, "taken_at": None, "error": None}
        )
    print_receivers("channel", HEADS, items, _cells, as_json=as_json)


@run.subcommand(
    "test",
    (
        "Gửi ngay một tin thử qua kênh này; ALARM_URL là kênh của thiết lập cùng tên.",
        "Say a test through this channel now; ALARM_URL is the channel of that setting.",
    ),
)
@click.argument("channel")
def test_command(channel: str) -> None:
    opened = open_bridge()
    with opened.store.read() as conn:
        at = database_now(conn, now())
        found = None if channel == ALARM_URL else need_receiver(conn, "channel", channel)
    detail, is_taken = _test_url(opened, at) if found is None else _test(opened, found, at)
    say_taken(channel, detail, is_taken=is_taken)


def _test(opened: Opened, channel: Receiver, at: datetime) -> tuple[str, bool]:
    from bridge.notify.people import Teller, keep_channel_alarm, say_test  # noqa: PLC0415  look-ups say nothing

    said = say_test(Teller(opened.store, opened.catalogs.seal, time.monotonic), channel, at)
    with opened.store.write() as conn:
        if said.is_taken:
            note_taken(conn, "channel", channel.name, at)
        after = find_receiver(conn, "channel", channel.name)
    if after is not None:
        keep_channel_alarm(opened.store, after, at)
    return said.detail, said.is_taken


def _test_url(opened: Opened, at: datetime) -> tuple[str, bool]:
    from bridge.notify.alarm_url import send_test  # noqa: PLC0415

    config = opened.config
    if config.alarm_url is None:
        raise misuse("ALARM_URL chưa được đặt", "ALARM_URL is not set")
    return send_test(config.alarm_url, config.api_token, at, time.monotonic() + 10)


def _item(channel: Receiver) -> dict[str, Json]:
    return {
        "channel": channel.name,
        "kind": next(kind for kind in ("telegram", "email", "slack", "zalo") if kind in channel.document),
        "state": state_of(channel),
        "daily": channel.document.get("daily"),
        "taken_at": channel.taken_at.isoformat() if channel.taken_at else None,
        "error": channel.error,
    }


def _cells(item: dict[str, Json]) -> tuple[object, ...]:
    return (
        item["channel"],
        item["kind"],
        state_word(item["state"]),
        item["daily"] or text("không", "none"),
        last_taken(item),
        item["error"] or "",
    )
