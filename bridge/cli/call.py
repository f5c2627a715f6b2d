"""call: place one call by hand, through the same ledger and checks as a rule's."""

from __future__ import annotations

import random
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bridge.cli.shared.acts import current_user, record_shown_phones
from bridge.cli.shared.arguments import as_json, by_source, need_text, show_phones
from bridge.cli.shared.batch.manual import NO_WORKER, manual_call_rule, place_now, read_pairs, worker_beats
from bridge.cli.shared.command import command, option
from bridge.cli.shared.database import Opened, now, open_bridge, open_client
from bridge.cli.shared.language import current_language, failure, misuse, say, text
from bridge.cli.shared.printing import local_time, print_json
from bridge.core.call_states import BEFORE_DIALING, UNDER_WAY, CallState
from bridge.core.model import Call, Json
from bridge.core.reasons import sentence
from bridge.place.manual import FIELDS_SECONDS, Refused, check_fields, dialable, make_call
from bridge.place.placing import Clock
from bridge.place.rehearsal import Rehearsal, rehearse
from bridge.rules.rule import Rule
from bridge.store import database_now
from bridge.store.calls import find_call
from bridge.store.operation.actions import record_action
from bridge.store.reports.views import describe_call
from bridge.vbot.client import Client
from bridge.worker.clock import TrustedClock

GROUP = "call"
HELP = (
    "Đặt một cuộc gọi: đúng một lần, trong khung giờ, cách cuộc trước một quãng, trừ khi đang tạm dừng.\n\n"
    "Worker đang chạy sẽ gọi; nếu không có worker nào, lệnh này tự gọi.",
    "Place one call: once, within its hours, at a rest from the last one, unless all calls are paused.\n\n"
    "A running worker places it; where none beats, this command does.",
)

LOOK_SECONDS = 0.2
START_AWAITED = timedelta(seconds=3)  # without --wait, the command stays for a call that may start within this,
STAY_SECONDS = 30  # but not for one that is put off again and again


@dataclass(frozen=True, repr=False)
class Wish:
    """What a person wants, by option. `pairs` may be given several times."""

    phone: str | None
    template: str | None
    test: str | None
    order: str | None
    source: str | None
    rule: str | None
    hotline: str | None
    pairs: tuple[str, ...]
    window: str
    key: str | None
    wait: bool
    show_phones: bool
    as_json: bool


@command("call", HELP)
@option(
    "--phone",
    metavar="P",
    help=("Số cần gọi; - đọc từ đầu vào chuẩn.", "The number to ring; - reads it from standard input."),
)
@option("--template", metavar="T", help=("Mã kịch bản (template_code) tại VBot.", "VBot's template_code."))
@option(
    "--test",
    metavar="PHONE",
    help=(
        "Gọi thử đến số của chính mình, nói như với khách của --order; đơn ấy không thay đổi gì.",
        "Ring your own number with the words of --order; nothing changes for that order.",
    ),
)
@option(
    "--order", metavar="ORDER", help=("Đơn nào, với --test: id hoặc số đơn.", "With --test: the order's id or number.")
)
@by_source
@option("--rule", metavar="NAME", help=("Nói theo quy tắc nào, với --test.", "With --test: by the words of this rule."))
@option(
    "--hotline",
    metavar="H",
    help=("Mã đầu số (hotline_code) tại VBot; mặc định là VBOT_HOTLINE.", "VBot's hotline_code; default VBOT_HOTLINE."),
)
@option(
    "--set",
    "pairs",
    multiple=True,
    metavar="KEY=VALUE",
    help=("Một trường tùy chỉnh của kịch bản; dùng được nhiều lần.", "A custom field of the template; repeatable."),
)
@option(
    "--window", default="08:00-20:00", show_default=True, metavar="HH:MM-HH:MM", help=("Hoặc: always.", "Or: always.")
)
@option(
    "--key",
    metavar="TEXT",
    help=(
        "Cùng một khóa thì chỉ gọi một lần, dù chạy lệnh bao nhiêu lần.",
        "The same key rings once, however often the command is given.",
    ),
)
@option(
    "--wait",
    is_flag=True,
    help=("Ở lại đến khi cuộc gọi đã được đặt, hoặc đã kết thúc.", "Stay until the call is placed, or has ended."),
)
@show_phones
@as_json
def run(**options: Any) -> int:
    wish = Wish(**options)
    written = _check(wish)
    rule = manual_call_rule("-" if wish.template is None else wish.template, wish.hotline, wish.window)
    datas: Mapping[str, Json] = read_pairs(wish.pairs)
    number = _number(sys.stdin.read() if written == "-" else written)
    opened = open_bridge()
    why = ""
    if wish.order is not None:
        told = _rehearse(opened, wish)
        rule, datas = manual_call_rule(told.rule.template, wish.hotline or told.rule.hotline, wish.window), told.datas
        why = f"test of order {told.order.source_id}/{told.order.order_id} by {told.rule.name}"
    code = rule.hotline or opened.config.hotline
    if code is None:
        raise misuse(
            "chưa có đầu số: hãy viết --hotline, hoặc đặt VBOT_HOTLINE",
            "no hotline: write --hotline, or set VBOT_HOTLINE",
        )
    client = open_client(opened)
    clock = TrustedClock(opened.store.is_postgres)
    try:
        wanted = {"phone": number, "hotline": code, "datas": datas}
        call_id = _make(opened, client, rule, wanted, wish.key, clock, why)
    except Refused as refused:
        where = f"--set {refused.at[1]}: " if refused.at[0] == "datas" else ""
        raise failure(f"{where}{refused.vietnamese}", f"{where}{refused.problem}") from None
    _stay(opened, client, call_id, clock, wait=wish.wait)
    return _print(opened, wish, call_id, clock)


