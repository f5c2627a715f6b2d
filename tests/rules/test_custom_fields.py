"""A template's custom fields decide which datas go out, and in what form."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from jsonschema import Draft202012Validator

from bridge.core.model import BadRule, Json
from bridge.rules.custom_fields import Misfit, check_datas, datas_schema, misfits, same_fields
from bridge.rules.filters import FILTERS

FIELDS: list[Json] = [
    {"id": 1, "cfname": "Tên khách", "cfkey": "customer_name", "cftype": "text", "isRequired": True, "description": ""},
    {"id": 2, "cfname": "Tổng tiền", "cfkey": "total", "cftype": "number", "isRequired": 0, "description": "đồng"},
    {"id": 3, "cfname": "Khác", "cfkey": "ghi chú 1", "cftype": "date", "isRequired": False, "description": None},
]


def test_the_schema_says_which_keys_must_and_may_come() -> None:
    schema = datas_schema(FIELDS)
    Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema
    assert schema["required"] == ["customer_name"]
    assert list(schema["properties"]) == ["customer_name", "total", "ghi chú 1"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["total"]["description"] == "đồng"


@pytest.mark.parametrize(
    ("datas", "valid"),
    [
        ({"customer_name": "Lan"}, True),
        ({"customer_name": "Lan", "total": 5, "ghi chú 1": True}, True),
        ({"customer_name": "Lan", "total": "12.5"}, True),
        ({"customer_name": "Lan", "total": "nhiều"}, False),
        ({"customer_name": "Lan", "total": True}, False),
        ({"customer_name": ""}, False),
        ({"customer_name": 5}, False),
        ({"total": 5}, False),
        ({"customer_name": "Lan", "name": "Lan"}, False),
        ({"customer_name": "Lan", "ghi chú 1": []}, False),
        ({"customer_name": "Lan", "ghi chú 1": None}, False),
    ],
)
def test_the_schema_judges_what_is_sent(datas: Json, valid: bool) -> None:
    assert Draft202012Validator(datas_schema(FIELDS)).is_valid(datas) is valid


@pytest.mark.parametrize("required", [True, 1, "true", "1", "TRUE", Decimal(1)])
def test_a_required_field_may_be_marked_in_any_way(required: Json) -> None:
    fields = [{"cfkey": "a", "cftype": "text", "isRequired": required}]
    assert datas_schema(fields)["required"] == ["a"]
    with pytest.raises(BadRule):
        check_datas({}, fields)


@pytest.mark.parametrize("required", [False, 0, None, "false", "0", "", "no", [], 2])
def test_anything_else_is_not_required(required: Json) -> None:
    fields = [{"cfkey": "a", "cftype": "text", "isRequired": required}]
    assert datas_schema(fields)["required"] == []
    assert check_datas({}, fields) == {}


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        ("text", "Lan", "Lan"),
        ("text", 5, "5"),
        ("text", Decimal("1250000.00"), "1250000"),
        ("text", Decimal("1250000.50"), "1250000,50"),
        ("text", 0, "0"),
        ("text", True, "true"),
        ("TEXT", 5, "5"),
        ("number", 5, 5),
        ("number", Decimal("1250000.00"), 1250000),
        ("number", Decimal("1.25E+6"), 1250000),
        ("number", Decimal("1250000.50"), "1250000.50"),
        ("number", "1250000", 1250000),
        ("number", "12.50", "12.50"),
        ("number", 1.5, "1.5"),
        ("date", Decimal("5.00"), 5),
        ("date", Decimal("5.5"), "5.5"),
        ("date", False, False),
        ("date", "x", "x"),
        (None, "x", "x"),
        (7, 8, 8),
    ],
)
def test_a_value_goes_out_in_the_form_of_its_field(kind: Json, value: Json, sent: Json) -> None:
    fields = [{"cfkey": "a", "cfname": "A", "cftype": kind, "isRequired": True}]
    found = check_datas({"a": value}, fields)
    assert found == {"a": sent}
    assert type(found["a"]) is type(sent)
    assert Draft202012Validator(datas_schema(fields)).is_valid(json.loads(json.dumps(found)))
    assert check_datas(found, fields) == found


@pytest.mark.parametrize(
    ("datas", "where", "words"),
    [
        ({}, "datas.customer_name", "Tên khách"),
        ({"customer_name": None}, "datas.customer_name", "Tên khách"),
        ({"customer_name": " \u200b"}, "datas.customer_name", "Tên khách"),
        ({"custmer_name": "kín"}, "datas.custmer_name", "did you mean customer_name?"),
        ({"customer_name": "kín", "zzz": "kín"}, "datas.zzz", "it takes customer_name, total"),
        ({"customer_name": "kín", "total": "kín"}, "datas.total", "Tổng tiền"),
        ({"customer_name": "kín", "total": True}, "datas.total", "a number"),
        ({"customer_name": ["kín"]}, "datas.customer_name", "a text"),
        ({"customer_name": "kín", "ghi chú 1": {"a": "kín"}}, "datas.ghi chú 1", "a text, a number or"),
        ({"customer_name": "kín", "total": Decimal("NaN")}, "datas.total", "number"),
        ({"customer_name": Decimal("1E+500")}, "datas.customer_name", "number"),
    ],
)
def test_what_the_template_does_not_take_is_refused_by_field_and_not_quoted(
    datas: Json, where: str, words: str
) -> None:
    with pytest.raises(BadRule) as caught:
        check_datas(datas, FIELDS)
    assert caught.value.where == where
    assert words in caught.value.problem
    assert "kín" not in str(caught.value)


def test_blank_values_are_left_out() -> None:
    assert check_datas({"customer_name": "Lan", "total": None, "ghi chú 1": ""}, FIELDS) == {"customer_name": "Lan"}


def test_without_known_fields_every_key_goes_out_in_a_form_that_can_be_sent() -> None:
    datas: dict[str, Json] = {"a": Decimal("5.00"), "b": Decimal("5.5"), "c": None, "d": "x", "e": True}
    assert check_datas(datas, None) == {"a": 5, "b": "5.5", "d": "x", "e": True}


def test_a_template_without_fields_takes_nothing() -> None:
    assert check_datas({}, []) == {}
    with pytest.raises(BadRule, match="it takes none"):
        check_datas({"a": "x"}, [])


def test_a_field_listed_twice_is_required_once_it_is_required_anywhere() -> None:
    fields = [{"cfkey": "a", "isRequired": True}, {"cfkey": "a", "isRequired": False}]
    assert datas_schema(fields)["required"] == ["a"]
    assert datas_schema(fields[::-1])["required"] == ["a"]


def test_what_is_no_field_is_passed_over() -> None:
    assert datas_schema([None, "x", {}, {"cfkey": None}, {"cfkey": ""}, {"cfkey": 5}])["properties"] == {}


def test_changed_fields_are_judged_anew() -> None:
    fields: list[Json] = [{"cfkey": "a", "cftype": "text", "isRequired": False}]
    assert check_datas({}, fields) == {}
    fields[0]["isRequired"] = True
    with pytest.raises(BadRule):
        check_datas({}, fields)


@pytest.mark.parametrize(
    ("field", "most"),
    [
        ({"cftype": "varchar(5)"}, 5),
        ({"cftype": "Text ( 5 )"}, 5),
        ({"cftype": "text", "maxLength": 5}, 5),
        ({"cftype": "text", "max_length": "5"}, 5),
        ({"cftype": "other", "max_length": 5}, 5),
        ({"cftype": "text"}, None),
        ({"cftype": "text", "maxLength": True}, None),
        ({"cftype": "text", "maxLength": 0}, None),
        ({"cftype": "text", "maxLength": "nhiều"}, None),
        ({"cftype": "number(5)"}, None),
    ],
)
def test_a_length_is_kept_where_the_field_tells_one(field: dict[str, Json], most: int | None) -> None:
    fields: list[Json] = [{"cfkey": "a", **field}]
    assert datas_schema(fields)["properties"]["a"].get("maxLength") == most
    assert check_datas({"a": "12345"}, fields) in ({"a": "12345"}, {"a": 12345})
    if most is not None:
        with pytest.raises(BadRule, match="at most 5 characters") as caught:
            check_datas({"a": "Nguyễn"}, fields)
        assert "Nguyễn" not in str(caught.value)


def spec(cftype: str, value: Json) -> tuple[Misfit, ...]:
    return misfits({"a": value}, "T", [{"cfkey": "a", "cftype": cftype, "isRequired": True}])


def test_a_rule_misfits_by_what_it_lacks_and_by_what_the_template_does_not_know() -> None:
    found = misfits({"total": "{{ order.total }}", "zzz": "x"}, "CONFIRM", FIELDS)
    assert [misfit.key for misfit in found] == ["zzz", "customer_name"]
    assert "it has: customer_name, ghi chú 1, total" in found[0].problem
    assert misfits({"customer_name": "{{ customer.name }}"}, "CONFIRM", FIELDS) == ()
    assert misfits({"anything": "x"}, "CONFIRM", None) == ()


@pytest.mark.parametrize(
    ("cftype", "value"),
    [
        ("number", "nhiều"),
        ("number", "{{ order.total }} đồng"),
        ("number", "{{ order.total | vnd_words }}"),
        ("number", "{{ order.total | at_least: 5 | vnd }}"),
        ("number", {"from": "order.total", "format": "vnd_words"}),
        ("number", {"from": "order.created_at", "format": ["date_vi"]}),
        ("number", True),
        ("text", ""),
        ("text(3)", "dài quá"),
        ("text(3)", "Xin chào {{ customer.name }}"),
    ],
)
def test_what_can_never_be_what_the_field_takes_is_a_misfit(cftype: str, value: Json) -> None:
    assert [misfit.key for misfit in spec(cftype, value)] == ["a"]


@pytest.mark.parametrize(
    ("cftype", "value"),
    [
        ("number", 5),
        ("number", "5"),
        ("number", "{{ order.total }}"),
        ("number", "{{ order.total }}000"),
        ("number", "{{ order.total | vnd_words | size }}"),
        ("number", "{% if order.total > 5 %}5{% else %}6{% endif %}"),
        ("number", {"from": "order.total"}),
        ("number", {"from": "order.total", "format": ["vnd", "size"]}),
        ("text", {"from": "order.total", "format": "vnd_words"}),
        ("text", 5),
        ("text(3)", "{{ customer.name }}"),
        ("date", "x"),
    ],
)
def test_what_may_be_what_the_field_takes_for_some_order_is_none(cftype: str, value: Json) -> None:
    assert spec(cftype, value) == ()


def test_fields_are_the_same_in_whatever_order_they_stand() -> None:
    assert same_fields(FIELDS, FIELDS[::-1])
    assert same_fields(FIELDS, [{**field, "id": 9} for field in FIELDS])
    assert not same_fields(FIELDS, FIELDS[:2])
    assert not same_fields(FIELDS, [{**FIELDS[0], "cftype": "number"}, *FIELDS[1:]])


@pytest.mark.parametrize("name", [name for name, each in FILTERS.items() if each.returns == "words"])
@pytest.mark.parametrize("shape", ["from", "text"])
def test_what_a_filter_makes_into_words_never_fits_a_number(name: str, shape: str) -> None:
    value = (
        {"from": "order.number", "format": ["strip", name]} if shape == "from" else f"{{{{ order.number | {name} }}}}"
    )
    (misfit,) = spec("number", value)
    assert "makes words" in misfit.problem
    assert spec("text", value) == ()


def test_spelt_codes_names_and_lists_of_goods_are_words() -> None:
    assert {FILTERS[name].returns for name in ("code_spell", "name_vi", "item_list", "date_vi", "vnd")} == {"words"}


@pytest.mark.parametrize("fields", [None, [{"cfkey": "a", "cftype": "text"}]])
def test_no_markup_goes_out_whatever_made_it(fields: list[Json] | None) -> None:
    assert check_datas({"a": "<p>Gấp &amp;amp; nhanh</p>"}, fields) == {"a": "Gấp & nhanh"}
    assert check_datas({"a": "<br/>&nbsp;"}, fields) == {}


@pytest.mark.parametrize(
    ("datas", "reason"),
    [
        ({}, "mapping_required"),
        ({"customer_name": "Lan", "zzz": 1}, "mapping_unknown_field"),
        ({"customer_name": "Lan", "total": "x"}, "mapping_number"),
        ({"customer_name": ["Lan"]}, "mapping_text"),
    ],
)
def test_a_refusal_has_the_reason_that_a_shopkeeper_reads(datas: Json, reason: str) -> None:
    with pytest.raises(BadRule) as caught:
        check_datas(datas, FIELDS)
    assert caught.value.reason == reason
