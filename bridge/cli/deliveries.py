"""deliveries: the deliveries of the ledger, newest first."""

from __future__ import annotations

from typing import Any

import click

from bridge.cli.shared.acts import current_user
from bridge.cli.shared.arguments import MOST_ID, as_json, by_source, need_text, since_option
from bridge.cli.shared.command import command, option
from bridge.cli.shared.database import Opened, now, open_bridge
from bridge.cli.shared.language import failure, misuse, say, text
from bridge.cli.shared.pages import by_order, cursor_option, limit_option, print_next, read_filter
from bridge.cli.shared.printing import local_time, print_json, print_table
from bridge.core.model import Json
from bridge.store import database_now
from bridge.store.deliveries import acknowledge
from bridge.store.reports.views import DELIVERY_STATES, list_deliveries

GROUP = "look"
HELP = (
    "Liệt kê tin (webhook) đã nhận, mới nhất trước; hoặc đóng một tin không đọc được.",
    "List deliveries, newest first; or close one that cannot be read.",
)

HEADS = (
    ("mã", "id"),
    ("lúc nhận", "received"),
    ("nguồn", "source"),
    ("chủ đề", "topic"),
    ("trạng thái", "state"),
    ("gửi lại", "repeats"),
    ("đơn", "orders"),
    ("quyết định", "decisions"),
)


@command("deliveries", HELP)
@by_source
@by_order
@option("--state", type=click.Choice(DELIVERY_STATES), help=("Chỉ ở trạng thái này.", "Only in this state."))
@since_option()
@limit_option
@cursor_option
@option(
    "--ack",
    type=click.IntRange(1, MOST_ID),
    metavar="ID",
    help=("Đóng một tin không đọc được.", "Close a delivery that cannot be read."),
)
@option("--reason", metavar="TEXT", help=("Đi cùng --ack: lý do.", "With --ack: why."))
@as_json
def run(*, ack: int | None, reason: str | None, as_json: bool, **wanted: Any) -> None:
    if (ack is None) != (reason is None) or (reason is not None and not reason.strip()):
        raise misuse("hãy viết --ack ID và --reason TEXT cùng nhau", "write --ack ID and --reason TEXT together")
    opened = open_bridge()
    if ack is not None and reason is not None:
        _acknowledge(opened, ack, reason)
        return
    with opened.store.read() as conn:
        page = list_deliveries(conn, read_filter(conn, wanted))
    if as_json:
        print_json({"items": page.items, "next": page.next})
        return
    print_table(HEADS, [_delivery_cells(item) for item in page.items])
    print_next(page.next)


def _acknowledge(opened: Opened, delivery_id: int, reason: str) -> None:
    need_text(reason)
    with opened.store.write() as conn:
        at, why = database_now(conn, now()), " ".join(reason.split())
        state = acknowledge(conn, delivery_id, why, at, who=current_user())
    if state is None:
        raise failure(f"không có tin nào có mã {delivery_id}", f"no delivery has the id {delivery_id}")
    if state != "failed":
        raise failure(
            f"tin {delivery_id} đang ở trạng thái {state}; chỉ đóng được tin không đọc được (failed), hoặc tin mà "
            "worker đã thử mà không xử lý được (not_decided)",
            f"the delivery {delivery_id} is {state}; only a failed one can be acknowledged, or one that a worker tried "
            "and could not decide (not_decided)",
        )
    say(f"đã đóng: tin {delivery_id}", f"acknowledged: delivery {delivery_id}")


def _delivery_cells(item: dict[str, Json]) -> tuple[object, ...]:
    decided = [f"{one['rule'] or '-'}: {one['decision']} {one['reason']}" for one in item["decisions"]]
    state = f"{item['state']} ({text('đã đóng', 'acknowledged')})" if item["acknowledged_at"] else item["state"]
    orders = ", ".join(event["order_id"] for event in item["events"])
    why = f"{item['reason']}: {item['detail']}" if item["detail"] else item["reason"]
    return (
        item["id"],
        local_time(item["received_at"]),
        item["source"],
        item["platform_topic"],
        state,
        text("tìm lại được", "recovered") if item["recovered"] else item["repeats"],
        orders,
        "; ".join(decided) or why,
    )
