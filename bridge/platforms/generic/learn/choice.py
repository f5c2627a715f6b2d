"""Which value of a document is which field of ours, how sure that is, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bridge.core.model import Json, Source
from bridge.core.model.texts import Text
from bridge.lib.masking import mask_phone
from bridge.platforms.generic.learn import names, values
from bridge.platforms.generic.learn.leaves import Leaf, list_leaves, list_lines, words_of
from bridge.platforms.generic.paths import find_place

Sureness = Literal["sure", "likely", "guess"]

NAMED: Text = ("tên và giá trị đều khớp", "its name and its value agree")
BLANK: Text = ("tên khớp, nhưng ở đây để trống", "its name fits; it is blank here")
LOOSE: Text = ("tên khớp, giá trị có thể là thứ khác", "its name fits; its value may be something else")
DIALLED: Text = ("gọi được, và tên là của một số điện thoại", "it can be dialled, and is named as a phone")
BY_VALUE: Text = ("gọi được, dù tên không nói là số điện thoại", "it can be dialled, though its name says no phone")
ADDS_UP: Text = ("bằng tổng các dòng hàng", "it is the sum of the order's lines")
SAYS_COD: Text = ("giá trị nói là thu tiền khi nhận hàng", "its value says cash on delivery")
LISTED: Text = ("là danh sách các dòng hàng", "it is the list of the order's lines")

_STRANGE = 6  # ranks that a name loses for each name around it that tells of something else
_OUTSIDE = 20  # ranks that a field of the order loses outside of the object that holds the amount or the phone
_OF_THE_ORDER = frozenset({"id", "number", "status", "note", "created_at", "updated_at"})
# Fields that may be left out when blank: nothing is read from a blank anyway.
_WHEN_BLANK = frozenset({"note", "customer.email", "updated_at", "payment.status", "status"})


@dataclass(frozen=True)
class Finding:
    """A field of ours, or a setting, and what it is proposed to be; `example` shows nothing of a person."""

    field: str
    proposed: Json
    sure: Sureness
    why: Text
    example: str = ""


def find_fields(documents: Sequence[Json], source: Source) -> list[Finding]:
    """The findings for documents of one kind; a path stands for one field, but an id may be the number too."""
    leaves = list_leaves(documents[0])
    found = [*_find_phones(leaves, source)]
    taken = {path for finding in found for path in _paths(finding.proposed)}
    for field in names.NAMES:
        finding = _find(field, leaves, set() if field == "payment.cod" else taken, source)
        if finding is not None:
            found.append(finding)
            if field not in ("id", "payment.method", "payment.cod"):
                taken |= set(_paths(finding.proposed))
    found += _find_items(documents[0], source)
    by_path = {leaf.path: leaf.value for leaf in leaves}
    return [_summed(finding, documents[0], found, source) for finding in _sensible(found, by_path)]


def _find(field: str, leaves: Sequence[Leaf], taken: set[str], source: Source) -> Finding | None:
    fits = values.FITS[field]
    ranked: list[tuple[int, int, Leaf, bool]] = []
    for at, leaf in enumerate(leaves):
        place = names.rank(leaf, names.NAMES[field])
        if place is None or leaf.path in taken or _is_wrong(leaf, field):
            continue
        blank = values.is_blank(leaf.value)
        if fits(leaf.value, source) or (blank and field in _WHEN_BLANK):
            cost = _STRANGE * names.strangeness(leaf, field)
            cost += _OUTSIDE * (field in _OF_THE_ORDER and _is_outside(leaf, leaves, source))
            ranked.append((place + cost + 50 * blank, at, leaf, blank))
    if not ranked:
        return _by_value(field, leaves, taken, source)
    score, _, leaf, blank = min(ranked, key=lambda one: one[:2])
    if field == "payment.method" and values.says_cod(leaf.value, source):
        return _finding(field, leaf, "sure", SAYS_COD)
    if blank:
        return _finding(field, leaf, "likely", BLANK)
    known = names.NAMES[field]
    doubtful = score >= (known.index(names.DOUBTFUL_FROM[field]) if field in names.DOUBTFUL_FROM else len(known))
    return _finding(field, leaf, "likely" if doubtful else "sure", LOOSE if doubtful else NAMED)


def _is_wrong(leaf: Leaf, field: str) -> bool:
    """Whether what stands around it says that it is of somebody, or of something, else."""
    if field.startswith(("customer.", "shipping.")):
        return names.is_others(leaf)
    limit = 2 if field.startswith("payment.") else 1
    return names.strangeness(leaf, field) >= limit


def _is_outside(leaf: Leaf, leaves: Sequence[Leaf], source: Source) -> bool:
    """Whether the order is an object of its own, and this stands beside it."""
    amounts = [one for one in leaves if names.rank(one, names.NAMES["total"]) is not None]
    sums = [one for one in amounts if values.is_sum(one.value, source) and _wrappers(one)]
    return bool(sums) and len(_wrappers(leaf)) < min(len(_wrappers(one)) for one in sums) and not _plain(amounts)


def _wrappers(leaf: Leaf) -> tuple[str, ...]:
    return tuple(name for name in leaf.around if name in names.WRAPPERS)


def _plain(leaves: Sequence[Leaf]) -> bool:
    return any(not leaf.around for leaf in leaves)


def _by_value(field: str, leaves: Sequence[Leaf], taken: set[str], source: Source) -> Finding | None:
    """A field whose value speaks for itself."""
    if field == "payment.method":
        said = (leaf for leaf in leaves if leaf.path not in taken and values.says_cod(leaf.value, source))
        leaf = next(said, None)
        return _finding(field, leaf, "likely", SAYS_COD) if leaf else None
    return None


def _find_phones(leaves: Iterable[Leaf], source: Source) -> Iterator[Finding]:
    """The buyer's numbers as one list: those that are named so first, the address of delivery before the account."""
    named = [leaf for leaf in leaves if names.is_phone(leaf) and not names.is_others(leaf)]
    good = [leaf for leaf in named if values.is_dialled(leaf.value, source)]
    blank = [leaf for leaf in named if values.is_blank(leaf.value)]
    if good:
        order = sorted(good, key=_phone_order)
        yield _finding("phone", order[0], "sure", DIALLED, [*order, *sorted(blank, key=_phone_order)])
        return
    others = (leaf for leaf in leaves if _may_be_phone(leaf) and values.is_dialled(leaf.value, source))
    leaf = next(others, None)
    if leaf is not None:
        yield _finding("phone", leaf, "likely", BY_VALUE)
    elif blank or named:
        order = sorted(blank or named, key=_phone_order)
        yield _finding("phone", order[0], "likely", BLANK if blank else LOOSE, order)


