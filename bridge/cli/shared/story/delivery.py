"""One stored delivery: its bytes as raw HTTP, and as a person reads it, without what proves who sent it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, quote_plus

from bridge.cli.shared.printing import clean, local_time
from bridge.core.model import DEFAULT_ZONE, Delivery, Json
from bridge.core.reasons import sentence
from bridge.lib.masking import mask_phone
from bridge.monitor.story.evidence import evidence_lines
from bridge.monitor.story.lines import act_lines

HIDDEN = "…"
# Headers that prove who sent it, or are a password: whatever name a platform gives them.
_PROOF = re.compile(r"auth|token|secret|sign|hmac|cookie|password|api-?key|-key$", re.IGNORECASE)
_NUMBER = re.compile(r"\+?\d[\d .()-]{7,20}\d")
_LEAST_DIGITS, _MOST_DIGITS = 9, 15


def raw_http(delivery: Delivery) -> bytes:
    """The request with its body byte for byte, as a file that `try` reads."""
    query = f"?{delivery.query}" if delivery.query else ""
    head = [
        f"{delivery.method} {delivery.path}{query} HTTP/1.1",
        *(f"{name}: {value}" for name, value in delivery.headers),
    ]
    return "\r\n".join([*head, "", ""]).encode("latin-1", "replace") + delivery.body


def describe_request(delivery: Delivery, documents: Mapping[str, bytes], *, show_phones: bool) -> dict[str, Json]:
    """{method, path, query, headers: [[name, value]], body, fetched: {name: body}}.

    What proves who sent it is `…`; a phone is masked unless `show_phones`. A body is the JSON document that it holds,
    else its text.
    """
    return {
        "method": delivery.method,
        "path": delivery.path,
        "query": "&".join(f"{quote_plus(name)}={HIDDEN}" for name, _ in parse_qsl(delivery.query, True)),
        "headers": [[name, HIDDEN if _PROOF.search(name) else value] for name, value in delivery.headers],
        "body": _readable(delivery.body, show_phones=show_phones),
        "fetched": {name: _readable(body, show_phones=show_phones) for name, body in documents.items()},
    }


def delivery_lines(item: Mapping[str, Json], language: str) -> Iterator[str]:
    """The lines of a delivery with its `request`; times in the default zone."""
    is_vietnamese = language == "vi"
    at, topic = local_time(item["received_at"]), item["platform_topic"] or "?"
    named = f"{item['source']} ({item['platform']}): {clean(topic)}"
    if is_vietnamese:
        yield f"Tin {item['id']} của {named}, nhận lúc {at}, {item['state']}"
    else:
        yield f"Delivery {item['id']} of {named}, received at {at}, {item['state']}"
    if item["reason"]:
        yield "  " + clean(sentence(item["reason"], language, detail=item["detail"]))
    for decision in item["decisions"]:
        rule = f"[{decision['rule']}] " if decision["rule"] else ""
        yield f"  {rule}{clean(decision['sentence' if is_vietnamese else 'sentence_en'])}"
        yield from (f"    {clean(line)}" for line in evidence_lines(decision, language))
    yield from act_lines(item["acts"], f"delivery:{item['id']}", DEFAULT_ZONE, language)
    request = item["request"]
    query = f"?{request['query']}" if request["query"] else ""
    yield from ("", clean(f"{request['method']} {request['path']}{query}"))
    for name, value in request["headers"]:
        yield clean(f"{name}: {value}")
    for name, body in {"": request["body"], **request["fetched"]}.items():
        yield from ("", f"{clean(name)}:" if name else "")[: 1 + bool(name)]
        yield from map(clean, _text(body).split("\n"))


def _text(body: Json) -> str:
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2)


def _readable(body: bytes, *, show_phones: bool) -> Json:
    text = body.decode("utf-8", "replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text if show_phones else _NUMBER.sub(_mask, text)
    return document if show_phones else _masked(document)


def _masked(value: Json) -> Json:
    from bridge.core.phone import read_phones  # noqa: PLC0415  the number plan takes long to load

    if isinstance(value, dict):
        return {name: _masked(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_masked(part) for part in value]
    if isinstance(value, str):
        return _NUMBER.sub(_mask, value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return mask_phone(str(value)) if is_number and read_phones(value, "VN", abroad=True) else value


def _mask(found: re.Match[str]) -> str:
    """The digits that are a phone, masked; an order's long id stays."""
    from bridge.core.phone import read_phones  # noqa: PLC0415  the number plan takes long to load

    digits = re.sub(r"[^\d+]", "", found[0])
    is_phone = _LEAST_DIGITS <= len(digits) <= _MOST_DIGITS and read_phones(found[0], "VN", abroad=True)
    return mask_phone(digits) if is_phone else found[0]
