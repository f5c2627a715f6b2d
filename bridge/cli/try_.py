"""try: what a rule makes of a delivery file, without storing or calling."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bridge.cli.shared.arguments import DELIVERY_ID
from bridge.cli.shared.command import command, option
from bridge.cli.shared.database import Opened, now, open_bridge
from bridge.cli.shared.language import failure, misuse, text
from bridge.cli.shared.printing import print_json
from bridge.cli.shared.rules.spoken import Listening, add_spoken, listening_options
from bridge.cli.shared.shops.captured import read_http
from bridge.core.model import BadPayload, BadSignature, Event, Json, Reading, Request, Source
from bridge.core.platform import Platform
from bridge.decide.trial.event import describe_verdict, try_event
from bridge.rules.evaluate import Verdict
from bridge.rules.rule import Rule
from bridge.shop_api.fetch import fetch_documents
from bridge.shop_api.tokens import Tokens, share_tokens
from bridge.store.configuration.catalog import Catalog
from bridge.store.deliveries import find_delivery
from bridge.store.shops.fetches import documents_of
from bridge.vbot import Account, CallRequest
from bridge.vbot.client import describe

GROUP = "configure"
HELP = (
    "Cho biết, dạng JSON, một quy tắc làm gì với một tin: tệp HTTP thô hoặc JSON, hoặc tin đã lưu.",
    "Show, as JSON, what a rule makes of a delivery: a file of raw HTTP or JSON, or a stored one.",
)

FETCH_SECONDS = 30  # for all documents that the delivery leaves out
_HANDSHAKE = "none needed: it is the platform's handshake"


@command("try", HELP)
@click.argument("rule_name", metavar="RULE")
@click.argument("file", metavar="[DELIVERY]", required=False, type=click.Path(path_type=Path))
@option(
    "--delivery",
    "stored",
    type=DELIVERY_ID,
    metavar="ID",
    help=("Tin đã lưu này, thay cho một tệp.", "This stored delivery, instead of a file."),
)
@option(
    "--source",
    "source_id",
    help=(
        "Nguồn; nếu không có thì theo đường dẫn của dòng yêu cầu, rồi nguồn duy nhất của quy tắc.",
        "The source; else the request line's path, else the rule's only source.",
    ),
)
@option(
    "--topic",
    help=("Chủ đề theo nền tảng, cho tệp chỉ có JSON.", "The platform's topic, for a file that holds only JSON."),
)
@option(
    "--at",
    help=(
        "Thời điểm quyết định (ISO 8601); nếu không có thì là giờ của sự kiện, như vừa nhận được.",
        "The instant to decide at (ISO 8601); else the event's own time, as if it had just arrived.",
    ),
)
@listening_options
def run(
    rule_name: str,
    file: Path | None,
    stored: int | None,
    source_id: str | None,
    topic: str | None,
    at: str | None,
    **listening: Any,
) -> None:
    if (file is None) == (stored is None) or (stored is not None and (source_id or topic)):
        raise misuse(
            "hãy viết một tệp, hoặc --delivery ID (không kèm --source và --topic)",
            "write a file, or --delivery ID (without --source and --topic)",
        )
    opened = open_bridge()
    with opened.store.read() as conn:
        catalog = opened.catalogs.read(conn)
    rule, moment = _find_rule(catalog, rule_name), _moment(at)
    if file is not None:
        case = _of_file(catalog, rule, file, source_id, topic)
    else:
        case = _of_stored(opened, catalog, stored or 0)
    tokens = share_tokens(opened.store, opened.catalogs.seal, now)
    request, missing = _ask_the_shop(case.platform, case.request, case.source, tokens)
    handshake = case.signature == _HANDSHAKE
    reading = Reading(ignored="no_order") if handshake else _read(case.platform, request, case.source)
    with opened.store.read() as conn:
        verdicts = [try_event(conn, catalog, rule, case.source, event, moment, missing) for event in reading.events]
    ignored = Verdict("skip", reading.ignored or "no_order", {"topic": reading.platform_topic})
    hotline, account = rule.hotline or opened.config.hotline, opened.config.shown_account
    answers = [_shown(catalog, rule, verdict, hotline, account) for verdict in verdicts or [ignored]]
    add_spoken(opened, rule.template, answers, Listening(**listening))
    _print(reading, answers, case.signature)


def _find_rule(catalog: Catalog, name: str) -> Rule:
    rule = catalog.rule(name)
    if rule is None:
        names = ", ".join(known.name for known in catalog.rules) or text("không có", "none")
        raise failure(
            f"không có quy tắc {name}; các quy tắc: {names}", f"there is no rule {name}; the rules are: {names}"
        )
    return rule


@dataclass(frozen=True, repr=False)
class _Case:
    """The request that is tried, of which source, and what is to be said of its signature."""

    source: Source
    platform: Platform
    request: Request
    signature: str


def _of_file(catalog: Catalog, rule: Rule, file: Path, source_id: str | None, topic: str | None) -> _Case:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise misuse(f"không đọc được {file}: {error.strerror}", f"{file} cannot be read: {error.strerror}") from None
    request = read_http(content)
    source = _find_source(catalog, rule, source_id, request)
    shop = catalog.shop(source.id)
    if shop is None:
        raise failure(
            f"phiên bản này không có nền tảng {source.platform}", f"platform {source.platform} is not in this version"
        )
    platform = shop.platform
    if request is None:
        request = _unsigned(platform, topic or _platform_topic(platform, rule), source, content)
        return _Case(source, platform, request, "not checked: the file holds no headers")
    return _Case(source, platform, request, _check(platform, request, source))


def _of_stored(opened: Opened, catalog: Catalog, delivery_id: int) -> _Case:
    with opened.store.read() as conn:
        delivery = find_delivery(conn, delivery_id)
        if delivery is None:
            raise failure(f"không có tin nào có mã {delivery_id}", f"no delivery has the id {delivery_id}")
        shop = catalog.shop(delivery.source_id)
        if delivery.is_erased or shop is None:
            raise failure(
                f"tin {delivery_id} đã bị xóa, hoặc nguồn của tin không còn",
                f"the delivery {delivery_id} was erased, or its source is gone",
            )
        documents = documents_of(conn, [delivery_id])[delivery_id]
    return _Case(shop.source, shop.platform, delivery.request(documents), "verified when it was received")


def _print(reading: Reading, answers: list[dict[str, Json]], signature: str) -> None:
    noted = [_noted(event) for event in reading.events] or [{}]
    shown = [{**answer, **odd, "signature": signature} for answer, odd in zip(answers, noted, strict=True)]
    print_json(shown[0] if len(shown) == 1 else shown)
    if reading.failed:
        raise failure(
            f"có một đơn không đọc được: {reading.failed}", f"one of the orders cannot be read: {reading.failed}"
        )


def _find_source(catalog: Catalog, rule: Rule, source_id: str | None, request: Request | None) -> Source:
    if source_id is not None:
        if source_id not in catalog.sources:
            raise failure(
                f"không có nguồn {source_id}; các nguồn: {_names(catalog)}",
                f"there is no source {source_id}; the sources are: {_names(catalog)}",
            )
        return catalog.sources[source_id]
    if request is not None and request.path.startswith("/hooks/"):
        named = catalog.sources.get(request.path.removeprefix("/hooks/").strip("/"))
        if named is not None:
            return named
    allowed = [source for name, source in catalog.sources.items() if rule.sources is None or name in rule.sources]
    if len(allowed) != 1:
        names = ", ".join(sorted(source.id for source in allowed)) or text("không có", "none")
        raise misuse(
            f"nguồn nào? Hãy thêm --source, một trong: {names}", f"which source? Add --source, one of: {names}"
        )
    return allowed[0]


def _names(catalog: Catalog) -> str:
    return ", ".join(catalog.sources) or text("không có", "none")


def _moment(at: str | None) -> datetime | None:
    if at is None:
        return None
    moment: datetime | None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise misuse(
            "--at cần thời điểm kèm múi giờ, như 2026-11-23T08:00:00+07:00",
            "--at needs a time with its zone, such as 2026-11-23T08:00:00+07:00",
        )
    return moment


def _platform_topic(platform: Platform, rule: Rule) -> str:
    for theirs, ours in platform.topics.items():
        if ours in rule.on:
            return theirs
    known = ", ".join(platform.topics)
    raise misuse(
        f"tệp chỉ có JSON: hãy thêm --topic, một trong: {known}",
        f"the file holds only JSON: add --topic, one of: {known}",
    )


def _unsigned(platform: Platform, topic: str, source: Source, body: bytes) -> Request:
    """The request around a bare document, its topic written in the platform's way."""
    # A secret of the moment: nobody verifies it, and the source may have none.
    headers = platform.sign(body, topic, replace(source, secrets=("unsigned",)), datetime.now(UTC))
    return Request("POST", f"/hooks/{source.id}", "", headers, body)


