"""What one filter is: its work, what it takes and makes, and the words that the documentation prints of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Literal

from bridge.core.model import Json

# `words` are for the ear and never a number; `text` may be digits; `any` is a value of whatever kind.
Kind = Literal["any", "boolean", "list", "number", "phone", "text", "time", "words"]

# Keywords that the language gives by itself: the document's group `source`, and the currency of the order's amounts.
GIVEN: Mapping[str, tuple[str, ...]] = {"source": ("source",), "currency": ("order", "currency")}

# The order that the examples speak of.
EXAMPLE: Mapping[str, Json] = {
    "source": {"id": "lan-shop", "platform": "shopify", "country": "VN", "timezone": "Asia/Ho_Chi_Minh"},
    "order": {
        "number": "#DH-1053",
        "total": Decimal(1250000),
        "currency": "VND",
        "created_at": "2026-11-05T01:30:00Z",
        "phone": "+84 912 345 678",
        "note": None,
        "tags": ["vip", "zalo", "vip", None],
    },
    "shipping": {"name": "TRẦN thu hà 🌸"},
    "items": [
        {"title": "Áo len", "quantity": Decimal(2), "price": Decimal(550000), "sku": "AL"},
        {"title": "Khăn", "quantity": Decimal(1), "price": Decimal(150000), "sku": None},
    ],
}


@dataclass(frozen=True, repr=False)
class Filter:
    """One filter of the rule language.

    work     (value, the values after the colon) -> value. ValueError: a sentence that follows the filter's name and
             never quotes the value. A keyword named in GIVEN comes from the document.
    takes, returns   the kind of what stands before `|`, and of what comes out
    vi, en   what it does, one sentence each
    example  a Liquid text, and what it makes of the order in EXAMPLE
    weight   what it does with each character or item of its value, in plain steps (bridge.rules.liquid.limits)
    """

    name: str
    work: Callable[..., Json]
    takes: Kind
    returns: Kind
    vi: str
    en: str
    example: tuple[str, str]
    weight: int = 1

    @cached_property
    def parameters(self) -> tuple[inspect.Parameter, ...]:
        """The value before `|`, then those after the colon."""
        every = inspect.signature(self.work).parameters.values()
        return tuple(parameter for parameter in every if parameter.name not in GIVEN)

    @cached_property
    def given(self) -> frozenset[str]:
        """The keywords of GIVEN that its work wants."""
        return frozenset(GIVEN.keys() & inspect.signature(self.work).parameters.keys())

    @property
    def signature(self) -> str:
        """As a rule writes it: `truncate: length = 50, end = "..."`."""
        values = ", ".join(map(_shown, self.parameters[1:]))
        return f"{self.name}: {values}" if values else self.name


def _shown(parameter: inspect.Parameter) -> str:
    if parameter.default is parameter.empty:
        return parameter.name
    if parameter.default is None:
        return f"[{parameter.name}]"
    default = f'"{parameter.default}"' if isinstance(parameter.default, str) else str(parameter.default).lower()
    return f"{parameter.name} = {default}"
