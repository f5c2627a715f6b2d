"""What the next calls will probably cost, by what the last ones did. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from bridge.core.reports.figures import Charge, price_of
from bridge.core.vietnamese.hearing import Rate


@dataclass(frozen=True)
class Price:
    """`each`: dong for one call, on average over `calls`, of which `answered` were answered; the others cost nothing.

    template   by whose calls this is known; None: by those of all templates
    """

    each: Decimal
    calls: int
    answered: int
    template: str | None

    def of(self, calls: int) -> Decimal:
        """Dong for so many calls, to the whole dong."""
        return (self.each * calls).quantize(Decimal(1), ROUND_HALF_UP)


def average(charges: Counter[Charge], rate: Rate | None, template: str | None) -> Price | None:
    """None where no answered call tells what it cost: neither VBot nor a rate says it, or nobody was reached.

    Of answered calls those without a price are taken to cost as much as the others.
    """
    answered = sum(count for charge, count in charges.items() if charge[0] == "answered")
    prices = {charge: price for charge in charges if (price := price_of(charge, rate)) is not None}
    known = sum(charges[charge] for charge in prices if charge[0] == "answered")
    if not known:
        return None
    paid = sum((price * charges[charge] for charge, price in prices.items()), Decimal())
    talks = sum((price * charges[charge] for charge, price in prices.items() if charge[0] == "answered"), Decimal())
    spent = paid + talks / known * (answered - known)
    return Price(spent / charges.total(), charges.total(), answered, template)