def _print(opened: Opened, wish: Wish, call_id: int, clock: TrustedClock) -> int:
    record_shown_phones(opened, f"call:{call_id}", shown=wish.show_phones)
    with opened.store.read() as conn:
        call = describe_call(conn, call_id, show_phones=wish.show_phones)
    if call is None:
        raise failure(f"cuộc gọi {call_id} không còn nữa", f"the call {call_id} is gone")
    if wish.as_json:
        print_json(call)
    else:
        why = f" ({text(call['sentence'], call['sentence_en'])})" if call["reason"] else ""
        say(f"cuộc gọi {call['id']}: {call['state']}{why}", f"call {call['id']}: {call['state']}{why}")
    if call["state"] in BEFORE_DIALING and not worker_beats(opened, clock.now()):
        say(*NO_WORKER, err=True)
    return 0 if call["state"] in UNDER_WAY else 1


def _check(wish: Wish) -> str:
    """The number as it was written. UsageError for options that do not go together."""
    texts = (wish.template, wish.hotline, wish.key, wish.test, wish.order, wish.source, wish.rule)
    need_text(*(text or "" for text in texts), *wish.pairs)
    if wish.key is not None and not wish.key.strip():
        raise misuse(
            "--key để trống: hãy bỏ đi, hoặc mỗi lần viết cùng một chuỗi",
            "--key is blank: leave it out, or write the same text each time",
        )
    if wish.test is not None and wish.order is not None:
        if wish.phone is not None or wish.template is not None or wish.pairs:
            raise misuse(
                "--test lấy lời từ đơn: hãy bỏ --phone, --template và --set",
                "--test takes its words from the order: leave out --phone, --template and --set",
            )
        return wish.test
    if wish.test is not None or wish.order is not None or wish.source is not None or wish.rule is not None:
        raise misuse("hãy viết --test PHONE --order ORDER", "write --test PHONE --order ORDER")
    if wish.phone is None or wish.template is None:
        raise misuse(
            "hãy viết --phone và --template, hoặc --test và --order",
            "write --phone and --template, or --test and --order",
        )
    return wish.phone


def _rehearse(opened: Opened, wish: Wish) -> Rehearsal:
    with opened.store.read() as conn:
        try:
            return rehearse(conn, opened.catalogs.read(conn), wish.order or "", wish.source, wish.rule)
        except Refused as refused:
            name = refused.at[0]
            raise failure(f"--{name}: {refused.vietnamese}", f"--{name}: {refused.problem}") from None


def _number(written: str) -> str:
    lines = [line for line in written.splitlines() if line.strip()]
    if len(lines) > 1:
        raise misuse(
            "--phone nhận một số, mà ở đây có nhiều dòng", "--phone takes one number, and there are several lines"
        )
    try:
        return dialable(lines[0] if lines else "")
    except Refused as refused:
        raise failure(refused.vietnamese, refused.problem) from None


def _make(
    opened: Opened,
    client: Client,
    rule: Rule,
    wish: Mapping[str, Json],
    key: str | None,
    clock: TrustedClock,
    why: str,
) -> int:
    deadline = time.monotonic() + FIELDS_SECONDS
    datas, found = check_fields(opened.store, client, rule.template, wish["datas"], now(), deadline)
    if found.warning:
        say(
            f"cảnh báo: kịch bản {rule.template}: {found.vietnamese}",
            f"warning: template {rule.template}: {found.warning}",
            err=True,
        )
    once_key = f"own:{key}" if key else f"one:{uuid.uuid4().hex}"
    with opened.store.write() as conn:
        clock.look(database_now(conn, now()))
        catalog = opened.catalogs.read(conn)
        call_id = make_call(conn, catalog, rule, {**wish, "datas": datas}, clock.now(), once_key)
        record_action(conn, "call", f"call:{call_id}", why, clock.now(), who=current_user())
        return call_id


def _stay(opened: Opened, client: Client, call_id: int, clock: TrustedClock, *, wait: bool) -> None:
    """Until the call has ended, or (without `wait`) a worker has it or nothing can be done soon."""
    hands = Clock(clock.now, time.monotonic, random.random)
    shown = None
    until = time.monotonic() + STAY_SECONDS
    while True:
        with opened.store.read() as conn:
            clock.look(database_now(conn, now()))
            call = find_call(conn, call_id)
        beats = worker_beats(opened, clock.now())
        if (
            call is None
            or call.wake_at is None
            or not call.is_live
            or (not wait and (beats or time.monotonic() > until))
        ):
            return
        rest = call.wake_at - clock.now()
        if rest > START_AWAITED and call.state == CallState.WAITING:
            if not wait:
                return
            if call.reason != shown:
                shown = call.reason
                at, why = local_time(call.wake_at), _why(call)
                say(f"chờ đến {at}: {why}", f"waits until {at}: {why}", err=True)
        if not beats and rest <= timedelta(0):
            place_now(opened, client, call_id, hands)
        time.sleep(LOOK_SECONDS)


def _why(call: Call) -> str:
    return sentence(call.reason or "after", current_language(), **call.facts)
