"""How a captured request proves its sender, and where it says what happened: by its headers and its body."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bridge.core.model import Json, Request, Source
from bridge.core.model.texts import Text
from bridge.platforms.generic.learn import names
from bridge.platforms.generic.learn.choice import Finding
from bridge.platforms.generic.learn.leaves import Leaf, list_leaves, words_of
from bridge.platforms.generic.topics import topic_of

STANDARD: Text = ("có webhook-id, webhook-timestamp và webhook-signature", "it has the three headers of the standard")
SIGNED: Text = ("header này trông như chữ ký của nội dung", "this header looks like a signature of the body")
TOKEN: Text = ("header này trông như token cố định", "this header looks like a static token")
IN_ADDRESS: Text = ("không có chữ ký nào: dùng ?token= trong địa chỉ", "nothing is signed: use ?token= in the address")
BY_HEADER: Text = ("header này nói chuyện gì đã xảy ra", "this header says what happened")
BY_FIELD: Text = ("trường này nói chuyện gì đã xảy ra", "this field says what happened")
UNKNOWN: Text = ("từ lạ: hãy ghi nó nghĩa là gì vào topics", "an unknown word: write into topics what it means")
ZONE: Text = ("tên các mốc thời gian nói là giờ UTC", "the names of the times say UTC")
SAME: Text = ("giống nhau khi gửi lại, theo tên của nó", "equal for a resend, by its name")

_LENGTHS = {40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512", 28: "sha1", 44: "sha256", 88: "sha512"}
_HEX = re.compile(r"[0-9a-fA-F]{32,128}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{26,88}={0,2}")
_SIGNING = re.compile(r"sign|hmac|sha(1|256|512)|digest", re.IGNORECASE)
_TOKENS = re.compile(r"(^|-)(token|secret|api-?key|apikey|auth|key|authorization)$", re.IGNORECASE)
_TOPICS = re.compile(r"-(topic|event|event-type|event-name|webhook-event)$", re.IGNORECASE)
_VERBS = {
    "cancel": "order.cancelled",
    "huy": "order.cancelled",
    "delet": "order.deleted",
    "xoa": "order.deleted",
    "paid": "order.paid",
    "updat": "order.updated",
    "edit": "order.updated",
    "creat": "order.created",
    "add": "order.created",
    "new": "order.created",
    "plac": "order.created",
    "tao": "order.created",
    "moi": "order.created",
}
_ORDERS = frozenset({"order", "orders", "don", "hang", "checkout", "sales", "sale", "lead", "form", "event", "pretix"})
_PREFIX = re.compile(r"(sha(?:1|256|384|512)=|v\d=|hmac )?(.*)", re.IGNORECASE)


def find_proof(request: Request) -> Iterator[Finding]:
    """The scheme, and what belongs to it; nothing of a value is shown."""
    if all(request.header(name) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")):
        yield Finding("scheme", "standard", "sure", STANDARD)
        return
    for name, value in request.headers:
        if _SIGNING.search(name) and (found := _signature(value)):
            algorithm, encoding, prefix = found
            yield Finding("scheme", "hmac", "likely", SIGNED)
            yield Finding("header", name, "likely", SIGNED)
            yield from (
                Finding(key, said, "likely", SIGNED)
                for key, said, usual in (
                    ("hash", algorithm, "sha256"),
                    ("encoding", encoding, "hex"),
                    ("prefix", prefix, ""),
                )
                if said != usual
            )
            return
    token = next((name for name, value in request.headers if _TOKENS.search(name) and value.strip()), None)
    yield Finding("scheme", "token", "likely" if token else "guess", TOKEN if token else IN_ADDRESS)
    if token and token.lower() not in ("authorization", "x-webhook-token"):
        yield Finding("token_header", token, "likely", TOKEN)


def find_topic(request: Request, documents: Sequence[Json], source: Source) -> Iterator[Finding]:
    """Where the topic stands, and what its word means if that is not known anyway."""
    header = next((name for name, value in request.headers if _TOPICS.search(name) and "_" not in name and value), None)
    leaves = [leaf for word in names.TOPIC for leaf in list_leaves(documents[0]) if _is_topic(leaf, word)]
    telling = (leaf for leaf in leaves if topic_of(str(leaf.value), source) or _meaning(str(leaf.value)))
    leaf = next(telling, next(iter(leaves), None))
    if header is None and leaf is None:
        return
    word = request.header(header) if header else str(leaf.value) if leaf else ""
    known = topic_of(word or "", source)
    meant = known or _meaning(word or "")
    place = f"header:{header}" if header else leaf.path if leaf else ""
    yield Finding("topic", place, "sure" if known else "likely", BY_HEADER if header else BY_FIELD, (word or "")[:40])
    if known is None:
        yield Finding("topics", {word: meant} if meant else {}, "guess", UNKNOWN)


def _meaning(word: str) -> str | None:
    """What a word of somebody else probably means: by its verb, where it is about an order or about nothing else."""
    parts = words_of(word).split()
    things = [part for part in parts if not any(part.startswith(verb) for verb in _VERBS)]
    if not set(things) <= _ORDERS:
        return None
    return next((ours for verb, ours in _VERBS.items() for part in parts if part.startswith(verb)), None)


def find_dedup(request: Request, documents: Sequence[Json]) -> Iterator[Finding]:
    if request.header("webhook-id"):
        return
    leaf = next((leaf for leaf in list_leaves(documents[0]) if leaf.name in ("event id", "notification uuid")), None)
    if leaf is not None and leaf.value:
        yield Finding("dedup", leaf.path, "likely", SAME)


def find_zone(fields: Sequence[Finding]) -> list[Finding]:
    """UTC, where the names of the times say so."""
    times = [str(one.proposed) for one in fields if one.field in ("created_at", "updated_at")]
    says = bool(times) and all(re.search(r"gmt|utc", path, re.IGNORECASE) for path in times)
    return [Finding("times_in", "UTC", "sure", ZONE)] if says else []


def _is_topic(leaf: Leaf, word: str) -> bool:
    if leaf.name != word or set(leaf.around) - names.WRAPPERS:
        return False
    return isinstance(leaf.value, str) and re.fullmatch(r"[\w.:/ -]{2,60}", leaf.value) is not None


def _signature(value: str) -> tuple[str, str, str] | None:
    """(hash, encoding, prefix) of a value that has the length and the letters of an HMAC."""
    found = _PREFIX.fullmatch(value.strip())
    prefix, rest = (found[1] or "", found[2]) if found else ("", value)
    if _HEX.fullmatch(rest) and len(rest) in _LENGTHS:
        return _LENGTHS[len(rest)], "hex", prefix
    if _BASE64.fullmatch(rest) and len(rest) in _LENGTHS:
        return _LENGTHS[len(rest)], "base64", prefix
    return None
