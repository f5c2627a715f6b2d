"""Is the order paid on delivery? Payment methods are free text in most shops, so names decide."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.core.folding import fold
from bridge.core.model import Source

__all__ = ["COD_NAMES", "fold", "is_cod"]

COD_NAMES = (
    "cod",
    "cash on delivery",
    "cashondelivery",
    "cash upon delivery",
    "collect on delivery",
    "pay on delivery",
    "payment on delivery",
    "thu hộ",
    "thanh toán khi nhận",
    "thanh toán khi giao",
    "thanh toán lúc nhận",
    "thanh toán sau khi nhận",
    "thanh toán tiền mặt khi nhận",
    "thanh toán tiền mặt khi giao",
    "trả tiền khi nhận",
    "trả tiền khi giao",
    "trả tiền mặt khi nhận",
    "trả tiền mặt khi giao",
    "tiền mặt khi nhận",
    "tiền mặt khi giao",
    "nhận hàng trả tiền",
    "nhận hàng thanh toán",
    "giao hàng thu tiền",
)

# "cod" is a part of "code", "thu ho" of "thu hoc phi": short names count only as whole words.
WHOLE_WORD_LENGTH = 6


def is_cod(texts: Iterable[str | None], source: Source) -> bool:
    """Whether one of the texts names payment on delivery, in the usual words or in the source's `cod_names`."""
    names = (*_COD, *map(fold, source.settings.get("cod_names", ())))
    return any(_names(fold(text), name) for text in texts if text for name in names if name)


def _names(text: str, name: str) -> bool:
    if len(name) <= WHOLE_WORD_LENGTH and name.isascii():
        return f" {name} " in f" {text} "
    return name in text


_COD = tuple(map(fold, COD_NAMES))
