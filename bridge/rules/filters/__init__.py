"""The filters that a rule may use: a value in, a value out.

Every one is our own: those of the Liquid library know no Decimal, and print 1250000.00. No I/O, no clock. A filter is
added as one entry beside its function; the language, `check` and the documentation read it from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from bridge.rules.filters import lists, numbers, spoken, texts
from bridge.rules.filters.filter import EXAMPLE, GIVEN, Filter, Kind

__all__ = ["EXAMPLE", "FILTERS", "GIVEN", "Filter", "Kind"]

_EVERY = chain(spoken.FILTERS, numbers.FILTERS, texts.FILTERS, lists.FILTERS)

# By name, in the order of the alphabet.
FILTERS: Mapping[str, Filter] = {each.name: each for each in sorted(_EVERY, key=lambda each: each.name)}
