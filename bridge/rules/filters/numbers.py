"""Arithmetic of amounts: exact, or refused; only a quotient is rounded, to 28 digits.

Liquid's own cuts 7/2 to 3 between whole numbers; an amount is whole or not by chance, so here it is 3.5.
"""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    localcontext,
)

from bridge.core.amount import parse_amount_text
from bridge.core.model import Json
from bridge.rules.filters.filter import Filter
from bridge.rules.filters.values import Unfit, field_of, is_blank, items_of, number_of, whole_of

EXACT = Context(prec=100, traps=[InvalidOperation, DivisionByZero, Overflow, Inexact])
ROUNDED = Context(prec=28, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow])


def number(value: Json, *, currency: Json = None) -> Decimal | None:
    """The number that a text means, such as "320.000 đ"; blank stays blank."""
    if is_blank(value):
        return None
    if not isinstance(value, str):
        return number_of(value)
    try:
        return parse_amount_text(value, currency or "")
    except ValueError:
        raise Unfit(
            "reads amounts such as 320000, 320.000 đ or 1,250.50, and this text is none, may mean two numbers, or "
            "bears the sign of another currency than the order's",
            "mapping_not_amount",
        ) from None


def plus(value: Json, other: Json) -> Decimal:
    return EXACT.add(number_of(value), number_of(other))


def minus(value: Json, other: Json) -> Decimal:
    return EXACT.subtract(number_of(value), number_of(other))


def times(value: Json, other: Json) -> Decimal:
    return EXACT.multiply(number_of(value), number_of(other))


def divided_by(value: Json, other: Json) -> Decimal:
    return ROUNDED.divide(number_of(value), _divisor(other))


def modulo(value: Json, other: Json) -> Decimal:
    """What is left over, with the sign of the divisor, as in Liquid."""
    divisor = _divisor(other)
    left = EXACT.remainder(number_of(value), divisor)
    return EXACT.add(left, divisor) if left and (left < 0) != (divisor < 0) else left


def _divisor(value: Json) -> Decimal:
    number = number_of(value)
    if number == 0:
        raise ValueError("cannot divide by zero")
    return number


def add_up(value: Json, field: Json = None) -> Decimal:
    """The sum of a list, or of one field of its items."""
    total = Decimal(0)
    for item in items_of(value):
        total = EXACT.add(total, number_of(item if field is None else field_of(item, field)))
    return total


def round_half_up(value: Json, decimals: Json = 0) -> Decimal:
    places = whole_of(decimals)
    if not 0 <= places <= ROUNDED.prec:
        raise ValueError(f"needs a number of decimals from 0 to {ROUNDED.prec}")
    return _quantize(value, Decimal(1).scaleb(-places), ROUND_HALF_UP)


def floor(value: Json) -> Decimal:
    return _quantize(value, Decimal(1), ROUND_FLOOR)


def ceil(value: Json) -> Decimal:
    return _quantize(value, Decimal(1), ROUND_CEILING)


def _quantize(value: Json, step: Decimal, rounding: str) -> Decimal:
    number = number_of(value)
    with localcontext(Context(prec=2 * EXACT.prec)):
        return number if number == number.to_integral_value() else number.quantize(step, rounding=rounding)


def absolute(value: Json) -> Decimal:
    return number_of(value).copy_abs()


def at_least(value: Json, least: Json) -> Decimal:
    return max(number_of(value), number_of(least))


def at_most(value: Json, most: Json) -> Decimal:
    return min(number_of(value), number_of(most))


FILTERS = (
    Filter(
        name="abs",
        work=absolute,
        takes="number",
        returns="number",
        vi="Bỏ dấu âm.",
        en="The number without its minus.",
        example=("{{ -5 | abs }}", "5"),
    ),
    Filter(
        name="at_least",
        work=at_least,
        takes="number",
        returns="number",
        vi="Số này, nhưng ít nhất là mức này.",
        en="The number, or this one if that is greater.",
        example=("{{ 3 | at_least: 5 }}", "5"),
    ),
    Filter(
        name="at_most",
        work=at_most,
        takes="number",
        returns="number",
        vi="Số này, nhưng nhiều nhất là mức này.",
        en="The number, or this one if that is smaller.",
        example=("{{ 9 | at_most: 5 }}", "5"),
    ),
    Filter(
        name="ceil",
        work=ceil,
        takes="number",
        returns="number",
        vi="Làm tròn lên.",
        en="Rounds up to a whole number.",
        example=("{{ 1.2 | ceil }}", "2"),
    ),
    Filter(
        name="divided_by",
        work=divided_by,
        takes="number",
        returns="number",
        vi="Chia; 7 chia 2 là 3,5.",
        en="Divides; 7 by 2 is 3.5.",
        example=("{{ order.total | divided_by: 2 }}", "625000"),
    ),
    Filter(
        name="floor",
        work=floor,
        takes="number",
        returns="number",
        vi="Làm tròn xuống.",
        en="Rounds down to a whole number.",
        example=("{{ 1.8 | floor }}", "1"),
    ),
    Filter(
        name="minus",
        work=minus,
        takes="number",
        returns="number",
        vi="Trừ.",
        en="Subtracts.",
        example=("{{ order.total | minus: 50000 }}", "1200000"),
    ),
    Filter(
        name="modulo",
        work=modulo,
        takes="number",
        returns="number",
        vi="Số dư của phép chia.",
        en="What is left over after a division.",
        example=("{{ 7 | modulo: 3 }}", "1"),
    ),
    Filter(
        name="number",
        work=number,
        takes="text",
        returns="number",
        vi="Đổi đoạn chữ ghi số tiền trong raw thành số, theo cách viết Việt Nam hoặc Anh; từ chối nếu có thể hiểu hai "
        "cách.",
        en="Makes a number of an amount that raw holds as text, in Vietnamese or English writing; refused where it may "
        "mean two.",
        example=("{{ '320.000 đ' | number | vnd_words }}", "ba trăm hai mươi nghìn đồng"),
    ),
    Filter(
        name="plus",
        work=plus,
        takes="number",
        returns="number",
        vi="Cộng.",
        en="Adds.",
        example=("{{ order.total | plus: 30000 }}", "1280000"),
    ),
    Filter(
        name="round",
        work=round_half_up,
        takes="number",
        returns="number",
        vi="Làm tròn đến chừng ấy chữ số thập phân, nửa làm tròn lên.",
        en="Rounds to so many decimals, a half up.",
        example=("{{ 1.25 | round: 1 }}", "1,3"),
    ),
    Filter(
        name="sum",
        work=add_up,
        takes="list",
        returns="number",
        vi="Tổng của danh sách, hoặc của một trường trong các phần tử.",
        en="The sum of a list, or of one field of its items.",
        example=("{{ items | sum: 'quantity' }}", "3"),
    ),
    Filter(
        name="times",
        work=times,
        takes="number",
        returns="number",
        vi="Nhân.",
        en="Multiplies.",
        example=("{{ order.total | times: 2 }}", "2500000"),
    ),
)
