"""Every finding that these tests meet must also be said in Vietnamese."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridge.configuration import lint
from tests.english import english_left


@pytest.fixture(autouse=True)
def findings_are_said_in_vietnamese(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    made: set[str] = set()
    finding = lint.Spot.finding

    def note(spot: lint.Spot, message: str, *, place: lint.Place | None = None, warning: bool = False) -> lint.Finding:
        made.add(message)
        return finding(spot, message, place=place, warning=warning)

    monkeypatch.setattr(lint.Spot, "finding", note)
    yield
    assert {message: left for message in made if (left := english_left(message))} == {}
