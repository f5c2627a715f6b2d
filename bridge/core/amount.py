"""Amounts as people write them: "1.250.000 ₫", "1,250,000.50", "250000".

What could mean two amounts is refused: a wrong amount spoken to a buyer is worse than no call. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

# Currencies without a smaller unit: "250.000" can only be a quarter of a million.
WHOLE_CURRENCIES = frozenset({"VND", "JPY", "KRW"})
AMOUNT_CHARACTERS = 40
MAX_CHARACTERS = 100  # with the currency and blanks: the pattern below takes quadratic time

_SIGNS = {
    "VND": ("₫", "đ", "d", "vnđ", "đồng", "dong"),
    "JPY": ("¥", "円"),
    "KRW": ("₩",),
    "USD": ("$", "us$"),
    "EUR": ("€",),
    "GBP": ("£",),
}
# "420k", "1,5tr", "1tr250": how Vietnamese shops and buyers shorten dong. "1.250tr" may mean two amounts.
_THOUSANDS = re.compile(r"(\d{1,3}(?:[.,]\d{3}|[.,]\d)?|\d{4,6}) ?(?:k|ng|ngàn|nghìn)", re.ASCII)
_MILLIONS = re.compile(r"(\d{1,4})(?:[.,](\d{1,2})| ?(?:tr|triệu) ?(\d{1,3}))? ?(tr|triệu)?", re.ASCII)

_AFFIXES = re.compile(r"([^\d+-]*)([+-]?\d[\d.,'’\s]*?)([^\d.,]*)", re.ASCII)


def parse_amount_text(text: str, currency: str) -> Decimal:
    """Return the exact amount that this text means, in the currency's main unit.

    Errors   ValueError: no amount, a sign of another currency, or a separator that may stand for thousands as well as
             for decimals. The message never quotes the text.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError("too long for an amount")
    text = re.sub(r"\s", " ", unicodedata.normalize("NFC", text)).strip()
    shortened = _shortened_dong(text) if currency == "VND" else None
    if shortened is not None:
        return shortened
    match = _AFFIXES.fullmatch(text)
    if not match or not all(_is_sign(match.group(part), currency) for part in (1, 3)):
        raise ValueError("not an amount")
    plain = _plain_number(match.group(2).strip(), currency)
    if len(plain) > AMOUNT_CHARACTERS:
        raise ValueError("too many digits")
    return Decimal(plain)


def _shortened_dong(text: str) -> Decimal | None:
    """Dong with a word for thousands or millions behind or within the number; None where there is no such word."""
    word = text.casefold()
    sign = next((sign for sign in ("vnđ", "vnd", "đồng", "₫", "đ") if word.endswith(sign)), "")
    word = word.removesuffix(sign).strip()
    if thousands := _THOUSANDS.fullmatch(word):
        return Decimal(_plain_number(thousands[1], "VND")) * 1000
    millions = _MILLIONS.fullmatch(word)
    # A word stands either between the digits or behind them.
    if not millions or (millions[3] is None) == (millions[4] is None):
        return None
    return Decimal(f"{millions[1]}.{millions[2] or millions[3] or 0}") * 1_000_000


def currency_of(text: str) -> str | None:
    """Return the ISO 4217 code of a code or of a currency's sign: "vnd", "VNĐ" and "đồng" are VND; None for neither."""
    word = unicodedata.normalize("NFC", text[:20]).strip().casefold()
    code = next((code for code, signs in _SIGNS.items() if word in signs), word.upper())
    return code if len(code) == 3 and code.isascii() and code.isalpha() else None


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
