"""What the names of a stranger's document say: for each field of ours the names that senders give it, the likeliest
first. Folded; a name may stand in two keys, as "customer name" does in {"customer": {"name": …}}.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.core.phone_names import is_phone_name
from bridge.platforms.generic.learn.leaves import Leaf

NAMES: Mapping[str, tuple[str, ...]] = {
    "id": (
        *(
            "order id",
            "ma don hang",
            "ma don",
            "id",
            "order code",
            "order sn",
            "lead id",
            "entity id",
            "client order code",
        ),
        *(
            "client code",
            "so don hang",
            "so don",
            "ma dh",
            "ma phieu",
            "so phieu",
            "code",
            "order number",
            "uuid",
            "don hang",
            "order",
            "reference",
            "ma",
            "ref",
        ),
        *("number", "bill code", "bill no"),
    ),
    "number": (
        *(
            "order number",
            "order no",
            "increment id",
            "display id",
            "so don hang",
            "ma don hang",
            "order code",
            "number",
        ),
        *("code", "reference", "ma don", "order name", "name", "order id"),
    ),
    "total": (
        *("grand total", "current total price", "total price", "total amount", "amount total", "order total"),
        *("total final", "tong thanh toan", "tong cong", "tong tien", "thanh tien", "total paid", "total inc tax"),
        *(
            "gia tri don hang",
            "tong gia tri",
            "total gross amount",
            "total gross",
            "total",
            "order amount",
            "calc total money",
            "so tien",
        ),
        *("amount", "total money", "tong", "money", "cod amount", "tien thu ho", "thu ho", "cod", "gia"),
    ),
    "outstanding": ("total outstanding", "total due", "amount due", "con phai thu", "money to collect", "tien thu ho"),
    "currency": ("currency", "currency code", "order currency code", "order currency", "iso code", "loai tien"),
    "customer.name": (
        *(
            "nguoi mua ten",
            "khach hang ten",
            "nguoi nhan ten",
            "ten nguoi mua",
            "customer name",
            "ten khach hang",
            "customer full name",
            "buyer name",
            "bill full name",
            "ho va ten",
            "ho ten",
        ),
        *("full name", "fullname", "receiver name", "recipient name", "to name", "ten nguoi nhan", "your name"),
        *("shipping address name", "billing address name", "shipping name", "billing name", "nguoi nhan", "khach hang"),
        *("ten khach", "receiver", "customer", "ten", "name"),
    ),
    "customer.first_name": (
        *("customer first name", "billing first name", "shipping address first name", "customer firstname"),
        *("shipping first name", "billing address first name", "first name", "firstname"),
    ),
    "customer.last_name": (
        *("customer last name", "billing last name", "shipping address last name", "customer lastname"),
        *("shipping last name", "billing address last name", "last name", "lastname"),
    ),
    "customer.email": ("customer email", "buyer email", "user email", "email", "e mail", "your email", "thu dien tu"),
    "shipping.text": (
        *(
            "full address",
            "dia chi giao hang",
            "dia chi nhan hang",
            "shipping address",
            "to address",
            "receiver address",
        ),
        *("customer address", "dia chi", "address", "address detail", "dia chi nhan", "noi nhan"),
    ),
    "shipping.address1": (
        *("shipping address1", "shipping address 1", "shipping address address1", "address1", "address 1", "street 1"),
        *("street", "shipping address street", "street address 1", "so nha", "duong"),
    ),
    "shipping.ward": ("ward", "customer ward", "phuong", "phuong xa", "xa", "ward name"),
    "shipping.district": ("district", "customer district", "quan", "quan huyen", "huyen", "district name"),
    "shipping.city": ("shipping city", "city", "customer city", "tinh thanh", "thanh pho", "tinh thanh pho", "tinh"),
    "shipping.province": ("shipping province", "province", "province name"),
    "payment.method": (
        *("payment method title", "payment method", "payment method name", "hinh thuc thanh toan", "payment gateway"),
        *("phuong thuc thanh toan", "payment gateway names", "gateway", "payment type", "pay by", "pttt", "payment"),
        *("thanh toan", "method"),
    ),
    "payment.status": ("payment status", "financial status", "trang thai thanh toan", "payment state"),
    "payment.cod": ("is cod", "using cod", "cod", "thu ho"),
    "status": (
        *("order status", "trang thai don hang", "trang thai don", "status name", "status value", "status", "state"),
        *("trang thai", "tinh trang", "order state"),
    ),
    "note": (
        *("customer note", "order note", "ghi chu", "note", "customer message", "customer comment", "loi nhan"),
        *("remark", "comment", "message"),
    ),
    "created_at": (
        *("created at", "date created gmt", "date created", "created on", "ngay dat hang", "ngay dat", "order date"),
        *("date order", "purchase date", "ngay tao", "thoi gian dat", "inserted at", "date add", "created date time"),
        *("created time", "create time", "created", "message time", "thoi gian", "time", "timestamp", "date"),
    ),
    "updated_at": (
        *("updated at", "date modified gmt", "date modified", "modified on", "modified date", "write date", "date upd"),
        *("last modified", "last updated", "ngay cap nhat", "ngay sua", "update time", "updated"),
    ),
    "test": ("is test", "test"),
}
ITEMS = (
    *("line items", "items", "products", "order items", "order details", "order rows", "lines", "san pham"),
    *("chi tiet don hang", "chi tiet", "details", "order lines", "hang hoa", "cart"),
)
LINES: Mapping[str, tuple[str, ...]] = {
    "items.title": ("product title", "product name", "title", "ten san pham", "name", "label", "ten", "san pham"),
    "items.quantity": ("quantity", "qty", "so luong", "product quantity", "qty ordered", "sl", "count"),
    "items.price": ("unit price", "price", "don gia", "gia", "price inc tax", "unit price tax incl", "gia ban"),
    "items.sku": ("sku", "product code", "ma san pham", "ma sp", "product sku"),
    "items.variant": ("variant title", "variant name", "variant", "phan loai"),
}
TOPIC = ("event", "topic", "event type", "event name", "action", "type", "su kien", "webhook event", "hook type")

# From this name on a field's value may be something else as well.
DOUBTFUL_FROM: Mapping[str, str] = {
    "id": "order number",
    "number": "code",
    "total": "order amount",
    "customer.name": "nguoi nhan",
    "created_at": "created time",
    "note": "message",
    "payment.method": "payment",
}

# Names around a value that say nothing about whose it is.
WRAPPERS = frozenset(
    {"data", "order", "payload", "object", "body", "result", "resource", "don hang", "info", "order info", "attributes"}
)
BUYER = frozenset(
    {
        "customer",
        "customer data",
        "buyer",
        "khach hang",
        "khach",
        "receiver",
        "recipient",
        "to",
        "nguoi mua",
        "nguoi nhan",
        "contact",
    }
    | {"shipping", "shipping address", "billing", "billing address", "address", "addresses", "delivery", "user", "lead"}
    | {"invoice delivery", "order delivery", "order customer", "default address", "fields", "form", "dia chi"}
    | {"user column data", "field data", "shipping order address", "deliveries"}
)
_BESIDE: Mapping[str, frozenset[str]] = {
    "payment": frozenset(
        {"payment", "transactions", "thanh toan", "payment method", "payment collections", "payments"}
    ),
    "total": frozenset({"payment", "thanh toan", "totals", "summary"}),
    "outstanding": frozenset({"payment", "thanh toan", "totals", "summary"}),
    "currency": frozenset({"currency", "channel", "payment", "total"}),
    "status": frozenset({"state machine state", "status"}),
}
# Whose phone or name it is, where it is not the buyer's.
OTHERS = (
    *(
        "shop",
        "store",
        "seller",
        "sender",
        "from",
        "pickup",
        "pick",
        "warehouse",
        "depot",
        "courier",
        "driver",
        "shipper",
    ),
    *("employee", "staff", "branch", "supplier", "vendor", "nhan vien", "cua hang", "buu ta", "tai xe", "nguoi gui"),
    *("kho", "return", "agent", "company", "sale", "ctv", "nguoi ban", "carrier", "partner"),
)


def rank(leaf: Leaf, names: tuple[str, ...]) -> int | None:
    """The position of the leaf's name in the list, alone or with the name around it; None where it is not there."""
    parent = next((name for name in reversed(leaf.around) if name not in WRAPPERS), "")
    mine = (f"{parent} {leaf.name}".strip(), leaf.name, f"{parent} {leaf.name}".removeprefix("order "))
    found = [names.index(name) for name in mine if name in names]
    return min(found, default=None)


def is_others(leaf: Leaf) -> bool:
    """Whether a name on the way says that this belongs to somebody else than the buyer."""
    return any(f" {word} " in f" {name} " for name in (*leaf.around, leaf.name) for word in OTHERS)


def is_phone(leaf: Leaf) -> bool:
    """Whether its name is one of a phone."""
    return is_phone_name(leaf.name) and leaf.name != "number"


def strangeness(leaf: Leaf, field: str) -> int:
    """How many names around the value say that it tells of something else than this field does."""
    about_buyer = field.startswith(("customer.", "shipping.", "phone"))
    usual = WRAPPERS | BUYER if about_buyer else WRAPPERS
    usual |= _BESIDE.get(field.partition(".")[0], frozenset())
    return sum(name not in usual for name in leaf.around)
