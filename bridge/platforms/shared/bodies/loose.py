"""Values as people and small programs write them: amounts with separators, yes and no.

What could mean two amounts is refused: a wrong amount spoken to a buyer is worse than no call.
"""

from __future__ import annotations

from decimal import Decimal

from bridge.core.amount import AMOUNT_CHARACTERS, parse_amount_text
from bridge.core.folding import fold
from bridge.core.model import Json

_YES = frozenset({"true", "1", "yes", "y", "on", "co", "x"})
_NO = frozenset({"", "false", "0", "no", "n", "off", "khong"})


def parse_amount(value: Json, currency: str) -> Decimal:
    """The exact amount of a number, or of a text such as "1.250.000 ₫", "1,250,000.50" or "250000".

    Errors   ValueError: no amount, a foreign sign, or a separator that may stand for thousands as well as decimals
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError("not an amount")
    if not isinstance(value, str):
        return Decimal(_bounded(f"{value:f}" if isinstance(value, Decimal) else str(value)))
    return parse_amount_text(value, currency)


def parse_flag(value: Json) -> bool | None:
    """True or false of a boolean, a number or a word; None for what is neither."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return value != 0
    word = fold(value) if isinstance(value, str) else "?"
    return True if word in _YES else False if word in _NO else None


def _bounded(text: str) -> str:
    if len(text) > AMOUNT_CHARACTERS:
        raise ValueError("too many digits")
    return text
