"""Values as people and small programs write them: amounts with separators, yes and no.

What could mean two amounts is refused: a wrong amount spoken to a buyer is worse than no call.
"""

from __future__ import annotations

import re
from decimal import Decimal

from bridge.core.folding import fold
from bridge.core.model import Json
from bridge.lib.strictjson import clean_text

# Currencies without a smaller unit: "250.000" can only be a quarter of a million.
WHOLE_CURRENCIES = frozenset({"VND", "JPY", "KRW"})

_SIGNS = {
    "VND": ("₫", "đ", "d", "vnđ", "đồng", "dong"),
    "JPY": ("¥", "円"),
    "KRW": ("₩",),
    "USD": ("$", "us$"),
    "EUR": ("€",),
    "GBP": ("£",),
}
_AFFIXES = re.compile(r"([^\d+-]*)([+-]?\d[\d.,'’\s]*?)([^\d.,]*)", re.ASCII)
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
    match = _AFFIXES.fullmatch(re.sub(r"\s", " ", clean_text(value) or ""))
    if not match or not all(_is_sign(match.group(part), currency) for part in (1, 3)):
        raise ValueError("not an amount")
    return Decimal(_bounded(_plain_number(match.group(2).strip(), currency)))


def parse_flag(value: Json) -> bool | None:
    """True or false of a boolean, a number or a word; None for what is neither."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return value != 0
    word = fold(value) if isinstance(value, str) else "?"
    return True if word in _YES else False if word in _NO else None


def _plain_number(text: str, currency: str) -> str:
    """The number with a point before decimals and no other separator."""
    text = re.sub(r"['’\s]", " ", text)
    if " " in text:
        if not re.fullmatch(r"[+-]?\d{1,3}( \d{3})+([.,]\d+)?", text):
            raise ValueError("groups of other than three digits")
        return text.replace(" ", "").replace(",", ".")
    points, commas = text.count("."), text.count(",")
    if points and commas:
        thousands, decimal = (",", ".") if text.rindex(".") > text.rindex(",") else (".", ",")
        if not re.fullmatch(rf"[+-]?\d{{1,3}}(\{thousands}\d{{3}})+\{decimal}\d+", text):
            raise ValueError("two kinds of separators without an order")
        return text.replace(thousands, "").replace(decimal, ".")
    if not points and not commas:
        return text
    separator = "." if points else ","
    grouped = re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}(\{separator}\d{{3}})+", text) is not None
    if points + commas > 1 or (grouped and currency in WHOLE_CURRENCIES):
        if not grouped:
            raise ValueError("groups of other than three digits")
        return text.replace(separator, "")
    if grouped or not re.fullmatch(rf"[+-]?\d+\{separator}\d+", text):
        raise ValueError("thousands or decimals")
    return text.replace(separator, ".")


def _is_sign(affix: str, currency: str) -> bool:
    """Whether what stands beside the number is nothing, or a sign of this currency."""
    word = affix.strip().casefold()
    return not word or word == currency.casefold() or word in _SIGNS.get(currency, ())


def _bounded(text: str) -> str:
    if len(text) > 40:
        raise ValueError("too many digits")
    return text
