"""Names that people give to a field with the buyer's phone: attributes of an order, columns, keys of a form. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from bridge.core.folding import fold

# Folded. Long ones count anywhere in a name, as in "phonenumber"; those of up to four letters as a whole word only:
# "tel" is a part of "hotel", "dt" of "dtdd".
_NAMES = (
    "phone",
    "mobile",
    "cellphone",
    "cell",
    "tel",
    "telephone",
    "dien thoai",
    "dienthoai",
    "di dong",
    "didong",
    "sdt",
    "so dt",
    "sodt",
    "dtdd",
    "dt",
    "dd",
    "so may",
    "so goi",
    "so lien he",
    "so lien lac",
    "so lh",
    "contact number",
    "contact no",
    "zalo",
    "whatsapp",
    "whats app",
    "viber",
    "imessage",
    "sms",
)
# Whole names: inside longer ones they say something else ("thời gian liên hệ").
_WHOLE = frozenset({"lien he", "lien lac", "contact", "so nguoi nhan", "recipient number", "number"})
# Whose number it is: not the buyer's.
_OTHERS = (
    *("hotline", "fax", "shop", "cua hang", "nhan vien", "tu van", "sale", "shipper", "tai xe", "gioi thieu", "ctv"),
    *("referr", "referral", "affiliate", "seller", "nguoi ban", "nguoi gui", "sender", "phone model", "phone case"),
    *("dong dien thoai", "dong may", "loai dien thoai", "kieu dien thoai", "op dien thoai", "model"),
)
_SHORT = 4


def is_phone_name(name: str | None, more: Iterable[str] = (), *, only_more: bool = False) -> bool:
    """Whether a field of this name holds the buyer's phone.

    more   further names, of the source's setting `phone_names`: they count as whole names, however they are written
    only_more  no other name does
    """
    folded = fold(name or "")
    if not folded or folded in {fold(other) for other in more}:
        return bool(folded)
    return not only_more and _means_phone(folded)


@lru_cache(maxsize=1024)
def _means_phone(folded: str) -> bool:
    if any(_holds(folded, other) for other in _OTHERS):
        return False
    return folded in _WHOLE or any(_holds(folded, known) for known in _NAMES)


def _holds(folded: str, word: str) -> bool:
    return f" {word} " in f" {folded} " if len(word) <= _SHORT else word in folded
