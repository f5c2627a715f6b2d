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

from bridge.core.model import Json
from bridge.rules.filters.values import field_of, items_of, number_of, whole_of

EXACT = Context(prec=100, traps=[InvalidOperation, DivisionByZero, Overflow, Inexact])
ROUNDED = Context(prec=28, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow])


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


def add_up(value: Json, key: Json = None) -> Decimal:
    """The sum of a list, or of one field of its items."""
    total = Decimal(0)
    for item in items_of(value):
        total = EXACT.add(total, number_of(item if key is None else field_of(item, key)))
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
