"""explain: one order's story."""

from __future__ import annotations

from dataclasses import dataclass

import click

from bridge.cli.shared.acts import record_shown_phones
from bridge.cli.shared.arguments import MOST_ID, as_json, by_source, phone_argument, show_phones
from bridge.cli.shared.command import command
from bridge.cli.shared.database import Opened, now, open_database
from bridge.cli.shared.language import current_language, failure, misuse, text
from bridge.cli.shared.pages import by_phone, need_source
from bridge.cli.shared.printing import clean, print_json
from bridge.core.model import DEFAULT_ZONE, Json
from bridge.monitor.story.lines import story_lines, what_next
from bridge.monitor.story.now import read_facts
from bridge.store import Connection, database_now
from bridge.store.calls import find_call
from bridge.store.configuration.outline import read_outline
from bridge.store.reports.views import (
    Filter,
    describe_call_by_hand,
    describe_order,
    find_orders,
    list_deliveries,
)
from bridge.store.shops.refusals import read_refusals

GROUP = "look"
HELP = (
    "Câu chuyện của một đơn: tin nhận được, quyết định, cuộc gọi, lần gửi, kết quả, và việc tiếp theo.\n\n"
    "ORDER là mã đơn hoặc số đơn của nền tảng, có hay không có dấu # (có dấu # thì đặt trong ngoặc kép); "
    "hoặc call:MÃ của một cuộc gọi. "
    "Với --phone: mọi đơn và cuộc gọi của một số. Nội dung đã đọc cho khách chỉ hiện khi có --show-phones.",
    "One order's story: deliveries, decisions, calls, attempts, results, and what happens next.\n\n"
    "ORDER is the platform's order id or its number, with or without its # (with it, in quotes); or call:ID of a call. "
    "With --phone: all orders and calls of a number. What was said is shown with --show-phones only.",
)


@command("explain", HELP)
@click.argument("order", required=False)
@by_phone
@by_source
@show_phones
@as_json
def run(*, order: str | None, phone: str | None, source: str | None, show_phones: bool, as_json: bool) -> None:
    if (order is None) == (phone is None):
        raise misuse(
            "hãy viết một ORDER, call:MÃ hoặc --phone P; số đơn có dấu # phải đặt trong ngoặc kép, hoặc bỏ dấu #",
            'write one ORDER, call:ID or --phone P; a number with # stands in quotes ("#1053"), or without its #',
        )
    opened = open_database()
    found = _of_phone(opened, phone, source) if phone is not None else _of_name(opened, order or "", source)
    for one in found:
        record_shown_phones(opened, one.subject, shown=show_phones)
    with opened.store.read() as conn:
        outline = read_outline(conn)
        facts = read_facts(conn, outline, opened.config.account, database_now(conn, now()))
        stories = [one.read(conn, show_phones=show_phones) for one in found]
    zones = {name: shop.timezone for name, shop in outline.sources.items()}
    language = current_language("vi")
    items = []
    for story in filter(None, stories):
        zone = zones.get(story["source"], DEFAULT_ZONE)
        items.append(_quiet(story, show_phones) | {"next": what_next(story, facts, zone, language)})
    if as_json:
        print_json({"items": items, "next": None})
        return
    for number, story in enumerate(items):
        zone = zones.get(story["source"], DEFAULT_ZONE)
        for line in [""] * (number > 0) + story_lines(story, zone, language, show_datas=show_phones):
            click.echo(clean(line))


@dataclass(frozen=True)
class _Subject:
    """Whose story it is: an order's, or that of a call which belongs to none."""

    source: str = ""
    order_id: str = ""
    call_id: int | None = None

    @property
    def subject(self) -> str:
        return f"call:{self.call_id}" if self.call_id is not None else f"order:{self.source}:{self.order_id}"

    def read(self, conn: Connection, *, show_phones: bool) -> dict[str, Json] | None:
        if self.call_id is not None:
            return describe_call_by_hand(conn, self.call_id, show_phones=show_phones)
        return describe_order(conn, self.source, self.order_id, show_phones=show_phones)


def _of_name(opened: Opened, name: str, source: str | None) -> list[_Subject]:
    """What this name means: an order's id or number, order:NUMBER, or call:ID."""
    kind, colon, rest = name.partition(":")
    written = rest if colon and kind == "order" else name
    with opened.store.read() as conn:
        need_source(conn, source)
        if colon and kind == "call":
            return [_of_call(conn, rest.strip().removeprefix("#"))]
        found = find_orders(conn, written, source)
        if not found:
            raise _unknown(conn, written, source)
    return [_Subject(one["source"], one["order_id"]) for one in found]


def _of_call(conn: Connection, written: str) -> _Subject:
    is_id = written.isascii() and written.isdigit() and len(written) < 20 and int(written) <= MOST_ID
    call = find_call(conn, int(written)) if is_id else None
    if call is None:
        shown = clean(written)
        raise failure(f"không có cuộc gọi nào có mã {shown}", f"no call has the id {shown}")
    if call.source_id is None or call.order_id is None:
        return _Subject(call_id=call.id)
    return _Subject(call.source_id, call.order_id)


def _of_phone(opened: Opened, phone: str, source: str | None) -> list[_Subject]:
    number = phone_argument(phone)
    with opened.store.read() as conn:
        need_source(conn, source)
    from bridge.cli.shared.story.person import look_for  # noqa: PLC0415  reads orders, by every platform

    known = look_for(opened, number)
    with opened.store.read() as conn:
        calls = [find_call(conn, call_id) for call_id in sorted(known.calls)]
    by_hand = [_Subject(call_id=call.id) for call in calls if call is not None and call.source_id is None]
    orders = [_Subject(*key) for key in sorted(known.orders) if source in (None, key[0])]
    found = [*orders, *([] if source else by_hand)]
    if not found:
        raise failure("không có đơn và cuộc gọi nào của số này", "no order and no call is of this number")
    return found


def _quiet(story: dict[str, Json], show_datas: bool) -> dict[str, Json]:
    """The story without the words of its calls, which may hold a name."""
    if show_datas:
        return story
    calls = [call | {"datas": {key: "…" for key in call["datas"]}} for call in story["calls"]]
    return story | {"calls": calls}


def _unknown(conn: Connection, order: str, source: str | None) -> click.ClickException:
    """No order has this name; where it may be."""
    refused = sum(row["count"] for row in read_refusals(conn) if source in (None, row["source"]))
    either = [
        text("cửa hàng chưa gửi, hoặc gửi đến địa chỉ khác", "the shop has not sent it, or sent it to another address"),
        text(
            "có tin không đọc được (python -m bridge deliveries --state failed)",
            "a delivery cannot be read (python -m bridge deliveries --state failed)",
        ),
    ]
    if refused:
        signature = text(
            f"{refused} tin bị từ chối vì chữ ký (xem: python -m bridge sources)",
            f"{refused} deliveries were refused for their signature (see: python -m bridge sources)",
        )
        either.insert(0, signature)
    if list_deliveries(conn, Filter(source=source, state="stored", limit=1)).items:
        undecided = text(
            "đơn nằm trong một tin đã lưu mà chưa được xử lý (python -m bridge deliveries --state stored)",
            "it is in a delivery that is stored and not decided yet (python -m bridge deliveries --state stored)",
        )
        either.append(undecided)
    where = text(f" của {source}", f" of {source}") if source else ""
    name = clean(order)
    return failure(
        f"không có đơn nào{where} có mã hoặc số {name}; có thể {', hoặc '.join(either)}",
        f"no order{where} has the id or number {name}; either {', or '.join(either)}",
    )
