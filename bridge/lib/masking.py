"""How a phone number is shown to whoever may not see it; without the number plan, which takes long to load."""

from __future__ import annotations

import re

_LIKE_A_PHONE = re.compile(r"\+?(?:84|0)[\d .-]{8,14}")
_SHOWN = 100


def mask_phone(number: str) -> str:
    """Return the number with its middle hidden: `09••••••12`, and `+84•••••••12` for E.164; a short one wholly."""
    head = 3 if number.startswith("+") else 2
    if len(number) < head + 6:
        return "•" * len(number)
    return number[:head] + "•" * (len(number) - head - 2) + number[-2:]


def mask_id(shop_id: str | None) -> str:
    """A shop's id for a log line: `-` for none, masked where it may be a phone number, and on one short line."""
    if not shop_id:
        return "-"
    line = re.sub(r"[^\x21-\x7e]", "?", shop_id[:_SHOWN])
    return mask_phone(line) if _LIKE_A_PHONE.fullmatch(shop_id.strip()) else line