def _phone_order(leaf: Leaf) -> int:
    around = " ".join((*leaf.around, leaf.name))
    kinds = ("shipping", "receiver", "recipient", "nhan", "deliver", "to ", "billing", "bill")
    return next((at for at, kind in enumerate(kinds) if kind in around), len(kinds))


def _may_be_phone(leaf: Leaf) -> bool:
    """Whether a number without a telling name may be one: written as text, and of nobody else."""
    number_like = ("id", "code", "ma", "number", "time", "date", "created", "updated", "amount", "total", "sku", "ip")
    return isinstance(leaf.value, str) and not names.is_others(leaf) and not set(leaf.name.split()) & set(number_like)


def _find_items(document: Json, source: Source) -> list[Finding]:
    lists = [(rank, leaf) for leaf in list_lines(document) if (rank := _list_rank(leaf, source)) is not None]
    if not lists:
        return []
    _, found = min(lists, key=lambda one: one[0])
    own = [Finding("items", found.path, "sure", LISTED, f"{len(found.value)}")]
    line = list_leaves(found.value[0])
    for field, known in names.LINES.items():
        fitting = [
            (rank + 6 * len(leaf.around), leaf)
            for leaf in line
            if (rank := names.rank(leaf, known)) is not None and values.FITS[field](leaf.value, source)
        ]
        if fitting:
            own.append(_finding(field, min(fitting, key=lambda one: one[0])[1], "sure", NAMED))
    return own


def _list_rank(leaf: Leaf, source: Source) -> int | None:
    """The position among the names of lists of lines; one that looks like lines comes after these."""
    line = {words_of(key) for key in leaf.value[0]}
    counted = bool(line & set(names.LINES["items.quantity"]))
    place = names.rank(leaf, names.ITEMS)
    if place is None:
        return len(names.ITEMS) if counted and line & set(names.LINES["items.title"]) else None
    return place if counted else None


def _sensible(found: list[Finding], by_path: Mapping[str, Json]) -> list[Finding]:
    """Without what another finding makes needless: parts of a name beside the whole, two readings of an address.

    Where the whole is its parts with the first name first, the parts say more: a Vietnamese name begins with the last.
    """
    paths = {finding.field: finding.proposed for finding in found}
    out = set()
    parts = {"customer.first_name", "customer.last_name"}
    if "customer.name" in paths:
        whole, first, last = (
            by_path.get(str(paths.get(f"customer.{part}"))) for part in ("name", "first_name", "last_name")
        )
        doubtful = next(one.sure for one in found if one.field == "customer.name") != "sure"
        out |= {"customer.name"} if first and last and (doubtful or whole == f"{first} {last}") else parts
    if paths.get("number") == paths.get("id"):
        out.add("number")
    if "shipping.text" in paths and "shipping.address1" in paths:
        out.add("shipping.address1")
    return [finding for finding in found if finding.field not in out]


def _summed(finding: Finding, document: Json, found: Sequence[Finding], source: Source) -> Finding:
    """The total, sure where the lines add up to it."""
    if finding.field != "total":
        return finding
    by_path = {leaf.path: leaf.value for leaf in list_leaves(document)}
    total = values.amount_of(by_path.get(str(finding.proposed)), source)
    return (
        Finding("total", finding.proposed, "sure", ADDS_UP, finding.example)
        if total and total == _sum(document, {one.field: one.proposed for one in found}, source)
        else finding
    )


def _sum(document: Json, paths: Mapping[str, Json], source: Source) -> Decimal | None:
    lines = find_place(document, str(paths.get("items", ""))).value
    total = Decimal(0)
    for line in lines if isinstance(lines, list) else ():
        price, count = (
            values.amount_of(find_place(line, str(paths.get(f"items.{part}", ""))).value, source)
            for part in ("price", "quantity")
        )
        if price is None or count is None:
            return None
        total += price * count
    return total


def _finding(field: str, leaf: Leaf, sure: Sureness, why: Text, several: Sequence[Leaf] | None = None) -> Finding:
    paths = list(dict.fromkeys(one.path for one in several or (leaf,)))
    return Finding(field, paths[0] if len(paths) == 1 else paths[:10], sure, why, masked(field, leaf.value))


def masked(field: str, value: Json) -> str:
    """The value as it may be shown: of a person only its first letter, of a number its ends."""
    text = " ".join(str(value).split()) if not values.is_blank(value) else ""
    if field == "phone":
        return mask_phone(text.replace(" ", ""))
    if field.startswith(("customer.", "shipping.")) or field in ("note", "id", "number"):
        return text[:1] + "•" * min(len(text) - 1, 8) if text else ""
    return text[:40]


def _paths(proposed: Json) -> list[str]:
    return [str(one) for one in proposed] if isinstance(proposed, list) else [str(proposed)]
