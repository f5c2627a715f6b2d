"""What a form of LadiPage means: an order of whoever filled it in, one for each form, phone and day.

A form has no number, and comes twice: a capture form when the visitor leaves and again when it is sent; an OTP form
after five minutes without the OTP, and again with it. The names of its fields are the merchant's; those that LadiPage
adds are in NEEDS and in the schema. Source: help.ladipage.vn (2025-03-08)
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from bridge.core.folding import fold
from bridge.core.model import Event, Json, Note, Order, OrderState, Payment, Reading, Request, Source
from bridge.core.platform import Needs
from bridge.platforms.shared.around import read_around
from bridge.platforms.shared.bodies.documents import parse_documents
from bridge.platforms.shared.bodies.forms import find_answer, form_order, form_phones
from bridge.platforms.shared.bodies.loose import parse_flag
from bridge.platforms.shared.times import parse_time
from bridge.platforms.shared.values import each_line, find_text, get_object, hash_body, join_key

TOPICS = {"submit": "order.created", "capture": "checkout.abandoned"}
NEEDS = Needs(deciding=("/status_send", "/is_verified"))
UNVERIFIED = "otp-unverified"


def dedup_key(request: Request, source: Source) -> str:
    """The whole form: it has no id."""
    return join_key("body", hash_body(request.body))


def order_id(request: Request, source: Source) -> str | None:
    """Not known before the form is read: its day may be that of its arrival."""
    return None


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this form. What was captured before it was sent counts only where the source says so.

    Units    amounts in the source's `currency`, dong by default; times UTC
    Errors   BadPayload: no form, a field that cannot be read, or an amount that may mean two
    """
    document = _flat(get_object(parse_documents(request)[0]))
    is_captured = "capture" in fold(find_text(document, "status_send") or "")
    if is_captured and source.settings.get("capture") is not True:
        return Reading(ignored="form_captured")
    if not any(_is_field(name) for name in document):
        return Reading(ignored="no_order")
    read_events = partial(_read_events, document, is_captured, source, received_at)
    return Reading(read_around(document, "ladipage", NEEDS, read_events))


def _flat(document: dict[str, Json]) -> dict[str, Json]:
    """Also the pairs of `form_data`, as some receivers have them."""
    pairs = [one for _, one in each_line(document, "form_data")]
    return {**document, **{name: pair.get("value") for pair in pairs if (name := find_text(pair, "name"))}}


def _is_field(name: str) -> bool:
    return fold(name) not in _ADDED


_ADDED = frozenset(
    map(fold, ("link", "IP", "variant_url", "ladi_form_id", "message_time", "is_verified", "otp_code", "status_send"))
) | {f"utm {part}" for part in ("source", "medium", "campaign", "term", "content")}


def _read_events(
    document: dict[str, Json], is_captured: bool, source: Source, received_at: datetime
) -> tuple[Event, ...]:
    at = _read_time(document, source) or received_at
    phones = form_phones(document, source)
    order_id = _order_id(document, phones, at, source)
    word = "capture" if is_captured else "submit"
    order = _read_order(document, order_id, "draft" if is_captured else "open", phones, at, source)
    later = None if is_captured else "order.updated"
    is_odd = order.total is None and find_answer(document, "total", source) is not None
    notes = (Note("/total", "is not an amount: digits, and a point before decimals"),) if is_odd else ()
    return (Event(TOPICS[word], word, at, order_id, order, document, later_topic=later, notes=notes),)


def _read_time(document: Json, source: Source) -> datetime | None:
    """None for a time that nobody can read: the form came just now."""
    try:
        return parse_time(find_text(document, "message_time") or "", ZoneInfo(source.timezone), day_first=True)
    except ValueError:
        return None


def _order_id(document: Json, phones: tuple[str, ...], at: datetime, source: Source) -> str:
    """One for each form, phone and local day: in letters, so that it names nobody."""
    from bridge.core.phone import read_phone  # noqa: PLC0415  the number plan takes long to load

    number = next((found for phone in phones if (found := read_phone(phone, source.country, abroad=True).number)), None)
    whose = number or "|".join(phones) or hash_body(repr(sorted(document.items(), key=repr)).encode("utf-8", "replace"))
    day = at.astimezone(ZoneInfo(source.timezone)).date().isoformat()
    parts = "\n".join((find_text(document, "ladi_form_id") or "", whose, day))
    digest = hashlib.sha256(parts.encode("utf-8", "replace")).hexdigest()[:24]
    return "form-" + digest.translate(str.maketrans("0123456789abcdef", "abcdefghijklmnop"))


def _read_order(
    document: dict[str, Json], order_id: str, state: OrderState, phones: tuple[str, ...], at: datetime, source: Source
) -> Order:
    verified = parse_flag(document.get("is_verified"))
    order = form_order(document, order_id, phones, at, source)
    # A form has no payment method: what it orders is paid at the door.
    return replace(
        order,
        number=f"LP-{order_id.removeprefix('form-')[:6].upper()}",
        state=state,
        payment=Payment(cod=True),
        tags=(UNVERIFIED,) if verified is False else (),
        channel=find_text(document, "link"),
    )
