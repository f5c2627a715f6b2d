"""explain: one order's story."""

from __future__ import annotations

import click

from bridge.cli.shared.acts import record_shown_phones
from bridge.cli.shared.arguments import as_json, by_source, show_phones
from bridge.cli.shared.command import command
from bridge.cli.shared.database import now, open_bridge
from bridge.cli.shared.language import current_language, failure, text
from bridge.cli.shared.pages import need_source
from bridge.cli.shared.printing import clean, print_json
from bridge.cli.shared.story.lines import Facts, story_lines, what_next
from bridge.core.model import DEFAULT_ZONE, Json
from bridge.core.schedule import is_permitted
from bridge.store import Connection, database_now
from bridge.store.breakers import find_breaker
from bridge.store.configuration.catalog import Catalog
from bridge.store.operation.workers import is_worker_alive
from bridge.store.reports.views import Filter, describe_order, find_orders, list_deliveries
from bridge.store.shops.refusals import read_refusals
from bridge.vbot.client import Account, Client

GROUP = "look"
HELP = (
    "Câu chuyện của một đơn: tin nhận được, quyết định, cuộc gọi, lần gửi, kết quả, và việc tiếp theo.\n\n"
    "ORDER là mã đơn hoặc số đơn của nền tảng. Nội dung đã đọc cho khách chỉ hiện khi có --show-phones.",
    "One order's story: deliveries, decisions, calls, attempts, results, and what happens next.\n\n"
    "ORDER is the platform's order id or its number. What was said is shown with --show-phones only.",
)


@command("explain", HELP)
@click.argument("order")
@by_source
@show_phones
@as_json
def run(*, order: str, source: str | None, show_phones: bool, as_json: bool) -> None:
    opened = open_bridge()
    with opened.store.read() as conn:
        catalog = opened.catalogs.read(conn)
        need_source(conn, source)
        found = find_orders(conn, order, source)
        if not found:
            raise _unknown(conn, order, source)
        facts = _facts(conn, catalog, opened.config.account)
        stories = [describe_order(conn, one["source"], one["order_id"], show_phones=show_phones) for one in found]
    zones = {name: shop.timezone for name, shop in catalog.sources.items()}
    for one in found:
        record_shown_phones(opened, f"order:{one['source']}:{one['order_id']}", shown=show_phones)
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


def _facts(conn: Connection, catalog: Catalog, account: Account | None) -> Facts:
    at = database_now(conn, now())

    def is_open(rule: str, source: str) -> bool:
        found, shop = catalog.rule(rule), catalog.sources.get(source)
        return not (found and shop) or is_permitted(at, found.windows, shop.timezone, catalog.holidays)

    def pause(call: Json) -> tuple[str, str] | None:
        kind = catalog.pause(rule=call["rule"], source=call["source"], hotline=call["hotline"])
        names = {"all": "", "rule": call["rule"], "source": call["source"], "hotline": call["hotline"]}
        return (kind, catalog.pauses[kind, names[kind]]) if kind else None

    line = find_breaker(conn, Client(account).account_id, at) if account else None
    stopped = (line.reason, line.probe_at) if line and line.state != "closed" else None
    return Facts(at, is_worker_alive(conn, at), is_open, pause, stopped)


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