def _check(platform: Platform, request: Request, source: Source) -> str:
    try:
        if platform.handshake(request, source) is not None:
            return _HANDSHAKE
        platform.verify(request, source, datetime.now(UTC))
    except BadSignature as refusal:
        return f"does not verify: {refusal.reason}"
    return "verifies"


def _ask_the_shop(platform: Platform, request: Request, source: Source, tokens: Tokens) -> tuple[Request, str | None]:
    """The request with what it leaves out, and why some of that is missing. To look is neither to store nor to call."""
    if platform.api is None:
        return request, None
    try:
        found, failures = fetch_documents(platform.api, source, request, tokens, time.monotonic() + FETCH_SECONDS)
    except BadPayload:
        return request, None  # reported when it is read
    return found, failures[0].reason if failures else None


def _read(platform: Platform, request: Request, source: Source) -> Reading:
    try:
        return platform.read(request, source, datetime.now(UTC))
    except BadPayload as error:
        raise failure(f"không đọc được tin: {error}", f"the delivery cannot be read: {error}") from None


def _shown(catalog: Catalog, rule: Rule, verdict: Verdict, hotline: str | None, account: Account) -> dict[str, Json]:
    """The verdict, with the request that VBot would get."""
    wrong = catalog.misfits.get(rule.name)
    if verdict.decision == "call" and hotline is None:
        verdict = Verdict("skip", "no_hotline")
    elif verdict.decision == "call" and wrong:
        facts = {"template": rule.template, "field": ", ".join(misfit.key for misfit in wrong)}
        return describe_verdict(rule, replace(verdict, reason="template_changed", facts=facts)) | {"request": None}
    if verdict.decision != "call":
        return describe_verdict(rule, verdict) | {"request": None}
    words = (uuid.uuid4().hex, verdict.phone, hotline or "", rule.template, verdict.datas)
    request = CallRequest(*words, rule.max_time, rule.max_waiting_time)
    return describe_verdict(rule, verdict) | {"request": describe(account, request)}


def _noted(event: Event) -> dict[str, Json]:
    """What in the delivery was read around, and a state that nobody knows."""
    notes = [f"{note.pointer or '/'}: {note.problem}" for note in event.notes]
    return ({"notes": notes} if notes else {}) | ({"unknown_state": event.unknown_state} if event.unknown_state else {})
