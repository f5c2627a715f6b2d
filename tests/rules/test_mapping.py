"""What a rule makes of a document: holds, whom, what."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest

from bridge.core.model import BadRule, Json
from bridge.rules.mapping import compile_condition, compile_paths, compile_value, trace_datas

DOCUMENT: dict[str, Json] = {
    "event": {"topic": "order.created", "time": "2026-11-05T20:00:00+00:00"},
    "source": {"id": "shop", "timezone": "Asia/Ho_Chi_Minh", "country": "VN"},
    "order": {
        "number": "#DH-2068",
        "total": Decimal("1250000.00"),
        "outstanding": Decimal("1250000.50"),
        "phone": None,
        "note": "  ",
        "tags": [],
        "payment": {"cod": True, "paid": False},
    },
    "customer": {"name": "@lan.shop", "phone": "0912345678"},
    "shipping": {"name": "nguyễn thị hồng", "phone": " "},
    "billing": {},
    "items": [{"title": "Áo thun cổ tròn", "quantity": Decimal("2")}, {"title": "Nón", "quantity": Decimal("1.0")}],
    "raw": {"phones": ["0912345679", None, ""], "count": 7, "price": "1250000.00", "long": "x" * 6_000},
}


def value(spec: Json) -> Json:
    return compile_value(spec, "datas.x").render(DOCUMENT)


@pytest.mark.parametrize(
    ("spec", "result"),
    [
        ("{{ order.total }}", 1250000),
        ("{{ order.outstanding }}", Decimal("1250000.50")),
        ("{{ raw.count }}", 7),
        ("{{ order.payment.cod }}", True),
        ("{{ order.number | remove: '#' }}", "DH-2068"),
        ("  {{ order.number }}\n", "#DH-2068"),
        ("{{ order.total }} đồng", "1250000 đồng"),
        ("{{ order.outstanding }} đồng", "1250000,50 đồng"),
        ("{{ order.total }}{{ raw.count }}", "12500007"),
        ("{{ order.total | times: 2 | divided_by: 5 }}", 500000),
        ("{{ order.note }}", None),
        ("{{ order.phone }}", None),
        ("{{ order.nothing.at.all }}", None),
        ("{{ order.tags }}", None),
        (" {% if order.phone %}x{% endif %} ", None),
        ("quý khách", "quý khách"),
        ("0912345678", "0912345678"),
        (5, 5),
        (0, 0),
        (True, True),
        (False, False),
        (1.5, Decimal("1.5")),
        (Decimal("2.0"), 2),
        ("{{ items | item_list }}", "2 Áo thun cổ tròn, 1 Nón"),
        ("{{ order.total | vnd_words }}", "một triệu hai trăm năm mươi nghìn đồng"),
    ],
)
def test_a_single_output_keeps_its_kind_and_all_else_is_text(spec: Json, result: Json) -> None:
    found = value(spec)
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize(
    ("spec", "result"),
    [
        ({"from": "order.total"}, 1250000),
        ({"from": ["order.phone", "order.note", "shipping.phone", "customer.phone"]}, "0912345678"),
        ({"from": "order.total", "format": "vnd_words"}, "một triệu hai trăm năm mươi nghìn đồng"),
        ({"from": ["shipping.name"], "format": ["clean", "name_vi"], "default": "quý khách"}, "Nguyễn Thị Hồng"),
        ({"from": ["customer.name"], "format": ["clean", "name_vi"], "default": "quý khách"}, "quý khách"),
        ({"from": ["order.phone"], "format": "vnd", "default": "không rõ"}, "không rõ"),
        ({"from": ["order.phone", "order.tags"]}, None),
        ({"from": "order.payment.paid", "default": "x"}, False),
        ({"from": "items", "format": "item_list"}, "2 Áo thun cổ tròn, 1 Nón"),
        ({"from": "order.number", "format": "code_spell"}, "đê hát, hai không sáu tám"),
        ({"from": "event.time", "format": "date_vi"}, "thứ Sáu, ngày 6 tháng 11"),
        ({"from": "customer.phone", "format": "phone_vn"}, "0912345678"),
        ({"from": "order.phone", "default": 0}, 0),
        ({"from": "order.phone", "format": [], "default": None}, None),
    ],
)
def test_the_first_path_that_is_not_blank_goes_through_the_formats(spec: Json, result: Json) -> None:
    found = value(spec)
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (None, "quotes"),
        ([], "quotes"),
        ({"order.total": None}, "quotes"),
        ({"form": "order.total"}, "quotes"),
        ({"from": "order.total", "fromat": "vnd"}, "not fromat"),
        ({"from": "order.total", "format": "vnd_word"}, "vnd_words"),
        ({"from": "order.total", "format": "plus"}, "takes 1 value"),
        ({"from": "order.total", "format": "vnd | upcase"}, "not part"),
        ({"from": "order.total", "format": 5}, "format names"),
        ({"from": "order.total", "format": [None]}, "format names"),
        ({"from": "order.total", "default": ["x"]}, "default"),
        ({"from": "order.total", "default": "{{ order.number }}"}, "default"),
        ({"from": "{{ order.total }}"}, "path alone"),
        ({"from": "order.total | vnd"}, "path alone"),
        ({"from": []}, "path"),
        ({"from": None}, "path"),
        ({"from": [None]}, "text"),
        ({"from": "ordr.total"}, "order"),
        ("{{ order.total | vnd_word }}", "vnd_words"),
        ("", "empty"),
    ],
)
def test_a_value_that_means_nothing_is_refused_when_compiled(spec: Json, words: str) -> None:
    with pytest.raises(BadRule) as caught:
        compile_value(spec, "datas.x")
    assert caught.value.where == "datas.x"
    assert words in caught.value.problem


@pytest.mark.parametrize(
    "spec",
    [
        "{{ order }}",
        "{{ items }}",
        {"from": "order.payment"},
        {"from": "items"},
        {"from": "raw.price", "format": "vnd"},
        "{{ raw.price | plus: 1 }}",
        "{{ order.phone | plus: 1 }}",
        "{{ raw.long }}",
        "{{ raw.long }}!",
        {"from": "raw.long"},
    ],
)
def test_a_value_that_cannot_be_said_is_an_error_of_that_key(spec: Json) -> None:
    values = {"first": compile_value("{{ order.number }}", "datas.first"), "total": compile_value(spec, "elsewhere")}
    with pytest.raises(BadRule) as caught:
        trace_datas(values, DOCUMENT)
    assert caught.value.where == "datas.total"
    assert caught.value.problem
    assert "1250000" not in str(caught.value)


def test_all_values_are_traced_by_their_key() -> None:
    specs: dict[str, Json] = {"total": {"from": "order.total"}, "note": "{{ order.note }}", "n": 1}
    values = {key: compile_value(spec, f"datas.{key}") for key, spec in specs.items()}
    traced = trace_datas(values, DOCUMENT)
    assert {key: value for key, (value, _) in traced.items()} == {"total": 1250000, "note": None, "n": 1}


def test_a_condition_is_compiled_once_and_holds_or_not_of_each_document() -> None:
    condition = compile_condition("order.payment.cod and order.total >= 100000", "when")
    assert condition.holds(DOCUMENT) is True
    assert condition.holds({**DOCUMENT, "order": {"payment": {"cod": True}, "total": Decimal(99999)}}) is False
    assert condition.holds({**DOCUMENT, "order": {"payment": {"cod": True}, "total": None}}) is False
    assert condition.holds({}) is False


def test_a_condition_that_cannot_be_decided_names_its_field() -> None:
    with pytest.raises(BadRule) as caught:
        compile_condition("raw.price >= 100000", "when").holds(DOCUMENT)
    assert caught.value.where == "when"
    assert "1250000" not in str(caught.value)


def test_paths_give_all_values_that_are_not_blank_in_order() -> None:
    paths = compile_paths(["order.phone", "shipping.phone", "raw.phones", "customer.phone", "raw.count"], "to")
    assert paths.values(DOCUMENT) == [("raw.phones", "0912345679"), ("customer.phone", "0912345678"), ("raw.count", 7)]
    assert compile_paths("customer.phone", "to").values(DOCUMENT) == [("customer.phone", "0912345678")]
    assert compile_paths("customer.phone", "to").values({}) == []


@pytest.mark.parametrize("paths", [[], None, 5, [5], ["order.phone", "{{ order.phone }}"], ["ordr.phone"], [""]])
def test_what_is_no_path_is_refused(paths: Json) -> None:
    with pytest.raises(BadRule) as caught:
        compile_paths(paths, "to")
    assert caught.value.where == "to"


def test_threads_share_a_compiled_value() -> None:
    shared = compile_value("{% assign n = order.number %}{% for i in items %}{{ n }}-{{ i.title }} {% endfor %}", "x")
    outcomes: dict[int, set[Json]] = {}

    def work(number: int) -> None:
        document = {**DOCUMENT, "order": {"number": number}}
        outcomes[number] = {shared.render(document) for _ in range(50)}

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {number: {f"{number}-Áo thun cổ tròn {number}-Nón"} for number in range(8)}
