"""The sample order: cash on delivery, of a Vietnamese shop, made just now. Each platform writes it in its own shape.

Its numbers follow from the moment, so that two samples are two orders; people and phones are invented.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from bridge.core.model import Json
from bridge.core.platform import Platform

FIRST_NAME, LAST_NAME = "Thị Mẫu", "Nguyễn"
FULL_NAME = f"{LAST_NAME} {FIRST_NAME}"
STREET, WARD, DISTRICT, CITY = "1 Đường Thử Nghiệm", "Phường Mẫu", "Quận Mẫu", "Hà Nội"
NOTE, METHOD = "Gọi trước khi giao", "Thanh toán khi nhận hàng (COD)"
EMAIL = "khach@example.test"
TOTAL = 650_000
VIETNAM = timezone(timedelta(hours=7))

Change = Callable[[dict[str, Json]], dict[str, Json]]


@dataclass(frozen=True)
class Line:
    """One line of the sample order; its price in dong."""

    title: str
    variant: str | None
    quantity: int
    price: int
    sku: str


LINES = (
    Line("Áo thun cổ tròn", "Trắng / M", 2, 150_000, "AT-01"),
    Line("Quần jean", None, 1, 350_000, "QJ-02"),
)


def sample_id(now: datetime) -> int:
    """Milliseconds since 1970."""
    return int(now.timestamp() * 1000)


def sample_number(now: datetime) -> int:
    """Seven digits."""
    return 1_000_000 + sample_id(now) % 9_000_000


def sample_phone(now: datetime) -> str:
    return f"0900 000 {sample_id(now) % 1000:03d}"


def zulu_millis(now: datetime) -> str:
    """The instant in UTC, such as 2026-11-23T05:06:07.890Z."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def find_word(platform: Platform, topic: str) -> str:
    """The platform's topic for one that is given as ours or as the platform's; ValueError names those that it has."""
    if topic in platform.topics:
        return topic
    words = platform.sample.words
    if topic in words:
        return words[topic]
    word = next((word for word, ours in platform.topics.items() if ours == topic), None)
    if word is None:
        known = sorted({*words, *platform.topics.values(), *platform.topics})
        raise ValueError(f"{platform.title} has no topic {topic!r}; it has: {', '.join(known)}")
    return word


def sample_document(platform: Platform, topic: str, now: datetime) -> dict[str, Json]:
    """The platform's sample order in the state that this topic, ours or the platform's, means. ValueError as above."""
    word, sample = find_word(platform, topic), platform.sample
    document = sample.named(sample.document(now), word)
    change = sample.states.get(platform.topics[word] if topic == word else topic)
    return change(document) if change else document


def with_values(**values: Json) -> Change:
    """The document with these values."""
    return lambda document: {**document, **values}


def only_id(document: dict[str, Json]) -> dict[str, Json]:
    """What is left of a deleted order."""
    return {"id": document["id"]}


def with_word(key: str) -> Callable[[dict[str, Json], str], dict[str, Json]]:
    """Topics that stand in the document, under this key."""
    return lambda document, word: {**document, key: word}
