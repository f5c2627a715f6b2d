"""Senders that people really have: their dates, words, forms and lists are read as they mean them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bridge.rules.rule import parse_rule
from tests.cases.cases import open_case

CALLED = ("call", "wanted")


def test_a_vietnamese_date_is_read_day_first_in_the_shops_zone() -> None:
    case = open_case("generic-vietnamese-date.http")
    verdict = case.verdict("confirm")
    assert (verdict.decision, verdict.reason) == CALLED
    assert verdict.phone == "0912345671"
    assert verdict.datas["total"] == "bốn trăm hai mươi nghìn đồng"
    assert case.event.order
    assert case.event.order.created_at == datetime.fromisoformat("2026-11-25T14:05:33+07:00")


def test_a_carriers_number_for_a_state_is_a_topic() -> None:
    event = open_case("generic-viettelpost-date.http").event
    assert event.topic == "order.fulfilled"
    assert event.occurred_at == datetime.fromisoformat("2026-11-25T17:34:05+07:00")


@pytest.mark.parametrize(
    ("name", "topic"),
    [("generic-topic-huy.http", "order.cancelled"), ("generic-topic-lower-case.http", "order.created")],
)
def test_a_topic_is_known_in_another_spelling(name: str, topic: str) -> None:
    assert open_case(name).event.topic == topic


@pytest.mark.parametrize("name", ["generic-status-huy-don.http", "generic-status-cancel.http"])
def test_a_cancelled_order_is_skipped_by_its_own_word(name: str) -> None:
    for rule in ("confirm", "all"):
        verdict = open_case(name).verdict(rule)
        assert (verdict.decision, verdict.reason) == ("skip", "order_cancelled")


@pytest.mark.parametrize(
    "name",
    ["generic-form-repeated-field.http", "generic-multipart.http", "generic-form-without-content-type.http"],
)
def test_every_kind_of_form_is_read(name: str) -> None:
    case = open_case(name)
    verdict = case.verdict("confirm")
    assert (verdict.decision, verdict.reason) == CALLED
    assert (verdict.phone, verdict.datas["customer_name"]) == ("0912345671", "Trần Thu Hà")
    assert (case.event.order_id, case.event.order and case.event.order.total) == ("LP-20261125-01", 420000)


def test_an_entry_of_a_list_is_an_order() -> None:
    case = open_case("generic-list-at-root.http")
    assert case.verdict("confirm").decision == "call"
    assert (case.event.order_id, case.verdict("confirm").phone) == ("9", "0912345671")


def test_a_lead_without_an_amount_rings_where_nobody_speaks_of_one() -> None:
    case = open_case("generic-lead-without-amount.http")
    assert case.event.order and case.event.order.total is None
    verdict = case.verdict("lead")
    assert (verdict.decision, verdict.reason, verdict.phone) == (*CALLED, "0912345671")
    assert verdict.datas == {"customer_name": "Trần Thu Hà"}
    compared = open_case(
        "generic-lead-without-amount.http", fields={**case.source.settings["fields"], "payment.cod": True}
    )
    assert compared.verdict("confirm").reason == "condition_false"


@pytest.mark.parametrize(
    "total",
    [
        {"from": "order.total", "format": "vnd_words"},
        {"from": ["order.total"]},
        "{{ order.total | vnd_words }}",
        "{{ order.total }}",
        "{{ order.total }} đồng",
    ],
)
def test_an_amount_that_is_not_there_is_never_spoken(total: Any) -> None:
    case = open_case("generic-lead-without-amount.http")
    rule = {"rule": "x", "template": "T", "on": ["order.created"], "datas": {"total": total}}
    verdict = case.verdict(parse_rule(rule))
    assert (verdict.decision, verdict.reason, verdict.facts.get("field")) == ("skip", "mapping_failed", "datas.total")
    assert "amount" in str(verdict.facts["detail"]) or "number" in str(verdict.facts["detail"])


def test_a_default_is_said_where_there_is_no_amount() -> None:
    case = open_case("generic-lead-without-amount.http")
    total = {"from": "order.total", "format": "vnd_words", "default": "theo báo giá"}
    datas = {"total": total, "said": "{% if order.total %}{{ order.total }}{% else %}chưa có giá{% endif %}"}
    verdict = case.verdict(parse_rule({"rule": "x", "template": "T", "on": ["order.created"], "datas": datas}))
    assert verdict.datas == {"total": "theo báo giá", "said": "chưa có giá"}
