"""Today: what came in, what was called, what was not and why, and what needs a person now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request, url_for

from bridge.core.model import DEFAULT_ZONE, Json
from bridge.core.model.texts import Text
from bridge.core.reasons import cause, sentence
from bridge.core.words import GROUPS, RESULTS, SCOPES, UNEXPLAINED, word
from bridge.monitor.alarms import describe, find_alarm
from bridge.monitor.source_health import describe_sources
from bridge.store import Connection
from bridge.store.breakers import find_breaker
from bridge.store.configuration.outline import Outline, read_outline
from bridge.store.operation.alarms import list_alarms
from bridge.store.operation.vbot_balance import VBotBalance, last_balance
from bridge.store.operation.workers import is_worker_alive
from bridge.store.reports.balance import read_balance
from bridge.store.reports.beginnings import Beginnings, read_beginnings
from bridge.store.reports.counts import have_sent
from bridge.store.reports.standings import kept_counts, undecided_orders
from bridge.store.reports.tallies import read_rings
from bridge.store.reports.today import read_pulse
from bridge.web.console.language import ago, instant, number, text
from bridge.web.console.pages.sources import source_title
from bridge.web.console.visit import Page, Visit, get, page_address

SPANS = {"today": None, "24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}
OWN_SPANS = ("today", "24h")  # every order of the span is looked at; a longer one is the report's
SHOWN_RESULTS = ("confirmed", "declined", "agent", "no_key", "unreachable")
UNREACHABLE = ("no_answer", "busy", "failed")
HOURS = 24
BALANCE_OLD = timedelta(minutes=15)  # the worker asks every 5


def show(visit: Visit) -> str:
    span = request.args.get("span", "")
    span = span if span in OWN_SPANS else "today"
    with visit.store.read() as conn:
        now = visit.now(conn)
        outline = read_outline(conn)
        since = begin_of(span, now)
        counted = kept_counts(conn, since)
        balance = read_balance(conn, since, outline.topics(), now, counted, undecided_orders(conn))
        values: dict[str, Any] = {
            "results": _results(counted.results, visit),
            "hours": _hours(conn, now),
            "needs": [*_unexplained(balance, visit), *_alarms(conn, visit, balance["orders"]["unsure"])],
            "sources": _sources(conn, outline, visit, now),
            "line": _line(conn, visit, now),
            "steps": _steps(read_beginnings(conn), outline, visit, beats=balance["worker_beats"]),
        }
    groups = [(code, word(GROUPS, code, visit.language), count) for code, count in balance["orders"].items()]
    skipped = [
        (code, cause(code, visit.language) if code else text("chưa quy tắc nào xét", "no rule was asked"), count)
        for code, count in balance["skipped_by_reason"].items()
    ]
    return visit.live(
        "today",
        span=span,
        spans=[(code, word) for code, word in spans() if code in OWN_SPANS],
        balance=balance,
        groups=groups,
        skipped=skipped,
        stopped=_stopped(outline, visit),
        **values,
    )


def pulse(visit: Visit) -> Response:
    """The mark by which an open page learns that it is no longer as things are; another one each 5 minutes too."""
    with visit.store.read() as conn:
        mark, now = read_pulse(conn), visit.now(conn)
        beats = is_worker_alive(conn, now)
    return Response(f"{mark}.{beats:d}.{now.minute // 5}", content_type="text/plain; charset=utf-8")


PAGE = Page(
    "today",
    ("Hôm nay", "Today"),
    place=10,
    routes=(get("/", show), get("/console/pulse", pulse)),
)


def begin_of(span: str, now: datetime) -> datetime:
    """Since when this span is: of "today" since midnight in Vietnam."""
    length = SPANS[span]
    if length is not None:
        return now - length
    local = now.astimezone(ZoneInfo(DEFAULT_ZONE))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _steps(begun: Beginnings, outline: Outline, visit: Visit, *, beats: bool) -> list[Step]:
    """By the hand to the first call; none once somebody was rung."""
    if begun.attempt:
        return []
    tried = url_for("order.show", source=begun.order[0], order_id=begun.order[1]) if begun.order else None
    standing = {
        "account": (visit.config.account is not None, None),
        "worker": (beats, None),
        "shop": (begun.source, page_address("sources")),
        "rule": (begun.rule, page_address("rules")),
        "order": (begun.delivery, None),
        "ring": (False, tried),
    }
    facts = {"source": next(iter(outline.sources), "…")}
    return [
        Step(text(*_STEPS[code][0]), text(*_STEPS[code][1], **facts), is_done, link)
        for code, (is_done, link) in standing.items()
    ]


_STEPS: Mapping[str, tuple[Text, Text]] = {
    "account": (
        ("Cho bridge biết tài khoản VBot", "Tell the bridge your account at VBot"),
        (
            "Trên máy, python -m bridge init hỏi từng điều; chưa có tài khoản thì dùng VBot giả, không ai bị gọi.",
            "On the machine, python -m bridge init asks for it; without one take the fake VBot, which rings nobody.",
        ),
    ),
    "worker": (
        ("Chạy worker", "Run a worker"),
        ("Worker là tiến trình gọi: python -m bridge worker", "It is what calls: python -m bridge worker"),
    ),
    "shop": (
        ("Kết nối một cửa hàng", "Connect a shop"),
        (
            "Chọn nền tảng, rồi dán địa chỉ và khóa bí mật vào trang quản trị của cửa hàng.",
            "Choose its platform, then paste an address and a secret into the shop's admin.",
        ),
    ),
    "rule": (
        ("Viết quy tắc đầu tiên", "Write the first rule"),
        (
            "Gọi cho ai, lúc nào, nói gì; có sẵn vài quy tắc để bắt đầu.",
            "Who is called, when, with which words; some are there to start from.",
        ),
    ),
    "order": (
        ("Nhận đơn đầu tiên", "Receive the first order"),
        (
            "Đặt một đơn thử ở cửa hàng; cửa hàng gửi đến /hooks/{source}.",
            "Make a test order at the shop, which sends it to /hooks/{source}.",
        ),
    ),
    "ring": (
        ("Nghe thử trên số của bạn", "Hear it on your own number"),
        (
            "Mở đơn, rồi chọn “Gọi thử đến số của tôi”.",
            "Open the order, then choose “Test call to my own number”.",
        ),
    ),
}


@dataclass(frozen=True)
class Step:
    """One step to the first call: what, how, whether it is done, and where."""

    what: str
    how: str
    done: bool
    link: str | None


def spans() -> list[tuple[str, str]]:
    words = {"today": text("Hôm nay", "Today"), "24h": text("24 giờ", "24 hours")}
    return [*words.items(), ("7d", text("7 ngày", "7 days")), ("30d", text("30 ngày", "30 days"))]


def _results(counts: Mapping[str, int], visit: Visit) -> list[tuple[str, str, int]]:
    counted = {**counts, "unreachable": sum(counts.get(code, 0) for code in UNREACHABLE)}
    return [(code, word(RESULTS, code, visit.language), counted.get(code, 0)) for code in SHOWN_RESULTS]


def _hours(conn: Connection, now: datetime) -> list[tuple[str, int, str]]:
    last = now.replace(minute=0, second=0, microsecond=0)
    first = last - timedelta(hours=HOURS - 1)
    counts: Counter[float] = Counter()
    for rings in read_rings(conn, first):
        counts[rings.hour.timestamp()] += rings.count
    each = ((first + timedelta(hours=n)).astimezone(ZoneInfo(DEFAULT_ZONE)) for n in range(HOURS))
    bars = ((f"{at:%-H}", counts[at.timestamp()], f"{at:%H:%M}") for at in each)
    return [(name, count, f"{title}: {count}") for name, count, title in bars]


def _unexplained(balance: Mapping[str, Json], visit: Visit) -> Iterator[dict[str, str]]:
    for kind, count in balance["unexplained"].items():
        if count:
            yield {"what": f"{count} {word(UNEXPLAINED, kind, visit.language)}"}
    unsure = balance["orders"]["unsure"]
    if unsure:
        what = text("{n} đơn có cuộc gọi chưa rõ", "{n} orders with an unsure call", n=unsure)
        yield {"what": what, "link": url_for("orders.show", group="unsure", span="30d")}


def _alarms(conn: Connection, visit: Visit, unsure: int) -> Iterator[dict[str, str]]:
    """Those that are open. `unsure`: how many orders were named with a link already."""
    n = 0 if visit.language == "vi" else 1
    for alarm in list_alarms(conn):
        if unsure and alarm["key"] == "unsure":
            continue
        known = find_alarm(alarm["key"])
        yield {"what": describe(alarm["key"], alarm["facts"])[n], "mend": known.mend[n] if known else ""}


def _stopped(outline: Outline, visit: Visit) -> list[tuple[str, str, str]]:
    """What is paused: kind, name, the reason that a person gave."""
    return [(word(SCOPES, kind, visit.language), name, why) for (kind, name), why in sorted(outline.pauses.items())]


@dataclass(frozen=True)
class VBotLine:
    """How VBot stands. `stopped`: why nobody is called, "" where calls leave.

    left     the account's dong; None: not known
    told     when VBot said so, or why it is not known
    doubt    what is wrong with it: old, low, used up; ""
    """

    stopped: str
    left: Decimal | None
    told: str
    doubt: str
    code: str


def _line(conn: Connection, visit: Visit, now: datetime) -> VBotLine | None:
    """The breaker, and the balance as a worker read it last; None where VBot is not set up. Nobody is asked here."""
    account, client = visit.config.account, visit.posting.client
    if account is None or client is None:
        return None
    breaker = find_breaker(conn, account.id, now)
    why = breaker.reason or "vbot_unreachable"
    stopped = "" if breaker.state == "closed" else sentence(why, visit.language, at=breaker.probe_at)
    if not client.has_balance:
        told = text(
            "API {generation} của VBot không cho biết số dư: hãy xem trên trang của VBot",
            "VBot's API {generation} tells no balance: look at VBot's page",
            generation=account.generation,
        )
        return VBotLine(stopped, None, told, "", "")
    return VBotLine(stopped, *_balance(last_balance(conn, account.id), visit, now))


def _balance(known: VBotBalance | None, visit: Visit, now: datetime) -> tuple[Decimal | None, str, str, str]:
    """`left`, `told`, `doubt` and `code` of a VBotLine."""
    untold = ""
    if known is not None and known.failure is not None:
        untold = text(
            "Lúc {at} VBot không cho biết: {why}",
            "Asked at {at}, VBot did not tell: {why}",
            at=instant(known.failed_at),
            why=known.failure[visit.language == "en"].removesuffix("."),
        )
    if known is None or known.left is None or known.read_at is None:
        waits = text("chưa biết: worker hỏi VBot mỗi 5 phút", "not known yet: a worker asks VBot every 5 minutes")
        return None, waits, untold, "warn" if untold else ""
    told = text("VBot cho biết lúc {at}", "as VBot said at {at}", at=instant(known.read_at))
    if known.left <= 0:
        doubt, code = text("Hết tiền: VBot từ chối mọi cuộc gọi", "Used up: VBot refuses every call"), "bad"
    elif visit.config.balance_alarm is not None and known.left < visit.config.balance_alarm:
        limit = number(visit.config.balance_alarm)
        doubt, code = text("Dưới mức cảnh báo {limit} đồng", "Below the alarm at {limit} dong", limit=limit), "warn"
    elif now - known.read_at > BALANCE_OLD and not untold:
        doubt = text("Số này đã cũ ({ago})", "This is old ({ago})", ago=ago(known.read_at, now))
        code = "warn"
    else:
        doubt, code = "", "warn" if untold else "good"
    return known.left, told, ". ".join(filter(None, (doubt, untold))), code


def _sources(conn: Connection, outline: Outline, visit: Visit, now: datetime) -> list[dict[str, Json]]:
    sent = have_sent(conn, outline.sources)
    found = describe_sources(conn, outline, now, counted=False)
    return [
        _source({**each, "title": source_title(outline, each, visit)}, visit, has_sent=each["id"] in sent)
        for each in found
    ]


def _source(found: Mapping[str, Json], visit: Visit, *, has_sent: bool) -> dict[str, Json]:
    health = found["health"]
    if not found["enabled"]:
        code, words = "off", ("đã tắt", "switched off")
    elif health["failures"]:
        code, words = "bad", ("đang bị từ chối", "being refused")
    elif health["silent"]:
        code, words = "warn", ("im lặng lâu hơn thường lệ", "unusually silent")
    elif not has_sent:
        code, words = "now", ("chờ tin đầu tiên", "waits for its first delivery")
    else:
        code, words = "good", ("tốt", "well")
    return {
        "id": found["id"],
        "title": found["title"],
        "code": code,
        "word": text(*words),
        "warning": health["warning"] if visit.language == "vi" else health["warning_en"],
        "last": health["last_sent_at"],
        "sent": text("vừa nhận", "just now") if has_sent else "",  # a worker has not written it down yet
        "refused": sum(each["count"] for each in found["refused"]),
    }
