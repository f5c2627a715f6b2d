"""The sample order of a platform, as its shop would send it under one topic, in the shape that a source is set to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bridge.core.model import TOPICS, Json, Source
from bridge.core.platform import Platform
from bridge.platforms.generic.paths import find_field, split_path


def find_word(platform: Platform, topic: str) -> str:
    """The platform's word for a topic, given as our word or as theirs; ValueError names the topics that it has."""
    if topic in platform.topics:
        return topic
    if (platform.name, topic) in _UNNAMED:
        return _UNNAMED[platform.name, topic]
    word = next((word for word, ours in platform.topics.items() if ours == topic), None)
    if word is None:
        told = {ours for name, ours in _UNNAMED if name == platform.name} | set(platform.topics.values())
        known = sorted(told | set(platform.topics))
        raise ValueError(f"{platform.title} never tells of {topic!r}; it knows: {', '.join(known)}")
    return word


def sample_document(platform: Platform, topic: str, now: datetime) -> dict[str, Json]:
    """The platform's sample order in the state that this topic, ours or theirs, tells of. ValueError as `find_word`."""
    word = find_word(platform, topic)
    document: dict[str, Json] = platform.sample(now)
    if platform.name == "pancake":
        document = {**document, "status": int(word)}
    if platform.name in _STATUSES:
        document = {**document, "data": {**document["data"], _STATUSES[platform.name]: word}}
    if platform.name in _WORDS:
        document = {**document, _WORDS[platform.name]: word}
    change = _STATES.get((platform.name, platform.topics[word] if topic == word else topic))
    return change(document) if change else document


def fit(document: dict[str, Json], source: Source) -> tuple[dict[str, Json], tuple[tuple[str, str], ...]]:
    """The document where the source's settings look for its parts, and the headers that say what is said there.

    Only a `generic` source has such settings, and a BigCommerce one the store that it names; for any other the
    document comes back as it is.
    """
    if source.platform == "bigcommerce" and source.settings.get("store_hash"):
        document = {**document, "producer": f"stores/{source.settings['store_hash']}"}
    settings = source.settings if source.platform == "generic" else {}
    fields: Mapping[str, str] = settings.get("fields", {})
    shaped = {} if fields else document
    for field, path in fields.items():
        value = _lines(document, fields) if field == "items" else _own(document, field)
        if value is not None:
            _put(shaped, path, value)
    place = str(settings.get("topic", ""))
    word = document.get("topic")
    said = next((theirs for theirs, ours in settings.get("topics", {}).items() if ours == word), word)
    if place.lower().startswith("header:"):
        return shaped, ((place[len("header:") :].strip(), str(said)),)
    if place and place not in TOPICS:
        _put(shaped, place, said)
    elif "topic" in shaped or "topic" in fields:
        _put(shaped, fields.get("topic", "topic"), said)
    return shaped, ()


def _own(document: Json, field: str) -> Json:
    value = find_field(document, field, {}).value
    return find_field(document, f"order.{field}", {}).value if value is None else value


def _lines(document: Json, fields: Mapping[str, str]) -> list[Json]:
    return [{fields.get(f"items.{name}", name): value for name, value in line.items()} for line in document["items"]]


def _put(document: dict[str, Json], path: str, value: Json) -> None:
    """Objects all the way: a number in a path is a key as well as a position."""
    *steps, last = map(str, split_path(path))
    for step in steps:
        document = document.setdefault(step, {})
    document[last] = value


Change = Callable[[dict[str, Json]], dict[str, Json]]


def _only_id(document: dict[str, Json]) -> dict[str, Json]:
    return {"id": document["id"]}


def _changed(**values: Json) -> Change:
    return lambda document: {**document, **values}


def _inside(**parts: dict[str, Json]) -> Change:
    """Nhanh's order with these values in these parts of it."""
    return lambda document: {
        **document,
        "data": {**document["data"], **{name: {**document["data"][name], **part} for name, part in parts.items()}},
    }


def _kiotviet(**values: Json) -> Change:
    """KiotViet's delivery with these values in its one order."""

    def change(document: dict[str, Json]) -> dict[str, Json]:
        notification = document["Notifications"][0]
        return {**document, "Notifications": [{**notification, "Data": [{**notification["Data"][0], **values}]}]}

    return change


def _kiotviet_deleted(document: dict[str, Json]) -> dict[str, Json]:
    order_id = document["Notifications"][0]["Data"][0]["Id"]
    return {**document, "Notifications": [{"Action": "order.delete", "RemoveId": [order_id]}]}


def _to_status(status: int) -> Change:
    """BigCommerce's event of an order that left `awaiting fulfillment` for this status."""
    told = {"previous_status_id": 11, "new_status_id": status}
    return lambda document: {**document, "data": {**document["data"], "status": told}}


def _of_order(**values: Json) -> Change:
    return lambda document: {"order": {**document["order"], **values}}


# Where the document itself says what happened.
_WORDS: Mapping[str, str] = {"generic": "topic", "nhanh": "event", "bigcommerce": "scope"}

