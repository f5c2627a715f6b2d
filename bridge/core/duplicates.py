"""Orders that the shop itself marks as placed twice: by a tag such as "Đơn trùng" or "Duplicate order"."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.core.folding import fold

# Whole tags only: "trung" is a name as well, and "không trùng" says the opposite.
_MARKS = frozenset(
    {"don trung", "don trung lap", "trung don", "trung lap", "don bi trung", "don hang trung", "trung don hang"}
    | {"duplicate", "duplicated", "duplicate order", "duplicated order"}
)


def duplicate_mark(tags: Iterable[str]) -> str | None:
    """The first of the tags that marks a duplicate, as the shop wrote it; None if none does."""
    return next((tag for tag in tags if fold(tag) in _MARKS), None)
