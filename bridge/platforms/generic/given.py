"""What a source's document gives for our fields, and what in it is odd."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from bridge.core.model import BadPayload, Json, Note, Source
from bridge.lib import jsonschema as schema
from bridge.platforms.generic.paths import Document, Place, find_field
from bridge.platforms.shared.bodies.loose import parse_amount, parse_flag
from bridge.platforms.shared.times import parse_time
from bridge.platforms.shared.values import to_text

T = TypeVar("T")

NO_AMOUNT = "is not an amount, or may mean two: write digits, and a point before decimals"
NO_TIME = (
    "is not a time, or may mean two: write it such as 2026-11-25T14:05:33+07:00, 25/11/2026 14:05 or Unix seconds, or"
    " take the field out of the source's `fields`"
)


class Given:
    """One document under the source's settings. Each reader gives None for a blank, BadPayload for what is unreadable.

    `notes` collects what was read around.
    """

    def __init__(self, document: Json, source: Source) -> None:
        self.document = Document(document)
        self.source = source
        self.fields = source.settings.get("fields", {})
        self.notes: list[Note] = []
        self.is_closing = False

    def place(self, field: str) -> Place:
        return find_field(self.document, field, self.fields)

    def _open_place(self, field: str) -> Place:
        place = self.place(field)
        if place.blocked_by is not None:
            raise BadPayload(schema.pointer(place.path), _problem(place))
        return place

    def text(self, field: str) -> str | None:
        """The text there; None, and a note, where a list or an object stands."""
        return self.around(lambda: self.needed_text(field), None)

    def needed_text(self, field: str) -> str | None:
        place = self._open_place(field)
        value = place.value[0] if isinstance(place.value, list) and len(place.value) == 1 else place.value
        if isinstance(value, dict | list):
            raise BadPayload(schema.pointer(place.path), "is not text")
        return to_text(value)

    def flag(self, field: str) -> bool | None:
        return parse_flag(self.place(field).value)

    def amount(self, field: str, currency: str) -> Decimal | None:
        return read_amount(self._open_place(field), currency)

    def time(self, field: str) -> datetime | None:
        place = self._open_place(field)
        try:
            is_day_first = self.source.country == "VN"
            value, zone = place.value, self.source.settings.get("times_in", self.source.timezone)
            return None if value is None else parse_time(value, ZoneInfo(zone), day_first=is_day_first)
        except (ValueError, OverflowError, OSError):
            raise BadPayload(schema.pointer(place.path), NO_TIME) from None

    def needed(self, read: Callable[[], T], otherwise: T) -> T:
        """What `read` gives, and its BadPayload; of an order that is closed nothing but its id is needed."""
        return self.around(read, otherwise) if self.is_closing else read()

    def around(self, read: Callable[[], T], otherwise: T) -> T:
        """What `read` gives; `otherwise`, and a note, where the document is odd there."""
        try:
            return read()
        except BadPayload as odd:
            self.notes.append(Note(odd.pointer, odd.problem))
            return otherwise


def _problem(place: Place) -> str:
    return "is not a list" if isinstance(place.blocked_by, dict) else "is not a JSON object"


def read_amount(place: Place, currency: str) -> Decimal | None:
    """The amount at this place. BadPayload: none, or one that may mean two."""
    if place.value is None or (isinstance(place.value, str) and not place.value.strip()):
        return None
    try:
        return parse_amount(place.value, currency)
    except ValueError:
        raise BadPayload(schema.pointer(place.path), NO_AMOUNT) from None