# Where a marketplace says it.
_STATUSES: Mapping[str, str] = {"tiktok_shop": "order_status", "lazada": "order_status", "shopee": "status"}

# What these platforms say without a topic of its own.
_UNNAMED: Mapping[tuple[str, str], str] = {
    ("shopify", "test"): "orders/create",
    ("woocommerce", "order.paid"): "order.updated",
    ("woocommerce", "order.cancelled"): "order.updated",
    ("woocommerce", "order.fulfilled"): "order.updated",
    ("pancake", "order.paid"): "1",
    ("nhanh", "order.paid"): "orderUpdate",
    ("nhanh", "order.cancelled"): "orderUpdate",
    ("nhanh", "order.fulfilled"): "orderUpdate",
    ("bigcommerce", "order.cancelled"): "store/order/statusUpdated",
    ("bigcommerce", "order.fulfilled"): "store/order/statusUpdated",
    **{("kiotviet", f"order.{word}"): "order.update" for word in ("updated", "paid", "cancelled", "fulfilled")},
}

_STATES: Mapping[tuple[str, str], Change] = {
    ("shopify", "order.paid"): lambda order: {**order, "financial_status": "paid", "total_outstanding": "0"},
    ("shopify", "order.cancelled"): lambda order: {**order, "cancelled_at": order["updated_at"]},
    ("shopify", "order.fulfilled"): lambda order: {**order, "fulfillment_status": "fulfilled"},
    ("shopify", "order.deleted"): _only_id,
    ("shopify", "test"): lambda order: {**order, "test": True},
    ("haravan", "order.paid"): lambda order: {**order, "financial_status": "paid"},
    ("haravan", "order.cancelled"): lambda order: {
        **order,
        "cancelled_at": order["updated_at"],
        "cancelled_status": "cancelled",
    },
    ("haravan", "order.fulfilled"): lambda order: {**order, "fulfillment_status": "fulfilled"},
    ("haravan", "order.deleted"): _only_id,
    ("woocommerce", "order.paid"): lambda order: {**order, "date_paid_gmt": order["date_modified_gmt"]},
    ("woocommerce", "order.cancelled"): lambda order: {**order, "status": "cancelled"},
    ("woocommerce", "order.fulfilled"): lambda order: {**order, "status": "completed"},
    ("woocommerce", "order.deleted"): _only_id,
    ("sapo", "order.paid"): _changed(financial_status="paid"),
    ("sapo", "order.cancelled"): lambda order: {**order, "status": "cancelled", "cancelled_on": order["modified_on"]},
    ("sapo", "order.fulfilled"): _changed(fulfillment_status="fulfilled"),
    ("sapo", "order.deleted"): _only_id,
    ("saleor", "order.paid"): _of_order(paymentStatus="FULLY_CHARGED"),
    ("saleor", "order.cancelled"): _of_order(status="CANCELED"),
    ("saleor", "order.fulfilled"): _of_order(status="FULFILLED"),
    ("saleor", "order.deleted"): lambda document: {"order": {"id": document["order"]["id"]}},
    ("shoplazza", "order.paid"): _changed(financial_status="paid"),
    ("shoplazza", "order.cancelled"): _changed(status="cancelled", financial_status="cancelled"),
    ("shoplazza", "order.fulfilled"): _changed(fulfillment_status="shipped"),
    ("shoplazza", "order.deleted"): _only_id,
    ("shopline", "order.paid"): _changed(financial_status="paid"),
    ("shopline", "order.cancelled"): lambda order: {**order, "cancelled_at": order["updated_at"]},
    ("shopline", "order.fulfilled"): _changed(fulfillment_status="shipped"),
    ("shopline", "order.deleted"): _only_id,
    ("pancake", "order.paid"): _changed(cod=0, money_to_collect=0, prepaid=650000),
    ("nhanh", "order.updated"): _inside(info={"status": 56}),
    ("nhanh", "order.paid"): _inside(info={"status": 56}, payment={"codAmount": 0, "transfer": {"amount": 650000}}),
    ("nhanh", "order.cancelled"): _inside(info={"status": 63}),
    ("nhanh", "order.fulfilled"): _inside(info={"status": 60}),
    ("nhanh", "order.deleted"): lambda order: {**order, "data": [order["data"]["info"]["id"]]},
    ("bigcommerce", "order.cancelled"): _to_status(5),
    ("bigcommerce", "order.fulfilled"): _to_status(2),
    ("kiotviet", "order.updated"): _kiotviet(Status=5, StatusValue="Đã xác nhận"),
    ("kiotviet", "order.paid"): _kiotviet(TotalPayment=650000),
    ("kiotviet", "order.cancelled"): _kiotviet(Status=4, StatusValue="Đã hủy"),
    ("kiotviet", "order.fulfilled"): _kiotviet(Status=2, StatusValue="Đang giao hàng"),
    ("kiotviet", "order.deleted"): _kiotviet_deleted,
    ("generic", "order.deleted"): lambda order: {"topic": order["topic"], "order": {"id": order["order"]["id"]}},
}
