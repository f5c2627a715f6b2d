"""What a shop's word for the state of an order means: by its own setting, its platform, or common usage.

Compared folded: case, accents, hyphens and WooCommerce's "wc-" make no difference.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Literal

from bridge.core.folding import fold
from bridge.core.model import Order, Source
from bridge.core.model.order_states import OrderState

# "paid": the order is open, and nothing is left to pay.
Meaning = OrderState | Literal["paid"]

# Left out is what forms say of themselves as well: "success", "thành công", "sent", "received".
USUAL: Mapping[Meaning, tuple[str, ...]] = {
    "open": (
        "open", "new", "new order", "pending", "processing", "on hold", "in progress", "created", "placed", "approved",
        "confirmed", "unconfirmed", "awaiting confirmation", "awaiting payment", "pending payment", "unpaid", "packing",
        "packed", "preparing", "ready to ship", "awaiting shipment", "awaiting fulfillment", "unfulfilled", "reopened",
        "moi", "don moi", "don hang moi", "moi tao", "cho xu ly", "dang xu ly", "chua xu ly", "cho xac nhan",
        "xac nhan", "dang xac nhan", "chua xac nhan", "da xac nhan", "cho duyet", "duyet", "da duyet", "cho thanh toan",
        "chua thanh toan", "da tiep nhan", "cho hang", "cho dong goi", "dong goi", "dang dong goi", "da dong goi",
        "cho lay hang", "cho giao", "cho giao hang", "chua giao", "chua giao hang", "hen giao", "khong huy", "chua huy",
    ),
    "draft": ("draft", "checkout draft", "auto draft", "abandoned", "nhap", "don nhap"),
    "paid": ("paid", "payment received", "da thanh toan", "da chuyen khoan", "thanh toan thanh cong"),
    "fulfilled": (
        "fulfilled", "shipped", "shipping", "dispatched", "picked up", "in transit", "out for delivery", "delivering",
        "delivered", "delivery failed", "da gui hang", "da lay hang", "dang giao", "dang giao hang", "dang van chuyen",
        "da giao", "da giao hang", "giao thanh cong", "giao hang thanh cong", "phat thanh cong", "da nhan hang",
        "khach da nhan", "khach da nhan hang", "giao that bai", "giao khong thanh cong", "giao hang khong thanh cong",
    ),
    "completed": (
        "completed", "complete", "finished", "done", "closed", "hoan thanh", "da hoan thanh", "hoan tat", "da hoan tat",
    ),
    "cancelled": (
        "cancelled", "canceled", "cancel", "void", "voided", "declined", "rejected", "duplicate", "spam", "fake",
        "huy", "huy don", "da huy", "tu choi", "khach tu choi", "don trung", "trung don", "don ao", "don rac",
    ),
    "returned": (
        "returned", "return", "returning", "return to sender", "rts", "hoan hang", "hoan don", "hoan ve", "da hoan",
        "dang hoan", "cho hoan", "chuyen hoan", "hang hoan", "don hoan", "tra hang", "bom hang",
    ),
    "refunded": ("refunded", "refund", "hoan tien", "da hoan tien"),
    "failed": ("failed", "fail", "that bai"),
    "trashed": ("trash", "trashed", "thung rac"),
    "deleted": ("deleted", "xoa", "da xoa"),
}  # fmt: skip
_USUAL = {word: meaning for meaning, words in USUAL.items() for word in words}

# What such words mean inside a longer text: "Hủy do hết hàng", "cancelled by customer", "Đang chuyển hoàn".
_PARTS: tuple[tuple[str, Meaning], ...] = (
    ("hoan tien", "refunded"),
    ("refunded", "refunded"),
    ("huy", "cancelled"),
    ("cancelled", "cancelled"),
    ("canceled", "cancelled"),
    ("hoan hang", "returned"),
    ("chuyen hoan", "returned"),
    ("tra hang", "returned"),
    ("returned", "returned"),
)
_OPPOSITES = ("khong", "chua", "bo huy", "khoi phuc", "hoan tac", "not", "never", "un")


def meaning_of(word: str | None, source: Source, own: Mapping[str, Meaning] | None = None) -> Meaning | None:
    """Return what the word means: by the source's `states`, else in `own` (the platform's words, folded), else usually.

    None for a word that nobody knows, and for no word.
    """
    folded = _fold(word or "")
    if not folded:
        return None
    for known in (_taught(source), own or {}, _USUAL):
        if folded in known:
            return known[folded]
    if any(f" {part} " in f" {folded} " for part in _OPPOSITES):
        return None
    return next((meaning for part, meaning in _PARTS if f" {part} " in f" {folded} "), None)


def with_taught_state(order: Order, source: Source, *words: str | None) -> Order:
    """Return the order in the state that the source's `states` give its status, or the first of these words that they
    name; as it is where they name none.
    """
    taught = _taught(source)
    meaning = next((taught[key] for key in map(_fold, filter(None, (order.status, *words))) if key in taught), None)
    if meaning is None:
        return order
    payment = replace(order.payment, paid=True) if meaning == "paid" else order.payment
    return replace(order, state=state_of(meaning), payment=payment)


def unknown_word(word: str | None, source: Source, own: Collection[str] = ()) -> str | None:
    """Return the shop's word for the state of an order where nobody knows what it means: it is no word of the source's
    `states`, none of `own` (the platform's words, folded), and no usual one.
    """
    known = word is None or _fold(word) in own or meaning_of(word, source) is not None
    return None if known else word


def is_taught(word: str | None, source: Source) -> bool:
    """Whether the source's `states` say what this word means."""
    return _fold(word or "") in _taught(source)


def state_of(meaning: Meaning | None) -> OrderState:
    """Return the state of an order of this meaning: an unknown word and "paid" leave it open."""
    return "open" if meaning is None or meaning == "paid" else meaning


def _taught(source: Source) -> Mapping[str, Meaning]:
    return {_fold(str(word)): meaning for word, meaning in source.settings.get("states", {}).items()}


def _fold(word: str) -> str:
    return fold(word).removeprefix("wc ")
