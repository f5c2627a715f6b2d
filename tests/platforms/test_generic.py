"""Generic: amounts and times as people write them, paths, schemes, tokens that must not be kept."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, quote_plus
from zoneinfo import ZoneInfo

import pytest
import standardwebhooks

from bridge.core.model import BadPayload, BadSignature, Event, Request, Source
from bridge.platforms.generic import PLATFORM
from bridge.platforms.generic.paths import Place, find_place, split_path
from bridge.platforms.shared.bodies.loose import parse_amount, parse_flag
from bridge.platforms.shared.times import parse_time
from tests.platforms.wire import find_fixture, with_body, with_header

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
MAPPED = find_fixture("generic/order.created__fields-hex-prefix")


def post(document: Any, **headers: str) -> Request:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    kind = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Request("POST", "/hooks/shop", "", tuple(kind.items()), body)


def shop(**settings: Any) -> Source:
    return Source("shop", "generic", ("secret",), settings)


def event(document: Any, source: Source | None = None, **headers: str) -> Event:
    return PLATFORM.read(post(document, **headers), source or shop(), NOW).events[0]


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("650000", "VND", "650000"),
        ("1.250.000", "VND", "1250000"),
        ("1,250,000", "VND", "1250000"),
        ("250.000", "VND", "250000"),
        ("250,000", "VND", "250000"),
        ("250.000đ", "VND", "250000"),
        ("250.000 ₫", "VND", "250000"),
        ("VND 1.250.000", "VND", "1250000"),
        ("1.250.000 VNĐ", "VND", "1250000"),
        ("₫1.250.000", "VND", "1250000"),
        ("1 250 000", "VND", "1250000"),
        ("1\u202f250\xa0000", "VND", "1250000"),
        ("1,250,000.50 ₫", "VND", "1250000.50"),
        ("1.250.000,50", "VND", "1250000.50"),
        ("250000.00", "VND", "250000.00"),
        ("250000,5", "VND", "250000.5"),
        ("0.500", "VND", "0.500"),
        ("-50.000", "VND", "-50000"),
        ("1.250.000", "USD", "1250000"),
        ("$1,250.50", "USD", "1250.50"),
        ("1'250.50", "CHF", "1250.50"),
        ("1250.50", "USD", "1250.50"),
        ("12.5", "USD", "12.5"),
        ("1250.000", "USD", "1250.000"),
        ("0.125", "USD", "0.125"),
        ("1.250", "USD", None),
        ("1,250", "USD", None),
        ("1.25.000", "VND", None),
        ("1.250,000.00", "VND", None),
        ("1,250.000,00", "VND", None),
        ("12 50", "VND", None),
        ("250k", "VND", "250000"),
        ("250k", "USD", None),
        ("250000 USD", "VND", None),
        ("$250000", "VND", None),
        ("$12", "EUR", None),
        ("€12", "EUR", "12"),
        ("250000 ₫", "USD", None),
        ("", "VND", None),
        ("đ", "VND", None),
        ("1.250.000.", "VND", None),
        (".5", "VND", None),
        ("٣", "VND", None),
        ("1e5", "VND", None),
        ("NaN", "VND", None),
        ("--5", "VND", None),
        ("1" * 50, "VND", None),
    ],
)
def test_an_amount_is_exact_or_refused(text: str, currency: str, amount: str | None) -> None:
    if amount is None:
        with pytest.raises(ValueError, match=r"\w"):
            parse_amount(text, currency)
    else:
        assert str(parse_amount(text, currency)) == amount


def test_numbers_of_json_are_amounts_as_they_are() -> None:
    for value in (0, -5, 650000, 2**70, Decimal("29.35"), Decimal("1E+5")):
        assert parse_amount(value, "VND") == value
    assert str(parse_amount(650000, "VND")) == "650000"
    for value in (True, None, [1], {"a": 1}, Decimal("1E+60")):
        with pytest.raises(ValueError, match=r"\w"):
            parse_amount(value, "VND")


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-23T12:00:00+07:00",
        "2026-11-23T12:00:00",
        "2026-11-23 12:00:00",
        "2026-11-23 12:00",
        "2026-11-23T05:00:00Z",
        "2026-11-23T05:00:00.000000000Z",
        "2026-11-23T120000".replace("T120000", "T12:00:00+0700"),
        1795410000,
        1795410000000,
        "1795410000",
        "1795410000000",
        Decimal("1795410000.0"),
        " 1795410000 ",
    ],
)
def test_a_time_is_read_in_the_zone_of_the_shop(value: Any) -> None:
    assert parse_time(value, HANOI) == datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", ["23/11/26", "2026-23-11", "20261123", "tomorrow", True, [1], -1, "2026-02-30", 10**20]
)
def test_a_time_that_is_not_sure_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_time(value, HANOI)
    with pytest.raises(BadPayload, match="/created_at"):
        event({"id": 1, "total": 1, "created_at": value})


def test_milliseconds_stay_exact_and_blanks_are_no_time() -> None:
    found = parse_time(1795410000123, HANOI)
    assert found and found.microsecond == 123000
    for blank in ("", "  ", 0, "0", "0001-01-01T00:00:00Z"):
        assert parse_time(blank, HANOI) is None


def test_words_for_yes_and_no() -> None:
    assert [parse_flag(_) for _ in (True, 1, "1", "true", "Yes", "có", Decimal("1.0"))] == [True] * 7
    assert [parse_flag(_) for _ in (False, 0, "0", "FALSE", "no", "không", "")] == [False] * 7
    assert [parse_flag(_) for _ in (None, "maybe", [1], {})] == [None] * 4


def test_paths_are_dotted_with_indexes_of_two_kinds() -> None:
    document = {"a": [{"b": 1}, {"b": [2, 3]}], "x.y": 4, "5": {"6": 7}}
    assert split_path("a[1].b[0]") == ("a", 1, "b", 0)
    for path, value in (
        ("a.0.b", 1),
        ("a[1].b[1]", 3),
        ("x.y", 4),
        ("5.6", 7),
        ("a[9].b", None),
        ("a.b", None),
        ("", None),
    ):
        assert find_place(document, path).value == value


def test_a_mapped_document_may_be_named_with_or_without_order() -> None:
    theirs = {"ma": "DH-7", "tien": "250.000", "sdt": "0900 000 001", "khach": {"ten": "Nguyễn Thị Mẫu"}}
    for prefix in ("", "order."):
        fields = {f"{prefix}id": "ma", f"{prefix}total": "tien", f"{prefix}phone": "sdt", "customer.name": "khach.ten"}
        found = event(theirs, shop(fields=fields))
        assert found.order and found.topic == "order.created"
        assert (found.order_id, found.order.total, found.order.phone) == ("DH-7", 250000, "0900 000 001")
        assert found.order.customer.name == "Nguyễn Thị Mẫu"


def test_what_fields_do_not_name_is_not_guessed() -> None:
    found = event(
        {"ma": 1, "tien": 5, "phone": "0900 000 001", "note": "x"}, shop(fields={"id": "ma", "total": "tien"})
    )
    assert found.order and (found.order.phone, found.order.note) == (None, None)


def test_a_topic_is_fixed_translated_or_our_own() -> None:
    document = {"type": "placed", "id": 1, "total": 5}
    mapped = {"id": "id", "total": "total", "topic": "type"}
    cases: list[tuple[dict[str, Any], Any, str | None]] = [
        ({}, document, "order.created"),
        ({"topic": "order.paid"}, document, "order.paid"),
        ({"topic": "type", "topics": {"placed": "order.created"}}, document, "order.created"),
        ({"topic": "type"}, document, None),
        ({"fields": mapped, "topics": {"placed": "order.updated"}}, document, "order.updated"),
        ({"fields": mapped}, {**document, "type": "order.fulfilled"}, "order.fulfilled"),
        ({"fields": mapped}, document, None),
        ({"fields": mapped, "topic": "order.paid"}, {"id": 1, "total": 5}, "order.paid"),
    ]
    for settings, body, topic in cases:
        reading = PLATFORM.read(post(body), shop(**settings), NOW)
        if topic is None:
            assert (reading.events, reading.ignored) == ((), "unknown_topic")
        else:
            assert reading.events[0].topic == topic


def test_a_topic_that_is_looked_for_and_missing_is_said() -> None:
    for settings in ({"fields": {"topic": "meta.type", "id": "id", "total": "total"}}, {"topic": "meta.type"}):
        with pytest.raises(BadPayload, match="/meta/type: is missing"):
            event({"id": 1, "total": 5}, shop(**settings))


def test_a_topic_may_stand_in_a_header() -> None:
    for place in ("header:X-Event", "X-Event"):
        source = shop(topic=place, topics={"gone": "order.cancelled"})
        found = event({"id": 1, "total": 5}, source, X_Event="gone")
        assert found.topic == "order.cancelled"
        assert found.order and found.order.state == "cancelled"


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("cancelled", "cancelled"),
        ("Đã hủy", "cancelled"),
        ("refunded", "refunded"),
        ("new", "open"),
        (None, "open"),
        ("Delivered", "fulfilled"),
        ("completed", "completed"),
        ("draft", "draft"),
    ],
)
def test_their_word_for_the_state_closes_the_order_where_it_is_known(word: str | None, state: str) -> None:
    found = event({"id": 1, "total": 5, "status": word}).order
    assert found and (found.state, found.status) == (state, word)


@pytest.mark.parametrize(
    ("payment", "cod", "paid"),
    [
        ({"cod": True}, True, False),
        ({"cod": "COD"}, True, False),
        ({"cod": "no", "method": "COD"}, False, False),
        ({"method": "Thanh toán khi nhận hàng"}, True, False),
        ({"method": "visa", "paid": "1"}, False, True),
        ({"method": "COD", "status": "Đã thanh toán"}, True, True),
        ({"method": "COD", "status": "chưa thanh toán"}, True, False),
    ],
)
def test_payment_by_field_or_by_name(payment: dict[str, Any], cod: bool, paid: bool) -> None:
    found = event({"id": 1, "total": 5, "payment": payment}).order
    assert found and (found.payment.cod, found.payment.paid) == (cod, paid)


def test_nothing_outstanding_is_paid() -> None:
    found = event({"id": 1, "total": 5, "outstanding": 0}).order
    assert found and found.payment.paid


def test_needed_fields_name_their_place() -> None:
    cases: list[tuple[Any, dict[str, Any], str]] = [
        ({"total": 1}, {}, "/id"),
        ({"order": {"total": 1}}, {}, "/order/id"),
        ({"id": 1, "total": 1, "currency": "xu"}, {}, "/currency"),
        ({"a": {"b": None}}, {"fields": {"id": "a.b", "total": "t"}}, "/a/b"),
        ({"a": [1]}, {"fields": {"id": "a[0]", "total": "t[3].x"}}, "/t/3/x"),
        ({"id": 1, "total": "1.25.0"}, {}, "/total"),
        ({"id": 1, "total": 1, "outstanding": "x"}, {}, "/outstanding"),
        ({"id": [1], "total": 1}, {"fields": {"id": "id", "total": "total"}}, "/id"),
    ]
    for document, settings, pointer in cases:
        with pytest.raises(BadPayload) as error:
            event(document, shop(**settings))
        assert error.value.pointer == pointer


def test_a_foreign_shop_must_name_its_currency() -> None:
    abroad = replace(shop(), country="US")
    with pytest.raises(BadPayload, match="/currency"):
        event({"id": 1, "total": 5}, abroad)
    found = event({"id": 1, "total": 5, "currency": "usd"}, abroad).order
    assert found and found.currency == "USD"


def test_a_quantity_with_decimals_is_no_thousand() -> None:
    found = event({"id": 1, "total": 5, "items": [{"title": "Gạo", "quantity": "2.000"}, {"quantity": 0}]}).order
    assert found and [item.quantity for item in found.items] == [2]


@pytest.mark.parametrize("body", [b"id=%FF", b"&".join(b"a%d=1" % n for n in range(1001)), b"\xff=1"])
def test_a_form_is_read_strictly(body: bytes) -> None:
    with pytest.raises(BadPayload):
        event(body, Content_Type="application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"items": {"a": 1}}, "/items"),
        ({"items": "[{"}, "/items"),
        ({"items": True}, "/items"),
        ({"items": [{"quantity": "x"}]}, "/items/0/quantity"),
        ({"items": [{}, {"price": "1.25.0"}]}, "/items/1/price"),
        ({"items": [{"title": "Áo"}, 5]}, "/items/1"),
    ],
)
def test_an_odd_line_costs_no_order_and_is_noted(document: dict[str, Any], pointer: str) -> None:
    found = event({"id": 1, "total": 5, **document})
    assert found.order and found.order.total == 5
    assert [note.pointer for note in found.notes] == [pointer]


@pytest.mark.parametrize(
    ("items", "titles"),
    [
        ({"0": {"title": "Áo"}, "1": {"title": "Khăn"}}, ["Áo", "Khăn"]),
        ('{"5": {"title": "Áo"}}', ["Áo"]),
        ('[{"title": "Áo"}]', ["Áo"]),
        (["Áo", "Khăn"], ["Áo", "Khăn"]),
        ("Áo len x2, Khăn", ["Áo len x2, Khăn"]),
        ("  ", []),
        ([], []),
        (None, []),
    ],
)
def test_lines_come_as_lists_as_php_writes_them_or_as_names(items: Any, titles: list[str]) -> None:
    found = event({"id": 1, "total": 5, "items": items})
    assert found.order and [item.title for item in found.order.items] == titles
    assert found.notes == ()


def test_an_order_without_an_amount_is_read() -> None:
    for document, settings in (
        ({"id": 1, "phone": "0900000001"}, {}),
        ({"order": {"id": 1, "total": None}}, {}),
        ({"ma": 1}, {"fields": {"id": "ma"}}),
        ({"ma": 1, "tien": ""}, {"fields": {"id": "ma", "total": "tien"}}),
        ({"ma": 1, "tien": None}, {"fields": {"id": "ma", "total": ["gia", "tien"]}}),
    ):
        found = event(document, shop(**settings)).order
        assert found and found.total is None


def test_an_amount_that_the_settings_name_and_the_document_lacks_says_what_to_write() -> None:
    with pytest.raises(BadPayload, match=r"^/tien: is missing: .*`fields.total`"):
        event({"ma": 1}, shop(fields={"id": "ma", "total": "tien"}))


def test_a_cancel_needs_nothing_but_its_order() -> None:
    fields = {"id": "ma", "total": "tien", "currency": "loai", "updated_at": "luc"}
    source = replace(shop(fields=fields, topic="su_kien"), country="US")
    found = event({"su_kien": "Hủy đơn", "ma": 7, "luc": "hôm qua", "loai": 5}, source)
    assert found.order and (found.topic, found.order_id, found.order.state) == ("order.cancelled", "7", "cancelled")
    assert {note.pointer for note in found.notes} == {"/tien", "/luc", "/loai"}


@pytest.mark.parametrize(
    ("word", "topic"),
    [
        ("Hủy đơn", "order.cancelled"),
        ("huỷ-đơn", "order.cancelled"),
        ("ORDER_CANCELLED", "order.cancelled"),
        ("orders/cancelled", "order.cancelled"),
        ("Hoàn hàng", "order.cancelled"),
        ("Đã giao", "order.fulfilled"),
        ("đã thanh toán", "order.paid"),
        ("Đơn mới", "order.created"),
        ("order.create", "order.created"),
        ("ORDER-CREATED", "order.created"),
        ("order_updated", "order.updated"),
        ("shipment.sent", None),
        ("chờ xử lý", None),
    ],
)
def test_a_topic_is_known_in_usual_words_and_every_spelling(word: str, topic: str | None) -> None:
    reading = PLATFORM.read(post({"su_kien": word, "id": 1, "total": 5}), shop(topic="su_kien"), NOW)
    assert (reading.events[0].topic if reading.events else None) == topic


def test_a_word_in_topics_is_compared_folded_and_stands_above_the_usual_ones() -> None:
    source = shop(topic="su_kien", topics={"Đơn mới": "order.updated", "GỬI_KHO": "order.created", "501": "order.paid"})
    for word, topic in (("đơn-mới", "order.updated"), ("gửi kho", "order.created"), (501, "order.paid")):
        assert event({"su_kien": word, "id": 1, "total": 5}, source).topic == topic


def test_an_unknown_topic_of_an_order_that_is_closed_is_what_its_state_says() -> None:
    source = shop(topic="su_kien")
    for status, topic in (("Đã hủy", "order.cancelled"), ("Giao thành công", "order.fulfilled")):
        assert event({"su_kien": "thay đổi", "id": 1, "total": 5, "status": status}, source).topic == topic


def test_a_state_that_nobody_knows_is_named() -> None:
    assert event({"id": 1, "total": 5, "status": "Chốt sổ"}).unknown_state == "Chốt sổ"
    assert event({"id": 1, "total": 5, "status": "Chốt sổ"}, shop(states={"chot-so": "paid"})).unknown_state is None
    for status in ("mới", None, "hủy"):
        assert event({"id": 1, "total": 5, "status": status}).unknown_state is None


def test_keys_are_found_in_every_spelling() -> None:
    fields = {"id": "Mã đơn", "phone": "so_dien_thoai", "customer.name": "Khách.Họ và tên", "total": "Tổng tiền"}
    document = {
        unicodedata.normalize("NFD", "MÃ ĐƠN"): "7",
        "Số điện thoại": "0900000001",
        "KHACH": {"ho-va-ten": "Nguyễn Thị Mẫu"},
        "tong_tien": "250.000",
    }
    found = event(document, shop(fields=fields)).order
    assert found and (found.id, found.phone, found.total) == ("7", "0900000001", 250000)
    assert found.customer.name == "Nguyễn Thị Mẫu"


def test_an_exact_key_stands_before_one_that_is_spelt_otherwise() -> None:
    assert find_place({"huy": 1, "Hủy": 2}, "Hủy") == Place(2, ("Hủy",))
    assert find_place({"order": {"id": 1}, "order_id": 2}, "order.id").value == 1
    assert find_place({"order_id": 2}, "order.id").value == 2
    assert find_place({"—": 1}, "-").value is None


def test_an_entry_is_named_by_one_of_its_values() -> None:
    lead = {"field_data": [{"name": "full_name", "values": ["Lan"]}, {"name": "Phone_Number", "values": ["090"]}]}
    assert find_place(lead, "field_data[name=phone number].values[0]") == Place("090", ("field_data", 1, "values", 0))
    assert find_place(lead, "field_data[name=email].values[0]").value is None
    assert find_place({"a": {"x": {"k": 5, "v": 6}}}, "a[k=5].v").value == 6


def test_a_text_that_is_json_is_stepped_into() -> None:
    document = {"order": '{"id": "7", "lines": [{"sku": "A"}]}', "note": "{not json"}
    assert find_place(document, "order.lines[0].sku").value == "A"
    assert find_place(document, "note.x").value is None


def test_a_field_may_have_several_paths_and_a_constant() -> None:
    fields = {
        "id": ["ma", "id"],
        "total": ["giam_gia.con_lai", "tong"],
        "payment.method": ["hinh_thuc", {"value": "COD"}],
        "payment.paid": False,
        "currency": {"value": "VND"},
        "channel": {"value": "Web"},
    }
    found = event({"id": "9", "tong": 5, "hinh_thuc": " "}, shop(fields=fields)).order
    assert found and (found.id, found.total, found.channel) == ("9", 5, "Web")
    assert (found.payment.method, found.payment.cod, found.payment.paid) == ("COD", True, False)
    other = event({"ma": "8", "id": "9", "tong": 5, "hinh_thuc": "visa"}, shop(fields=fields)).order
    assert other and (other.id, other.payment.method, other.payment.cod) == ("8", "visa", False)


def test_an_amount_to_collect_means_cash_on_delivery() -> None:
    source = shop(fields={"id": "id", "payment.cod": "thu_ho"})
    for value, cod in (
        ("420.000đ", True),
        ("420000", True),
        (420000, True),
        ("0", False),
        (0, False),
        ("không", False),
    ):
        found = event({"id": 1, "thu_ho": value}, source).order
        assert found and found.payment.cod is cod


def test_each_entry_of_a_list_is_an_order() -> None:
    reading = PLATFORM.read(post([{"id": 1, "total": 5}, {"id": 2, "total": 6, "topic": "order.paid"}]), shop(), NOW)
    assert [(one.order_id, one.topic) for one in reading.events] == [("1", "order.created"), ("2", "order.paid")]
    assert [one.raw["id"] for one in reading.events] == [1, 2]
    half = PLATFORM.read(post([{"id": 1, "total": 5}, {"total": 5}]), shop(), NOW)
    assert ([one.order_id for one in half.events], half.failed) == (["1"], "/1/id: is missing")
    for body, pointer in (([{"total": 5}, {}], "/0/id"), ([{"total": 5}], "/0/id"), ([5], "/0")):
        with pytest.raises(BadPayload) as error:
            PLATFORM.read(post(body), shop(), NOW)
        assert error.value.pointer == pointer
    for odd in ([], [{"id": n, "total": 5} for n in range(501)]):
        with pytest.raises(BadPayload):
            PLATFORM.read(post(odd), shop(), NOW)


def test_of_a_list_the_entries_without_a_known_topic_are_left_out() -> None:
    source = shop(topic="type")
    found = PLATFORM.read(post([{"type": "x", "id": 1}, {"type": "order.paid", "id": 2}]), source, NOW)
    assert [one.order_id for one in found.events] == ["2"]
    assert PLATFORM.read(post([{"type": "x"}, {"type": "y"}]), source, NOW).ignored == "unknown_topic"


def test_the_key_of_a_list_is_made_of_all_its_entries() -> None:
    source = shop(dedup="id")
    keys = [PLATFORM.dedup_key(post(body), source) for body in ([{"id": 1}], [{"id": 1}, {"id": 2}], [{"id": 2}, {}])]
    assert len(set(keys)) == 3
    assert PLATFORM.dedup_key(post([{"id": 1, "x": 1}, {"id": 2}]), source) == keys[1]


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b"id=7&total=250.000"),
        (FORM, b"id=1&id=7&total=250.000"),
        (None, b"id=7&total=250.000&name=Nguy%E1%BB%85n+V%C4%83n+A"),
        ("text/plain", b"id=7&total=250.000"),
        ("application/json", b"id=7&total=250.000"),
        (FORM, b'payload={"id": "7", "total": 250000}'),
        (FORM, b"payload=%7B%22id%22%3A%227%22%2C%22total%22%3A250000%7D&event=x"),
        (FORM, b"data=%7B%22id%22%3A%227%22%2C%22total%22%3A250000%7D"),
        (None, b"data=%5B%7B%22id%22%3A%227%22%2C%22total%22%3A250000%7D%5D"),
        (FORM, b"don_hang=%7B%22id%22%3A%227%22%2C%22total%22%3A250000%7D"),
        (FORM, b"order[id]=7&order[total]=250000&items[0][title]=A&items[1][title]=B"),
        (FORM, b"order%5Bid%5D=7&order%5Btotal%5D=250000"),
        (None, b'--b\r\nContent-Disposition: form-data; name="id"\r\n\r\n7\r\n--b\r\n'
         b'Content-Disposition: form-data; name="total"\r\n\r\n250.000\r\n--b--\r\n'),
        ("multipart/form-data; boundary=b", b'--b\nContent-Disposition: form-data; name="id"\n\n7\n--b\n'
         b'Content-Disposition: form-data; name="x"; filename="a.png"\n\n\xff\xfe\n--b\n'
         b'content-disposition: form-data; name=total\n\n250.000\n--b--'),
        ('multipart/form-data; boundary="b b"', b'preamble\r\n--b b\r\nContent-Disposition: form-data; name="payload"'
         b'\r\n\r\n{"id": "7", "total": 250000}\r\n--b b--'),
        ("text/plain", b'"{\\"id\\": \\"7\\", \\"total\\": 250000}"'),
        ("application/json", b'\xef\xbb\xbf [{"id": "7", "total": 250000}]'),
        (None, b' {"id": "7", "total": 250000}'),
    ],
)  # fmt: skip
def test_a_document_is_known_by_its_look(kind: str | None, body: bytes) -> None:
    request = Request("POST", "/hooks/shop", "", (("Content-Type", kind),) if kind else (), body)
    (found,) = PLATFORM.read(request, shop(), NOW).events
    assert found.order and (found.order_id, found.order.total) == ("7", 250000)


def test_names_in_brackets_are_lists_and_objects() -> None:
    body = b"id=7&sp[]=A&sp[]=B&kh[ten]=Lan&a[0][x]=1&a[1][x]=2&bad[=1&" + b"d" + b"[a]" * 40 + b"=1"
    raw = PLATFORM.read(post(body, Content_Type=FORM), shop(), NOW).events[0].raw
    assert (raw["sp"], raw["kh"], raw["a"]) == (["A", "B"], {"ten": "Lan"}, [{"x": "1"}, {"x": "2"}])
    assert raw["bad["] == raw["d" + "[a]" * 40] == "1"
    assert find_place(raw, "kh[ten]").value == "Lan"
    assert find_place(raw, "sp[]").value == ["A", "B"]


@pytest.mark.parametrize(
    "body",
    [b"", b"--", b"--b", b"--b\r\nContent-Disposition: form-data", b"=", b"hello", b"<a x='1'/>", b"a[b=1&a[b]=2&a=3"],
)
def test_what_is_no_document_breaks_nothing(body: bytes) -> None:
    for kind in (FORM, "multipart/form-data", "multipart/form-data; boundary=", "application/json", "text/xml"):
        with pytest.raises(BadPayload):
            PLATFORM.read(post(body, Content_Type=kind), shop(), NOW)


def test_reading_around_many_keys_and_long_lists_costs_little() -> None:
    keys = {f"key {number}": number for number in range(40_000)}
    entries = [{"name": str(number), "value": number} for number in range(20_000)]
    fields = {name: f"x.{name}" for name in ("total", "phone", "note", "status")} | {
        "id": "id",
        "customer.name": "list[name=nobody].value",
        "channel": "list[name=nothing].value",
    }
    body = json.dumps({"id": 1, "x": keys, "list": entries} | keys).encode()
    begun = time.process_time()
    with pytest.raises(BadPayload, match="/x/total"):
        PLATFORM.read(post(body), shop(fields=fields), NOW)
    assert time.process_time() - begun < 1.5


def test_json_under_the_type_of_a_form_is_json() -> None:
    assert event({"id": 1, "total": 5}, Content_Type="application/x-www-form-urlencoded").order_id == "1"


def test_an_event_of_the_bridge_is_read_back() -> None:
    document = {"event": {"topic": "order.paid", "time": "2026-11-23T12:00:00+07:00"}, "order": {"id": "1", "total": 5}}
    found = event(document)
    assert (found.topic, found.occurred_at) == ("order.paid", datetime(2026, 11, 23, 5, 0, tzinfo=UTC))


def test_a_test_message_is_a_test() -> None:
    for document in ({"topic": "test", "id": 1, "total": 5}, {"id": 1, "total": 5, "test": True}):
        found = event(document)
        assert found.topic == "test"
        assert found.order and found.order.test


def test_the_key_of_one_order_keeps_its_cancel_apart() -> None:
    source = shop(dedup="order.id")
    created = {"topic": "order.created", "order": {"id": "1"}}
    keys = [
        PLATFORM.dedup_key(post(document), source)
        for document in (created, {**created, "x": 1}, {**created, "topic": "order.cancelled"}, {"order": {"id": "2"}})
    ]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_without_a_usable_dedup_the_body_is_the_key() -> None:
    for source in (shop(dedup="nothing.here"), shop(scheme="hmac"), shop(dedup="header:X-None")):
        keys = {PLATFORM.dedup_key(post({"id": number}), source) for number in (1, 2)}
        assert len(keys) == 2
        assert len({PLATFORM.dedup_key(post(body), source) for body in (b"\xff", b"{")}) == 2


def test_the_standards_id_is_the_key_only_where_it_is_signed() -> None:
    one, two = post({"id": 1}, webhook_id="m"), post({"id": 2}, webhook_id="m")
    assert PLATFORM.dedup_key(one, shop()) == PLATFORM.dedup_key(two, shop())
    hmac = shop(scheme="hmac")
    assert PLATFORM.dedup_key(one, hmac) != PLATFORM.dedup_key(two, hmac)


def test_the_reference_library_signs_a_sample() -> None:
    secret = "whsec_" + "QUJD" * 8
    body = json.dumps(PLATFORM.sample.document(NOW))
    signature = standardwebhooks.Webhook(secret).sign("msg_1", NOW, body)
    request = post(body.encode(), webhook_id="msg_1", webhook_timestamp=str(int(NOW.timestamp())))
    request = with_header(request, "webhook-signature", signature)
    PLATFORM.verify(request, replace(shop(), secrets=(secret,)), NOW)


def test_a_prefix_is_needed_exactly() -> None:
    own = MAPPED.request.header(MAPPED.proof)
    assert own
    for value in (own.removeprefix("sha256="), own.replace("sha256=", "sha1="), "sha256=", "sha256=sha256=" + own[7:]):
        with pytest.raises(BadSignature):
            PLATFORM.verify(with_header(MAPPED.request, MAPPED.proof, value), MAPPED.source, NOW)


@pytest.mark.parametrize("secret", ["q9+Zk/7bT2m+A4==", "a b+c", "50%25", "mã+bí mật"])
@pytest.mark.parametrize("write", [str, quote, quote_plus])
def test_a_token_in_the_address_is_taken_as_it_was_pasted(secret: str, write: Callable[[str], str]) -> None:
    source = replace(shop(scheme="token"), secrets=(secret,))
    for name in ("token", "%74oken"):
        PLATFORM.verify(replace(post({"id": 1}), query=f"a=1&{name}={write(secret)}"), source, NOW)
    with pytest.raises(BadSignature, match="bad_token"):
        PLATFORM.verify(replace(post({"id": 1}), query=f"token={write(secret[:-1])}"), source, NOW)


def test_a_token_may_stand_in_three_places_and_nowhere_else() -> None:
    source = shop(scheme="token")
    bare = post({"id": 1})
    for request in (
        with_header(bare, "x-webhook-token", "secret"),
        with_header(bare, "Authorization", "Bearer secret"),
        replace(bare, query="a=1&token=secret"),
    ):
        PLATFORM.verify(request, source, NOW)
    for request, reason in (
        (bare, "missing_token"),
        (with_header(bare, "X-Webhook-Token", "Secret"), "bad_token"),
        (with_header(bare, "X-Webhook-Token", "secretx"), "bad_token"),
        (with_header(bare, "X-Token", "secret"), "missing_token"),
        (replace(bare, query="token="), "missing_token"),
        (replace(bare, query="TOKEN=secret"), "missing_token"),
        (replace(bare, query="&".join(["token=secret"] * 100)), "bad_token"),
        (with_body(bare, b"token=secret"), "missing_token"),
    ):
        with pytest.raises(BadSignature, match=reason):
            PLATFORM.verify(request, source, NOW)


def test_headers_that_hold_the_whole_secret_are_named() -> None:
    assert PLATFORM.secret_headers(shop(scheme="token")) == {"x-webhook-token", "authorization"}
    assert PLATFORM.secret_headers(shop(scheme="token", token_header="X-Key")) == {"x-key", "authorization"}
    assert PLATFORM.secret_headers(shop(scheme="hmac", header="X-Sign")) == frozenset()


def test_an_unknown_scheme_lets_nobody_in() -> None:
    with pytest.raises(BadSignature, match="unknown_scheme"):
        PLATFORM.verify(post({}), shop(scheme="none"), NOW)


def test_a_phone_is_found_under_a_name_of_the_sources_own() -> None:
    documents: list[Any] = [
        {"id": 1, "total": 5, "Liên lạc với": "0912345678"},
        {"id": 1, "total": 5, "phone": "không có", "lien_lac_voi": 912345678},
        {"order": {"id": 1, "total": 5, "LIEN-LAC-VOI": "0912345678"}},
        {
            "id": 1,
            "total": 5,
            "custom": [{"name": "Màu", "value": "đỏ"}, {"name": "liên lạc với", "value": "0912345678"}],
        },
        {"id": 1, "total": 5, "field_data": [{"name": "Liên lạc với", "values": ["0912345678"]}]},
    ]
    for document in documents:
        order = event(document, shop(phone_names=["Liên lạc với"])).order
        assert order and order.phone in ("0912345678", "912345678"), document
    fields = {"id": "id", "total": "total", "phone": "sdt"}
    for settings, phone in (({"phone_names": ["Liên lạc với"]}, "0912345678"), ({}, None)):
        order = event({"id": 1, "total": 5, "Liên lạc với": "0912345678"}, shop(fields=fields, **settings)).order
        assert order and order.phone == phone


def test_the_number_of_an_order_is_no_phone_though_it_has_ten_digits() -> None:
    document = {"id": 1, "total": 5, "number": "0912345678"}
    for written in (document, {"order": document}, {"order": {**document, "phone": None}}):
        order = event(written).order
        assert order and (order.phone, order.phones) == (None, ())
    attribute = {"id": 1, "total": 5, "custom": [{"name": "Number", "value": "0912345678"}]}
    order = event(attribute).order
    assert order and order.phone == "0912345678"


def test_usual_names_of_a_phone_are_known_where_no_fields_say_what_is_what() -> None:
    for name in ("SĐT", "Số Zalo", "tel", "Số liên hệ", "whatsapp"):
        order = event({"id": 1, "total": 5, name: "0912345678"}).order
        assert order and order.phone == "0912345678", name
    for name in ("hotline", "SĐT shop", "SENDER_PHONE", "hotel"):
        order = event({"id": 1, "total": 5, name: "0912345678"}).order
        assert order and order.phone is None, name
    order = event({"id": 1, "total": 5, "sdt": "0912345678"}, shop(fields={"id": "id", "total": "total"})).order
    assert order and order.phone is None


@pytest.mark.parametrize("end", [b"", b"="])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_json_that_was_encoded_as_a_form_is_read(kind: str, end: bytes) -> None:
    for text in ('{"id": "7", "total": 250000}', '[{"id": "7", "total": 250000}]'):
        headers = (("Content-Type", kind),) if kind else ()
        request = Request("POST", "/hooks/shop", "", headers, quote(text).encode() + end)
        order = PLATFORM.read(request, shop(), NOW).events[0].order
        assert order and (order.id, order.total) == ("7", 250000)
