"""A shop that sells to invented people, and sends webhooks as real platforms do: signed, twice, too early."""

from __future__ import annotations

import http.client
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bridge.core.model import Json, Request, Source
from bridge.core.platform import Platform
from bridge.platforms import list_platforms
from bridge.platforms.shared.sample import FIRST_NAME, LAST_NAME, find_word, sample_document

ANSWER_SECONDS = 15

_FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Đặng")
_GIVEN = ("Thị Mẫu", "Văn Thử", "Thị Ví Dụ", "Văn Giả Định", "Thị Minh Họa")
_SAMPLE_PHONE = re.compile(r"0900 000 \d{3}")


@dataclass(frozen=True)
class Kind:
    """What is special about an order. `fault`: what the fake VBot does to the next call that reaches it."""

    name: str
    platform: str
    topics: tuple[str, ...] = ("order.created",)
    phone: str | None = None
    changes: dict[str, Json] = field(default_factory=dict)
    forged: bool = False
    fault: Mapping[str, Json] | None = None


# The first ten show nearly all; of twenty, five lead to no call, and of one nobody knows.
KINDS = (
    Kind("ordinary", "shopify"),
    Kind("updated_first", "woocommerce", ("order.updated", "order.created")),
    Kind("ordinary", "haravan", fault={"name": "rate_limited"}),
    Kind("cancelled", "shopify", ("order.created", "order.cancelled")),
    Kind("resent", "haravan", ("order.created", "order.created")),
    Kind("card", "woocommerce", changes={"payment_method": "card", "payment_method_title": "Thẻ ngân hàng"}),
    Kind("ordinary", "generic", fault={"name": "refuse", "message": "Số điện thoại nằm trong danh sách chặn"}),
    Kind("masked", "haravan", phone="09******12"),
    Kind("ordinary", "shopify", fault={"name": "reset_after"}),
    Kind("forged", "generic", forged=True),
    Kind("ordinary", "woocommerce"),
    Kind("foreign", "shopify", phone="+1 202 555 0143"),
    Kind("ordinary", "haravan"),
    Kind("ordinary", "generic"),
    Kind("ordinary", "shopify"),
    Kind("updated_first", "woocommerce", ("order.updated", "order.created")),
    Kind("ordinary", "haravan"),
    Kind("resent", "generic", ("order.created", "order.created")),
    Kind("ordinary", "shopify", fault={"name": "reset_before"}),
    Kind("ordinary", "woocommerce"),
)


@dataclass(frozen=True, repr=False)
class Letter:
    """One request on its way to the bridge. `answer` is the HTTP status that a good bridge gives."""

    source: Source
    headers: tuple[tuple[str, str], ...]
    body: bytes
    answer: int = 200


@dataclass(frozen=True, repr=False)
class Sale:
    """One order, and all that the shop sends about it. `deliveries`: how many different ones the bridge must keep."""

    kind: Kind
    source: Source
    order_id: str
    letters: tuple[Letter, ...]
    deliveries: int


def sell(n: int, sources: Mapping[str, Source], moment: datetime) -> Sale:
    """Order number `n`, from 0, made at this moment; two moments of one millisecond would be one order.

    sources   platform name -> the source that it sends to
    """
    kind = KINDS[n % len(KINDS)]
    source = sources[kind.platform]
    platform = next(platform for platform in list_platforms() if platform.name == kind.platform)
    letters = [_write(platform, source, kind, topic, n, moment) for topic in kind.topics]
    distinct = {letter.body + repr(letter.headers).encode() for letter in letters}
    if kind.forged:
        letters.insert(0, _forge(platform, letters[0], moment))
    return Sale(kind, source, _order_id(platform, letters[-1], moment), tuple(letters), len(distinct))


def _order_id(platform: Platform, letter: Letter, moment: datetime) -> str:
    request = Request("POST", f"/hooks/{letter.source.id}", "", letter.headers, letter.body)
    (event,) = platform.read(request, letter.source, moment).events
    return event.order_id


def send(letter: Letter, port: int) -> int:
    """The bridge's HTTP status. OSError or HTTPException when it does not answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        headers = dict(letter.headers) | {"Connection": "close"}
        connection.request("POST", f"/hooks/{letter.source.id}", letter.body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _write(platform: Platform, source: Source, kind: Kind, topic: str, n: int, moment: datetime) -> Letter:
    text = json.dumps(sample_document(platform, topic, moment) | kind.changes, ensure_ascii=False)
    # The sample's buyer under another name: this is the same for every platform, wherever it keeps the name.
    text = text.replace(LAST_NAME, _FAMILIES[n % len(_FAMILIES)]).replace(FIRST_NAME, _GIVEN[n % len(_GIVEN)])
    body = _SAMPLE_PHONE.sub(kind.phone or f"0900 {n // 1000 % 1000:03d} {n % 1000:03d}", text).encode()
    return Letter(source, platform.sign(body, find_word(platform, topic), source, moment), body)


def _forge(platform: Platform, letter: Letter, moment: datetime) -> Letter:
    """The same order, cheaper, from somebody who does not know the secret."""
    stranger = replace(letter.source, secrets=(secrets.token_hex(24),))
    body = letter.body.replace(b"650000", b"1")
    return Letter(letter.source, platform.sign(body, "order.created", stranger, moment), body, answer=401)
