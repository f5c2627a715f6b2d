"""Forms: what people filled in, under names that the merchant gave, as an order of whoever filled it in."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from bridge.core.folding import fold
from bridge.core.model import Address, Item, Json, Order, Payment, Person, Source
from bridge.core.phone_names import is_phone_name
from bridge.platforms.shared.bodies.loose import parse_amount
from bridge.platforms.shared.people import first_phone, given_phones, spoken_name
from bridge.platforms.shared.values import find_text, to_text

# Our field -> names that people give it, folded; the first that is there counts.
USUAL = {
    "name": (
        "name",
        "full name",
        "fullname",
        "your name",
        "ho ten",
        "ho va ten",
        "ten",
        "ten khach hang",
    ),
    "first_name": ("first name", "given name"),
    "last_name": ("last name", "family name", "surname"),
    "address": ("address", "street address", "dia chi", "dia chi nhan hang", "dia chi giao hang"),
    "province": ("province", "state", "city", "tinh", "thanh pho", "tinh thanh", "tinh thanh pho"),
    "district": ("district", "quan", "huyen", "quan huyen"),
    "ward": ("ward", "phuong", "xa", "phuong xa"),
    "email": ("email", "e mail", "mail"),
    "note": ("note", "message", "ghi chu", "loi nhan", "noi dung"),
    "product": ("product", "products", "san pham", "chon san pham", "combo", "chon combo", "goi", "goi san pham"),
    "quantity": ("quantity", "so luong", "qty"),
    "total": ("total", "price", "amount", "tong tien", "thanh tien", "tong cong", "gia", "so tien"),
}


def form_phones(document: dict[str, Json], source: Source) -> tuple[str, ...]:
    """The numbers in the fields whose name means a phone, that which the source names first."""
    own, more = source.settings.get("fields", {}).get("phone"), source.settings.get("phone_names", ())
    named = [name for name in document if is_phone_name(name, more) and name != own]
    return given_phones(*(_value(document, name) for name in ([own] if own else []) + named))


def form_order(
    document: dict[str, Json], order_id: str, phones: tuple[str, ...], at: datetime, source: Source
) -> Order:
    """An open order of whoever filled in this form; what it holds beside that is the platform's to say.

    document   name of a field -> what was filled in; of several choices a list
    """
    found = {field: find_answer(document, field, source) for field in USUAL}
    currency = str(source.settings.get("currency", "VND"))
    phone, lines = first_phone(phones, source), [found[name] for name in ("address", "ward", "district", "province")]
    name = found["name"] or spoken_name(found["first_name"], found["last_name"], None, source.country)
    address = Address(
        name=name,
        phone=phone,
        address1=found["address"],
        ward=found["ward"],
        district=found["district"],
        province=found["province"],
        text=", ".join(dict.fromkeys(line for line in lines if line)) or None,
    )
    return Order(
        id=order_id,
        number=order_id,
        state="open",
        currency=currency,
        total=_read_amount(found["total"], currency),
        payment=Payment(),
        created_at=at,
        updated_at=at,
        phone=phone,
        phones=phones,
        note=found["note"],
        customer=Person(name=name, phone=phone, email=found["email"]),
        shipping=address,
        items=_read_items(found),
    )


def find_answer(document: dict[str, Json], field: str, source: Source) -> str | None:
    """The value of our field: under the merchant's name in `fields`, else under a usual one."""
    own = source.settings.get("fields", {}).get(field)
    if own is not None:
        return _value(document, own)
    named = {fold(name): name for name in reversed(document)}
    found = (_value(document, named[name]) for name in USUAL[field] if name in named)
    return next((text for text in found if text), None)


def _value(document: dict[str, Json], name: str) -> str | None:
    """A text; of several choices all of them."""
    value = document.get(name)
    if isinstance(value, list) and value and all(isinstance(one, str | int) for one in value):
        return ", ".join(text for text in map(to_text, value) if text) or None
    return find_text(document, name)


def _read_amount(text: str | None, currency: str) -> Decimal | None:
    """None for a text that may mean no amount, or two: it is often one of several choices, as people wrote them."""
    try:
        return None if text is None else parse_amount(text, currency)
    except ValueError:
        return None


def _read_items(found: dict[str, str | None]) -> tuple[Item, ...]:
    if found["product"] is None:
        return ()
    quantity = found["quantity"] or ""
    many = Decimal(quantity) if quantity.isascii() and quantity.isdigit() and len(quantity) < 6 else Decimal(1)
    return (Item(title=found["product"], quantity=many),)
