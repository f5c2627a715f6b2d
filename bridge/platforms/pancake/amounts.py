"""What the buyer of an order of Pancake pays in all, and what is collected at the door.

The order names what is collected (`money_to_collect`, `cod`), fees and discounts in it, so that is taken as it stands.
`total_price` and `total_price_after_sub_discount` are not added to: in some orders they hold the delivery fee, in
others not. Where no field holds what is collected, the lines, fees and discounts are added up.

Sources, read 2026-11-29: the fields of https://docs.pancake.biz/pos/api/openapi.json as two clients of it keep them,
the order's type in tohainam/pancake-kiotviet-sync, and six receivers in use. Five of these take `cod` for what is left
to collect and count `prepaid`, `cash`, `transfer_money` and each `charged_by_…` apart; one sees `prepaid` hold the sum
of the others, and `money_to_collect` hold what was prepaid too. Hence the sum of the lines decides which it is.
Not documented: which amounts hold a tax, and whether `money_to_collect` holds a carrier's fee that the buyer pays
(`customer_pay_fee`). Receivers disagree whether amounts of currencies with cents are in cents; they are read as is.
"""

from __future__ import annotations

from decimal import Decimal

from bridge.core.model import BadPayload, Json
from bridge.platforms.shared.values import each_line, find_amount, find_flag

NOTHING = Decimal(0)

# What the amounts are read from, and the lines that are added up where nothing else tells.
AMOUNTS = (
    *("/money_to_collect", "/cod", "/prepaid", "/cash", "/transfer_money", "/charged_by_*", "/prepaid_by_point"),
    *("/shipping_fee", "/surcharge", "/tax", "/total_discount", "/exchange_value", "/is_free_shipping"),
    *("/total_price", "/total_price_after_sub_discount", "/items/*/quantity", "/items/*/variation_info/retail_price"),
    *("/items/*/discount_each_product", "/items/*/is_discount_percent", "/items/*/is_bonus_product"),
)

_MISSING = (
    "is missing, and so is what it could be added up from: in Pancake, under Cấu hình → Nâng cao → Kết nối bên thứ 3 →"
    " Webhook/API, choose orders (Đơn hàng) as what is sent"
)


def read_amounts(order: Json) -> tuple[Decimal, Decimal, Decimal]:
    """What the buyer pays in all, what of it is left to collect, and what was paid before.

    Units    the order's currency
    Errors   BadPayload: no field holds what the order costs, or an amount is none
    """
    stated = [amount for name in ("money_to_collect", "cod") if (amount := find_amount(order, name)) is not None]
    collected = next((amount for amount in stated if amount > 0), NOTHING)
    prepaid, parts = _prepaid(order)
    paid = prepaid if prepaid == parts else prepaid + parts
    if not stated or collected + paid <= 0:
        worth = _add_up(order)
        return worth, NOTHING if stated else max(worth - paid, NOTHING), paid
    try:
        worth = _add_up(order)
    except BadPayload:
        return collected + paid, collected, paid
    if collected == worth:
        return worth, max(worth - paid, NOTHING), paid
    paid = next((one for one in (prepaid + parts, prepaid, parts) if collected + one == worth), paid)
    return collected + paid, collected, paid


def _prepaid(order: Json) -> tuple[Decimal, Decimal]:
    """`prepaid`, and the sum of what was paid by other means, which `prepaid` may repeat."""
    gateways = [name for name in order if name.startswith("charged_by_")]
    parts = [find_amount(order, name) for name in ("cash", "transfer_money", *gateways)]
    parts.append(find_amount(order, "prepaid_by_point", "money"))
    return find_amount(order, "prepaid") or NOTHING, sum((part for part in parts if part), NOTHING)


def _add_up(order: Json) -> Decimal:
    added = {name: find_amount(order, name) or NOTHING for name in ("shipping_fee", "surcharge", "tax")}
    taken = sum((find_amount(order, name) or NOTHING for name in ("total_discount", "exchange_value")), NOTHING)
    if find_flag(order, "is_free_shipping"):
        added["shipping_fee"] = NOTHING
    goods = _goods(order)
    if goods is None and not added["shipping_fee"]:
        goods = find_amount(order, "total_price")
    if goods is not None:
        return max(goods + sum(added.values(), NOTHING) - taken, NOTHING)
    whole = find_amount(order, "total_price_after_sub_discount")
    if whole is None:
        raise BadPayload("/money_to_collect", _MISSING)
    return whole


def _goods(order: Json) -> Decimal | None:
    """The price of all lines less the discount of each; None where a price is missing."""
    lines = [*each_line(order, "items")]
    goods = NOTHING
    for here, line in lines:
        price = find_amount(order, *here, "variation_info", "retail_price")
        if price is None:
            return None
        quantity, discount = find_amount(order, *here, "quantity"), find_amount(order, *here, "discount_each_product")
        if find_flag(line, "is_discount_percent"):
            discount = price * (discount or NOTHING) / 100
        if not find_flag(line, "is_bonus_product"):
            goods += (price - (discount or NOTHING)) * (Decimal(1) if quantity is None else quantity)
    return goods if lines else None
