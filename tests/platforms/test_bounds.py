"""Whatever a buyer writes into an order, and wherever: it is cut, and the order is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.core.folding import MAX_ENTRIES, TEXT_CHARACTERS
from bridge.core.model import BadPayload, BadSignature, Json
from bridge.core.platform import Platform
from bridge.platforms import find_platform, list_platforms
from bridge.rules.document import event_document
from tests.bench.texts import leaves, put
from tests.core.test_shorten import longest_run
from tests.platforms.test_samples import shop, signed

NOW = datetime(2026, 11, 23, 5, 6, 7, 890000, tzinfo=UTC)
LONG = "Ghi chú " + "\u0316\u0301" * 3_000
FREE_TEXTS = 5  # that a sample has at least: names, streets, a note


@pytest.mark.parametrize("platform", list_platforms(), ids=lambda platform: platform.name)
def test_every_text_leaf_is_cut_and_the_order_read(platform: Platform) -> None:
    request, source = signed(platform, NOW), shop(platform)
    document, read = platform.sample.document(NOW), 0
    for path, value in leaves(document):
        body = platform.sample.encode(put(document, path, LONG))
        try:
            events = platform.read(replace(request, body=body), source, NOW).events
        except BadPayload:
            continue  # an id, an amount, a time
        for event in events:
            texts = [*_texts(event_document(event, source))]
            assert max(map(len, texts)) <= TEXT_CHARACTERS, path
            assert max(map(longest_run, texts)) <= 30, path
        read += isinstance(value, str) and bool(events)
    assert read >= FREE_TEXTS or platform.hides_buyer or platform.is_carrier or platform.api


@pytest.mark.parametrize("platform", list_platforms(), ids=lambda platform: platform.name)
def test_a_list_without_end_is_cut(platform: Platform) -> None:
    request, source = signed(platform, NOW), shop(platform)
    document = platform.sample.document(NOW)
    for path, value in leaves(document):
        if not isinstance(value, list) or not value:
            continue
        body = platform.sample.encode(put(document, path, value * (3 * MAX_ENTRIES)))
        try:
            events = platform.read(replace(request, body=body), source, NOW).events
        except BadPayload:
            continue
        for event in events:
            assert len(event.order.items if event.order else ()) <= MAX_ENTRIES, path


def test_a_thousand_tokens_of_nhanh_are_not_compared() -> None:
    nhanh = find_platform("nhanh")
    assert nhanh is not None
    body = b'{"webhooksVerifyToken":"wrong"}' * 1000 + b'{"webhooksVerifyToken":"sample-secret"}'
    request = replace(signed(nhanh, NOW), headers=(), body=body)
    with pytest.raises(BadSignature, match="bad_token"):
        nhanh.verify(request, shop(nhanh), NOW)
    assert b"sample-secret" not in nhanh.without_secrets(request, shop(nhanh)).body


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
