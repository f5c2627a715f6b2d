"""Orders in the shape that Shopify made usual: what its near-twins read in the same way."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from bridge.core.model import Address, Item, Json, Person, Source
from bridge.platforms.shared.people import find_phones_named, given_phones, join_address, spoken_name
from bridge.platforms.shared.values import each_line, find, find_amount, find_object, find_text, find_texts, to_text

Path = tuple[str | int, ...]

NO_VARIANT = "Default Title"

PHONES = (
    "/shipping_address/phone",
    "/billing_address/phone",
    "/phone",
    "/customer/phone",
    "/customer/default_address/phone",
    "/note_attributes",
)


def read_address(document: Json, key: str, source: Source) -> Address:
    """The address under this key; one without values if the shop gave none."""
    place = find_object(document, key)
    code = find_text(place, "country_code")
    first, last = find_text(place, "first_name"), find_text(place, "last_name")
    lines = [find_text(place, name) for name in ("address1", "address2", "ward", "district", "city", "province")]
    address1, address2, ward, district, city, province = lines
    return Address(
        name=spoken_name(first, last, find_text(place, "name"), name_country(document, source, key)),
        first_name=first,
        last_name=last,
        phone=find_text(place, "phone"),
        company=find_text(place, "company"),
        address1=address1,
        address2=address2,
        ward=ward,
        district=district,
        city=city,
        province=province,
        postcode=find_text(place, "zip"),
        country=code.upper() if code else find_text(place, "country"),
        text=join_address(*lines),
    )


def read_person(document: Json, source: Source, shipping: Address, billing: Address) -> Person:
    """The buyer; a guest without a customer record has the name of the bill, then of the parcel."""
    customer = find_object(document, "customer")
    first, last = find_text(customer, "first_name"), find_text(customer, "last_name")
    named = spoken_name(first, last, find_text(customer, "name"), name_country(document, source))
    fallback = next((address for address in (billing, shipping) if address.name), Address())
    return Person(
        id=find_text(customer, "id"),
        name=named or fallback.name,
        first_name=first if named else fallback.first_name,
        last_name=last if named else fallback.last_name,
        phone=find_text(customer, "phone") or find_text(customer, "default_address", "phone"),
        email=find_text(customer, "email") or find_text(document, "email"),
    )


def name_country(document: Json, source: Source, *keys: str) -> str:
    """The country whose order of names holds: of the address, else of the order, else of the shop."""
    codes = [find_text(document, key, "country_code") for key in (*keys, "billing_address", "shipping_address")]
    return next((code for code in codes if code), source.country)


def find_phones(document: Json, source: Source) -> tuple[str, ...]:
    """The buyer's numbers: parcel, bill, order, customer, customer's address, an attribute whose name means phone."""
    return given_phones(
        find_text(document, "shipping_address", "phone"),
        find_text(document, "billing_address", "phone"),
        find_text(document, "phone"),
        find_text(document, "customer", "phone"),
        find_text(document, "customer", "default_address", "phone"),
        *find_phones_named(document, source, "note_attributes"),
    )


def read_items(document: Json, price: Callable[[Path], Decimal | None]) -> tuple[Item, ...]:
    """The lines still ordered; those removed by an edit have `current_quantity` 0 and are left out."""
    found = []
    for here, line in each_line(document, "line_items"):
        quantity = find_amount(document, *here, "current_quantity")
        if quantity is None:
            quantity = find_amount(document, *here, "quantity")
        if quantity is not None and quantity <= 0:
            continue
        variant = find_text(line, "variant_title")
        found.append(
            Item(
                title=find_text(line, "title") or find_text(line, "product_title") or find_text(line, "name") or "",
                quantity=Decimal(1) if quantity is None else quantity,
                price=price(here),
                variant=None if variant == NO_VARIANT else variant,
                sku=find_text(line, "sku"),
            )
        )
    return tuple(found)


def read_tags(document: Json) -> tuple[str, ...]:
    """Tags are one text with commas; some twins send a list."""
    tags = find(document, "tags")
    parts = map(to_text, tags.split(",")) if isinstance(tags, str) else find_texts(document, "tags")
    return tuple(text for text in parts if text)
