"""What `check` says of a generic source's settings beyond their schema."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.core.model import Source
from bridge.platforms.generic.given import Given
from bridge.platforms.generic.order import read_order, read_order_id
from bridge.platforms.generic.paths import Place
from bridge.platforms.generic.settings import FIELDS, flaws


def said(**settings: Any) -> list[tuple[str, bool, str]]:
    source = Source("shop", "generic", settings=settings)
    return [(".".join(flaw.where), flaw.is_error, flaw.message) for flaw in flaws(source)]


class Listening(Given):
    """Notes which fields are asked for."""

    def __init__(self) -> None:
        self.requested: set[str] = set()
        super().__init__({}, Source("shop", "generic", settings={}))

    def place(self, field: str) -> Place:
        self.requested.add(field)
        return Place([{"title": "x"}] if field == "items" else 5, (field,))


def test_the_fields_that_can_be_named_are_those_that_are_read() -> None:
    given = Listening()
    given.is_closing = True
    read_order_id(given)
    read_order(given, "order.cancelled", "1")
    whole = {name for name in FIELDS if not name.startswith("items.")} - {"topic", "event.time"}
    elsewhere = ("items", "customer.", "shipping.", "billing.", "order.")
    assert given.requested == {name if name.startswith(elsewhere) else f"order.{name}" for name in whole}


@pytest.mark.parametrize(
    ("name", "hint"),
    [("fone", "'phone'"), ("customer.nam", "'customer.name'"), ("order.totl", "'order.total'"), ("xyz", "such as id")],
)
def test_a_field_that_is_none_of_ours_is_an_error_with_the_nearest_one(name: str, hint: str) -> None:
    ((where, is_error, message),) = said(fields={"id": "ma", name: "x"})
    assert (where, is_error) == (f"settings.fields.{name}", True)
    assert hint in message


def test_cancels_without_a_time_of_change_are_a_warning() -> None:
    topics = {"new": "order.created", "huy": "order.cancelled"}
    fields = {"id": "ma", "total": "tien", "created_at": "luc"}
    ((where, is_error, message),) = said(topics=topics, fields=fields)
    assert (where, is_error) == ("settings.topics", False)
    assert "updated_at" in message and "order.cancelled" in message
    assert said(topic="order.cancelled", fields=fields)[0][0] == "settings.topic"
    for better in ({"updated_at": "sua"}, {"order.updated_at": "sua"}, {"event.time": "sua"}):
        assert said(topics=topics, fields={**fields, **better}) == []
    assert said(topics={"new": "order.created"}, fields=fields) == []
    assert said(topics=topics) == []
