"""Which column of a list is the phone, the name and each custom field: guessed by what it is called, and what it holds.

Sellers call their columns "SĐT", "Họ và tên", "Mã đơn". A guess is shown before anybody is called. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bridge.core.folding import fold
from bridge.core.model import Json
from bridge.core.phone import read_phone
from bridge.core.phone_names import is_phone_name
from bridge.place.lists.sheet import COUNTRY, NAME, PEOPLE, PHONE, UID, Head

# What means the same in headers and in keys of custom fields, folded.
_NAMES = frozenset(
    {
        *("name", "full name", "customer name", "customer", "recipient", "ten", "ho ten", "ho va ten", "ten khach"),
        *("ten khach hang", "ten kh", "khach hang", "khach", "nguoi nhan", "ten nguoi nhan", "ten nguoi mua"),
    }
)
_ALIKE = (
    _NAMES,
    frozenset(
        {
            *("order", "order id", "order code", "order number", "order no", "ma don", "ma don hang", "so don"),
            *("so don hang", "don hang", "ma dh", "ma hoa don", "so hoa don"),
        }
    ),
    frozenset(
        {
            *("total", "amount", "price", "cod", "cod amount", "money", "tong", "tong tien", "tong cong", "so tien"),
            *("thanh tien", "tien thu ho", "thu ho", "gia tri don", "gia tri don hang", "tien hang", "phai thu"),
        }
    ),
    frozenset({"address", "shipping address", "dia chi", "dia chi giao", "dia chi giao hang", "dia chi nhan hang"}),
    frozenset({"product", "product name", "item", "items", "san pham", "ten san pham", "hang", "ten hang", "mat hang"}),
    frozenset({"date", "delivery date", "ngay", "ngay giao", "ngay giao hang", "ngay hen", "lich hen"}),
    frozenset({"shop", "shop name", "store", "cua hang", "ten cua hang", "ten shop"}),
)
_UIDS = frozenset(
    {"customer uid", "customer id", "customer code", "uid", "ma khach hang", "ma khach", "ma kh", "id khach hang"}
)


def guess_columns(head: Head, fields: Iterable[Mapping[str, Json]] | None) -> dict[str, str]:
    """phone, name, customer_uid and each custom field -> the column that it is probably read from; what is not found
    is left out. One column may be the person's name and a custom field too.

    fields   the template's custom fields; None: not known, so that every other column is one of its own name
    """
    names = list(head.places)
    found = {target: column for target, column in _people(head, names).items() if column is not None}
    if fields is None:
        return found | {name: name for name in names if name not in found.values()}
    free = [name for name in names if name != found.get(PHONE)]
    for field in fields:
        key = str(field["cfkey"])
        if key in PEOPLE:
            continue  # the script speaks the person's name
        column = _named(free, key, str(field.get("cfname") or ""))
        if column is not None:
            found[key] = column
            free.remove(column)
    return found


def guess_phone(names: Sequence[str]) -> str | None:
    """The column that is called like a phone."""
    return PHONE if PHONE in names else next((name for name in names if is_phone_name(name)), None)


def _people(head: Head, names: Sequence[str]) -> dict[str, str | None]:
    phone = guess_phone(names) or next((name for name in names if _holds_phones(head, name)), None)
    others = [name for name in names if name != phone]
    return {
        PHONE: phone,
        NAME: NAME if NAME in names else next((name for name in others if fold(name) in _NAMES), None),
        UID: UID if UID in names else next((name for name in others if fold(name) in _UIDS), None),
    }


def _holds_phones(head: Head, name: str) -> bool:
    """Whether most of its first cells can be dialled."""
    cells = head.cells(name)
    return bool(cells) and 2 * sum(read_phone(cell, COUNTRY).number is not None for cell in cells) > len(cells)


def _named(names: Sequence[str], key: str, title: str) -> str | None:
    """The column of this key, or of its title, however it is written; else one that means the same."""
    if key in names:
        return key
    wanted = {_joined(text) for text in (key, title) if _joined(text)}
    alike = [group for group in _ALIKE if fold(key) in group or fold(title) in group]
    same = (name for name in names if _joined(name) in wanted)
    return next(same, None) or next((name for name in names if any(fold(name) in group for group in alike)), None)


def _joined(text: str) -> str:
    return fold(text).replace(" ", "")
