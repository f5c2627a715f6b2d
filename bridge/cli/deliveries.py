"""deliveries: the deliveries of the ledger, newest first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from bridge.cli.shared.acts import current_user, record, record_shown_phones
from bridge.cli.shared.arguments import DELIVERY_ID, as_json, by_source, need_text, show_phones, since_option
from bridge.cli.shared.command import command, option
from bridge.cli.shared.database import Opened, now, open_database
from bridge.cli.shared.language import current_language, failure, misuse, say, text
from bridge.cli.shared.pages import (
    by_batch,
    by_order,
    by_phone,
    by_result,
    by_rule,
    cursor_option,
    limit_option,
    print_next,
    read_filter,
)
from bridge.cli.shared.printing import local_time, print_json, print_table
from bridge.cli.shared.story.delivery import delivery_lines
from bridge.core.model import Delivery, Json
from bridge.monitor.story.request import describe_request, raw_http
from bridge.store import database_now
from bridge.store.deliveries import acknowledge, find_delivery
from bridge.store.operation.actions import actions_on
from bridge.store.reports.views import DELIVERY_STATES, Filter, describe_act, list_deliveries
from bridge.store.shops.fetches import documents_of

GROUP = "look"
HELP = (
    "Liệt kê tin (webhook) đã nhận, mới nhất trước; xem một tin; hoặc đóng một tin không đọc được.",
    "List deliveries, newest first; show one; or close one that cannot be read.",
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
@by_phone
@by_rule
@by_batch
@option("--state", type=click.Choice(DELIVERY_STATES), help=("Chỉ ở trạng thái này.", "Only in this state."))
@by_result
@since_option()
@limit_option
@cursor_option
@option(
    "--show",
    type=DELIVERY_ID,
    metavar="ID",
    help=("Hiện một tin: yêu cầu, nội dung, quyết định.", "Show one delivery: request, body, decisions."),
)
@option(
    "--raw",
    is_flag=True,
    help=(
        "Đi cùng --show: nguyên văn từng byte, như tệp mà try đọc; được ghi vào audit.",
        "With --show: byte for byte, as a file that try reads; the audit records it.",
    ),
)
@show_phones
@option(
    "--ack",
    type=DELIVERY_ID,
    metavar="ID",
    help=("Đóng một tin không đọc được.", "Close a delivery that cannot be read."),
)
@option("--reason", metavar="TEXT", help=("Đi cùng --ack: lý do.", "With --ack: why."))
@as_json
def run(
    *,
    ack: int | None,
    reason: str | None,
    show: int | None,
    raw: bool,
    show_phones: bool,
    as_json: bool,
    **wanted: Any,
) -> None:
    if (ack is None) != (reason is None) or (reason is not None and not reason.strip()):
        raise misuse("hãy viết --ack ID và --reason TEXT cùng nhau", "write --ack ID and --reason TEXT together")
    if (show is None and (raw or show_phones)) or (show is not None and ack is not None) or (raw and as_json):
        raise misuse(
            "--raw hoặc --show-phones đi cùng --show ID; --raw không đi cùng --json",
            "--raw or --show-phones goes with --show ID, and --raw not with --json",
        )
    opened = open_database()
    if ack is not None and reason is not None:
        _acknowledge(opened, ack, reason)
    elif show is not None and raw:
        _print_raw(opened, show)
    elif show is not None:
        _show(opened, show, show_phones=show_phones, as_json=as_json)
    else:
        _list(opened, wanted, as_json=as_json)


def _print_raw(opened: Opened, delivery_id: int) -> None:
    delivery = _find(opened, delivery_id)
    record(opened, "show raw", f"delivery:{delivery_id}")
    click.echo(raw_http(delivery), nl=False)


def _show(opened: Opened, delivery_id: int, *, show_phones: bool, as_json: bool) -> None:
    delivery = _find(opened, delivery_id)
    record_shown_phones(opened, f"delivery:{delivery_id}", shown=show_phones)
    with opened.store.read() as conn:
        (item,) = list_deliveries(conn, Filter(among=[delivery_id])).items
        documents = documents_of(conn, [delivery_id])[delivery_id]
        acts = [describe_act(act) for act in actions_on(conn, [f"delivery:{delivery_id}"])]
    item |= {"request": describe_request(delivery, documents, show_phones=show_phones), "acts": acts}
    if as_json:
        print_json(item)
        return
    for line in delivery_lines(item, current_language()):
        click.echo(line)


def _find(opened: Opened, delivery_id: int) -> Delivery:
    with opened.store.read() as conn:
        delivery = find_delivery(conn, delivery_id)
    if delivery is None:
        raise failure(f"không có tin nào có mã {delivery_id}", f"no delivery has the id {delivery_id}")
    if delivery.is_erased:
        raise failure(f"nội dung của tin {delivery_id} đã bị xóa", f"what the delivery {delivery_id} held was erased")
    return delivery


def _list(opened: Opened, wanted: dict[str, Any], *, as_json: bool) -> None:
    with opened.store.read() as conn:
        chosen = read_filter(conn, wanted)
    if chosen.phone is not None:
        from bridge.cli.shared.story.person import look_for  # noqa: PLC0415  reads orders, by every platform

        found = look_for(opened, chosen.phone, chosen.since)
        chosen = replace(chosen, among=sorted(found.deliveries), phone=None)
    with opened.store.read() as conn:
        page = list_deliveries(conn, chosen)
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
