"""Shopify's amounts: plain ones in the shop's currency, and sets that hold the buyer's too."""

from __future__ import annotations

from decimal import Decimal

from bridge.core.model import BadPayload, Json
from bridge.platforms.shared.values import find_amount, find_text

SPOKEN = "VND"  # the one currency that is spoken in words: of the shop's and the buyer's it comes first


def find_total(document: dict[str, Json]) -> tuple[Decimal, str]:
    """What the buyer pays after edits and refunds, in dong where the document has it, else as the buyer sees it.

    The plain amounts are in the shop's currency.
    """
    shop_currency = (find_text(document, "currency") or "").upper()
    for name in ("current_total_price", "total_price"):
        amount = find_amount(document, name)
        if amount is None:
            amount = find_amount(document, f"{name}_set", "shop_money", "amount")
        if amount is not None and shop_currency == SPOKEN:
            return amount, shop_currency
        presented = _presented(document, f"{name}_set", wanted=find_text(document, "presentment_currency"))
        if presented:
            return presented
        if amount is not None:
            return amount, shop_currency
    raise BadPayload("/total_price", "is missing")


def find_outstanding(document: dict[str, Json], total: Decimal, currency: str) -> Decimal | None:
    """What is left to pay, in the order's currency; `total_outstanding` itself is in the shop's.

    It is below nothing where the buyer paid too much.
    """
    left = find_amount(document, "total_outstanding")
    if left is None or left < 0:
        return None if left is None else Decimal(0)
    if left == 0 or currency == (find_text(document, "currency") or "").upper():
        return left
    edited = find_amount(document, "current_total_price")
    of_all = find_amount(document, "total_price") if edited is None else edited
    return total if left == of_all else None


def find_line_price(document: Json, line: tuple[str | int, ...], currency: str) -> Decimal | None:
    presented = _presented(document, *line, "price_set", wanted=currency)
    if presented:
        return presented[0]
    in_shop_currency = currency == (find_text(document, "currency") or "").upper()
    return find_amount(document, *line, "price") if in_shop_currency else None


def _presented(document: Json, *path: str | int, wanted: str | None) -> tuple[Decimal, str] | None:
    """An amount in the buyer's currency, if the set holds one in the currency that is wanted."""
    money = (*path, "presentment_money")
    currency = (find_text(document, *money, "currency_code") or "").upper()
    amount = find_amount(document, *money, "amount")
    if amount is None or not currency or (wanted and wanted.upper() != currency):
        return None
    return amount, currency
