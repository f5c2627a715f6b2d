"""How a phone number is shown to whoever may not see it; without the number plan, which takes long to load."""

from __future__ import annotations


def mask_phone(number: str) -> str:
    """Return the number with its middle hidden: `09••••••12`, and `+84•••••••12` for E.164; a short one wholly."""
    head = 3 if number.startswith("+") else 2
    if len(number) < head + 6:
        return "•" * len(number)
    return number[:head] + "•" * (len(number) - head - 2) + number[-2:]
