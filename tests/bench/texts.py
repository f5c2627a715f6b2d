"""What the dearest order costs, in processor time against a usual one: python -m tests.bench.texts [--kilobytes 1000]

Every text leaf of every platform's sample order is filled, one after the other, with texts that are dear to normalise,
to search or to speak; every list and object with many entries. Each order is verified, read, judged by a rule that
speaks all of it, and judged again as at dialling. A message of many orders is so many calls: what it costs is counted
for each order in it. Prints the worst, and asserts no time.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bridge.core.model import BadPayload, BadSignature, Event, Json, Request, Source
from bridge.core.platform import Platform
from bridge.platforms import list_platforms
from bridge.rules.document import event_document
from bridge.rules.evaluate import Question, consider, holds
from bridge.rules.rule import parse_rule

NOW = datetime(2026, 11, 23, 5, 6, 7, 890000, tzinfo=UTC)
ROUNDS = 20  # of the usual order, whose time is short
ROUNDS_OF_DEAR = 3
TRIAL_BYTES = 30_000  # of a first try: what is slow already then is not tried at full length
TRIAL_SECONDS = 0.5
SHOWN = 15
SAMPLED = 23  # of so many pairs of leaf and text one is tried, unless all are asked for

# Spoken or asked: every text of an order, through the filters that do most.
RULE = parse_rule(
    {
        "rule": "bench",
        "template": "BENCH",
        "on": ["order.created"],
        "when": "order.note != 'x' and order.tags != 'y' and order.payment.method != 'z'",
        "once_per": "{{ order.number }} {{ order.note | truncate: 50 }}",
        "datas": {
            "name": {"from": ["shipping.name", "customer.name"], "format": ["clean", "name_vi"], "default": "-"},
            "billed": {"from": "billing.name", "format": ["name_vi"], "default": "-"},
            "street": {"from": "shipping.text", "format": ["clean", "address_vi"], "default": "-"},
            "note": {"from": "order.note", "format": ["clean"], "default": "-"},
            "titles": "{{ items | map: 'title' | uniq | join: ', ' | clean | truncate: 200 }}",
            "tags": "{{ order.tags | uniq | sort | join: ', ' | truncate: 200 }}",
            "number": {"from": "order.number", "format": ["code_spell"], "default": "-"},
            "method": {"from": "order.payment.method", "format": ["clean"], "default": "-"},
        },
    }
)

TEXTS = {
    "marks of two classes": "\u0316\u0301",
    "marks of one class": "\u0301",
    "letters with a mark": "e\u0301",
    "jamo": "\u1112\u1161\u11ab",
    "expanding": "\ufdfa",
    "blanks": " ",
    "wide blanks": "\u00a0",
    "lines": "\n",
    "empty lines": "\r\n",
    "digits": "1",
    "digits apart": "1 ",
    "phones": "0912 345 678, ",
    "half phones": "09.",
    "plus": "+(",
    "letters": "a",
    "capitals": "A",
    "words": "ab ",
    "initials": "A.",
    "points": ".",
    "commas": ", ",
    "hyphens": "-",
    "spaced hyphens": " - ",
    "tags": "<a ",
    "comments": "<!--",
    "scripts": "<script>",
    "angles": "<",
    "entities": "&amp;",
    "escaped": "&amp;amp;",
    "ampersands": "&",
    "shortcodes": "[a_ ",
    "attributes": "[a b=c ",
    "brackets": "(",
    "pairs": "()",
    "square": "[",
    "braces": "{",
    "json": '[{"a":',
    "quotes": '"',
    "backslashes": "\\",
    "at signs": "@",
    "letters apart": "c.o.",
    "payment": "thanh toan ",
    "on delivery": "khi nhan ",
    "in English": "pay on ",
    "denied": "khong nhan ",
    "shouting": "!",
    "slashes": "/",
    "colons": "1:",
    "dates": "1/1/2026 ",
    "zeros": "0",
    "NUL": "\x00",
    "surrogates": "\ud800",
    "zero width": "\u200b",
    "emoji": "👩\u200d👩",
    "exponents": "1e9 ",
}


@dataclass(frozen=True)
class Cost:
    seconds: float
    platform: str
    where: str
    what: str
    size: int
    orders: int


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.texts")
    parser.add_argument("--kilobytes", type=int, default=1000, help="of each body")
    parser.add_argument("--platform", help="this one alone")
    parser.add_argument("--all-texts", action="store_true", help="every text in every leaf, not one after the other")
    options = parser.parse_args(arguments)
    platforms = [each for each in list_platforms() if options.platform in (None, each.name)]
    usual = max(_usual(platform) for platform in platforms)
    print(f"a usual order of 10 kB: at most {1000 * usual:.2f} ms of processor time", flush=True)
    costs: list[Cost] = []
    for platform in platforms:
        found = [*_costs(platform, options.kilobytes * 1000, options.all_texts)]
        worst = max(found, key=lambda cost: cost.seconds)
        print(f"{platform.name:12} {len(found):6} orders; worst: {_line(worst, usual)}", flush=True)
        costs += found
    print("\nthe dearest of all")
    for cost in sorted(costs, key=lambda cost: -cost.seconds)[:SHOWN]:
        print(f"{cost.platform:12} {_line(cost, usual)}")


def _line(cost: Cost, usual: float) -> str:
    times = cost.seconds / usual
    many = f" in each of {cost.orders} orders" if cost.orders > 1 else ""
    return f"{1000 * cost.seconds:9.1f} ms, {times:7.1f} times{many}; {cost.size} bytes; {cost.where}: {cost.what}"


def _usual(platform: Platform) -> float:
    document = platform.sample.document(NOW)
    document["padding"] = {f"field {n}": "an ordinary text of an ordinary shop" for n in range(160)}
    request, source = _signed(platform, document), _source(platform)
    _work(platform, request, source)
    return min(_measure(platform, request, source)[0] for _ in range(ROUNDS))


def _costs(platform: Platform, size: int, all_texts: bool) -> Iterator[Cost]:
    source, document = _source(platform), platform.sample.document(NOW)
    n = 0
    for path, value in leaves(document):
        where = "/".join(map(str, path))
        for name, fill in _fillings(value):
            n += 1
            if not all_texts and isinstance(value, str) and n % SAMPLED:
                continue
            for length in (TRIAL_BYTES, size):
                changed = put(document, path, fill(length))
                # The least of several rounds, as of the usual order: other programs make each round dearer.
                found = []
                for round_ in range(ROUNDS_OF_DEAR):
                    request = _signed(platform, changed, b" " * round_)
                    found.append(_measure(platform, request, source))
                seconds, orders = min(found)
                if seconds > TRIAL_SECONDS or length == size:
                    yield Cost(seconds / orders, platform.name, where, name, len(request.body), orders)
                    break


def _fillings(value: Json) -> Iterator[tuple[str, Callable[[int], Json]]]:
    if isinstance(value, str):
        for name, piece in TEXTS.items():
            cost = len(json.dumps(piece, ensure_ascii="\ud800" in piece).encode()) - 2
            for how, made in (("", ""), (" behind it", value)):
                yield name + how, lambda size, piece=piece, cost=cost, made=made: made + piece * (size // cost)
        return
    yield "numbers", lambda size: [1] * (size // 3)
    yield "amounts", lambda size: [1.5] * (size // 5)
    yield "lists of numbers", lambda size: [[1] * 300] * (size // 902)
    yield "lists of objects", lambda size: [[{}] * 250] * (size // 1002)
    yield "objects", lambda size: [{} for _ in range(size // 4)]
    yield "short texts", lambda size: ["x"] * (size // 5)
    yield "keys", lambda size: {f"k{n:06d}": n % 10 for n in range(size // 14)}
    if isinstance(value, list) and value:
        cost = len(json.dumps(value, ensure_ascii=False).encode())
        yield "its own entries", lambda size: value * max(1, size // cost)


def leaves(value: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """Where each text, list and object of the document stands, and what it is; of a list's entries the first's."""
    if isinstance(value, str | list | dict) and path:
        yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value[:1]):
            yield from leaves(inner, (*path, place))


def put(document: Json, path: tuple[str | int, ...], value: Json) -> Json:
    """A copy of the document with this value there."""
    changed = json.loads(json.dumps(document, default=str))  # what stands in two places is two
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


def _source(platform: Platform) -> Source:
    return Source("shop", platform.name, ("sample-secret-of-the-shop",), platform.sample.settings)


def _signed(platform: Platform, document: Json, end: bytes = b"") -> Request:
    """`end`: blanks that make it another body, which nobody has parsed before."""
    text = json.dumps(document, ensure_ascii=False)
    body = text.encode("utf-8", "surrogatepass") if "\ud800" not in text else json.dumps(document).encode()
    body += end
    # A carrier knows no order that is new.
    topic = next((theirs for theirs, ours in platform.topics.items() if ours == "order.created"), min(platform.topics))
    headers = platform.sign(body, topic, _source(platform), NOW) if platform.sends else ()
    fetched = {name: json.dumps(one).encode() for name, one in platform.sample.fetched(NOW).items()}
    return Request("POST", "/hooks/shop", "", headers, body, fetched)


def _measure(platform: Platform, request: Request, source: Source) -> tuple[float, int]:
    """Seconds of the processor, and how many orders the request holds; at least one."""
    begun = time.process_time()
    orders = _work(platform, request, source)
    return time.process_time() - begun, max(orders, 1)


def _work(platform: Platform, request: Request, source: Source) -> int:
    """What receiving, deciding and dialling compute of an order, without the database; how many orders there are."""
    with suppress(BadSignature):
        platform.handshake(request, source)
        platform.verify(request, source, NOW)
        platform.without_secrets(request, source)
    with suppress(BadPayload):
        platform.dedup_key(request, source)
    platform.order_id(request, source)
    platform.answer(request, source)
    # Another process decides it: what was parsed so far is not known there.
    request = replace(request, body=request.body + b"\n")
    try:
        if platform.api is not None:
            platform.api.wanted(request, source)
        events = platform.read(request, source, NOW).events
    except BadPayload:
        return 0
    for event in events:
        _judge(event, source)
    return len({event.order_id for event in events})


def _judge(event: Event, source: Source) -> None:
    for judge in (lambda question: consider(RULE, question, NOW), lambda question: holds(RULE, question)):
        order = event.order
        question = Question(
            source=source,
            topic=event.topic,
            order_id=event.order_id,
            occurred_at=event.occurred_at,
            document=event_document(replace(event, topic="order.created"), source),
            state=order.state if order else "open",
            deleted=False,
            created_at=order.created_at if order else None,
            fields=None,
            holidays=frozenset(),
            phones=order.phones if order else (),
        )
        judge(question)


if __name__ == "__main__":
    main()
