"""What is learnt of a captured request, judged by the platform's own adapter.

Read with the proposed settings, the order must be the one that the fixture records.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.configuration.files import read_files
from bridge.configuration.proposal import describe_findings, write_proposal
from bridge.core.model import BadPayload, Request, Source
from bridge.platforms.generic.learn import Proposal, learn
from bridge.rules.document import event_document
from bridge.rules.rule import parse_rule
from tests.platforms.wire import find_fixture

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
# What a call depends on, and what it is told apart by.
JUDGED = (
    *("order.id", "order.number", "order.total", "order.currency", "order.phone", "order.payment.cod", "order.state"),
    *("order.created_at", "order.updated_at", "customer.name", "items", "event.topic"),
)
# Each with what is not found right, and why: everything else must be.
SHAPES: dict[str, tuple[str, ...]] = {
    "woocommerce/order.created__rest-api": ("customer.name",),  # an Indian's name, in a shop said to be Vietnamese
    "haravan/orders_create__cash-on-delivery": (),
    "shopify/orders_create__cash-on-delivery": ("order.number",),  # 1054 is the number of #VN1054 too
    "nhanh/orderAdd__token-in-authorization": ("order.number", "order.payment.cod"),  # only an amount says COD
    # The amount to collect, another of two numbers, and times in UTC without saying so.
    "pancake/0__new-order": ("order.total", "order.phone", "order.created_at", "order.updated_at"),
    "saleor/order_created__legacy-payload": ("order.updated_at",),  # it stands beside the order
    "sapo/orders_create__web-cash-on-delivery": ("order.number",),  # 1001 is the number of #1001 too
    "generic/order.created__preset-odoo": ("order.created_at", "order.updated_at"),  # UTC without saying so
    "generic/order.created__preset-magento": ("order.created_at", "order.updated_at"),  # the same
    "generic/order.created__preset-prestashop": (),
    # A list in a list, and a time of the envelope.
    "generic/order.created__preset-shopware": ("order.payment.cod", "order.updated_at"),
    "generic/order.created__preset-medusa": (),
    "generic/order.created__preset-google-lead": (),
    "generic/order.created__preset-ladiflow": (),
    # A carrier's words for a parcel are no topic before somebody says so; which of two codes is the order is a choice.
    "generic/delivery.failed__preset-supership": ("order.number", "order.payment.cod", "order.state", "event.topic"),
    "generic/delivery.out__preset-ghsv": ("order.id", "event.topic"),
    "generic/order.created__multipart": (),
    "generic/order.created__vietnamese-date": (),
}


def learnt(name: str) -> tuple[Proposal, dict[str, Any]]:
    fixture = find_fixture(name)
    source = Source("shop", "generic", country=fixture.source.country)
    return learn(fixture.request, source, fixture.received_at), fixture.expected["events"][0]


def value(document: dict[str, Any], path: str) -> Any:
    found: Any = document
    for step in path.split("."):
        found = found[step]
    return [(item["title"], item["quantity"]) for item in found] if path == "items" else found


def wrong_in(name: str) -> list[str]:
    proposal, expected = learnt(name)
    if proposal.event is None:
        return list(JUDGED)
    document = event_document(proposal.event, Source("shop", "generic"))
    return [path for path in JUDGED if value(document, path) != value(expected, path)]


LANDING = (
    "Họ và tên=Nguyễn Thị Mẫu&Số điện thoại=0900000001&Địa chỉ=1 Đường Thử, Hà Nội&ma_don=LD-17"
    "&message_time=23/11/2026 12:00"
)
SHEET = (
    "Mã đơn hàng;Khách hàng;SĐT nhân viên;SĐT;Địa chỉ giao hàng;Tổng tiền;Hình thức thanh toán;Ngày đặt\n"
    "DH001;Nguyễn Thị Mẫu;0900 000 009;0900 000 001;1 Đường, Hà Nội;650.000đ;Thu tiền khi nhận hàng;23/11/2026 12:00\n"
)


def propose(body: str, *headers: tuple[str, str]) -> Proposal:
    return learn(Request("POST", "/hooks/x", "", headers, body.encode()), Source("x", ""), NOW)


def paths_of(proposal: Proposal) -> dict[str, Any]:
    fields: dict[str, Any] = proposal.settings["fields"]
    return fields


@pytest.mark.parametrize("name", SHAPES)
def test_with_what_is_proposed_the_order_is_the_one_that_its_own_adapter_reads(name: str) -> None:
    assert tuple(wrong_in(name)) == SHAPES[name]


def test_of_eighteen_shapes_194_values_of_216_are_right() -> None:
    right = sum(len(JUDGED) - len(wrong_in(name)) for name in SHAPES)
    assert (right, len(JUDGED) * len(SHAPES)) == (194, 216)


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_printed_is_a_file_that_check_accepts_and_shows_nobody(name: str) -> None:
    proposal, expected = learnt(name)
    for language in ("vi", "en"):
        text = write_proposal(proposal, "new-shop", language)
        configuration, findings = read_files([("new.yaml", text)], parse_rule, {"generic"})
        assert [finding for finding in findings if not finding.warning] == []
        assert configuration.sources[0]["settings"] == proposal.settings
        shown = text + repr(describe_findings(proposal))
        for personal in (expected["customer"]["name"], expected["order"]["phone"], expected["shipping"]["text"]):
            assert personal is None or personal not in shown


def test_a_form_and_a_table_with_vietnamese_names() -> None:
    form = propose(LANDING, ("Content-Type", "application/x-www-form-urlencoded"), ("X-Api-Key", "t" * 20))
    assert form.event and form.event.order and form.event.order.customer.name == "Nguyễn Thị Mẫu"
    assert paths_of(form) == {
        "phone": "Số điện thoại",
        "id": "ma_don",
        "customer.name": "Họ và tên",
        "shipping.text": "Địa chỉ",
        "created_at": "message_time",
    }
    assert (form.settings["scheme"], form.settings["token_header"]) == ("token", "X-Api-Key")
    table = propose(SHEET)
    assert table.event and table.event.order and table.event.order.payment.cod
    assert (table.event.order.total, table.event.order.phone) == (650000, "0900 000 001")


def test_a_document_with_vietnamese_keys_and_a_depot_beside_the_buyer() -> None:
    body = (
        '{"so_don": "A-1", "nguoi_mua": {"ten": "Trần Thu Hà", "dien_thoai": "0912 345 678"},'
        ' "tong_cong": "1.250.000 đ", "thoi_gian": "25/11/2026 14:05", "kho": {"dien_thoai": "0988777666"},'
        ' "hang": [{"ten": "Nồi", "so_luong": 1, "gia": 1250000}]}'
    )
    proposal = propose(body)
    assert proposal.event and proposal.event.order
    order = proposal.event.order
    assert (order.id, order.phone, order.total, order.customer.name) == ("A-1", "0912 345 678", 1250000, "Trần Thu Hà")
    assert [(item.title, item.price) for item in order.items] == [("Nồi", 1250000)]
    assert {one.field: one.sure for one in proposal.findings}["total"] == "sure"


def test_a_number_of_somebody_else_is_never_the_buyers() -> None:
    for owner in ("shop", "sender", "courier", "nhân viên", "return", "warehouse"):
        body = f'{{"order_id": "A1", "{owner}": {{"phone": "0900 000 009"}}, "customer": {{"phone": "0900 000 001"}}}}'
        assert paths_of(propose(body))["phone"] == "customer.phone"
        assert "phone" not in paths_of(propose(f'{{"order_id": "A1", "{owner}_phone": "0900 000 009"}}'))


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (("X-Shop-Signature", "sha256=" + "ab" * 32), {"scheme": "hmac", "prefix": "sha256="}),
        (("X-Hmac", "A" * 43 + "="), {"scheme": "hmac", "encoding": "base64"}),
        (("X-Sign", "ab" * 64), {"scheme": "hmac", "hash": "sha512"}),
        (("X-Webhook-Token", "abc"), {"scheme": "token"}),
        (("User-Agent", "x"), {"scheme": "token"}),
    ],
)
def test_the_proof_is_told_by_the_look_of_a_header(header: tuple[str, str], said: dict[str, str]) -> None:
    settings = dict(propose('{"id": "A1"}', header).settings)
    settings.pop("fields")
    if said["scheme"] == "hmac":
        assert settings.pop("header") == header[0]
    assert settings == said


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        ("order.created", None),
        ("orderAdd", "order.created"),
        ("sales_order_cancel", "order.cancelled"),
        ("product.created", None),
        ("order_transactions/create", None),
        ("don-moi", None),
    ],
)
def test_a_word_is_translated_only_where_it_is_about_an_order(word: str, ours: str | None) -> None:
    settings = propose(f'{{"event": "{word}", "id": "A1"}}').settings
    assert settings["topic"] == "event"
    assert settings.get("topics") == ({word: ours} if ours else None)


@pytest.mark.parametrize("body", ["", "null", "[]", "[1]", "x", "{}", '{"a":' * 60 + "1" + "}" * 60])
def test_what_holds_no_document_is_refused_and_odd_ones_give_a_proposal(body: str) -> None:
    try:
        assert propose(body).settings["fields"] == {}
    except BadPayload as error:
        assert error.problem
