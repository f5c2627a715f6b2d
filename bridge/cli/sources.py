"""sources: the connected shops, and how each fares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import click

from bridge.cli.shared.arguments import as_json
from bridge.cli.shared.command import group
from bridge.cli.shared.database import now, open_database
from bridge.cli.shared.language import current_language, say, text
from bridge.cli.shared.printing import local_time, print_json, print_table
from bridge.core.model import Json
from bridge.core.reasons import sentence
from bridge.monitor.source_health import describe_misaddressed, describe_sources
from bridge.store import database_now
from bridge.store.configuration.outline import read_outline
from bridge.store.reports.counts import RECENT, methods_not_cod, unknown_states
from bridge.store.shops.parcels import count_joined

GROUP = "look"
HELP = (
    "Các cửa hàng đã kết nối: địa chỉ nhận webhook, đã nhận gì, từ chối gì, và tình trạng của từng nguồn.",
    "The connected shops: where each sends its webhooks, what came, what was refused, and how each fares.",
)

HEADS = (
    ("mã", "id"),
    ("nền tảng", "platform"),
    ("đang bật", "enabled"),
    ("tạm dừng", "paused"),
    ("webhook", "webhook"),
    ("tin gần nhất", "last delivery"),
    ("tin", "deliveries"),
    ("bị từ chối", "refused"),
)


@as_json
def list_sources(*, as_json: bool) -> None:
    opened = open_database()
    with opened.store.read() as conn:
        at = database_now(conn, now())
        outline = read_outline(conn)
        items = describe_sources(conn, outline, at)
        not_cod = methods_not_cod(conn, at - RECENT)
        states = unknown_states(conn, at - RECENT)
        parcels = count_joined(conn, at - RECENT)
        astray = describe_misaddressed(conn, outline)
    for item in items:
        named = not_cod.get(item["id"], {}).items()
        item["methods_not_cod"] = [{"method": method, "orders": orders} for method, orders in named]
        unknown = states.get(item["id"], {}).items()
        item["parcels"] = asdict(parcels[item["id"]]) if item["id"] in parcels else None
        item["unknown_states"] = [{"state": state, "orders": orders} for state, orders in unknown]
    if as_json:
        print_json({"items": items, "next": None, "misaddressed": astray})
        return
    print_table(HEADS, [_source_cells(item) for item in items])
    for item in items:
        for line in _health_lines(item):
            click.echo(f"{item['id']}: {line}")
    for row in astray:
        click.echo(f"{row['address']}: {sentence(row['reason'], current_language(), **row)}")
    if not items:
        say(
            "chưa có nguồn nào; hãy viết vào một tệp rồi chạy: python -m bridge apply FILE",
            "no source yet; write one to a file and run: python -m bridge apply FILE",
        )


def _source_cells(item: dict[str, Json]) -> tuple[object, ...]:
    came = ", ".join(f"{count} {state}" for state, count in item["deliveries"].items() if count)
    refused = ", ".join(f"{row['count']} {row['reason']}" for row in item["refused"])
    none = text("không có", "none")
    return (
        item["id"],
        item["platform"],
        *(text("có", "yes") if item[name] else text("không", "no") for name in ("enabled", "paused")),
        item["webhook_path"],
        local_time(item["last_delivery_at"]) or text("chưa bao giờ", "never"),
        came or none,
        refused or none,
    )


def _health_lines(item: dict[str, Json]) -> Iterator[str]:
    health, fetch, language = item["health"], item["fetch"], current_language()
    warning = text(health["warning"] or "", health["warning_en"] or "")
    if warning:
        refused = health["failures"]
        yield text(f"{refused} lần bị từ chối liên tiếp: {warning}", f"{refused} refused in a row: {warning}")
    if health["silent"]:
        hours, since = health["usual_gap_seconds"] / 3600, local_time(health["last_sent_at"])
        yield text(
            f"im lặng từ {since}, lâu hơn thường lệ ({hours:.0f} giờ)",
            f"silent since {since}, longer than usual ({hours:.0f} h)",
        )
    for row in item["methods_not_cod"]:
        yield sentence("method_not_cod", language, **row)
    for row in item["unknown_states"]:
        yield sentence("state_unknown", language, **row)
    if item["parcels"] is not None and item["parcels"]["joined"] < item["parcels"]["parcels"]:
        unjoined = item["parcels"]["parcels"] - item["parcels"]["joined"]
        yield sentence("parcels_unjoined", language, unjoined=unjoined, parcels=item["parcels"]["parcels"])
    if fetch is not None and fetch["failures"]:
        count, why = fetch["failures"], sentence(fetch["reason"], language)
        yield text(
            f"không hỏi được phần còn thiếu của {count} đơn gần nhất: {why}",
            f"the last {count} order(s) were not fetched: {why}",
        )
    if item["poll"] is not None:
        yield _poll_line(item["poll"])


def _poll_line(poll: dict[str, Json]) -> str:
    looked, failures, recovered = local_time(poll["looked_at"]), poll["failures"], poll["recovered"]
    why = sentence(poll["reason"], current_language()) if failures else ""
    return text(
        f"hỏi API lần gần nhất lúc {looked or 'chưa có'}, tìm lại được {recovered} tin"
        + (f"; {failures} lần gần nhất không được: {why}" if failures else ""),
        f"its API was last asked at {looked or 'not yet'}, {recovered} delivery(ies) recovered"
        + (f"; the last {failures} look(s) failed: {why}" if failures else ""),
    )


run = group("sources", HELP, list_sources)
# They speak with shops, or read their orders.
run.later = {
    "connect": "bridge.cli.shared.shops.connect:connect_command",
    "learn": "bridge.cli.shared.shops.learn:learn_command",
    "repair": "bridge.cli.shared.shops.connect:repair_command",
}
