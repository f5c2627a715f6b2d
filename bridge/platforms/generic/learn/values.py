"""What a value can be, whatever its name: a phone that can be dialled, an amount, a time, a name, an address."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

from bridge.core.amount import currency_of
from bridge.core.model import Json, Source
from bridge.core.phone import read_phone
from bridge.platforms.shared.bodies.loose import parse_amount, parse_flag
from bridge.platforms.shared.payment import is_cod
from bridge.platforms.shared.times import parse_time
from bridge.platforms.shared.values import to_text

Check = Callable[[Json, Source], bool]

LEAST_VND = 1000  # below this nothing is sold, and a number is a count or a percentage
MOST_VND = 1_000_000_000

_LETTERS = re.compile(r"[^\W\d_]")


def is_blank(value: Json) -> bool:
    return value is None or value is False or (isinstance(value, str) and not value.strip())


def is_dialled(value: Json, source: Source) -> bool:
    """A phone number that a rule may ring."""
    return (
        isinstance(value, str | int)
        and not isinstance(value, bool)
        and read_phone(value, source.country, abroad=True).number is not None
    )


def is_time(value: Json, source: Source) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return False
    try:
        return parse_time(value, ZoneInfo(source.timezone), day_first=source.country == "VN") is not None
    except (ValueError, OverflowError, OSError):
        return False


def amount_of(value: Json, source: Source) -> Decimal | None:
    """The amount, in the currency that is usual in the source's country; None for what is none."""
    try:
        return parse_amount(value, "VND" if source.country == "VN" else "USD")
    except ValueError:
        return None


def is_amount(value: Json, source: Source) -> bool:
    amount = amount_of(value, source)
    return amount is not None and amount >= 0


def is_sum(value: Json, source: Source) -> bool:
    """An amount of the size of an order."""
    amount = amount_of(value, source)
    return amount is not None and (source.country != "VN" or LEAST_VND <= amount <= MOST_VND)


def is_id(value: Json, source: Source) -> bool:
    text = None if isinstance(value, bool) else to_text(value)
    return text is not None and len(text) <= 80 and any(letter.isdigit() for letter in text) and "@" not in text


def is_code(value: Json) -> bool:
    """An order's number that is letters alone."""
    return isinstance(value, str) and re.fullmatch(r"[A-Z]{6,20}", value) is not None


def is_word(value: Json, source: Source) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and 0 < len(str(value).strip()) <= 60


def is_text(value: Json, source: Source) -> bool:
    return isinstance(value, str) and bool(value.strip())


def is_name(value: Json, source: Source) -> bool:
    text = value.strip() if isinstance(value, str) else ""
    return 1 < len(text) <= 60 and bool(_LETTERS.search(text)) and not re.search(r"[\d@:/{]", text)


def is_address(value: Json, source: Source) -> bool:
    return isinstance(value, str) and " " in value.strip() and "@" not in value and bool(_LETTERS.search(value))


def is_email(value: Json, source: Source) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value.strip()) is not None


def is_currency(value: Json, source: Source) -> bool:
    return isinstance(value, str) and currency_of(value) is not None


def is_flag(value: Json, source: Source) -> bool:
    return isinstance(value, bool) or (parse_flag(value) is not None) or is_amount(value, source)


def is_payment(value: Json, source: Source) -> bool:
    """Words of a payment method; of cash on delivery for sure."""
    return is_text(value, source) and not is_time(value, source) and not is_amount(value, source)


def says_cod(value: Json, source: Source) -> bool:
    return isinstance(value, str) and is_cod((value,), source)


FITS: Mapping[str, Check] = {
    "id": is_id,
    "number": lambda value, source: is_id(value, source) or is_code(value),
    "total": is_sum,
    "outstanding": is_amount,
    "currency": is_currency,
    "customer.name": is_name,
    "customer.first_name": is_name,
    "customer.last_name": is_name,
    "customer.email": is_email,
    "shipping.text": is_address,
    "shipping.address1": is_address,
    "shipping.ward": is_text,
    "shipping.district": is_text,
    "shipping.city": is_text,
    "shipping.province": is_text,
    "payment.method": is_payment,
    "payment.status": is_text,
    "payment.cod": is_flag,
    "status": is_word,
    "note": is_text,
    "created_at": is_time,
    "updated_at": is_time,
    "test": lambda value, source: isinstance(value, bool) or value in (0, 1),
    "items.title": is_text,
    "items.quantity": is_amount,
    "items.price": is_amount,
    "items.sku": is_word,
    "items.variant": is_text,
}
